"""A NetSuite in memory: answers the SuiteQL that a sync writes, and changes, hides and refuses on request."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import duckdb

from netsuite_pipeline.netsuite.account import Account, parse_account_id
from netsuite_pipeline.netsuite.client import PAGE_ROWS
from netsuite_pipeline.netsuite.errors import ImplausibleReply, NetSuiteError, SignInError, Stopped
from netsuite_pipeline.netsuite.http.error_parser import error_from_reply
from netsuite_pipeline.netsuite.http.page import Page, read_page
from netsuite_pipeline.netsuite.http.request import RequestCounts
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.tables import Table, standard_tables

Value = str | int | bool | Decimal | date | datetime | None
Refusal = Literal["named", "unnamed", "poison"]
ASKED = "POST /services/rest/query/v1/suiteql"
_TYPES = {
    "integer": "BIGINT",
    "decimal": "DECIMAL(38,10)",
    "boolean": "VARCHAR",
    "text": "VARCHAR",
    "multiselect": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}
_WORDS = (
    ("'YYYYMMDDHH24MISS'", "'%Y%m%d%H%M%S'"),
    ("'YYYYMMDD'", "'%Y%m%d'"),
    ("'YYYY-MM-DD HH24:MI:SS'", "'%Y-%m-%d %H:%M:%S'"),
    ("'YYYY-MM-DD'", "'%Y-%m-%d'"),
    ("TO_CHAR(", "shown("),
    ("TO_TIMESTAMP(", "moment("),
    ("SYS_EXTRACT_UTC(", "in_utc("),
    ("BUILTIN.DF(", "label("),
    ("CURRENT_DATE", "session_now()"),
    (" ROWNUM AS ", " row_number() OVER () AS "),
)
DELETEDRECORD = standard_tables()["deletedrecord"]
# Whose deletions are told: the number of the kind of record, its name to scripts and to people.
_LOGGED_RECORDS = {
    "customer": (-2, "customer", "Customer"),
    "transaction": (-30, "salesorder", "Sales Order"),
}


@dataclass(frozen=True)
class FakeCredentials:
    """What a sync looks at of credentials."""

    fingerprint: str


@dataclass
class FakeNetSuite:
    """What `NetSuiteClient` is to a sync. Date-times are given and compared in UTC, whatever the session's zone.

    Attributes:
        tables: What the account has.
        now: Its clock, UTC.
        utc_offset: Session time minus UTC.
        asked: Every statement so far.
        before_page: Called with every statement before it is answered; raises or changes rows as a test likes.
        has_more: Whether replies say that there is more.
        total: Whether `totalResults` is right, missing or half of the truth (open question 2).
        page_rows: Rows of a page at most; a sync takes its page size from here.
        refuses_index: ROWNUM is an unsupported search.
        refuses_count: So is COUNT.
        refuses_mod: So is MOD of anything but a row's number.
        unfiltered: Columns that can be selected, and are refused in a condition.
        bad_cells: By table and column, ids of rows over whose value NetSuite fails: so does any page with the
            row and the column.
        heaviest: Rows of the heaviest page that is answered; NetSuite fails inside over more.
        logs_deletions: The role sees `deletedrecord`, and it says which customers and transactions go from
            now on; otherwise there is no such table, unless `tables` has it.
        stopped: Nothing is answered any more.
    """

    tables: Iterable[Table]
    now: datetime = datetime(2026, 11, 23, 12, 0, 0)
    utc_offset: timedelta = timedelta(0)
    settings: ClientSettings = field(default_factory=lambda: ClientSettings(concurrency=3))
    account: Account = field(default_factory=lambda: parse_account_id("1234567"))
    asked: list[str] = field(default_factory=list)
    before_page: Callable[[str], None] = lambda sql: None
    has_more: Literal["said", "missing"] = "said"
    total: Literal["exact", "absent", "wrong"] = "exact"
    page_rows: int = PAGE_ROWS
    refuses_index: bool = False
    refuses_count: bool = False
    refuses_mod: bool = False
    logs_deletions: bool = False
    stopped: bool = False
    refuses_utc: Refusal | None = None
    refuses_labels: Refusal | None = None
    refuses_sign_in: bool = False
    hidden_tables: set[str] = field(default_factory=set)
    hidden_columns: dict[tuple[str, str], Refusal] = field(default_factory=dict)
    hidden_labels: dict[tuple[str, str], Refusal] = field(default_factory=dict)
    unfiltered: dict[tuple[str, str], Refusal] = field(default_factory=dict)
    bad_cells: dict[tuple[str, str], set[int]] = field(default_factory=dict)
    heaviest: int = PAGE_ROWS

    token: str = "token 1"

    @property
    def credentials(self) -> "FakeCredentials":
        """What it is signed in with, as far as a sync looks at that."""
        return FakeCredentials(f"digest of {self.token}")

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self._connection = duckdb.connect()
        # Rows that a window numbers are those of the query inside, in their order; one thread sees to that.
        self._connection.execute("SET threads = 1")
        self._given = {table.name: table for table in self.tables}
        self._spec = {DELETEDRECORD.name: DELETEDRECORD, **self._given}
        for table in self._spec.values():
            columns = ", ".join(f'"{column.name}" {_TYPES[column.type]}' for column in table.columns)
            self._connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
        self._connection.execute("CREATE TABLE names (id VARCHAR, name VARCHAR)")
        for macro in (
            "shown(x, f) AS strftime(x::TIMESTAMP, f)",
            "moment(x, f) AS strptime(x, f)",
            f"in_utc(x) AS x - to_seconds({round(self.utc_offset.total_seconds())})",
            "label(x) AS coalesce((SELECT any_value(n.name) FROM names n WHERE n.id = x::VARCHAR), 'Label of ' || x)",
            "nvl(x, y) AS coalesce(x, y)",
            "to_number(x) AS nullif(x, '')::HUGEINT",
        ):
            self._connection.execute(f"CREATE MACRO {macro}")
        self._connection.execute("CREATE TABLE dual AS SELECT 'X' AS dummy")

    # What a test does to the company

    def insert(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Adds rows; columns left out are null."""
        with self._lock:
            for row in rows:
                names = ", ".join(f'"{name}"' for name in row)
                values = [self._kept(value) for value in row.values()]
                marks = ", ".join("?" * len(values))
                self._connection.execute(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', values)

    def fill(self, table: str, select: str) -> None:
        """Adds the rows of a DuckDB SELECT; its date-times are the session's."""
        with self._lock:
            self._connection.execute(f'INSERT INTO "{table}" BY NAME {select}')

    def change(self, table: str, where: str, **values: Value) -> None:
        with self._lock:
            sets = ", ".join(f'"{name}" = ?' for name in values)
            kept = [self._kept(value) for value in values.values()]
            self._connection.execute(f'UPDATE "{table}" SET {sets} WHERE {where}', kept)

    def delete(
        self, table: str, where: str, *, recordtype: str | None = None, with_lines: bool = False
    ) -> None:
        """Delete rows, and record them in `deletedrecord` if this account records deletions.

        Args:
            recordtype: What `deletedrecord` calls the records; customers are `customer` and transactions
                `salesorder` unless said.
            with_lines: The tables whose parent this is lose the rows of what is deleted.
        """
        with self._lock:
            if self.logs_deletions and table in _LOGGED_RECORDS:
                self._log_deletions(table, where, recordtype)
            for child in self._spec.values() if with_lines else ():
                if child.parent is not None and child.parent.table == table:
                    gone = f'SELECT id FROM "{table}" WHERE {where}'
                    self._connection.execute(
                        f'DELETE FROM "{child.name}" WHERE "{child.parent.column}" IN ({gone})'
                    )
            self._connection.execute(f'DELETE FROM "{table}" WHERE {where}')

    def hide(self, table: str, where: str) -> None:
        """Hide rows, as a narrowed role does: nothing records it."""
        with self._lock:
            self._connection.execute(f'CREATE TABLE IF NOT EXISTS "{table} hidden" AS FROM "{table}" LIMIT 0')
            self._connection.execute(f'INSERT INTO "{table} hidden" FROM "{table}" WHERE {where}')
            self._connection.execute(f'DELETE FROM "{table}" WHERE {where}')

    def show_again(self, table: str) -> None:
        """Shows what was hidden; while it was, it could change by its name in the fake, `<table> hidden`."""
        with self._lock:
            self._connection.execute(f'INSERT INTO "{table}" FROM "{table} hidden"')
            self._connection.execute(f'DROP TABLE "{table} hidden"')

    def _log_deletions(self, table: str, where: str, recordtype: str | None) -> None:
        number, script, kind = _LOGGED_RECORDS[table]
        names = {column.name for column in self._spec["deletedrecord"].columns}
        for (id,) in self._connection.execute(f'SELECT id FROM "{table}" WHERE {where}').fetchall():
            row: dict[str, Value] = {"recordid": id, "recordtypeid": number, "scriptid": recordtype or script}
            row |= {"type": kind, "name": f"{kind} #{id}", "deleteddate": self.now.replace(microsecond=0)}
            self.insert("deletedrecord", {name: value for name, value in row.items() if name in names})

    def show(self, value: Value, name: str) -> None:
        """From now on NetSuite shows this name for a value, in whichever column it is."""
        with self._lock:
            self._connection.execute("DELETE FROM names WHERE id = ?", [str(value)])
            self._connection.execute("INSERT INTO names VALUES (?, ?)", [str(value), name])

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # What a test looks at

    def rows(self, table: str, where: str = "true") -> list[tuple[Value, ...]]:
        """The rows as they are to be stored: typed, in key order, labels behind their columns."""
        spec = self._spec[table]
        items: list[str] = []
        for column in spec.columns:
            ref = f'"{column.name}"'
            items.append({"boolean": f"{ref} = 'T'", "datetime": f"in_utc({ref})"}.get(column.type, ref))
            items += [f"label({ref})"] if column.label else []
        key = ", ".join(f'"{part}"' for part in spec.key)
        with self._lock:
            return self._connection.execute(
                f'SELECT {", ".join(items)} FROM "{table}" WHERE {where} ORDER BY {key}'
            ).fetchall()

    def asked_of(self, table: str) -> list[str]:
        return [sql for sql in self.asked if table_of(sql) == table]

    # What a sync asks

    def server_time(self) -> datetime:
        self._refuse_when_stopped()
        if self.refuses_sign_in:
            raise SignInError("NetSuite refuses the sign-in.")
        return self.now.replace(microsecond=999_999)  # so that nobody waits for the second to end

    def stop(self) -> None:
        """From any thread, at once: what is asked later, or not answered yet, raises Stopped."""
        self.stopped = True

    def fetch_page(
        self,
        sql: str,
        *,
        limit: int = PAGE_ROWS,
        count: RequestCounts | None = None,
        retry_seconds: float | None = None,
        check: Callable[[Page], Page] | None = None,
    ) -> Page:
        """One request after the other is answered, in whatever thread it is asked. A page that `check` finds
        implausible is asked for again, twice."""
        for tries_left in (2, 1, 0) if check is not None else (0,):
            page = self._page(sql, limit, count)
            try:
                return page if check is None else check(page)
            except ImplausibleReply:
                if not tries_left:
                    raise
        raise AssertionError("unreachable")

    def _page(self, sql: str, limit: int, count: RequestCounts | None) -> Page:
        with self._lock:
            self._refuse_when_stopped()
            self.asked.append(sql)
            if count is not None:
                count.requests += 1
            self.before_page(sql)
            self._refuse_when_stopped()
            self._refuse(sql)
            body = self._answered(sql, min(limit, self.page_rows))
        return read_page(body, endpoint=ASKED)

    def _answered(self, sql: str, most: int) -> bytes:
        duck = sql
        for word, ours in _WORDS:
            duck = duck.replace(word, ours)
        duck = duck.replace("session_now()", f"TIMESTAMP '{self.now + self.utc_offset}'")
        reply = self._connection.execute(duck)
        names = [column[0] for column in reply.description or ()]
        rows = reply.fetchmany(most + 1)
        self._fail_over(sql, names, rows[:most])
        items = [
            {"links": [], **{n: _text(v) for n, v in zip(names, row, strict=True) if v is not None}}
            for row in rows[:most]
        ]
        envelope: dict[str, object] = {"links": [], "count": len(items), "items": items}
        if self.has_more == "said":
            envelope["hasMore"] = len(rows) > most
        if self.total != "absent":
            total = len(rows)
            if total > most:
                ((total,),) = self._connection.execute(f"SELECT count(*) FROM ({duck})").fetchall()
            envelope["totalResults"] = total if self.total == "exact" else total // 2
        return json.dumps(envelope).encode()

    def _fail_over(self, sql: str, names: list[str], rows: list[tuple[Value, ...]]) -> None:
        """Fails inside over a page that is too heavy, or holds a bad value."""
        bad = len(rows) > self.heaviest
        for (table, column), ids in self.bad_cells.items():
            if table == table_of(sql) and column in names and "id" in names:
                at = names.index("id")
                bad = bad or any(row[at] in ids for row in rows)
        if bad:
            raise _refused("poison", "")

    def _refuse_when_stopped(self) -> None:
        if self.stopped:
            raise Stopped("The client was stopped.")

    def _refuse(self, sql: str) -> None:
        table = table_of(sql)
        if self.refuses_sign_in:
            raise SignInError("NetSuite refuses the sign-in.")
        if table in self.hidden_tables or not self._is_there(table):
            raise refusal(f"Search error occurred: Record '{table}' was not found.")
        if (self.refuses_index and "ROWNUM" in sql) or (self.refuses_count and "COUNT(" in sql):
            raise _refused("unnamed", "")
        if self.refuses_mod and "SUM(MOD(" in sql:
            raise _refused("unnamed", "")
        if self.refuses_utc and "SYS_EXTRACT_UTC" in sql:
            raise _refused(self.refuses_utc, "SYS_EXTRACT_UTC")
        if self.refuses_labels and "BUILTIN.DF" in sql:
            raise _refused(self.refuses_labels, "BUILTIN.DF")
        for (of, column), how in self.hidden_labels.items():
            if of == table and f"BUILTIN.DF({column})" in sql:
                raise _refused(how, f"{column}_label")
        for (of, column), how in self.hidden_columns.items():
            if of == table and re.search(rf"\b{column}\b", sql):
                raise _refused(how, column)

        for (of, column), how in self.unfiltered.items():
            if of == table and re.search(rf" WHERE .*\b{column}\b", sql):
                raise _refused(how, column)

    def _is_there(self, table: str) -> bool:
        if table == DELETEDRECORD.name:
            return self.logs_deletions or table in self._given
        return table in self._spec or table.lower() == "dual"

    def _kept(self, value: Value) -> Value:
        if isinstance(value, bool):
            return "T" if value else "F"
        return value + self.utc_offset if isinstance(value, datetime) else value


def refusal(words: str, *, status: int = 400, code: str = "INVALID_PARAMETER") -> NetSuiteError:
    """The error that NetSuite's words mean."""
    detail = f"Invalid search query. Detailed unprocessed description follows. {words}"
    body = {"title": "Bad Request", "o:errorDetails": [{"detail": detail, "o:errorCode": code}]}
    return error_from_reply(status, json.dumps(body).encode(), endpoint=ASKED)


def _refused(how: Refusal, name: str) -> NetSuiteError:
    if how == "named":
        return refusal(
            f"Search error occurred: Unknown identifier '{name}'. Available identifiers are: {{}}."
        )
    if how == "unnamed":
        return refusal("Search error occurred: Invalid or unsupported search")
    return refusal("An unexpected error occurred.", status=500, code="UNEXPECTED_ERROR")


def table_of(sql: str) -> str:
    """Which table a statement asks; of a page index, the one inside."""
    found = re.search(r" FROM (\w+)", sql)
    return found[1] if found else ""


def _text(value: object) -> str:
    """As NetSuite writes it: the shortest text of a number."""
    if isinstance(value, Decimal):
        plain = f"{value:f}"
        return plain.rstrip("0").rstrip(".") if "." in plain else plain
    return str(value)
