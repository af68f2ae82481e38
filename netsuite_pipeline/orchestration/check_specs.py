"""The checks there are: their names, what each looks after, and the asset that stands for the connection."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import dagster as dg

from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX, with_prefix_names
from netsuite_pipeline.tables import Table

CONNECTION_ASSET = "connection"
CONNECTION_GROUP = "connection"

CONNECTION_CHECKS: Mapping[str, str] = {
    "host": "The account's host is known and answers.",
    "clock": "This machine's clock and NetSuite's are less than 5 minutes apart; otherwise NetSuite refuses "
    "every signature.",
    "sign_in": "NetSuite lets the token in. While it does not, the schedule skips.",
    "rest": "The role may use REST Web Services.",
    "suiteql": "The role may use SuiteQL (Reports > SuiteAnalytics Workbook).",
    "deleted_records": "The role sees which records were deleted (Setup > Deleted Records).",
    "concurrency": "The account has requests to spare: others do not use them all.",
    "certificate": "The certificate of OAuth 2.0 is good for more than 60 days. Tokens need none.",
}
"""The checks of `<connection>/connection`, each with what it looks after; named as their findings."""

PROBED_CHECKS: Mapping[str, str] = {
    "readable": "The role may read the table.",
    "columns": "NetSuite offers every column that it offered before.",
    "rows": "NetSuite shows as many rows as before; rows that are gone were deleted there.",
    "fresh": "The table was synced not too long ago.",
}
"""The checks of a table that a look at NetSuite or at the published file answers, at any time."""

SYNC_CHECKS: Mapping[str, str] = {
    "key_unique": "What the sync landed held every row once, with its key; otherwise nothing of it enters "
    "the table.",
    "matches_netsuite": "The table has as many rows as NetSuite counted at the cutoff of the last full read.",
    "nothing_rejected": "Every value fitted its column's type. What does not fit is kept in "
    "_netsuite.rejected_values.",
    "not_collapsed": "Every row that is gone from NetSuite has evidence of its deletion.",
}
"""The checks of a table that only a sync can answer."""

TABLE_CHECKS: Mapping[str, str] = {**PROBED_CHECKS, **SYNC_CHECKS}


def connection_key(connection: str) -> dg.AssetKey:
    """The asset that stands for the way to NetSuite.

    Example:
        >>> connection_key("netsuite")
        AssetKey(['netsuite', 'connection'])
    """
    return dg.AssetKey([connection, CONNECTION_ASSET])


def connection_spec(connection: str, variables: str = STANDARD_PREFIX) -> dg.AssetSpec:
    """How the way to NetSuite shows in Dagster: an asset that nothing materializes and that checks look at.

    Args:
        connection: The connection's name.
        variables: What the names of its variables begin with.

    Example:
        >>> connection_spec("netsuite").key
        AssetKey(['netsuite', 'connection'])
    """
    return dg.AssetSpec(
        key=connection_key(connection),
        description=with_prefix_names(
            variables, _CONNECTION_DESCRIPTION.format(sensor=f"{connection}_connection_sensor")
        ),
        group_name=CONNECTION_GROUP,
        kinds={"netsuite"},
        tags={"netsuite/connection": connection},
    )


def connection_check_specs(connection: str) -> Sequence[dg.AssetCheckSpec]:
    """The checks of the connection's asset."""
    key = connection_key(connection)
    return [dg.AssetCheckSpec(name, asset=key, description=text) for name, text in CONNECTION_CHECKS.items()]


def table_check_specs(
    table_key: Callable[[str], dg.AssetKey], tables: Sequence[Table], checks: Mapping[str, str]
) -> Sequence[dg.AssetCheckSpec]:
    """Some checks, for each of the tables.

    Args:
        table_key: The asset key of a table, by its name.
        tables: The tables.
        checks: The checks, each with what it looks after.
    """
    return [
        dg.AssetCheckSpec(name, asset=table_key(table.name), description=_of_table(name, text, table))
        for table in tables
        for name, text in checks.items()
    ]


def probed_checks(fresh_for: timedelta | None) -> Mapping[str, str]:
    """The checks that a look answers; without `fresh` where tables may get as old as they like."""
    if fresh_for is None:
        return {name: text for name, text in PROBED_CHECKS.items() if name != "fresh"}
    hours = f"{fresh_for.total_seconds() / 3600:g} hours"
    return {**PROBED_CHECKS, "fresh": f"The table was synced within the last {hours}."}


def _of_table(name: str, text: str, table: Table) -> str:
    if name != "readable":
        return text
    feature = f", and the account the feature {table.feature}" if table.feature else ""
    return f"{text} It needs {table.permission.name} ({table.permission.id}){feature}."


_CONNECTION_DESCRIPTION = """\
The way to NetSuite. Nothing is stored under this name: its checks say whether the account answers, lets \
the token in, and lets the role ask. The sensor {sensor} looks every few minutes; a check that fails says \
since when, why, and how to fix it.

To set it up: an integration record (Setup > Integration > Manage Integrations > New, token-based \
authentication on), a role for it (Setup > Users/Roles > Manage Roles > New), an access token (Setup > \
Users/Roles > Access Tokens > New), and the five variables NETSUITE_ACCOUNT_ID, NETSUITE_CONSUMER_KEY, \
NETSUITE_CONSUMER_SECRET, NETSUITE_TOKEN_ID, NETSUITE_TOKEN_SECRET. OAuth 2.0 (a certificate instead \
of a token) and a Nango connection serve as well. docs/netsuite-setup.md goes \
through it step by step; netsuite-pipeline doctor says what is still missing."""
