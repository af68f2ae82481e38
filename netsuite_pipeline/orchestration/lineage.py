"""How tables hang together in Dagster's graph, and the order in which it must hear of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import dagster as dg

from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.sync.planning.read_plan import parent_tables
from netsuite_pipeline.sync.report import TableReport
from netsuite_pipeline.tables import Table


def with_parent_deps(
    specs: Mapping[str, dg.AssetSpec], tables: Sequence[Table], keys: AssetKeys
) -> Mapping[str, dg.AssetSpec]:
    """The same specs; a table that is read by another's changes depends on it, where both are taken.

    Args:
        specs: The spec of each table, by the table's name, with the key that it has in the end.
        tables: The tables that the connection takes.
        keys: Their keys.
    """
    parents = parent_tables(tables)
    return {
        name: spec
        if name not in parents
        else spec.replace_attributes(deps=[*spec.deps, keys.table_key(parents[name])])
        for name, spec in specs.items()
    }


def parents_first(reports: Iterable[TableReport], tables: Sequence[Table]) -> Iterator[TableReport]:
    """The reports of a sync as they come, but none before that of the table's parent.

    A parent that is being swept ends after its children, and Dagster refuses an asset's materialization that
    comes after one of an asset that depends on it (1.13: "must yield them in topological order").

    Args:
        reports: The reports. Where they end with an error, those that were held back come before it.
        tables: The tables of the sync.
    """
    parents = parent_tables(tables)
    told: set[str] = set()
    held: list[TableReport] = []
    coming = iter(reports)
    while True:
        try:
            report = next(coming)
        except StopIteration:
            yield from held
            return
        except Exception:
            yield from held
            raise
        held.append(report)
        while ready := next((each for each in held if _may_come(each, parents, told)), None):
            held.remove(ready)
            told.add(ready.table)
            yield ready


def _may_come(report: TableReport, parents: Mapping[str, str], told: set[str]) -> bool:
    return parents.get(report.table) in (None, *told)
