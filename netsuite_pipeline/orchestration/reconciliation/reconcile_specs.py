"""The checks of a reconciliation: on which asset each of them is, and its spec."""

from collections.abc import Iterator, Sequence

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import ConnectionTables
from netsuite_pipeline.orchestration.check_specs import (
    CONSOLIDATED,
    LEDGER_CHECKS,
    LEDGER_MART,
    LEDGER_TIES,
    TABLE_TIES,
    TIES,
)
from netsuite_pipeline.orchestration.marts.mart_specs import mart_key
from netsuite_pipeline.reconciliation.ledger.statements import POSTINGS


def table_ties_key(target: ConnectionTables, table: str) -> dg.AssetCheckKey:
    """Return the key of the check that a table's rows equal NetSuite's."""
    return dg.AssetCheckKey(target.keys.table_key(table), TIES)


def ledger_check_key(target: ConnectionTables, check: str) -> dg.AssetCheckKey | None:
    """Return the key of a check of the ledger.

    The checks are on the mart `general_ledger`; in a project without marts, on the postings, where `TIES` is
    the name of the check of the rows already.

    Args:
        target: The connection's tables.
        check: One of `LEDGER_CHECKS`.

    Returns:
        The key; None for a connection that does not sync the postings, or has no such amounts.
    """
    if all(table.name != POSTINGS for table in target.tables):
        return None
    if check == CONSOLIDATED and not target.has_mart_assets:
        return None
    if target.has_mart_assets:
        return dg.AssetCheckKey(mart_key(target.connection, LEDGER_MART), check)
    return dg.AssetCheckKey(target.keys.table_key(POSTINGS), LEDGER_TIES if check == TIES else check)


def reconcile_check_specs(target: ConnectionTables) -> Sequence[dg.AssetCheckSpec]:
    """Return the specs of all checks that a reconciliation evaluates."""
    return [*_table_specs(target), *_ledger_specs(target)]


def _table_specs(target: ConnectionTables) -> Iterator[dg.AssetCheckSpec]:
    for table in target.tables:
        key = table_ties_key(target, table.name)
        yield dg.AssetCheckSpec(key.name, asset=key.asset_key, description=TABLE_TIES)


def _ledger_specs(target: ConnectionTables) -> Iterator[dg.AssetCheckSpec]:
    for check, description in LEDGER_CHECKS.items():
        key = ledger_check_key(target, check)
        if key is not None:
            yield dg.AssetCheckSpec(key.name, asset=key.asset_key, description=description)
