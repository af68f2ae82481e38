"""Detects what SuiteQL of one account can do, where public sources leave a question open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from netsuite_pipeline.netsuite import suiteql
from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError, SignInError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import Request
from netsuite_pipeline.tables import Table

_EVERY = 1000  # as in the page index of a sync


@dataclass(frozen=True)
class SampleTables:
    """The tables to query.

    Attributes:
        dated: A readable table with a cursor, or None.
        small: A readable table with few rows, or None.
        hidden: A table that NetSuite refuses, or None.
    """

    dated: Table | None
    small: Table | None
    hidden: Table | None

    @classmethod
    def among(
        cls,
        tables: Sequence[Table],
        readable: frozenset[str],
        refused: frozenset[str],
        rows: Mapping[str, int],
    ) -> "SampleTables":
        """Choose the sample tables.

        Args:
            tables: All checked tables.
            readable: Names of the readable ones.
            refused: Names of the refused ones.
            rows: Row counts of the last sync, where known.
        """
        # Lists are likely to be short where no sync has counted them.
        by_size = sorted(
            (table for table in tables if table.name in readable),
            key=lambda table: (rows.get(table.name, 0 if table.group == "lists" else 1_000_000), table.name),
        )
        return cls(
            dated=next((table for table in by_size if table.cursor), None),
            small=next(iter(by_size), None),
            hidden=next((table for table in tables if table.name in refused), None),
        )


def detect_capabilities(client: NetSuiteClient, samples: SampleTables) -> tuple[str, ...]:
    """Detect capabilities with at most six small requests; call this only when SuiteQL works.

    Args:
        client: The client.
        samples: The tables to query.

    Returns:
        A sentence for each capability; none of the rest once NetSuite refuses the sign-in.
    """
    requests = _Requests(client)
    sentences: list[str] = []
    detections: tuple[Callable[[], str], ...] = (
        lambda: _server_time(client),
        lambda: _utc(requests, samples.dated),
        lambda: _count_and_total(requests, samples.small),
        lambda: _page_index(requests, samples.small),
        lambda: _refusal(requests, samples.hidden),
    )
    for detect in detections:
        try:
            sentences.append(detect())
        except SignInError:
            break
        except NetSuiteError as error:
            sentences.append(f"One capability is not known: {error.message}")
    sentences.append(_reply_format(requests))
    sentences.append(_language(client))
    return tuple(filter(None, sentences))


@dataclass(frozen=True)
class _Requests:
    """Sends queries and keeps the pages."""

    client: NetSuiteClient
    pages: list[Page] = field(default_factory=list)

    def query(self, statement: str) -> Page:
        page = self.client.fetch_page(statement, limit=1)
        self.pages.append(page)
        return page

    def refusal(self, statement: str) -> str:
        """Return NetSuite's refusal of a statement; empty where it answers."""
        return _refused(lambda: self.query(statement))


def _refused(request: Callable[[], object]) -> str:
    try:
        request()
    except (QueryError, PermissionDenied) as error:
        return error.detail or error.message
    return ""


def _server_time(client: NetSuiteClient) -> str:
    # open question: older accounts lack serverTime
    refusal = _refused(lambda: client.send(Request("GET", SERVER_TIME_PATH)))
    if refusal:
        return f"serverTime is not available ({refusal}). The pipeline uses the Date header."
    return "serverTime is available."


def _utc(requests: _Requests, table: Table | None) -> str:
    if table is None or table.cursor is None:
        return ""
    at = suiteql.select_item(table.name, table.cursor, "datetime", suiteql.Dialect())
    refusal = requests.refusal(suiteql.statement([at], table.source, [], []))
    if refusal:
        return f"SYS_EXTRACT_UTC is refused ({refusal}). Syncs use the session's time and today's offset."
    return "SYS_EXTRACT_UTC works: syncs read date-times as UTC."


def _count_and_total(requests: _Requests, table: Table | None) -> str:
    if table is None:
        return ""
    refusal = requests.refusal(suiteql.counting(table.source))
    if refusal:
        return f"COUNT(*) is refused for {table.name} ({refusal}). Its row count is unknown."
    rows = requests.pages[-1].rows
    counted = int(rows[0].get("counted") or 0) if rows else 0
    # open question 2: totalResults may be clamped or wrong
    key = [suiteql.column_ref(table.name, name) for name in table.key]
    total = requests.query(suiteql.statement(key, table.source, [], key)).total
    if total is None:
        return f"COUNT(*) works ({table.name}: {counted:,}). NetSuite does not send totalResults."
    agrees = "is the same" if total == counted else f"is {total:,}"
    return f"COUNT(*) works ({table.name}: {counted:,}), and totalResults {agrees}."


def _page_index(requests: _Requests, table: Table | None) -> str:
    # open question 11: ROWNUM in a nested query together with MOD
    if table is None:
        return ""
    key = [suiteql.column_ref(table.name, name) for name in table.key]
    in_order = suiteql.statement(key, table.source, [], key)
    refusal = requests.refusal(suiteql.page_index(table.key, in_order, _EVERY))
    if refusal:
        return f"The page index is refused for {table.name} ({refusal}). Syncs split key ranges instead."
    return f"The page index works for {table.name}."


def _refusal(requests: _Requests, table: Table | None) -> str:
    # open question 5: the reply where a permission is missing
    if table is None:
        return ""
    try:
        requests.query(
            suiteql.statement([suiteql.column_ref(table.name, table.key[0])], table.source, [], [])
        )
    except (PermissionDenied, QueryError) as error:
        code = f" {error.code}" if error.code else ""
        return f"NetSuite answers a hidden table ({table.name}) with {error.status}{code}: {error.detail}"
    return ""


def _language(client: NetSuiteClient) -> str:
    headers = ", ".join(f"{header}: {value}" for header, value in client.language.headers.items())
    if not headers:
        return ""
    return f"The token's user has another language than the company. Every request carries {headers}."


def _reply_format(requests: _Requests) -> str:
    if not requests.pages:
        return ""
    anomalies = sorted(set().union(*(page.anomalies for page in requests.pages)))
    if anomalies:
        return f"Replies differ from the documented format; the pipeline reads them: {'; '.join(anomalies)}."
    return "Replies have the documented format: keys in lower case, values as text."
