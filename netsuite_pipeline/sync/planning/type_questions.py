"""What is asked of NetSuite to tell the types of a query's columns, and what the answers mean.

One page is asked for in the order of the key. What looks like a date in any of NetSuite's date formats is
asked for again with TO_CHAR: only NetSuite knows whether it is one, and the time of day does not show
otherwise (facts, section 3). Columns without a value on the page are looked for where they have one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from netsuite_pipeline.netsuite.client import NetSuiteClient, RequestCount
from netsuite_pipeline.netsuite.errors import NetSuiteError, is_about_the_statement
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.suiteql import Speech, column_ref
from netsuite_pipeline.sync.planning.page_validation import promises
from netsuite_pipeline.sync.planning.read_plan import Read
from netsuite_pipeline.tables import Table
from netsuite_pipeline.tables.queries.value_types import Looks, looks_like, of_moments, rises
from netsuite_pipeline.warehouse.schema.inferred_types import Held

Types = Mapping[str, str | None]
"""Types by column, by the catalogue's words; None for a column that has no value anywhere."""


@dataclass(frozen=True)
class TypeQuestions:
    """The questions about one table.

    Attributes:
        table: The table.
        held: The types that are held of it.
        client: Who asks.
        count: Where requests are counted.
    """

    table: Table
    held: Held
    client: NetSuiteClient
    count: RequestCount

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to ask about: those never asked about, and those that had no value yet. What is hashed
        is stored as text, and its values are not asked for."""
        asked = set(self.table.untyped) - set(self.table.hashed)
        return tuple(name for name in self.table.untyped if name in asked and self.held.get(name) is None)

    def types(self) -> Types:
        """Asks for the types of these columns.

        Raises:
            NetSuiteError: By kind of failure.
        """
        new = tuple(name for name in self.columns if name not in self.held)
        looks: dict[str, Looks | None] = dict.fromkeys(self.columns)
        nothing_else = False
        if new:
            page = self._page(self._read(new).sql())
            nothing_else = not (page.has_more or promises(page))
            looks |= self._looks(new, page)
        empty = tuple(
            name for name, look in looks.items() if look is None and not (nothing_else and name in new)
        )
        if empty:
            looks |= self._looks(empty, self._page(self._sql_of_values(empty)))
        return {**looks, **self._moments(looks)}

    def _looks(self, names: Sequence[str], page: Page) -> dict[str, Looks | None]:
        found = {name: looks_like(row.get(name) for row in page.rows) for name in names}
        first = self.table.key[0]
        if found.get(first) == "integer" and not self._is_a_number(first, page):
            found[first] = "text"
        return found

    def _is_a_number(self, key: str, page: Page) -> bool:
        """Whether whole numbers in a key are no texts of digits. Texts come in another order, and behind the
        first of them there may be letters, so the last of them are looked at too."""
        if not rises(_values(page, key)):
            return False
        if not (page.has_more or promises(page)):
            return True
        last = _values(self._page(self._read((key,)).greatest_sql()), key)
        return looks_like(last) == "integer" and rises(last, falls=True)

    def _moments(self, looks: Mapping[str, Looks | None]) -> Types:
        """Whether what looks like moments is taken for such by NetSuite, and has a time of day. A cursor
        without any value is asked about too, for it can be nothing else."""
        cursor = self.table.cursor
        names = [
            name for name, look in looks.items() if look == "moment" or (name == cursor and look is None)
        ]
        if not names:
            return {}
        together = self._page_of_moments(names)
        types: dict[str, str | None] = {}
        for name in names:
            # Refused together, they are asked one by one: a text that looks like a date spoils it for all.
            page = together or (self._page_of_moments([name]) if len(names) > 1 else None)
            if page is None:
                types[name] = "text"
            elif looks[name] is not None:
                types[name] = of_moments(row.get(name) for row in page.rows) or "text"
        return types

    def _page_of_moments(self, names: Sequence[str]) -> Page | None:
        """Rows with a value in these columns, as moments to the second; None where NetSuite refuses."""
        columns = tuple(
            replace(each, type="datetime") if each.name in names else each for each in self.table.columns
        )
        as_moments = replace(self, table=replace(self.table, columns=columns))
        try:
            return self._page(as_moments._sql_of_values(names))
        except NetSuiteError as error:
            if not is_about_the_statement(error):
                raise
            return None

    def _sql_of_values(self, names: Sequence[str]) -> str:
        """The statement for rows that have a value in any of these columns."""
        there = " OR ".join(f"{column_ref(self.table.name, name)} IS NOT NULL" for name in names)
        where = " AND ".join([*self.table.conditions, f"({there})"]) if self.table.where else there
        read = self._read(names)
        return replace(read, table=replace(read.table, where=where)).sql()

    def _read(self, names: Sequence[str]) -> Read:
        wanted = {*self.table.key, *names} - set(self.table.hashed)
        columns = tuple(each.name for each in self.table.columns if each.name in wanted)
        # In the session's time zone a plain date has no time of day; in UTC it would have one.
        return Read(self.table, columns, labels=(), mode="full", speech=Speech(utc=False))

    def _page(self, sql: str) -> Page:
        return self.client.page(sql, count=self.count)


def _values(page: Page, name: str) -> list[str]:
    return [value for row in page.rows if (value := row.get(name)) is not None]
