"""The emulated account as a whole: what the switches change and what every request reads."""

import re
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import duckdb

from netsuite_pipeline.emulator.account.clock import Clock
from netsuite_pipeline.emulator.account.credentials.access_tokens import AccessTokens
from netsuite_pipeline.emulator.account.credentials.certificate_mappings import CertificateMappings
from netsuite_pipeline.emulator.account.credentials.tokens import AccessToken, Keyring
from netsuite_pipeline.emulator.account.edits import Edits
from netsuite_pipeline.emulator.account.faults import FaultPlan
from netsuite_pipeline.emulator.account.governance import Governance
from netsuite_pipeline.emulator.account.login_audit import LoginAuditTrail
from netsuite_pipeline.emulator.account.permissions import FEATURES, LEVELS, NAMES, levels_of
from netsuite_pipeline.emulator.account.role_tables import check_condition, store_roles
from netsuite_pipeline.emulator.account.roles import (
    DATA_PIPELINE,
    HIDDEN_BY_DEFAULT,
    HIDING_STATES,
    Role,
    access_of,
    standard_roles,
)
from netsuite_pipeline.emulator.company.activity import LiveBusiness, LiveChanges
from netsuite_pipeline.emulator.company.build import CompanyPlan, build_company
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline.emulator.settings import EmulatorSettings, SettingError, check_known, with_variant
from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine

Edited = TypeVar("Edited")


class EmulatedAccount:
    """One NetSuite account: its company, its keys, its roles, its limits.

    Only the server's event loop changes it; queries in other threads get an `Access`, which never changes.

    Args:
        settings: How it is set up.

    Attributes:
        started: When, in seconds since 1970; the days of certificates are counted from there.
        transactions: How many the sample company had when it was built.
    """

    def __init__(self, settings: EmulatorSettings) -> None:
        self._initial = settings
        self.clock = Clock()
        self.started = self.clock.seconds()
        self.audit = LoginAuditTrail()
        self.connection = duckdb.connect(":memory:")
        self.plan = CompanyPlan(seed=settings.seed, scale=settings.scale, now=self.clock.now())
        build_company(self.connection, self.plan)
        changing = threading.Lock()
        self.business = LiveBusiness(self.connection.cursor(), self.plan, changing)
        self._edits = Edits(self.connection.cursor(), changing, settings.seed)
        counted = self.connection.execute('SELECT count(*) FROM ns."transaction"').fetchone()
        self.transactions = int(counted[0]) if counted else 0
        self._version = 0
        self._data_version = 0
        self._data_lock = threading.Lock()
        self.governance = Governance(settings.concurrency, settings.latency)
        self.reset()

    def reset(self) -> None:
        """Puts every switch back to how the account started; the company's rows stay as they are."""
        settings = self._initial
        self.settings = settings
        self.clock.offset = 0.0
        self.features = frozenset(FEATURES) - settings.features_off
        self.roles = standard_roles()
        self.keyring = Keyring(
            settings.seed, settings.account_id, {role.name: role.id for role in self.roles.values()}
        )
        self.access_tokens = AccessTokens()
        pipeline = self.roles[DATA_PIPELINE].id
        self.certificates = CertificateMappings(
            (str(settings.seed), settings.account_id), self.started, self.keyring.user_of(pipeline), pipeline
        )
        self.hidden_columns = dict(HIDDEN_BY_DEFAULT)
        self.faults = FaultPlan(settings.seed)
        self.live_rate = settings.live
        self.governance.limit = settings.concurrency
        self.governance.occupied = 0
        self.governance.latency = settings.latency
        self.engine = self._engine()
        self._changed()

    def access(self, role: Role) -> Access:
        """Says what a role sees now."""
        found = self._accesses.get(role.id)
        if found is None:
            found = access_of(
                role,
                features=self.features,
                hidden_columns=self.hidden_columns,
                # Two roles never share a version: the engine's caches key on it.
                version=self._version * len(self.roles) + list(self.roles).index(role.name),
            )
            self._accesses[role.id] = found
        return found

    def role_by_id(self, role_id: int) -> Role:
        """Gives the role as it is now."""
        return next(role for role in self.roles.values() if role.id == role_id)

    def role_named(self, name: str) -> Role:
        """Gives the role of that name.

        Raises:
            SettingError: There is none.
        """
        check_known("role", name, self.roles)
        return self.roles[name]

    def credentials(self, token: AccessToken, base_url: str) -> dict[str, str]:
        """Gives the variables with which a client signs in by a token."""
        return {
            "NETSUITE_ACCOUNT_ID": self.settings.account_id,
            "NETSUITE_CONSUMER_KEY": self.keyring.integration.consumer_key,
            "NETSUITE_CONSUMER_SECRET": self.keyring.integration.consumer_secret,
            "NETSUITE_TOKEN_ID": token.token_id,
            "NETSUITE_TOKEN_SECRET": token.token_secret,
            "NETSUITE_BASE_URL": base_url,
        }

    def token_named(self, name: str) -> AccessToken:
        """Gives the token of that name.

        Raises:
            SettingError: There is none.
        """
        check_known("token", name, self.keyring.names())
        return next(token for token in self.keyring.tokens.values() if token.name == name)

    # The switches
    # -------------------------------------------------------------------------------------------------

    def set_token_active(self, name: str, active: bool) -> None:
        """Revokes a token, or gives it back."""
        token = self.token_named(name)
        self.keyring.tokens[token.token_id] = replace(token, active=active)

    def revoke_all_tokens(self) -> None:
        """Ends every token and mapping, as a sandbox refresh does (NSH:bridgehead_4254083671,
        NSH:section_162686838198)."""
        self.access_tokens.forget()
        for mapping in self.certificates.all:
            self.certificates.set_revoked(mapping.certificate_id, True)
        for token in list(self.keyring.tokens.values()):
            self.keyring.tokens[token.token_id] = replace(token, active=False)

    def issue_token(self, name: str, role: str) -> AccessToken:
        """Makes a new token for a role's user; one of the same name is gone afterwards."""
        return self.keyring.issue(name, self.role_named(role).id)

    def set_integration_blocked(self, blocked: bool) -> None:
        """Blocks the integration record, or enables it."""
        self.keyring.integration = replace(self.keyring.integration, blocked=blocked)

    def set_client_credentials(self, offered: bool) -> None:
        """Checks the integration's box Client Credentials (Machine to Machine) Grant, or clears it."""
        self.keyring.integration = replace(self.keyring.integration, client_credentials=offered)

    def set_role_inactive(self, name: str, inactive: bool) -> None:
        """Makes a role inactive, or active again."""
        self._put_role(replace(self.role_named(name), inactive=inactive))

    def set_user_inactive(self, token: str, inactive: bool) -> None:
        """Makes the user of a token inactive, or active again."""
        user = self.keyring.users[self.token_named(token).user]
        self.keyring.users[user.id] = replace(user, inactive=inactive)

    def set_permission(self, role: str, permission: str, level: int | None) -> None:
        """Gives a role a permission at a level, 0 to take it away; None for the highest that there is.

        Raises:
            SettingError: The role's permissions are fixed, or the permission does not exist at the level.
        """
        check_known("permission", permission, NAMES)
        there_are = levels_of(permission)
        level = there_are[-1] if level is None else level
        changed = self.role_named(role)
        if changed.administrator:
            raise SettingError(f"The permissions of {role} cannot be changed.")
        if not 0 <= level <= 4:
            raise SettingError(f"A level is 0 (None) to 4 (Full), not {level}.")
        if level and level not in there_are:
            names = {number: name.capitalize() for name, number in LEVELS.items()}
            exists = " and ".join(names[each] for each in there_are)
            raise SettingError(
                f"A role cannot have {permission} at level {names[level]}; it exists as {exists}."
            )
        permissions = {key: value for key, value in changed.permissions.items() if key != permission}
        if level:
            permissions[permission] = level
        self._put_role(replace(changed, permissions=permissions))

    def set_feature(self, feature: str, on: bool) -> None:
        """Switches a feature on or off for the whole account."""
        check_known("feature", feature, FEATURES)
        self.features = self.features | {feature} if on else self.features - {feature}
        self._changed()

    def set_column(self, table: str, column: str, state: str | None) -> None:
        """Hides a column from every role, or shows it (None).

        Args:
            state: How naming it is answered: `NOT_EXPOSED`, `REMOVED`, `UNKNOWN`, or `POISON` for an HTTP
                500.
        """
        check_known("table", table, RECORDS)
        check_known(f"column of {table}", column, (each.name for each in RECORDS[table].fields))
        if state is None:
            self.hidden_columns.pop((table, column), None)
        elif state in HIDING_STATES:
            self.hidden_columns[table, column] = state
        else:
            raise SettingError(f"A column is hidden as one of {', '.join(HIDING_STATES)}, not {state!r}.")
        self._changed()

    def restrict_rows(self, role: str, table: str, condition: str | None) -> None:
        """Lets a role see only rows that meet a condition over the table's columns, or all again (None)."""
        changed = self.role_named(role)
        check_known("table", table, RECORDS)
        filters = {key: value for key, value in changed.row_filters.items() if key != table}
        if condition is not None:
            check_condition(self.connection, table, condition)
            filters[table] = condition
        self._put_role(replace(changed, row_filters=filters))

    def restrict_subsidiaries(self, role: str, subsidiaries: tuple[int, ...] | None) -> None:
        """Restricts a role to subsidiaries, or lifts the restriction (None).

        Raises:
            SettingError: There is no such role or subsidiary.
        """
        if subsidiaries:
            there_are = self.connection.cursor().execute("SELECT id::VARCHAR FROM ns.subsidiary").fetchall()
            for each in subsidiaries:
                check_known("subsidiary", str(each), (row[0] for row in there_are))
        self._put_role(replace(self.role_named(role), subsidiaries=subsidiaries))

    def set_variant(self, name: str, value: str) -> None:
        """Answers an open question the other way."""
        before = self.settings.dialect
        self.settings = with_variant(self.settings, name, value)
        if self.settings.dialect != before:
            self.engine = self._engine()

    def set_company_language(self, language: str) -> None:
        """Gives the company a language that its users do not have; empty gives both the same again.

        Raises:
            SettingError: It is no language tag, as in `de` or `zh_CN`.
        """
        if language and not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}", language):
            raise SettingError(f"{language!r} is no language, as in de or zh_CN.")
        self.settings = replace(self.settings, company_language=language)

    def tick(self, changes: int) -> LiveChanges:
        """Lets business go on by that many changes."""
        changed = self.business.tick(self.clock.now(), changes)
        self._data_changed()
        return changed

    def edit(self, change: Callable[[Edits], Edited]) -> Edited:
        """Changes rows by hand."""
        found = change(self._edits)
        self._data_changed()
        return found

    def store_login_audit(self) -> None:
        """Brings the table `loginaudit` up to date."""
        self.audit.store(self.connection.cursor())
        self._data_changed()

    def _engine(self) -> SuiteQLEngine:
        return SuiteQLEngine(
            self.connection.cursor(),
            session_timezone=self.settings.time_zone,
            date_format=self.settings.date_format,
            dialect=self.settings.dialect,
            shuffle_seed=self.settings.seed,
            data_version=lambda: self._data_version,
            now=self.clock.now,
        )

    def _data_changed(self) -> None:
        with self._data_lock:
            self._data_version += 1

    def _put_role(self, role: Role) -> None:
        self.roles[role.name] = role
        self._changed()

    def _changed(self) -> None:
        self._version += 1
        self._accesses: dict[int, Access] = {}
        store_roles(self.connection.cursor(), self.roles.values())
        self._data_changed()
