"""The Login Audit Trail: where alone NetSuite says why a sign-in failed (NSH:subsect_156935170194)."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

_KEPT = 2000
_STRUCTURE = json.dumps(
    [
        {
            "date": "TIMESTAMP",
            "status": "VARCHAR",
            "detail": "VARCHAR",
            "oauthappname": "VARCHAR",
            "requesturi": "VARCHAR",
            "ipaddress": "VARCHAR",
            "emailaddress": "VARCHAR",
            "user": "BIGINT",
            "role": "BIGINT",
        }
    ]
)

REALM_OF_ANOTHER_ACCOUNT = "realm_of_another_account"
"""Our own word: a login to another account leaves no row in this account's trail."""


@dataclass(frozen=True)
class Login:
    """One attempt to sign in.

    Attributes:
        date: In UTC, naive.
        status: `Success` or `Failure`.
        detail: The cause of a failure in NetSuite's own word, or empty.
        user, role: Ids, where the token was known.
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
    """The latest logins of an account: failures at once, successes once a minute and token.

    NetSuite's trail lists each login. Keeping every signed request would drown what people look for and cost
    more than the request, so repeated successes within a minute are left out.
    """

    def __init__(self) -> None:
        self._logins: deque[Login] = deque(maxlen=_KEPT)
        self._stored = 0
        self._added = 0
        self._last_success: dict[tuple[int | None, int | None], datetime] = {}

    def add(self, login: Login) -> None:
        """Notes a login."""
        if login.status == "Success":
            who = (login.user, login.role)
            last = self._last_success.get(who)
            if last is not None and 0 <= (login.date - last).total_seconds() < 60:
                return
            self._last_success[who] = login.date
        self._logins.append(login)
        self._added += 1

    def latest(self) -> Sequence[Login]:
        """Lists what is kept, oldest first."""
        return tuple(self._logins)

    def store(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Brings the table `loginaudit` up to date, so that SuiteQL can read it."""
        if self._stored == self._added:
            return
        self._stored = self._added
        rows = [
            {
                "date": each.date.isoformat(),
                "status": each.status,
                "detail": each.detail or None,
                "oauthappname": each.application or None,
                "requesturi": each.uri,
                "ipaddress": each.address,
                "emailaddress": each.email or None,
                "user": each.user,
                "role": each.role,
            }
            for each in self._logins
            if each.detail != REALM_OF_ANOTHER_ACCOUNT
        ]
        connection.execute("BEGIN")
        connection.execute("DELETE FROM ns.loginaudit")
        connection.execute(
            "INSERT INTO ns.loginaudit BY NAME "
            f"SELECT unnest(from_json(?::JSON, '{_STRUCTURE}'), recursive := true)",
            [json.dumps(rows)],
        )
        connection.execute("COMMIT")
