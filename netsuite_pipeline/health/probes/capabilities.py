"""What an account teaches about NetSuite's disputed abilities: open questions that a few requests settle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from netsuite_pipeline.netsuite import suiteql
from netsuite_pipeline.netsuite.client import SERVER_TIME_PATH, NetSuiteClient
from netsuite_pipeline.netsuite.errors import NetSuiteError, PermissionDenied, QueryError, SignInError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import Request
from netsuite_pipeline.tables import Table

_EVERY = 1000  # as a sync asks for its page index


@dataclass(frozen=True)
class SampleTables:
    """Which tables to ask about.

    Attributes:
        dated: A table that can be read and has a cursor, if there is one.
        small: A table that can be read and has few rows, if there is one.
        hidden: A table that cannot be read, if there is one.
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
        """Chooses them.

        Args:
            tables: All tables that were looked at.
            readable: Names of those that can be read.
            refused: Names of those that cannot.
            rows: Rows of each table at the last sync, where that is known.
        """
        # Where no sync has counted them, lists are likely to be short.
        by_size = sorted(
            (table for table in tables if table.name in readable),
            key=lambda table: (rows.get(table.name, 0 if table.group == "lists" else 1_000_000), table.name),
        )
        return cls(
            dated=next((table for table in by_size if table.cursor), None),
            small=next(iter(by_size), None),
            hidden=next((table for table in tables if table.name in refused), None),
        )


def detect_capabilities(client: NetSuiteClient, subjects: SampleTables) -> tuple[str, ...]:
    """Asks at most six small questions; call it only when SuiteQL works.

    Args:
        client: Whom to ask.
        subjects: Which tables to ask about.

    Returns:
        A sentence for each question that was settled or refused; nothing of the rest once the sign-in is
        refused.
    """
    requests = _Requests(client)
    learned: list[str] = []
    questions: tuple[Callable[[], str], ...] = (
        lambda: _server_time(client),
        lambda: _utc(requests, subjects.dated),
        lambda: _count_and_total(requests, subjects.small),
        lambda: _page_index(requests, subjects.small),
        lambda: _refusal(requests, subjects.hidden),
    )
    for question in questions:
        try:
            learned.append(question())
        except SignInError:
            break
        except NetSuiteError as error:
            learned.append(f"One question was not settled: {error.message}")
    learned.append(_form(requests))
    learned.append(_language(client))
    return tuple(filter(None, learned))


@dataclass(frozen=True)
class _Requests:
    """Asks, and keeps what was odd about the replies."""

    client: NetSuiteClient
    pages: list[Page] = field(default_factory=list)

    def ask(self, statement: str) -> Page:
        page = self.client.fetch_page(statement, limit=1)
        self.pages.append(page)
        return page

    def accepted(self, statement: str) -> str:
        """Empty when the statement is answered, otherwise NetSuite's words."""
        return _refused(lambda: self.ask(statement))


def _refused(ask: Callable[[], object]) -> str:
    try:
        ask()
    except (QueryError, PermissionDenied) as error:
        return error.detail or error.message
    return ""


def _server_time(client: NetSuiteClient) -> str:
    # open question: serverTime is missing on older accounts
    words = _refused(lambda: client.send(Request("GET", SERVER_TIME_PATH)))
    return (
        f"serverTime is not to be had ({words}); the Date header serves." if words else "serverTime is there."
    )


def _utc(requests: _Requests, table: Table | None) -> str:
    if table is None or table.cursor is None:
        return ""
    moment = suiteql.select_item(table.name, table.cursor, "datetime", suiteql.Dialect())
    words = requests.accepted(suiteql.statement([moment], table.source, [], []))
    if words:
        return f"SYS_EXTRACT_UTC is refused ({words}); syncs take the session's time and today's offset."
    return "SYS_EXTRACT_UTC works: date-times are read as UTC."


def _count_and_total(requests: _Requests, table: Table | None) -> str:
    if table is None:
        return ""
    words = requests.accepted(suiteql.counting(table.source))
    if words:
        return f"COUNT(*) is refused on {table.name} ({words}); row counts are unknown there."
    told = requests.pages[-1].rows
    counted = int(told[0].get("counted") or 0) if told else 0
    # open question 2: totalResults may be clamped or wrong
    key = [suiteql.column_ref(table.name, name) for name in table.key]
    total = requests.ask(suiteql.statement(key, table.source, [], key)).total
    if total is None:
        return f"COUNT(*) works ({table.name}: {counted:,}); totalResults is not told."
    agrees = "tells the same" if total == counted else f"tells {total:,}"
    return f"COUNT(*) works ({table.name}: {counted:,}), and totalResults {agrees}."


def _page_index(requests: _Requests, table: Table | None) -> str:
    # open question 11: ROWNUM in a nested query together with MOD
    if table is None:
        return ""
    key = [suiteql.column_ref(table.name, name) for name in table.key]
    in_order = suiteql.statement(key, table.source, [], key)
    words = requests.accepted(suiteql.page_index(table.key, in_order, _EVERY))
    if words:
        return f"The page index is refused on {table.name} ({words}); syncs halve key ranges instead."
    return f"The page index is accepted on {table.name}."


def _refusal(requests: _Requests, table: Table | None) -> str:
    # open question 5: how a missing permission looks
    if table is None:
        return ""
    try:
        requests.ask(suiteql.statement([suiteql.column_ref(table.name, table.key[0])], table.source, [], []))
    except (PermissionDenied, QueryError) as error:
        code = f" {error.code}" if error.code else ""
        return f"A table that cannot be read ({table.name}) is answered {error.status}{code}: {error.detail}"
    return ""


def _language(client: NetSuiteClient) -> str:
    wanted = ", ".join(f"{header}: {value}" for header, value in client.language.headers.items())
    if not wanted:
        return ""
    return f"The token's user has another language than the company; every request is sent with {wanted}."


def _form(requests: _Requests) -> str:
    if not requests.pages:
        return ""
    anomalies = sorted(set().union(*(page.anomalies for page in requests.pages)))
    if anomalies:
        return f"Replies deviate from the documented form, and are read right: {'; '.join(anomalies)}."
    return "Replies have the documented form: keys in lower case, values as text."
