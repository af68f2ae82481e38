"""Turns the switches of a running emulator, from tests, benchmarks and the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from netsuite_pipeline.emulator.admin.client_base import AdminError
from netsuite_pipeline.emulator.admin.client_credentials import PIPELINE, CredentialSwitches

__all__ = ["ADMINISTRATOR", "PIPELINE", "SALES_ANALYST", "AdminClient", "AdminError", "Stats", "TableDump"]

ADMINISTRATOR = "Administrator"
SALES_ANALYST = "Sales analyst"


@dataclass(frozen=True)
class Stats:
    """What the emulator has done since the last reset.

    Attributes:
        seconds: Since the reset.
        slot_seconds: Integral over time of the slots in use.
        in_use: Slots in use now.
        peak: Most slots in use at once.
        requests: Requests that signed in, those without a slot included.
        refused: Requests that found no slot.
        pages: SuiteQL answers.
        rows: Items in them.
        cpu_seconds: Processor time of the emulator since it started.
    """

    seconds: float
    slot_seconds: float
    in_use: int
    peak: int
    requests: int
    refused: int
    pages: int
    rows: int
    cpu_seconds: float

    @property
    def mean_in_use(self) -> float:
        """Slots in use on average."""
        return self.slot_seconds / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class TableDump:
    """One table as the emulator stores it.

    Attributes:
        columns: Names, in order.
        types: Type of each column: integer, decimal, boolean, text, clob, date, datetime, multiselect.
        rows: In the order of the key. Decimals are the shortest text, dates and date-times ISO in UTC.
    """

    name: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class AdminClient(CredentialSwitches):
    """One method a switch.

    Args:
        base_url: Where the emulator listens (`NETSUITE_BASE_URL`).
        token: Its admin token (`NETSUITE_EMULATOR_ADMIN`).

    Raises:
        AdminError: From every method, when the emulator refuses or does not answer.

    Example:
        admin = AdminClient("http://127.0.0.1:8080", "token")
        admin.revoke_token()
    """

    # Looking
    # --------------------------------------------------------------------------------------------------

    def state(self) -> Mapping[str, Any]:
        """Every switch of the account."""
        return dict(self.get("/state"))

    def stats(self) -> Stats:
        """Busy slots, requests and rows since the last reset."""
        return Stats(**self.get("/stats"))

    def reset_stats(self) -> None:
        """Starts measuring anew."""
        self.post("/stats/reset")

    def tables(self) -> Mapping[str, int]:
        """Rows of every table."""
        return dict(self.get("/tables"))

    def table(self, name: str) -> TableDump:
        """All rows of one table, as stored."""
        found = self.get(f"/table/{quote(name, safe='')}?format=json")
        columns = found["columns"]
        return TableDump(
            found["name"],
            tuple(each["name"] for each in columns),
            tuple(each["type"] for each in columns),
            found["rows"],
        )

    def login_audit(self) -> Sequence[Mapping[str, Any]]:
        """The Login Audit Trail, oldest first: `date`, `status`, `detail`, `user`, `role`, …"""
        return list(self.get("/loginaudit"))

    # Roles, users
    # --------------------------------------------------------------------------------------------------

    def set_integration_blocked(self, blocked: bool) -> None:
        """Blocks the integration record, or enables it."""
        self.post("/integration", blocked=blocked)

    def set_role_inactive(self, inactive: bool, role: str = PIPELINE) -> None:
        """Makes a role inactive, or active again."""
        self.post("/role", role=role, inactive=inactive)

    def set_user_inactive(self, inactive: bool, token: str = PIPELINE) -> None:
        """Makes a token's user inactive, or active again."""
        self.post("/user", token=token, inactive=inactive)

    def drop_permission(self, permission: str, role: str = PIPELINE) -> None:
        """Takes a permission (`LIST_VENDOR`) from a role."""
        self.post("/permission", role=role, permission=permission, level=0)

    def grant_permission(self, permission: str, level: int | None = None, role: str = PIPELINE) -> None:
        """Gives a role a permission: 1 View, 2 Create, 3 Edit, 4 Full; None for the highest that it has. A
        level that the permission does not have is refused."""
        self.post("/permission", role=role, permission=permission, level=level)

    # What is seen
    # ---------------------------------------------------------------------------------------------

    def set_feature(self, feature: str, on: bool) -> None:
        """Switches a feature (`SUBSIDIARIES`, `TBA`, …) on or off."""
        self.post("/feature", feature=feature, on=on)

    def hide_column(self, table: str, column: str, state: str = "NOT_EXPOSED") -> None:
        """Hides a column; naming it says `NOT_EXPOSED`, `REMOVED` or `UNKNOWN`, or is a 500 (`POISON`)."""
        self.post("/column", table=table, column=column, state=state)

    def show_column(self, table: str, column: str) -> None:
        """Shows a hidden column again."""
        self.post("/column", table=table, column=column, state=None)

    def restrict_rows(self, table: str, condition: str, role: str = PIPELINE) -> None:
        """Lets a role see only the rows of a table that meet a condition (`id % 2 = 0`)."""
        self.post("/rows", role=role, table=table, condition=condition)

    def unrestrict_rows(self, table: str, role: str = PIPELINE) -> None:
        """Lets a role see all rows of a table again."""
        self.post("/rows", role=role, table=table, condition=None)

    def restrict_subsidiaries(self, subsidiaries: Sequence[int] | None, role: str = PIPELINE) -> None:
        """Restricts a role to subsidiaries, or lifts that (None)."""
        given = None if subsidiaries is None else list(subsidiaries)
        self.post("/subsidiaries", role=role, subsidiaries=given)

    # Limits, faults, time
    # -------------------------------------------------------------------------------------

    def set_concurrency(self, limit: int) -> None:
        """Sets how many requests are answered at once."""
        self.post("/concurrency", limit=limit)

    def occupy(self, slots: int) -> None:
        """Lets other integrations hold so many of the account's slots until told otherwise; 0 frees them."""
        self.post("/occupied", slots=slots)

    def set_latency(self, milliseconds: float) -> None:
        """Sets how long a request takes at least."""
        self.post("/latency", milliseconds=milliseconds)

    def add_fault(
        self,
        kind: str,
        *,
        count: int | None = 1,
        rate: float = 1.0,
        matching: str = "",
        after: int = 0,
        seconds: float = 2.0,
        rows: int = 1,
        row: str = "",
    ) -> None:
        """Plans a fault; `faults.Fault` says what each value means. `count=None` never ends."""
        self.post(
            "/faults/add",
            kind=kind,
            count=count,
            rate=rate,
            matching=matching,
            after=after,
            seconds=seconds,
            rows=rows,
            row=row,
        )

    def fail_next(self, count: int = 1, kind: str = "unexpected_error", matching: str = "") -> None:
        """Lets the next requests fail, or only those whose query contains a regular expression."""
        self.add_fault(kind, count=count, matching=matching)

    def go_down(self) -> None:
        """Lets every request end in the edge's 503, until `clear_faults` or `reset`."""
        self.add_fault("unavailable", count=None)

    def clear_faults(self) -> None:
        """Forgets all faults planned."""
        self.post("/faults/clear")

    def set_clock_offset(self, seconds: float) -> None:
        """Puts the account's clock ahead of the machine's, or behind."""
        self.post("/clock", offset_seconds=seconds)

    def set_live(self, changes_per_second: float) -> None:
        """Lets business go on at that rate; 0 stops it."""
        self.post("/live", changes_per_second=changes_per_second)

    def tick(self, changes: int) -> Mapping[str, Any]:
        """Lets business go on by that many changes at once; gives what changed."""
        return dict(self.post("/live/tick", changes=changes))

    # Rows by hand; the last three leave the rest of the company as it is

    def delete_transactions(self, ids: Sequence[int]) -> None:
        """Deletes transactions, linked with no other (journals, say), as somebody in NetSuite would."""
        self.post("/edits/delete-transactions", ids=list(ids))

    def drop_line(self, transaction: int | None = None) -> int:
        """Takes an item line off an open, unlinked invoice or order, whose header is touched; says which."""
        return self._edit("drop-line", transaction=transaction)

    def delete_rows(self, table: str, condition: str) -> int:
        """Deletes rows that meet a condition (`id % 2 = 0`) without a trace; gives their number."""
        return self._edit("delete-rows", table=table, condition=condition)

    def change_rows(self, table: str, condition: str, values: Mapping[str, Any]) -> int:
        """Sets columns of rows (`{"lastmodifieddate": None}`; date-times in UTC); gives their number."""
        return self._edit("change-rows", table=table, condition=condition, values=dict(values))

    def insert_like(self, table: str, condition: str, values: Mapping[str, Any]) -> int:
        """Adds copies of rows with other values in some columns, the key among them; gives their number."""
        return self._edit("insert-like", table=table, condition=condition, values=dict(values))

    def set_company_language(self, language: str) -> None:
        """Gives the company a language that its users do not have: REST wants it in Accept-Language; empty
        gives both the same again."""
        self.post("/language", company=language)

    def set_variant(self, name: str, value: str) -> None:
        """Answers an open question the other way, as `--variant NAME=VALUE` does."""
        self.post("/variant", name=name, value=value)

    def reset(self) -> None:
        """Puts every switch back to how the emulator was started; rows stay as they are."""
        self.post("/reset")

    def _edit(self, edit: str, **values: Any) -> int:
        return int(self.post(f"/edits/{edit}", **values)["edited"])
