"""The asset checks: their names, their descriptions, and the asset that stands for the connection."""

from collections.abc import Callable, Mapping, Sequence

import dagster as dg

from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX, with_prefix_names
from netsuite_pipeline.orchestration.freshness import FreshnessWindows
from netsuite_pipeline.tables import Table

CONNECTION_CHECKS: Mapping[str, str] = {
    "host": "The account's host is known and answers.",
    "clock": "The clocks of this machine and of NetSuite are less than 5 minutes apart; otherwise NetSuite "
    "refuses every signature.",
    "sign_in": "NetSuite accepts the sign-in. While it refuses the sign-in, the schedules skip.",
    "rest": "The role may use REST Web Services.",
    "suiteql": "The role may use SuiteQL (Reports > SuiteAnalytics Workbook).",
    "deleted_records": "The role may read deleted records (Setup > Deleted Records).",
    "concurrency": "The account has free requests: other integrations do not use its whole limit.",
    "certificate": "The OAuth 2.0 certificate is valid for more than 60 days. Tokens need no certificate.",
}
"""The checks of `<connection>/connection`, by name; a check has the name of its finding."""

PROBED_CHECKS: Mapping[str, str] = {
    "readable": "The role may read the table.",
    "columns": "NetSuite exposes every column that it exposed before.",
    "rows": "The row count has not dropped, except for rows deleted in NetSuite.",
    "fresh": "The last sync of the table is not too old.",
}
"""The checks of a table that a probe of NetSuite or of the published file evaluates, at any time."""

SYNC_CHECKS: Mapping[str, str] = {
    "key_unique": "The sync fetched every row once, with a complete key; otherwise the table stays "
    "unchanged.",
    "matches_netsuite": "The table has as many rows as NetSuite counted at the cutoff of the last full read.",
    "nothing_rejected": "Every value fits the type of its column. Other values are kept in "
    "_netsuite.rejected_values.",
    "not_collapsed": "Every row that is missing in NetSuite has evidence of its deletion.",
}
"""The checks of a table that only a sync evaluates."""

TABLE_CHECKS: Mapping[str, str] = {**PROBED_CHECKS, **SYNC_CHECKS}

TIES = "ties_to_netsuite"
LEDGER_TIES = "ledger_ties_to_netsuite"
CLOSED_PERIODS = "closed_periods_unchanged"
CONSOLIDATED = "consolidated_ties_to_netsuite"
TABLE_TIES = (
    "Every row equals NetSuite's: NetSuite counts and hashes the rows of each key range, and rows that "
    "differ are read again. It runs once a day."
)
"""The description of the check `TIES` of a table."""

LEDGER_MART = "general_ledger"
LEDGER_CHECKS: Mapping[str, str] = {
    TIES: "The ledger equals NetSuite's own sums to the last digit, in each posting period, by book, account "
    "and subsidiary. Documents that differ are named with both amounts and read again. It runs once a day.",
    CLOSED_PERIODS: "Nothing was posted, changed or deleted in a closed period since the last comparison.",
    CONSOLIDATED: "The consolidated amounts of the current period equal NetSuite's BUILTIN.CONSOLIDATE, by "
    "account, but for the rounding of each posting.",
}
"""The checks of the ledger, by name: of the mart `LEDGER_MART`, or without marts of its postings.

Only the mart has consolidated amounts.
"""


def connection_key(connection: str) -> dg.AssetKey:
    """Return the key of the asset that stands for the connection.

    Example:
        >>> connection_key("netsuite")
        AssetKey(['netsuite', 'connection'])
    """
    return dg.AssetKey([connection, "connection"])


def connection_spec(connection: str, env_prefix: str = STANDARD_PREFIX) -> dg.AssetSpec:
    """Return the spec of the asset that stands for the connection: nothing materializes it, checks watch it.

    Args:
        connection: The connection's name.
        env_prefix: The prefix of the connection's environment variables.

    Example:
        >>> connection_spec("netsuite").key
        AssetKey(['netsuite', 'connection'])
    """
    return dg.AssetSpec(
        key=connection_key(connection),
        description=with_prefix_names(
            env_prefix, _CONNECTION_DESCRIPTION.format(sensor=f"{connection}_connection_sensor")
        ),
        group_name="connection",
        kinds={"netsuite"},
        tags={"netsuite/connection": connection},
    )


def connection_check_specs(connection: str) -> Sequence[dg.AssetCheckSpec]:
    """Return the specs of the connection's checks."""
    key = connection_key(connection)
    return [dg.AssetCheckSpec(name, asset=key, description=text) for name, text in CONNECTION_CHECKS.items()]


def table_check_specs(
    table_key: Callable[[str], dg.AssetKey], tables: Sequence[Table], freshness: FreshnessWindows
) -> Sequence[dg.AssetCheckSpec]:
    """Return the specs of the tables' checks; only a table with a window has the check `fresh`.

    Args:
        table_key: Returns the asset key of a table, by its name.
        tables: The tables.
        freshness: How old the tables may get.
    """
    return [
        dg.AssetCheckSpec(
            name, asset=table_key(table.name), description=_description(name, text, table, freshness)
        )
        for table in tables
        for name, text in TABLE_CHECKS.items()
        if name != "fresh" or table.name in freshness
    ]


def _description(name: str, text: str, table: Table, freshness: FreshnessWindows) -> str:
    if name == "fresh":
        return freshness[table.name].description
    if name != "readable":
        return text
    feature = f", and the account needs the feature {table.feature}" if table.feature else ""
    return f"{text} The role needs {table.permission.name} ({table.permission.id}){feature}."


_CONNECTION_DESCRIPTION = """\
The connection to NetSuite. Nothing is stored under this name. Its checks show whether the account answers, \
accepts the sign-in and allows the role its queries. The sensor {sensor} runs them every few minutes. A \
failed check shows since when it fails, why, and which menu fixes it.

To set the connection up you need an integration record (Setup > Integration > Manage Integrations > New, \
token-based authentication on), a role for it (Setup > Users/Roles > Manage Roles > New), an access token \
(Setup > Users/Roles > Access Tokens > New), and the five variables NETSUITE_ACCOUNT_ID, \
NETSUITE_CONSUMER_KEY, NETSUITE_CONSUMER_SECRET, NETSUITE_TOKEN_ID, NETSUITE_TOKEN_SECRET. OAuth 2.0 (a \
certificate instead of a token) and a Nango connection work as well. docs/netsuite-setup.md shows it step \
by step; netsuite-pipeline doctor names what is still missing."""
