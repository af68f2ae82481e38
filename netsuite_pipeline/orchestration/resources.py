"""Dagster's resources: the account that is signed in to, and the warehouse that tables go to."""

from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from netsuite_pipeline.health.known_good import KnownGood, read_known_good
from netsuite_pipeline.health.probes.connection_probe import probing_settings
from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES
from netsuite_pipeline.netsuite.client import CONNECT_SECONDS, READ_SECONDS, RETRY_SECONDS, ClientSettings
from netsuite_pipeline.netsuite.client import NetSuiteClient as Client
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.config.credential_override import override_credentials
from netsuite_pipeline.netsuite.config.env_reload import current_variables, load_env_file
from netsuite_pipeline.netsuite.config.variable_prefix import (
    STANDARD_PREFIX,
    connection_variables,
    with_prefix_names,
)
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.reading import read
from netsuite_pipeline.sync.landing.hashing import salt_from_variables
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.warehouse import LOCK_WAIT_SECONDS, Warehouse, warehouse_from_environment
from netsuite_pipeline.wording import listed

if TYPE_CHECKING:
    import pandas

VARIABLE_BY_FIELD = {
    **{each.field: each.variable for each in CREDENTIAL_VARIABLES},
    "base_url": "NETSUITE_BASE_URL",
    "concurrency": "NETSUITE_CONCURRENCY",
}
"""The variable that each field of `NetSuiteResource` stands for."""

_SECRET_FIELDS = {each.field for each in CREDENTIAL_VARIABLES if each.secret}
_HIDDEN_PREFIX = "(hidden, set in code) "

# Each run imports this module first, so `dg.EnvVar` resolves to the file's present values. A file that is
# not readable now is an error of the sync, which reads the file again, and not of the import.
with suppress(ConfigurationError):
    load_env_file()

# Dagster shows a resource's configuration in its UI and keeps it in its event log. A secret that somebody
# wrote as a plain string must not get there: the field holds a mark, the value stays in this process.
_hidden: dict[str, str] = {}
_marks = count(1)


class NetSuiteResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Signs in to one NetSuite account: by a token (TBA), a certificate (OAuth 2.0), or a Nango connection.

    A field that is left out is read from its variable, anew at each use: from the file that
    `NETSUITE_ENV_FILE` names, else from the environment (`NETSUITE_ACCOUNT_ID`, `NETSUITE_TOKEN_SECRET` and
    so on). So a code location loads without credentials. Credentials of one kind given in code override the
    variables of all other kinds.

    Example:
        >>> resource = NetSuiteResource(
        ...     account_id="1234567_SB1", token_secret=dg.EnvVar("SANDBOX_TOKEN_SECRET")
        ... )
        >>> resource.client().query("SELECT id, companyname FROM customer")   # doctest: +SKIP

        All of it by `SANDBOX_ACCOUNT_ID`, `SANDBOX_TOKEN_ID` and so on:

        >>> NetSuiteResource(variables="SANDBOX").variables
        'SANDBOX'
    """

    variables: str = Field(
        default=STANDARD_PREFIX,
        description="What the names of its variables begin with: SANDBOX for SANDBOX_ACCOUNT_ID and so on.",
    )
    account_id: str = Field(default="", description="1234567, or 1234567_SB1 for a sandbox.")
    consumer_key: str = Field(default="", description="TBA: of the integration record; use EnvVar.")
    consumer_secret: str = Field(default="", description="TBA: of the integration record; use EnvVar.")
    token_id: str = Field(default="", description="TBA: of the access token; use EnvVar.")
    token_secret: str = Field(default="", description="TBA: of the access token; use EnvVar.")
    client_id: str = Field(default="", description="OAuth 2.0: of the integration record.")
    certificate_id: str = Field(default="", description="OAuth 2.0: of the mapping of its certificate.")
    private_key: str = Field(default="", description="OAuth 2.0: PEM text, or a file's path; use EnvVar.")
    private_key_password: str = Field(default="", description="OAuth 2.0: where the key has one; use EnvVar.")
    certificate: str = Field(
        default="", description="OAuth 2.0: PEM text, or a file's path, to be warned before it expires."
    )
    signing_algorithm: str = Field(
        default="", description="OAuth 2.0: PS256, ES256 and so on; the key's if empty."
    )
    nango_secret_key: str = Field(default="", description="Nango: of the environment; use EnvVar.")
    nango_connection_id: str = Field(default="", description="Nango: of the connection.")
    nango_provider_config_key: str = Field(default="", description="Nango: of the integration.")
    nango_host: str = Field(default="", description="Nango: where it runs, if not at api.nango.dev.")
    base_url: str = Field(default="", description="Another address than the account's own host.")
    concurrency: int = Field(
        default=0, ge=0, le=200, description="Requests at once; 0: the variable's, or 5."
    )
    connect_seconds: float = Field(default=CONNECT_SECONDS, gt=0, description="To wait for a connection.")
    read_seconds: float = Field(default=READ_SECONDS, gt=0, description="To wait for the next bytes.")
    retry_seconds: float = Field(
        default=RETRY_SECONDS, ge=0, description="To repeat a request that is throttled or unanswered."
    )

    def __init__(self, **fields: Any) -> None:
        if unknown := sorted(fields.keys() - type(self).model_fields.keys()):
            raise TypeError(f"{type(self).__name__} has no field {listed(unknown)}.")
        super().__init__(**{name: _hide(name, value) for name, value in fields.items()})

    def client(self, settings: ClientSettings | None = None) -> Client:
        """A client for the account. Close it, or use it as a context manager.

        Args:
            settings: Patience, instead of what the fields say; the concurrency stays the fields' or the
                variable's.

        Raises:
            ConfigurationError: Credentials are missing or malformed; all that are missing are named at once.
        """
        try:
            return client_from_environment(self._resolve_variables(), settings or self.client_settings())
        except ConfigurationError as error:
            raise self._with_variable_names(error) from None

    def hash_salt(self) -> str:
        """What values are hashed with: `NETSUITE_HASH_SALT`, or the connection's own; empty where not set."""
        return salt_from_variables(self._resolve_variables())

    def with_variable_names(self, text: str) -> str:
        """A text about the account's variables, with the names that they have.

        Example:
            >>> NetSuiteResource(variables="SANDBOX").with_variable_names("Set NETSUITE_TOKEN_ID.")
            'Set SANDBOX_TOKEN_ID.'
        """
        return with_prefix_names(self.variables, text)

    def _resolve_variables(self) -> dict[str, str]:
        fields = {name: str(getattr(self, name) or "") for name in VARIABLE_BY_FIELD}
        given = {
            VARIABLE_BY_FIELD[name]: _hidden.get(value, value) for name, value in fields.items() if value
        }
        return override_credentials(connection_variables(current_variables(), self.variables), given)

    def _with_variable_names(self, error: ConfigurationError) -> ConfigurationError:
        if self.variables == STANDARD_PREFIX:
            return error
        error.message, error.remedy = (
            self.with_variable_names(error.message),
            self.with_variable_names(error.remedy),
        )
        error.args = (error.message,)
        return error

    def probing_client(self, *, confirm_sign_in: bool) -> Client:
        """A client for one look at the account's health: it gives up soon, as a sensor's tick has a minute.

        Args:
            confirm_sign_in: Whether a refused sign-in is tried once more before it is believed.

        Raises:
            ConfigurationError: Credentials are missing or malformed; all that are missing are named at once.
        """
        return self.client(probing_settings(self.client_settings(), attempts=2 if confirm_sign_in else 1))

    def client_settings(self, *, confirm_sign_in: bool = True) -> ClientSettings:
        """Return the patience that the fields say.

        Args:
            confirm_sign_in: Whether a refused sign-in is tried once more before it is believed.
        """
        return ClientSettings(
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            retry_seconds=self.retry_seconds,
            confirm_sign_in=confirm_sign_in,
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

    def known_good(self, connection: str) -> tuple[KnownGood | None, str]:
        """What the syncs of a connection really read, by the published file; and why that cannot be read,
        where it cannot."""
        try:
            return read_known_good(self.warehouse(), connection), ""
        except WarehouseError as error:
            return None, str(error)

    def read(self, table: str, connection: str = "netsuite") -> "pandas.DataFrame":
        """A whole table of the published file, which no sync locks.

        Args:
            table: Its name, such as `customer`.
            connection: The connection's name, which is the schema in DuckDB.

        Raises:
            WarehouseError: There is no such file or table.

        Example:
            >>> @dg.asset(deps=[["netsuite", "customer"]])
            ... def customers(warehouse: WarehouseResource) -> None:
            ...     warehouse.read("customer").to_csv("customers.csv")
        """
        return read(table, schema=connection, path=str(self.warehouse().path))


def warehouse_key(connection: str) -> str:
    """The key of a connection's warehouse among Dagster's resources.

    Example:
        >>> warehouse_key("netsuite"), warehouse_key("sandbox")
        ('warehouse', 'sandbox_warehouse')
    """
    return "warehouse" if connection == "netsuite" else f"{connection}_warehouse"


def _hide(name: str, value: Any) -> Any:
    if name not in _SECRET_FIELDS or not value or isinstance(value, dg.EnvVar) or value in _hidden:
        return value
    mark = f"{_HIDDEN_PREFIX}{next(_marks)}"
    _hidden[mark] = str(value)
    return mark
