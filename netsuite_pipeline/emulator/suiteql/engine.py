"""Execution of SuiteQL on a company's tables: one page of a query as NetSuite's JSON."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import count as counting
from zoneinfo import ZoneInfo

import duckdb

from netsuite_pipeline.emulator.company.records import RECORDS, Record
from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.dates import account_format
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.errors import syntax_error, unsupported
from netsuite_pipeline.emulator.suiteql.parsing.lexer import Shape, lift
from netsuite_pipeline.emulator.suiteql.parsing.parser import parse
from netsuite_pipeline.emulator.suiteql.parsing.validation import check
from netsuite_pipeline.emulator.suiteql.translation.expressions import Lifted
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Names, quote_name
from netsuite_pipeline.emulator.suiteql.translation.translate import Translation
from netsuite_pipeline.emulator.suiteql.translation_cache import Plan, Plans, Template
from netsuite_pipeline.emulator.suiteql.typed_sql import Session

CEILING = 100_000
"""Maximum number of rows of a query in NetSuite (NSH:section_156414087576)."""

_MAX_MARGIN = 400.0
_DISTRIBUTION_SECONDS = 30.0
_MAX_COUNTS = 4096


@dataclass(frozen=True)
class QueryPage:
    """One page of a query. `items_json` is a JSON array; `total` is None if the dialect omits it."""

    items_json: bytes
    count: int
    total: int | None
    has_more: bool


@dataclass(frozen=True)
class _KeyDistribution:
    """The approximate distribution of a table's keys, from which the end of a page is estimated."""

    least: int
    greatest: int
    spacing: float
    read_at: float


class SuiteQLEngine:
    """Runs SuiteQL on the tables of schema `ns`. Safe to call from several threads.

    Each page is read in one transaction, so that rows and total belong together.

    Args:
        connection: The database; the engine disables its file access and sets one thread per query.
        session_timezone: IANA name of the session's time zone, e.g. "America/Los_Angeles".
        date_format: The account's date format, e.g. "MM/DD/YYYY" or "D.M.YYYY".
        dialect: The variants of the open questions.
        shuffle_seed: Seed of the random order of rows without ORDER BY.
        data_version: Returns a number that changes with every commit of data. Counts are cached as long as it
            stays the same; without it they are never cached.
        records: The record types; by default the sample company's.
        now: The account's clock: naive UTC.
        fast: Whether to cache translations and to estimate where pages end. The results are the same.

    Raises:
        ValueError: The time zone or the date format is invalid.

    Example:
        >>> engine = SuiteQLEngine(
        ...     duckdb.connect(), session_timezone="UTC", dialect=Dialect(), shuffle_seed=1
        ... )
        >>> engine.page("SELECT 1 AS one FROM dual", [], limit=9, offset=0, access=Access({})).items_json
        b'[{"links":[],"one":"1"}]'
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        session_timezone: str,
        date_format: str = "MM/DD/YYYY",
        dialect: Dialect,
        shuffle_seed: int,
        data_version: Callable[[], int] | None = None,
        records: Mapping[str, Record] = RECORDS,
        now: Callable[[], datetime] | None = None,
        fast: bool = True,
    ) -> None:
        self._connection = connection
        self._session = Session(session_timezone, account_format(date_format))
        self._zone = ZoneInfo(session_timezone)
        self._dialect = dialect
        self._seed = shuffle_seed
        self._requests = counting()
        self._data_version = data_version
        self._records = records
        self._now = now or (lambda: datetime.now(UTC).replace(tzinfo=None))
        self._fast = fast
        self._plans = Plans()
        self._lock = threading.Lock()
        self._distributions: dict[tuple[str, str], _KeyDistribution] = {}
        self._counts: OrderedDict[tuple[object, ...], int] = OrderedDict()
        # No translated query reads files; this is the second defence.
        connection.execute("SET enable_external_access = false")
        connection.execute("SET threads = 1")

    def page(self, sql: str, params: Sequence[str], *, limit: int, offset: int, access: Access) -> QueryPage:
        """Return one page of a query as a role sees it.

        Args:
            sql: The query, e.g. "SELECT id FROM customer WHERE id > ? ORDER BY id".
            params: Values of its question marks, in order.
            limit: Maximum number of rows on the page.
            offset: Number of rows before the page.
            access: The tables, columns and rows that the role sees.

        Raises:
            Refusal: NetSuite refuses the query.
        """
        shape = lift(sql, params)
        plan = self._plan(shape, access)
        version = self._data_version() if self._data_version is not None else None
        given = self._given()
        with self._lock:
            cursor = self._connection.cursor()
        try:
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            rows = self._rows(cursor, plan, shape, given, limit, offset)
            has_more = len(rows) > limit
            total = None
            if self._dialect.total_results != "absent":
                if has_more or (not rows and offset):
                    total = self._counted(cursor, plan, shape, given, version)
                else:
                    total = offset + len(rows)
            cursor.execute("COMMIT")
        except (
            duckdb.BinderException,
            duckdb.ConversionException,
            duckdb.InvalidInputException,
            duckdb.OutOfRangeException,
        ) as error:
            raise unsupported() from error
        finally:
            cursor.close()
        items = rows[:limit]
        text = "[" + ",".join([row[0] for row in items]) + "]"
        return QueryPage(text.encode(), len(items), self._reported_total(total), has_more)

    def _plan(self, shape: Shape, access: Access) -> Plan:
        known = self._plans.find(shape, access) if self._fast else None
        if known is not None:
            return known
        query = parse(shape)
        try:
            check(query, shape, self._dialect)
            lifted = Lifted(shape.slots)
            names = Names(self._records, access, self._dialect)
            statements = Translation(names, self._session, self._dialect, lifted).statements(query)
        except RecursionError as error:
            raise syntax_error() from error
        plan = Plan(
            page=Template(statements.page),
            count=Template(statements.count),
            most=statements.most,
            probe=statements.probe,
            pinned=tuple((index, shape.slots[index].value) for index in sorted(lifted.pinned)),
            access=access,
        )
        self._require_select(plan, shape)
        if self._fast:
            self._plans.keep(shape, plan)
        return plan

    def _require_select(self, plan: Plan, shape: Shape) -> None:
        """Check that each translation is one SELECT for DuckDB too."""
        given = {"now": "NULL", "seed": "0", "limit": "1", "offset": "0", "probe": "TRUE"}
        for template in (plan.page, plan.count):
            try:
                with self._lock:
                    statements = self._connection.extract_statements(template.fill(shape.slots, given))
            except duckdb.ParserException as error:
                # DuckDB parses expressions only a thousand levels deep.
                raise unsupported() from error
            if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
                raise syntax_error()

    def _given(self) -> dict[str, str]:
        here = self._now().replace(tzinfo=UTC).astimezone(self._zone)
        word = f"{self._seed}:{next(self._requests)}".encode()
        return {
            "now": f"TIMESTAMP '{here:%Y-%m-%d %H:%M:%S}'",
            "seed": str(int.from_bytes(blake2b(word, digest_size=7).digest(), "big")),
        }

    def _rows(
        self,
        cursor: duckdb.DuckDBPyConnection,
        plan: Plan,
        shape: Shape,
        given: dict[str, str],
        limit: int,
        offset: int,
    ) -> list[tuple[str]]:
        """Return the rows of a page, and the next row if there is one."""
        wanted = limit + 1 if plan.most is None else min(limit + 1, plan.most - offset)
        if wanted <= 0:
            return []
        given = {**given, "limit": str(wanted), "offset": str(offset), "probe": "TRUE"}
        likely = self._likely_end(cursor, plan, shape, wanted + offset) if self._fast else None
        if plan.probe is not None and likely is not None:
            narrowed = {**given, "probe": f"{plan.probe.text} <= {likely}"}
            rows: list[tuple[str]] = cursor.execute(plan.page.fill(shape.slots, narrowed)).fetchall()
            if len(rows) >= wanted:
                return rows
            plan.margin *= 4
        return cursor.execute(plan.page.fill(shape.slots, given)).fetchall()

    def _likely_end(
        self, cursor: duckdb.DuckDBPyConnection, plan: Plan, shape: Shape, rows: int
    ) -> int | None:
        """Return a key that the page likely ends before; None without an estimate.

        Without it, an open-ended `key > n ORDER BY key` scans the rest of the table for its first rows.
        """
        if plan.probe is None or plan.margin > _MAX_MARGIN:
            return None
        keys = self._distribution(cursor, plan.probe.table, plan.probe.column)
        if keys is None:
            return None
        low = min((int(shape.slots[slot].value) for slot in plan.probe.low), default=keys.least)
        end = max(low, keys.least) + math.ceil(rows * keys.spacing * plan.margin)
        return end if end < keys.greatest else None

    def _distribution(
        self, cursor: duckdb.DuckDBPyConnection, table: str, column: str
    ) -> _KeyDistribution | None:
        known = self._distributions.get((table, column))
        if known is not None and time.monotonic() - known.read_at < _DISTRIBUTION_SECONDS:
            return known
        name = quote_name(column)
        sql = f"SELECT min({name}), max({name}), count(*) FROM ns.{quote_name(table)}"
        row = cursor.execute(sql).fetchone()
        if row is None or row[0] is None:
            return None
        least, greatest, count = row
        spacing = (greatest - least + 1) / count
        self._distributions[table, column] = _KeyDistribution(least, greatest, spacing, time.monotonic())
        return self._distributions[table, column]

    def _counted(
        self,
        cursor: duckdb.DuckDBPyConnection,
        plan: Plan,
        shape: Shape,
        given: dict[str, str],
        version: int | None,
    ) -> int:
        """Return the number of rows of the whole query."""
        key = (plan, tuple(slot.value for slot in shape.slots), version)
        keepable = self._fast and version is not None and "now" not in plan.count.names
        with self._lock:
            known = self._counts.get(key) if keepable else None
        if known is not None:
            return known
        row = cursor.execute(plan.count.fill(shape.slots, {**given, "probe": "TRUE"})).fetchone()
        counted = int(row[0]) if row is not None else 0
        counted = counted if plan.most is None else min(counted, plan.most)
        if keepable:
            with self._lock:
                self._counts[key] = counted
                while len(self._counts) > _MAX_COUNTS:
                    self._counts.popitem(last=False)
        return counted

    def _reported_total(self, total: int | None) -> int | None:
        """Return the total that the account reports (open question 2)."""
        if total is None or self._dialect.total_results == "exact":
            return total
        return min(total, CEILING) if self._dialect.total_results == "clamped" else total // 2
