"""Dagster's resources: the account that is signed in to, and the warehouse that tables go to."""

import os
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from netsuite_pipeline.health.probe import probing_settings
from netsuite_pipeline.netsuite.auth import TBA_VARIABLES
from netsuite_pipeline.netsuite.client import CONNECT_SECONDS, PATIENCE_SECONDS, READ_SECONDS, ClientSettings
from netsuite_pipeline.netsuite.client import NetSuiteClient as Client
from netsuite_pipeline.netsuite.environment import client_from_environment
from netsuite_pipeline.warehouse.warehouse import LOCK_WAIT_SECONDS, Warehouse, warehouse_from_environment

if TYPE_CHECKING:
    import pandas

_SECRET_FIELDS = ("consumer_key", "consumer_secret", "token_id", "token_secret")
_HIDDEN_PREFIX = "(hidden, set in code) "

# Dagster shows a resource's configuration in its UI and keeps it in its event log. A secret that somebody
# wrote as a plain string must not get there: the field holds a mark, the value stays in this process.
_hidden: dict[str, str] = {}
_marks = count(1)


class NetSuiteResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Signs in to one NetSuite account with token-based authentication.

    Every field that is left out is read from its environment variable when a run needs it
    (`NETSUITE_ACCOUNT_ID`, `NETSUITE_CONSUMER_KEY`, `NETSUITE_CONSUMER_SECRET`, `NETSUITE_TOKEN_ID`,
    `NETSUITE_TOKEN_SECRET`, `NETSUITE_BASE_URL`, `NETSUITE_CONCURRENCY`), so that a code location loads
    without credentials.

    Example:
        >>> resource = NetSuiteResource(
        ...     account_id="1234567_SB1", token_secret=dg.EnvVar("SANDBOX_TOKEN_SECRET")
        ... )
        >>> resource.client().query("SELECT id, companyname FROM customer")   # doctest: +SKIP
    """

    account_id: str = Field(default="", description="1234567, or 1234567_SB1 for a sandbox.")
    consumer_key: str = Field(default="", description="Of the integration record; use EnvVar.")
    consumer_secret: str = Field(default="", description="Of the integration record; use EnvVar.")
    token_id: str = Field(default="", description="Of the access token; use EnvVar.")
    token_secret: str = Field(default="", description="Of the access token; use EnvVar.")
    base_url: str = Field(default="", description="Another address than the account's own host.")
    concurrency: int = Field(
        default=0, ge=0, le=200, description="Requests at once; 0: the variable's, or 5."
    )
    connect_seconds: float = Field(default=CONNECT_SECONDS, gt=0, description="To wait for a connection.")
    read_seconds: float = Field(default=READ_SECONDS, gt=0, description="To wait for the next bytes.")
    patience_seconds: float = Field(
        default=PATIENCE_SECONDS, ge=0, description="To repeat a request that is throttled or unanswered."
    )

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{name: _hide(name, value) for name, value in fields.items()})

    def client(self, settings: ClientSettings | None = None) -> Client:
        """A client for the account. Close it, or use it as a context manager.

        Args:
            settings: Patience, instead of what the fields say; the concurrency stays the fields' or the
                variable's.

        Raises:
            ConfigurationError: Credentials are missing or malformed; all that are missing are named at once.
        """
        variables = dict(os.environ)
        given = dict(
            zip(
                TBA_VARIABLES,
                (self.account_id, *(getattr(self, name) for name in _SECRET_FIELDS)),
                strict=True,
            )
        )
        given["NETSUITE_BASE_URL"] = self.base_url
        given["NETSUITE_CONCURRENCY"] = str(self.concurrency) if self.concurrency else ""
        variables.update({name: _hidden.get(value, value) for name, value in given.items() if value})
        return client_from_environment(variables, settings or self._settings())

    def probing_client(self, *, confirm_sign_in: bool) -> Client:
        """A client for one look at the account's health: it gives up soon, as a sensor's tick has a minute.

        Args:
            confirm_sign_in: Whether a refused sign-in is tried once more before it is believed.

        Raises:
            ConfigurationError: Credentials are missing or malformed; all that are missing are named at once.
        """
        return self.client(probing_settings(self._settings(), attempts=2 if confirm_sign_in else 1))

    def _settings(self) -> ClientSettings:
        return ClientSettings(
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            patience_seconds=self.patience_seconds,
        )

    def query(self, sql: str) -> "pandas.DataFrame":
        """All rows of a SuiteQL statement, at most 100,000, as a frame of text columns.

        Raises:
            NetSuiteError: By kind of failure.
        """
        with self.client() as client:
            return client.query(sql)


class WarehouseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The DuckDB file that analysts open, and the working file beside it that syncs write.

    Example:
        >>> WarehouseResource(path="data/warehouse.duckdb").warehouse().path.name
        'warehouse.duckdb'
    """

    path: str = Field(
        default="", description="The file; empty: what NETSUITE_WAREHOUSE says, or data/warehouse.duckdb."
    )
    lock_wait_seconds: float = Field(
        default=LOCK_WAIT_SECONDS,
        ge=0,
        description="To wait for another process that writes the working file.",
    )

    def warehouse(self) -> Warehouse:
        """The warehouse."""
        path = Path(self.path) if self.path else warehouse_from_environment().path
        return Warehouse(path, self.lock_wait_seconds)


def _hide(name: str, value: Any) -> Any:
    if name not in _SECRET_FIELDS or not value or isinstance(value, dg.EnvVar) or value in _hidden:
        return value
    mark = f"{_HIDDEN_PREFIX}{next(_marks)}"
    _hidden[mark] = str(value)
    return mark
