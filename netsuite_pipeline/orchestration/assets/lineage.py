"""Parents and children in Dagster's asset graph, and the order in which Dagster accepts their events."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.sync.planning.read_plan import parent_tables
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import Table


def with_parent_deps(
    specs: Mapping[str, dg.AssetSpec], tables: Sequence[Table], keys: AssetKeys
) -> Mapping[str, dg.AssetSpec]:
    """Return the specs with a dependency of each child table on its parent, if both are synced.

    Args:
        specs: The final spec of each table, by the table's name.
        tables: The tables that the connection syncs.
        keys: The asset keys of the tables.
    """
    parents = parent_tables(tables)
    return {
        name: spec
        if name not in parents
        else spec.replace_attributes(deps=[*spec.deps, keys.table_key(parents[name])])
        for name, spec in specs.items()
    }


def parents_first(reports: Iterable[TableReport], tables: Sequence[Table]) -> Iterator[TableReport]:
    """Yield the reports of a sync as they come, each after the report of the table's parent.

    A parent that is swept ends after its children. Dagster refuses the materialization of an asset after
    one of an asset that depends on it (1.13: "must yield them in topological order").

    Args:
        reports: The reports. If they end with an error, the deferred reports come before the error.
        tables: The tables of the sync.
    """
    parents = parent_tables(tables)
    emitted: set[str] = set()
    deferred: list[TableReport] = []
    try:
        for report in reports:
            deferred.append(report)
            while ready := [each for each in deferred if parents.get(each.table) in (None, *emitted)]:
                deferred = [each for each in deferred if each not in ready]
                emitted.update(each.table for each in ready)
                yield from ready
    except Exception:
        yield from deferred
        raise
    yield from deferred
