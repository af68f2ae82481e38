"""Dagster's resources: the NetSuite account, and the warehouse that its tables go to."""

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from netsuite_pipeline.health.known_good import KnownGood, read_known_good
from netsuite_pipeline.health.probes.connection_probe import probing_settings
from netsuite_pipeline.netsuite.client import NetSuiteClient as Client
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.config.credential_override import override_credentials
from netsuite_pipeline.netsuite.config.env_reload import current_variables, load_env_file
from netsuite_pipeline.netsuite.config.variable_prefix import (
    STANDARD_PREFIX,
    connection_variables,
    rename_variables,
    with_prefix_names,
)
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.settings import CONNECT_SECONDS, READ_SECONDS, RETRY_SECONDS, ClientSettings
from netsuite_pipeline.orchestration.credentials import (
    VARIABLES,
    EnvironmentCredentials,
    FlatCredentials,
    NangoCredentials,
    OAuth2Credentials,
    TokenCredentials,
    given_values,
)
from netsuite_pipeline.orchestration.sync_config import SyncConfig, SyncEvent, registered_sync
from netsuite_pipeline.reading import read_from
from netsuite_pipeline.sync.landing.hashing import salt_from_variables
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.warehouse import (
    LOCK_WAIT_SECONDS,
    warehouse_from_environment,
)

if TYPE_CHECKING:
    import pandas

# Each run imports this module first, so `dg.EnvVar` resolves to the file's present values. A file that is
# not readable now is an error of the sync, which reads the file again, and not of the import.
with suppress(ConfigurationError):
    load_env_file()


class NetSuiteResource(FlatCredentials, dg.ConfigurableResource):  # type: ignore[type-arg]
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

        The same as one object, of one kind:

        >>> resource = NetSuiteResource(
        ...     account_id="1234567_SB1",
        ...     credentials=OAuth2Credentials(client_id=dg.EnvVar("CLIENT_ID"), private_key="key.pem"),
        ... )
        >>> resource.credentials.kind
        'oauth2'

        All of it by `SANDBOX_ACCOUNT_ID`, `SANDBOX_TOKEN_ID` and so on:

        >>> NetSuiteResource(env_prefix="SANDBOX").env_prefix
        'SANDBOX'
    """

    env_prefix: str = Field(
        default=STANDARD_PREFIX,
        description="The prefix of its environment variables: SANDBOX for SANDBOX_ACCOUNT_ID and so on.",
    )
    account_id: str = Field(default="", description="1234567, or 1234567_SB1 for a sandbox.")
    credentials: TokenCredentials | OAuth2Credentials | NangoCredentials | EnvironmentCredentials = Field(
        default=EnvironmentCredentials(),
        discriminator="kind",
        description="The credentials as one object, instead of the single fields.",
    )
    base_url: str = Field(default="", description="An address other than the account's own host.")
    concurrency: int = Field(
        default=0, ge=0, le=200, description="Simultaneous requests; 0: NETSUITE_CONCURRENCY, or 5."
    )
    connect_seconds: float = Field(default=CONNECT_SECONDS, gt=0, description="Wait for a connection.")
    read_seconds: float = Field(default=READ_SECONDS, gt=0, description="Wait for the next bytes.")
    retry_seconds: float = Field(
        default=RETRY_SECONDS, ge=0, description="Retry a throttled or unanswered request for so long."
    )

    def __init__(self, **fields: Any) -> None:
        if "variables" in fields:
            raise ConfigurationError(
                "variables is now called env_prefix.", remedy="Write env_prefix=… instead."
            )
        super().__init__(**fields)

    def client(self, settings: ClientSettings | None = None) -> Client:
        """Return a client for the account. Close it, or use it as a context manager.

        Args:
            settings: Time limits and retries instead of the fields'; concurrency stays the resource's.

        Raises:
            ConfigurationError: Credentials are missing or malformed; all missing ones are named at once.
        """
        try:
            return client_from_environment(self._merged_variables(), settings or self.client_settings())
        except ConfigurationError as error:
            rename_variables(self.env_prefix, error)
            raise error from None

    def probing_client(self, *, confirm_sign_in: bool) -> Client:
        """Return a client for a health check: it gives up soon, as a sensor's tick has one minute.

        Args:
            confirm_sign_in: Whether a refused sign-in is tried a second time.

        Raises:
            ConfigurationError: Credentials are missing or malformed; all missing ones are named at once.
        """
        return self.client(probing_settings(self.client_settings(), attempts=2 if confirm_sign_in else 1))

    def client_settings(self, *, confirm_sign_in: bool = True) -> ClientSettings:
        """Return time limits and retries as the fields set them.

        Args:
            confirm_sign_in: Whether a refused sign-in is tried a second time.
        """
        return ClientSettings(
            connect_seconds=self.connect_seconds,
            read_seconds=self.read_seconds,
            retry_seconds=self.retry_seconds,
            confirm_sign_in=confirm_sign_in,
        )

    def hash_salt(self) -> str:
        """Return the salt of hashed columns: `NETSUITE_HASH_SALT`, or the connection's own, or empty."""
        return salt_from_variables(self._merged_variables())

    def with_variable_names(self, text: str) -> str:
        """Return a text with the names of this resource's variables.

        Example:
            >>> NetSuiteResource(env_prefix="SANDBOX").with_variable_names("Set NETSUITE_TOKEN_ID.")
            'Set SANDBOX_TOKEN_ID.'
        """
        return with_prefix_names(self.env_prefix, text)

    def query(self, sql: str) -> "pandas.DataFrame":
        """Return all rows of a SuiteQL statement, at most 100,000, as a frame of text columns.

        Raises:
            NetSuiteError: By kind of failure.
        """
        with self.client() as client:
            return client.query(sql)

    def sync(
        self,
        context: dg.AssetExecutionContext | dg.OpExecutionContext,
        warehouse: "WarehouseResource | None" = None,
        config: SyncConfig | None = None,
    ) -> Iterator[SyncEvent]:
        """Sync the selected tables of a function that `netsuite_assets` decorates.

        Args:
            context: The function's context.
            warehouse: The warehouse to write; by default the file that `NETSUITE_WAREHOUSE` names.
            config: What is set for the run; by default a sync of changes.

        Yields:
            The materialization and check evaluations of each table, as soon as it is committed.

        Raises:
            Failure: A table failed, or nothing could be synced; committed tables stay.

        Example:
            ::

                @netsuite_assets(tables=["customer", "vendor"])
                def netsuite_tables(context: dg.AssetExecutionContext, netsuite: NetSuiteResource):
                    yield from netsuite.sync(context)
        """
        run = registered_sync(context)
        yield from run(context, self, warehouse or WarehouseResource(), config or SyncConfig())

    def _merged_variables(self) -> dict[str, str]:
        flat = given_values(self)
        nested = given_values(self.credentials)
        both = [name for name in FlatCredentials.model_fields if nested and name in flat]
        if both:
            raise ConfigurationError(
                f"{both[0]} is set beside credentials.", remedy="Set it in the credentials object alone."
            )
        given = {VARIABLES[name]: value for name, value in {**flat, **nested}.items()}
        return override_credentials(connection_variables(current_variables(), self.env_prefix), given)


class WarehouseResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """The DuckDB file that analysts open, with the working file that syncs write; or a lake.

    Example:
        >>> WarehouseResource(path="data/warehouse.duckdb").warehouse().name
        'data/warehouse.duckdb'
    """

    path: str = Field(
        default="",
        description="The DuckDB file, or a lake such as ducklake:data/warehouse.ducklake; empty: the value "
        "of NETSUITE_WAREHOUSE, or data/warehouse.duckdb.",
    )
    lake_data: str = Field(
        default="",
        description="Folder or s3:// address of a lake's data; empty: the value of NETSUITE_LAKE_DATA.",
    )
    lock_wait_seconds: float = Field(
        default=LOCK_WAIT_SECONDS,
        ge=0,
        description="Wait for another process that writes the working file.",
    )

    def warehouse(self, connection: str = "netsuite") -> Store:
        """Return the warehouse of a connection.

        Raises:
            WarehouseMisconfigured: The address is malformed, or of another kind than file or lake.
        """
        given = {"NETSUITE_WAREHOUSE": self.path, "NETSUITE_LAKE_DATA": self.lake_data}
        variables = {**os.environ, **{name: value for name, value in given.items() if value}}
        return warehouse_from_environment(variables, self.lock_wait_seconds).of(connection)

    def known_good(self, connection: str) -> tuple[KnownGood, str]:
        """Return what the syncs of a connection have read, and why the published file is unreadable."""
        nothing = KnownGood("", {}, None)
        try:
            return read_known_good(self.warehouse(connection), connection) or nothing, ""
        except WarehouseError as error:
            return nothing, str(error)

    def read(self, table: str, connection: str = "netsuite") -> "pandas.DataFrame":
        """Return a whole table of the published file, which no sync locks.

        Args:
            table: The table's name, such as `customer`.
            connection: The connection's name, which is the schema in DuckDB.

        Raises:
            WarehouseError: There is no such file or table.

        Example:
            >>> @dg.asset(deps=[["netsuite", "customer"]])
            ... def customers(warehouse: WarehouseResource) -> None:
            ...     warehouse.read("customer").to_csv("customers.csv")
        """
        return read_from(self.warehouse(connection), table, connection)


def connection_resources(context: Any, connection: str) -> tuple[NetSuiteResource, WarehouseResource]:
    """Return the account and the warehouse of a connection from the resources of a context."""
    return getattr(context.resources, connection), getattr(context.resources, warehouse_key(connection))


def resource_keys(connection: str) -> set[str]:
    """Return the resource keys of a connection's account and warehouse.

    Example:
        >>> sorted(resource_keys("sandbox"))
        ['sandbox', 'sandbox_warehouse']
    """
    return {connection, warehouse_key(connection)}


def warehouse_key(connection: str) -> str:
    """Return the resource key of a connection's warehouse.

    Example:
        >>> warehouse_key("netsuite"), warehouse_key("sandbox")
        ('warehouse', 'sandbox_warehouse')
    """
    return "warehouse" if connection == "netsuite" else f"{connection}_warehouse"
