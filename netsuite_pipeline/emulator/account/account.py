"""The emulated account as a whole: the state that switches change and that every request reads."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
from netsuite_pipeline.emulator.account.permissions import FEATURES
from netsuite_pipeline.emulator.account.role_tables import store_roles
from netsuite_pipeline.emulator.account.roles import (
    DATA_PIPELINE,
    HIDDEN_BY_DEFAULT,
    Role,
    access_of,
    standard_roles,
)
from netsuite_pipeline.emulator.company.activity import ActivityChanges, BusinessActivity
from netsuite_pipeline.emulator.company.build import build_company
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.settings import EmulatorSettings, Variants, check_known, with_variants
from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine

Edited = TypeVar("Edited")


class EmulatedAccount:
    """One NetSuite account: company, credentials, roles and limits.

    Only the server's event loop changes the account; queries in other threads get an immutable `Access`.

    Args:
        settings: The settings at the start.

    Attributes:
        threads: Threads of queries, which would block the event loop.
        variants: The answers to open questions.
        company_language: The company's language if the users have another one, else empty. Every REST request
            then needs an Accept-Language header with it (airbyte#34137).
        started: Start of the account in seconds since 1970; the days of certificates count from here.
        transactions: Number of transactions that the sample company was built with.
    """

    def __init__(self, settings: EmulatorSettings) -> None:
        self.settings = settings
        for feature in settings.without:
            check_known("feature", feature, FEATURES)
        self.clock = Clock()
        self.started = self.clock.seconds()
        self.audit = LoginAuditTrail()
        self.threads = ThreadPoolExecutor(max(2, os.cpu_count() or 2), thread_name_prefix="suiteql")
        self.connection = duckdb.connect(":memory:")
        build_company(self.connection, CompanyPlan(settings.seed, settings.scale, self.clock.now()))
        changing = threading.Lock()
        self._activity = BusinessActivity(self.connection.cursor(), settings.seed, changing)
        self._edits = Edits(self.connection.cursor(), changing, settings.seed)
        counted = self.connection.execute('SELECT count(*) FROM ns."transaction"').fetchone()
        self.transactions = int(counted[0]) if counted else 0
        self._version = 0
        self._data_version = 0
        self._data_lock = threading.Lock()
        self.governance = Governance(settings.concurrency)
        self.reset()

    def reset(self) -> None:
        """Reset every switch to the account's start; the company's rows stay as they are."""
        settings = self.settings
        self.variants = with_variants(Variants(), settings.variants)
        self.company_language = ""
        self.clock.offset = 0.0
        self.features = frozenset(FEATURES).difference(
            settings.without, () if settings.oneworld else ("SUBSIDIARIES",)
        )
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
        self.governance.latency = settings.latency / 1000
        self.engine = self._engine()
        self.refresh_access()

    def access(self, role: Role) -> Access:
        """Return the tables, columns and rows that a role sees now."""
        found = self._accesses.get(role.id)
        if found is None:
            found = access_of(
                role,
                features=self.features,
                hidden_columns=self.hidden_columns,
                # Two roles never share a version: the engine's caches use it as a key.
                version=self._version * len(self.roles) + list(self.roles).index(role.name),
            )
            self._accesses[role.id] = found
        return found

    def role_by_id(self, role_id: int) -> Role:
        """Return the current state of a role."""
        return next(role for role in self.roles.values() if role.id == role_id)

    def role_named(self, name: str) -> Role:
        """Return the role of that name.

        Raises:
            SettingError: The role does not exist.
        """
        check_known("role", name, self.roles)
        return self.roles[name]

    def put_role(self, role: Role) -> None:
        """Replace the role of the same name."""
        self.roles[role.name] = role
        self.refresh_access()

    def credentials(self, token: AccessToken, base_url: str) -> dict[str, str]:
        """Return the environment variables of a token."""
        return {
            "NETSUITE_ACCOUNT_ID": self.settings.account_id,
            "NETSUITE_CONSUMER_KEY": self.keyring.integration.consumer_key,
            "NETSUITE_CONSUMER_SECRET": self.keyring.integration.consumer_secret,
            "NETSUITE_TOKEN_ID": token.token_id,
            "NETSUITE_TOKEN_SECRET": token.token_secret,
            "NETSUITE_BASE_URL": base_url,
        }

    def token_named(self, name: str) -> AccessToken:
        """Return the token of that name.

        Raises:
            SettingError: The token does not exist.
        """
        check_known("token", name, self.keyring.names())
        return next(token for token in self.keyring.tokens.values() if token.name == name)

    def set_token_active(self, name: str, active: bool) -> None:
        """Revoke or restore a token."""
        token = self.token_named(name)
        self.keyring.tokens[token.token_id] = replace(token, active=active)

    def set_variant(self, name: str, value: str) -> None:
        """Choose another answer to an open question."""
        self.variants = with_variants(self.variants, {name: value})
        self.engine = self._engine()

    def tick(self, changes: int) -> ActivityChanges:
        """Make changes as the company's activity does."""
        changed = self._activity.tick(self.clock.now(), changes)
        self._data_changed()
        return changed

    def edit(self, change: Callable[[Edits], Edited]) -> Edited:
        """Edit rows and return the result of the edit."""
        found = change(self._edits)
        self._data_changed()
        return found

    def store_login_audit(self) -> None:
        """Write the login audit into the table `loginaudit`."""
        self.audit.store(self.connection.cursor())
        self._data_changed()

    def refresh_access(self) -> None:
        """Recompute every role's access after a change of roles, features or columns."""
        self._version += 1
        self._accesses: dict[int, Access] = {}
        store_roles(self.connection.cursor(), self.roles.values())
        self._data_changed()

    def _engine(self) -> SuiteQLEngine:
        return SuiteQLEngine(
            self.connection.cursor(),
            session_timezone=self.settings.time_zone,
            date_format=self.settings.date_format,
            dialect=self.variants,
            shuffle_seed=self.settings.seed,
            data_version=lambda: self._data_version,
            now=self.clock.now,
        )

    def _data_changed(self) -> None:
        with self._data_lock:
            self._data_version += 1
