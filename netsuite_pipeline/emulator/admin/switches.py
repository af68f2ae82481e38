"""Every switch of an emulated account, by name, with its arguments and its result.

`client.AdminClient` has the same methods, which send their arguments here.
"""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.edits import Scalar
from netsuite_pipeline.emulator.account.faults import Fault, FaultKind
from netsuite_pipeline.emulator.account.governance import Stats
from netsuite_pipeline.emulator.account.permissions import FEATURES, LEVELS, NAMES, levels_of
from netsuite_pipeline.emulator.account.role_tables import check_condition
from netsuite_pipeline.emulator.account.roles import DATA_PIPELINE, HIDING_STATES
from netsuite_pipeline.emulator.admin.table_dump import TableDump, row_counts, table_dump
from netsuite_pipeline.emulator.auth.credential_kinds import mapping_variables, variables_by
from netsuite_pipeline.emulator.auth.sign_in import SignIn
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline.emulator.settings import SettingError, check_known

_DAY = 86400


class Switches:
    """The switches of one account. Public methods are called by name; a wrong value raises SettingError.

    Args:
        account: The account.
        sign_in: Its user locks, which `reset` removes.
        base_url: Base URL of the emulator.
    """

    def __init__(self, account: EmulatedAccount, sign_in: SignIn, base_url: str) -> None:
        self._account = account
        self._sign_in = sign_in
        self._base_url = base_url

    def reset(self) -> None:
        """Reset every switch to the emulator's start; rows stay as they are."""
        self._account.reset()
        self._sign_in.unlock_users()

    def state(self) -> dict[str, Any]:
        """Return the state of every switch, without secrets."""
        account = self._account
        settings, governance, integration = account.settings, account.governance, account.keyring.integration
        return {
            "account_id": settings.account_id,
            "scale": settings.scale,
            "seed": settings.seed,
            "transactions": account.transactions,
            "time_zone": settings.time_zone,
            "date_format": settings.date_format,
            "company_language": account.company_language,
            "concurrency": governance.limit,
            "occupied": governance.occupied,
            "latency_ms": governance.latency * 1000,
            "in_use": governance.stats().in_use,
            "clock_offset_seconds": account.clock.offset,
            "live_changes_per_second": account.live_rate,
            "features": sorted(account.features),
            "integration_blocked": integration.blocked,
            "tokens": [
                {
                    "name": token.name,
                    "role": account.role_by_id(token.role).name,
                    "active": token.active,
                    "user_inactive": account.keyring.users[token.user].inactive,
                }
                for token in account.keyring.tokens.values()
            ],
            "client_credentials": integration.client_credentials,
            "access_token_seconds": account.access_tokens.seconds,
            "certificates": [
                {
                    "certificate_id": mapping.certificate_id,
                    "role": account.role_by_id(mapping.role).name,
                    "revoked": mapping.revoked,
                    "days": round((mapping.certificate.not_after - account.started) / _DAY, 2),
                }
                for mapping in account.certificates.all
            ],
            "roles": [asdict(role) for role in account.roles.values()],
            "hidden_columns": [
                {"table": table, "column": column, "state": state}
                for (table, column), state in account.hidden_columns.items()
            ],
            "faults_planned": [asdict(fault) for fault in account.faults.planned()],
            "faults_struck": account.faults.applied(),
            "variants": vars(account.variants),
        }

    def stats(self) -> Stats:
        """Return slots, requests and rows since the last reset, and the emulator's processor seconds."""
        return replace(self._account.governance.stats(), cpu_seconds=time.process_time())

    def reset_stats(self) -> None:
        """Reset the measurements."""
        self._account.governance.reset()

    def tables(self) -> dict[str, int]:
        """Return the number of rows of every table."""
        self._account.store_login_audit()
        return row_counts(self._account.connection.cursor())

    def table(self, name: str) -> TableDump:
        """Return all rows of one table, as stored."""
        check_known("table", name, RECORDS)
        self._account.store_login_audit()
        return table_dump(self._account.connection.cursor(), RECORDS[name])

    def login_audit(self) -> list[dict[str, Any]]:
        """Return the Login Audit Trail, oldest first: `date`, `status`, `detail`, `user`, `role`, ….

        It has logins that NetSuite would not list, too.
        """
        return [
            {**asdict(login), "date": f"{login.date.isoformat()}Z"} for login in self._account.audit.latest()
        ]

    # Credentials

    def credentials(self, token: str = DATA_PIPELINE) -> dict[str, str]:
        """Return the NETSUITE_… variables of a token."""
        return self._account.credentials(self._account.token_named(token), self._base_url)

    def variables(self, kind: str) -> dict[str, str]:
        """Return the variables of a kind of credentials: tba, oauth2, nango or nango_oauth2."""
        return variables_by(self._account, kind, self._base_url)

    def revoke_token(self, token: str = DATA_PIPELINE) -> None:
        """Revoke a token."""
        self._account.set_token_active(token, False)

    def restore_token(self, token: str = DATA_PIPELINE) -> None:
        """Restore a revoked token."""
        self._account.set_token_active(token, True)

    def revoke_all_tokens(self) -> None:
        """Revoke every token and mapping, as a sandbox refresh does.

        NSH:bridgehead_4254083671, NSH:section_162686838198.
        """
        account = self._account
        account.access_tokens.forget()
        for mapping in account.certificates.all:
            account.certificates.set_revoked(mapping.certificate_id, True)
        for name in account.keyring.names():
            account.set_token_active(name, False)

    def issue_token(self, role: str = DATA_PIPELINE, token: str | None = None) -> dict[str, str]:
        """Issue a token for a role's user, and return its NETSUITE_… variables.

        The token is named like the role by default, and replaces one of the same name.
        """
        issued = self._account.keyring.issue(token or role, self._account.role_named(role).id)
        return self._account.credentials(issued, self._base_url)

    def rotate_token(self) -> dict[str, str]:
        """Replace the pipeline's token, in Nango too, and return its NETSUITE_… variables."""
        return self.issue_token()

    def revoke_certificate(self, certificate: str = "") -> None:
        """Revoke a certificate by its id; by default the latest that the emulator made."""
        self._account.certificates.set_revoked(certificate, True)

    def restore_certificate(self, certificate: str = "") -> None:
        """Restore a revoked certificate."""
        self._account.certificates.set_revoked(certificate, False)

    def expire_certificate(self, days: float, certificate: str = "") -> None:
        """Set the days from the emulator's start to a certificate's end; a negative number has passed."""
        self._account.certificates.set_expiry(certificate, self._account.started + days * _DAY)

    def rotate_certificate(self) -> dict[str, str]:
        """Make a second key pair beside the first, which stays valid, and return its NETSUITE_… variables."""
        self._account.certificates.rotate()
        return self.variables("oauth2")

    def upload_certificate(self, pem: str, role: str = DATA_PIPELINE) -> dict[str, str]:
        """Map a certificate to a role and return its NETSUITE_… variables, without a private key."""
        id = self._account.role_named(role).id
        mapping = self._account.certificates.upload(pem, self._account.keyring.user_of(id), id)
        return mapping_variables(self._account, mapping, self._base_url)

    def expire_access_tokens(self) -> None:
        """Expire all issued access tokens; new ones can be requested."""
        self._account.access_tokens.forget()

    def set_access_token_seconds(self, seconds: int) -> None:
        """Set the lifetime of new access tokens."""
        self._account.access_tokens.set_seconds(seconds)

    def set_client_credentials(self, offered: bool) -> None:
        """Check or clear the integration's box Client Credentials (Machine to Machine) Grant."""
        keyring = self._account.keyring
        keyring.integration = replace(keyring.integration, client_credentials=offered)

    # Integration, roles, users

    def set_integration_blocked(self, blocked: bool) -> None:
        """Block the integration record, or enable it."""
        keyring = self._account.keyring
        keyring.integration = replace(keyring.integration, blocked=blocked)

    def set_role_inactive(self, inactive: bool, role: str = DATA_PIPELINE) -> None:
        """Make a role inactive, or active again."""
        self._account.put_role(replace(self._account.role_named(role), inactive=inactive))

    def set_user_inactive(self, inactive: bool, token: str = DATA_PIPELINE) -> None:
        """Make the user of a token inactive, or active again."""
        users = self._account.keyring.users
        user = users[self._account.token_named(token).user]
        users[user.id] = replace(user, inactive=inactive)

    def drop_permission(self, permission: str, role: str = DATA_PIPELINE) -> None:
        """Remove a permission (`LIST_VENDOR`) from a role."""
        self.grant_permission(permission, 0, role)

    def grant_permission(self, permission: str, level: int | None = None, role: str = DATA_PIPELINE) -> None:
        """Set a role's level of a permission, by default the highest.

        Levels are 0 None, 1 View, 2 Create, 3 Edit, 4 Full; one that the permission does not have is refused.
        """
        check_known("permission", permission, NAMES)
        known = levels_of(permission)
        level = known[-1] if level is None else level
        changed = self._account.role_named(role)
        if changed.administrator:
            raise SettingError(f"The permissions of {role} cannot be changed.")
        if not 0 <= level <= 4:
            raise SettingError(f"A level is 0 (None) to 4 (Full), not {level}.")
        if level and level not in known:
            names = {number: name.capitalize() for name, number in LEVELS.items()}
            exists = " and ".join(names[each] for each in known)
            raise SettingError(
                f"A role cannot have {permission} at level {names[level]}; it exists as {exists}."
            )
        permissions = {key: value for key, value in changed.permissions.items() if key != permission}
        if level:
            permissions[permission] = level
        self._account.put_role(replace(changed, permissions=permissions))

    # Visible tables, columns and rows

    def set_feature(self, feature: str, on: bool) -> None:
        """Switch a feature (`SUBSIDIARIES`, `TBA`, …) on or off."""
        check_known("feature", feature, FEATURES)
        account = self._account
        account.features = account.features | {feature} if on else account.features - {feature}
        account.refresh_access()

    def hide_column(self, table: str, column: str, state: str | None = "NOT_EXPOSED") -> None:
        """Hide a column, or show it (None).

        Queries get `NOT_EXPOSED`, `REMOVED` or `UNKNOWN`, or a 500 (`POISON`).
        """
        check_known("table", table, RECORDS)
        check_known(f"column of {table}", column, (each.name for each in RECORDS[table].fields))
        if state is None:
            self._account.hidden_columns.pop((table, column), None)
        elif state in HIDING_STATES:
            self._account.hidden_columns[table, column] = state
        else:
            raise SettingError(f"A column is hidden as one of {', '.join(HIDING_STATES)}, not {state!r}.")
        self._account.refresh_access()

    def show_column(self, table: str, column: str) -> None:
        """Show a hidden column again."""
        self.hide_column(table, column, None)

    def restrict_rows(self, table: str, condition: str | None, role: str = DATA_PIPELINE) -> None:
        """Restrict a role to the rows of a table that meet a condition (`id % 2 = 0`); None ends it."""
        changed = self._account.role_named(role)
        check_known("table", table, RECORDS)
        filters = {key: value for key, value in changed.row_filters.items() if key != table}
        if condition is not None:
            check_condition(self._account.connection, table, condition)
            filters[table] = condition
        self._account.put_role(replace(changed, row_filters=filters))

    def unrestrict_rows(self, table: str, role: str = DATA_PIPELINE) -> None:
        """Remove a role's restriction on a table."""
        self.restrict_rows(table, None, role)

    def restrict_subsidiaries(self, subsidiaries: Sequence[int] | None, role: str = DATA_PIPELINE) -> None:
        """Restrict a role to subsidiaries, or remove the restriction (None)."""
        changed = self._account.role_named(role)
        cursor = self._account.connection.cursor()
        known = [str(row[0]) for row in cursor.execute("SELECT id FROM ns.subsidiary").fetchall()]
        for each in subsidiaries or ():
            check_known("subsidiary", str(each), known)
        ids = None if subsidiaries is None else tuple(subsidiaries)
        self._account.put_role(replace(changed, subsidiaries=ids))

    # Limits, faults, time

    def set_concurrency(self, limit: int) -> None:
        """Set the concurrency limit."""
        self._account.governance.limit = int(_at_least(1, limit=limit))

    def occupy(self, slots: int) -> None:
        """Let other integrations hold slots of the account until the next call; 0 frees them."""
        self._account.governance.occupied = int(_at_least(0, slots=slots))

    def set_latency(self, milliseconds: float) -> None:
        """Set the minimum duration of a request."""
        self._account.governance.latency = _at_least(0, milliseconds=milliseconds) / 1000

    def add_fault(
        self,
        kind: str,
        count: int | None = 1,
        rate: float = 1.0,
        matching: str = "",
        after: int = 0,
        seconds: float = 2.0,
        rows: int = 1,
        row: str = "",
    ) -> None:
        """Plan a fault; `faults.Fault` explains each value. With `count=None` it never ends."""
        try:
            fault = Fault(cast(FaultKind, kind), count, rate, matching, after, seconds, rows, row)
        except ValueError as error:
            raise SettingError(str(error)) from error
        self._account.faults.add(fault)

    def fail_next(self, count: int = 1, kind: str = "unexpected_error", matching: str = "") -> None:
        """Fail the next requests, or only those whose query matches a regular expression."""
        self.add_fault(kind, count, matching=matching)

    def go_down(self) -> None:
        """Answer every request with the edge's 503, until `clear_faults` or `reset`."""
        self.add_fault("unavailable", None)

    def clear_faults(self) -> None:
        """Discard all planned faults."""
        self._account.faults.clear()

    def set_clock_offset(self, seconds: float) -> None:
        """Set the account's clock ahead of the machine's; a negative number sets it behind."""
        self._account.clock.offset = seconds

    def set_live(self, changes_per_second: float) -> None:
        """Set the rate of the company's activity; 0 stops it."""
        self._account.live_rate = _at_least(0, changes_per_second=changes_per_second)

    def tick(self, changes: int) -> dict[str, Any]:
        """Make changes as the company's activity does, and return their ids."""
        return asdict(self._account.tick(changes))

    # Edits of rows; the last three leave the rest of the company unchanged

    def delete_transactions(self, ids: Sequence[int]) -> None:
        """Delete transactions without links (e.g. journals), as a user of NetSuite does."""
        now = self._account.clock.now()
        self._account.edit(lambda edits: edits.delete_transactions(now, ids))

    def drop_line(self, transaction: int | None = None) -> int:
        """Delete an item line of an open, unlinked invoice or order, and return the transaction's id."""
        now = self._account.clock.now()
        return self._account.edit(lambda edits: edits.drop_line(now, transaction))

    def delete_rows(self, table: str, condition: str) -> int:
        """Delete rows that meet a condition (`id % 2 = 0`) without a trace, and return their number."""
        return self._account.edit(lambda edits: edits.delete_rows(table, condition))

    def change_rows(self, table: str, condition: str, values: Mapping[str, Scalar]) -> int:
        """Set columns of rows (`{"lastmodifieddate": None}`; date-times in UTC), and return their number."""
        return self._account.edit(lambda edits: edits.change_rows(table, condition, values))

    def insert_like(self, table: str, condition: str, values: Mapping[str, Scalar]) -> int:
        """Add copies of rows with other values in some columns, also in the key; return their number."""
        return self._account.edit(lambda edits: edits.insert_like(table, condition, values))

    # Other settings

    def set_company_language(self, company: str) -> None:
        """Give the company a language that its users lack: REST requires it in Accept-Language.

        An empty text gives both the same language again.
        """
        if company and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}", company):
            raise SettingError(f"{company!r} is no language, as in de or zh_CN.")
        self._account.company_language = company

    def set_variant(self, name: str, value: str) -> None:
        """Choose another answer to an open question, as `--variant NAME=VALUE` does."""
        self._account.set_variant(name, value)


def _at_least(least: float, **values: float) -> float:
    ((name, value),) = values.items()
    if value < least:
        raise SettingError(f"{name} must be at least {least:g}.")
    return value
