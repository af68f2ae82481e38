"""The Login Audit Trail, the only place with the cause of a refused sign-in (NSH:subsect_156935170194)."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from netsuite_pipeline.emulator.company.storage import replace_rows

_KEPT = 2000
_COLUMNS = "date, status, detail, oauthappname, requesturi, ipaddress, emailaddress, user, role"

REALM_OF_ANOTHER_ACCOUNT = "realm_of_another_account"
"""Our own detail: in NetSuite, a login to another account leaves no row in this account's trail."""


@dataclass(frozen=True)
class Login:
    """One attempt to sign in.

    Attributes:
        date: UTC, naive.
        status: `Success` or `Failure`.
        detail: Cause of a failure as NetSuite's Detail, or empty.
        user: User id, if the token is known.
        role: Role id, if the token is known.
    """

    date: datetime
    status: str
    detail: str
    application: str
    uri: str
    address: str
    email: str = ""
    user: int | None = None
    role: int | None = None


class LoginAuditTrail:
    """The latest logins of an account: every failure, and one success per minute and token.

    NetSuite's trail lists each login. Here, repeated successes within a minute are omitted: recording every
    signed request costs more than the request.
    """

    def __init__(self) -> None:
        self._logins: deque[Login] = deque(maxlen=_KEPT)
        self._stored = 0
        self._added = 0
        self._last_success: dict[tuple[int | None, int | None], datetime] = {}

    def add(self, login: Login) -> None:
        """Record a login."""
        if login.status == "Success":
            key = (login.user, login.role)
            last = self._last_success.get(key)
            if last is not None and 0 <= (login.date - last).total_seconds() < 60:
                return
            self._last_success[key] = login.date
        self._logins.append(login)
        self._added += 1

    def latest(self) -> Sequence[Login]:
        """Return the recorded logins, oldest first."""
        return tuple(self._logins)

    def store(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write the logins into the table `loginaudit` for SuiteQL."""
        if self._stored == self._added:
            return
        self._stored = self._added
        rows = [
            [value or None for value in vars(login).values()]
            for login in self._logins
            if login.detail != REALM_OF_ANOTHER_ACCOUNT
        ]
        connection.execute("BEGIN")
        replace_rows(connection, "loginaudit", _COLUMNS, rows)
        connection.execute("COMMIT")
