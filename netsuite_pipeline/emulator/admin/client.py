"""The switches of a running emulator, for tests, benchmarks and the command line."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, ParamSpec

from netsuite_pipeline.emulator.account.governance import Stats

__all__ = ["ADMINISTRATOR", "PIPELINE", "SALES_ANALYST", "AdminClient", "AdminError", "Stats"]

ADMINISTRATOR = "Administrator"
SALES_ANALYST = "Sales analyst"
PIPELINE = "Data pipeline"
"""The role, and the token, whose credentials a started emulator prints."""

_TIMEOUT = 120.0
P = ParamSpec("P")


class AdminError(Exception):
    """The emulator refuses a switch or does not answer; the message has the reason."""


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


def _switch(
    method: Callable[Concatenate["AdminClient", P], None],
) -> Callable[Concatenate["AdminClient", P], None]:
    """Send the arguments of a method to the switch of the same name."""
    parameters = signature(method)

    @wraps(method)
    def send(self: "AdminClient", /, *args: P.args, **kwargs: P.kwargs) -> None:
        bound = parameters.bind(self, *args, **kwargs)
        bound.apply_defaults()
        self.ask(
            method.__name__, **{name: value for name, value in bound.arguments.items() if name != "self"}
        )

    return send


@dataclass(frozen=True)
class AdminClient:
    """One method a switch; `switches.Switches` has the same methods on the emulator's side.

    Args:
        base_url: Base URL of the emulator (`NETSUITE_BASE_URL`).
        token: Admin token of the emulator (`NETSUITE_EMULATOR_ADMIN`).

    Raises:
        AdminError: From every method, when the emulator refuses or does not answer.

    Example:
        admin = AdminClient("http://127.0.0.1:8080", "token")
        admin.revoke_token()
    """

    base_url: str
    token: str = field(repr=False)

    def ask(self, switch: str, **values: Any) -> Any:
        """Call a switch by name and return its result."""
        request = urllib.request.Request(  # noqa: S310 - base_url is the emulator's
            f"{self.base_url}/admin/{switch}",
            json.dumps(values).encode(),
            {"Content-Type": "application/json", "X-Emulator-Admin": self.token},
        )
        # A proxy from the environment must not see requests of this machine to itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT) as answer:
                return json.loads(answer.read())["result"]
        except urllib.error.HTTPError as refused:
            with refused:
                raise AdminError(_reason(refused.code, refused.read())) from refused
        except (OSError, ValueError) as error:
            raise AdminError(f"No emulator answers at {self.base_url}: {error}") from error

    # Reading

    def state(self) -> dict[str, Any]:
        """Return the state of every switch, without secrets."""
        return dict(self.ask("state"))

    def stats(self) -> Stats:
        """Return slots, requests and rows since the last reset."""
        return Stats(**self.ask("stats"))

    @_switch
    def reset_stats(self) -> None:
        """Reset the measurements."""

    def tables(self) -> dict[str, int]:
        """Return the number of rows of every table."""
        return dict(self.ask("tables"))

    def table(self, name: str) -> TableDump:
        """Return all rows of one table, as stored."""
        found = self.ask("table", name=name)
        return TableDump(found["name"], tuple(found["columns"]), tuple(found["types"]), found["rows"])

    def login_audit(self) -> list[Mapping[str, Any]]:
        """Return the Login Audit Trail, oldest first: `date`, `status`, `detail`, `user`, `role`, …."""
        return list(self.ask("login_audit"))

    # Credentials

    def credentials(self, token: str = PIPELINE) -> dict[str, str]:
        """Return the NETSUITE_… variables of a token."""
        return dict(self.ask("credentials", token=token))

    def variables(self, kind: str) -> dict[str, str]:
        """Return the variables of a kind of credentials: tba, oauth2, nango or nango_oauth2."""
        return dict(self.ask("variables", kind=kind))

    @_switch
    def revoke_token(self, token: str = PIPELINE) -> None:
        """Revoke a token."""

    @_switch
    def restore_token(self, token: str = PIPELINE) -> None:
        """Restore a revoked token."""

    @_switch
    def revoke_all_tokens(self) -> None:
        """Revoke all tokens, as a sandbox refresh does."""

    def issue_token(self, role: str = PIPELINE, token: str | None = None) -> dict[str, str]:
        """Issue a token for a role, named like the role by default, and return its NETSUITE_… variables."""
        return dict(self.ask("issue_token", role=role, token=token or role))

    def rotate_token(self) -> dict[str, str]:
        """Replace the pipeline's token, in Nango too, and return its NETSUITE_… variables."""
        return self.issue_token()

    @_switch
    def revoke_certificate(self, certificate: str = "") -> None:
        """Revoke a certificate by its id; by default the latest that the emulator made."""

    @_switch
    def restore_certificate(self, certificate: str = "") -> None:
        """Restore a revoked certificate."""

    @_switch
    def expire_certificate(self, days: float, certificate: str = "") -> None:
        """Set the days from the emulator's start to a certificate's end; a negative number has passed."""

    def rotate_certificate(self) -> dict[str, str]:
        """Make a second key pair beside the first, which stays valid, and return its NETSUITE_… variables."""
        return dict(self.ask("rotate_certificate"))

    def upload_certificate(self, pem: str, role: str = PIPELINE) -> dict[str, str]:
        """Map a certificate to a role and return its NETSUITE_… variables, without a private key."""
        return dict(self.ask("upload_certificate", pem=pem, role=role))

    @_switch
    def expire_access_tokens(self) -> None:
        """Expire all issued access tokens; new ones can be requested."""

    @_switch
    def set_access_token_seconds(self, seconds: int) -> None:
        """Set the lifetime of new access tokens."""

    @_switch
    def set_client_credentials(self, offered: bool) -> None:
        """Check or clear the integration's box Client Credentials (Machine to Machine) Grant."""

    # Integration, roles, users

    @_switch
    def set_integration_blocked(self, blocked: bool) -> None:
        """Block the integration record, or enable it."""

    @_switch
    def set_role_inactive(self, inactive: bool, role: str = PIPELINE) -> None:
        """Make a role inactive, or active again."""

    @_switch
    def set_user_inactive(self, inactive: bool, token: str = PIPELINE) -> None:
        """Make a token's user inactive, or active again."""

    def drop_permission(self, permission: str, role: str = PIPELINE) -> None:
        """Remove a permission (`LIST_VENDOR`) from a role."""
        self.grant_permission(permission, level=0, role=role)

    @_switch
    def grant_permission(self, permission: str, level: int | None = None, role: str = PIPELINE) -> None:
        """Set a role's level of a permission, by default the highest.

        Levels are 0 None, 1 View, 2 Create, 3 Edit, 4 Full; one that the permission does not have is refused.
        """

    # Visible tables, columns and rows

    @_switch
    def set_feature(self, feature: str, on: bool) -> None:
        """Switch a feature (`SUBSIDIARIES`, `TBA`, …) on or off."""

    @_switch
    def hide_column(self, table: str, column: str, state: str | None = "NOT_EXPOSED") -> None:
        """Hide a column: queries get `NOT_EXPOSED`, `REMOVED` or `UNKNOWN`, or a 500 (`POISON`)."""

    def show_column(self, table: str, column: str) -> None:
        """Show a hidden column again."""
        self.hide_column(table, column, None)

    @_switch
    def restrict_rows(self, table: str, condition: str | None, role: str = PIPELINE) -> None:
        """Restrict a role to the rows of a table that meet a condition (`id % 2 = 0`)."""

    def unrestrict_rows(self, table: str, role: str = PIPELINE) -> None:
        """Remove a role's restriction on a table."""
        self.restrict_rows(table, None, role)

    @_switch
    def restrict_subsidiaries(self, subsidiaries: list[int] | None, role: str = PIPELINE) -> None:
        """Restrict a role to subsidiaries, or remove the restriction (None)."""

    # Limits, faults, time

    @_switch
    def set_concurrency(self, limit: int) -> None:
        """Set the concurrency limit."""

    @_switch
    def occupy(self, slots: int) -> None:
        """Let other integrations hold slots of the account until the next call; 0 frees them."""

    @_switch
    def set_latency(self, milliseconds: float) -> None:
        """Set the minimum duration of a request."""

    @_switch
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
        """Plan a fault; `faults.Fault` explains each value. With `count=None` it never ends."""

    def fail_next(self, count: int = 1, kind: str = "unexpected_error", matching: str = "") -> None:
        """Fail the next requests, or only those whose query matches a regular expression."""
        self.add_fault(kind, count=count, matching=matching)

    def go_down(self) -> None:
        """Answer every request with the edge's 503, until `clear_faults` or `reset`."""
        self.add_fault("unavailable", count=None)

    @_switch
    def clear_faults(self) -> None:
        """Discard all planned faults."""

    @_switch
    def set_clock_offset(self, seconds: float) -> None:
        """Set the account's clock ahead of the machine's; a negative number sets it behind."""

    @_switch
    def set_live(self, changes_per_second: float) -> None:
        """Set the rate of the company's activity; 0 stops it."""

    def tick(self, changes: int) -> dict[str, Any]:
        """Make changes as the company's activity does, and return their ids."""
        return dict(self.ask("tick", changes=changes))

    # Edits of rows; the last three leave the rest of the company unchanged

    @_switch
    def delete_transactions(self, ids: Sequence[int]) -> None:
        """Delete transactions without links (journals, say), as a user of NetSuite does."""

    def drop_line(self, transaction: int | None = None) -> int:
        """Delete an item line of an open, unlinked invoice or order, and return the transaction's id."""
        return int(self.ask("drop_line", transaction=transaction))

    def delete_rows(self, table: str, condition: str) -> int:
        """Delete rows that meet a condition (`id % 2 = 0`) without a trace, and return their number."""
        return int(self.ask("delete_rows", table=table, condition=condition))

    def change_rows(self, table: str, condition: str, values: Mapping[str, Any]) -> int:
        """Set columns of rows (`{"lastmodifieddate": None}`; date-times in UTC), and return their number."""
        return int(self.ask("change_rows", table=table, condition=condition, values=dict(values)))

    def insert_like(self, table: str, condition: str, values: Mapping[str, Any]) -> int:
        """Add copies of rows with other values in some columns, also in the key; return their number."""
        return int(self.ask("insert_like", table=table, condition=condition, values=dict(values)))

    # Other settings

    @_switch
    def set_company_language(self, company: str) -> None:
        """Give the company a language that its users lack: REST requires it in Accept-Language.

        An empty text gives both the same language again.
        """

    @_switch
    def set_variant(self, name: str, value: str) -> None:
        """Choose another answer to an open question, as `--variant NAME=VALUE` does."""

    @_switch
    def reset(self) -> None:
        """Reset every switch to the emulator's start; rows stay as they are."""


def _reason(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return f"The emulator answered {status}."
