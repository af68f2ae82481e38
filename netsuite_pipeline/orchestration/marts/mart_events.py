"""What a run records of the marts: materializations, check results."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import replace
from decimal import Decimal
from typing import Any

import dagster as dg

from netsuite_pipeline.health.findings import Finding, State
from netsuite_pipeline.marts import Comparison, check_marts, mart_checks
from netsuite_pipeline.orchestration.asset_keys import AssetKeys
from netsuite_pipeline.orchestration.checks.check_results import CheckOutcome, check_outcome
from netsuite_pipeline.orchestration.marts.mart_specs import lineage_of, mart_key
from netsuite_pipeline.reporting.headlines import headline_figures
from netsuite_pipeline.sync.report import BuiltMart, MartsBuild
from netsuite_pipeline.warehouse.errors import WarehouseError
from netsuite_pipeline.warehouse.store import Store
from netsuite_pipeline.warehouse.transactions import translate_errors
from netsuite_pipeline.wording import counted

# A link reduces an open item; accounts may use links in ways that no document describes.
_WARNINGS = frozenset({"ar_ties_to_control_accounts", "ap_ties_to_control_accounts"})
MartEvent = dg.AssetMaterialization | dg.AssetCheckEvaluation


def mart_events(
    keys: AssetKeys, build: MartsBuild, warehouse: Store, own: Set[dg.AssetKey] = frozenset()
) -> Iterator[MartEvent]:
    """Yield the materializations and check evaluations of the marts that a sync rebuilt and published.

    Args:
        keys: The asset keys of the connection's tables.
        build: What the sync built.
        warehouse: The warehouse that it published.
        own: The marts that a later step of the run materializes.
    """
    metadata = mart_metadata(keys, build, warehouse)
    for mart in build.marts:
        key = mart_key(keys.connection, mart.name)
        if key not in own:
            yield dg.AssetMaterialization(key, metadata=metadata[mart.name])
    for check, outcome in mart_outcomes(keys.connection, warehouse).items():
        if check.asset_key not in own:
            yield outcome.evaluation(check)


def mart_metadata(keys: AssetKeys, build: MartsBuild, warehouse: Store) -> Mapping[str, Mapping[str, Any]]:
    """Return the metadata of each mart: its rows, and figures that Dagster plots.

    Args:
        keys: The asset keys of the connection's tables.
        build: The build.
        warehouse: The warehouse with the published file; figures that cannot be read are left out.
    """
    figures: Mapping[str, Mapping[str, Decimal]] = {}
    try:
        with warehouse.published() as published, translate_errors():
            figures = headline_figures(published, keys.connection)
    except WarehouseError:
        pass
    return {mart.name: _metadata(keys, mart, figures.get(mart.name, {})) for mart in build.marts}


def _metadata(keys: AssetKeys, mart: BuiltMart, figures: Mapping[str, Decimal]) -> Mapping[str, Any]:
    return {
        "dagster/row_count": mart.rows,
        "dagster/column_lineage": lineage_of(mart.name, keys),
        "seconds": round(mart.seconds, 3),
        # Dagster plots floating point numbers; the exact figures are in the mart.
        **{name: float(figure) for name, figure in figures.items()},
    }


def mart_outcomes(connection: str, warehouse: Store) -> Mapping[dg.AssetCheckKey, CheckOutcome]:
    """Return the outcomes of all checks of the marts, compared in the published file.

    A file that cannot be read makes them unknown.
    """
    try:
        with warehouse.published() as published, translate_errors():
            found = list(check_marts(published, connection))
    except WarehouseError as error:
        unread = Finding("marts", State.UNKNOWN, f"The published file cannot be read: {error}")
        return {
            dg.AssetCheckKey(mart_key(connection, check.mart), check.name): check_outcome(
                check.name, (unread,)
            )
            for check in mart_checks().values()
        }
    return {
        dg.AssetCheckKey(mart_key(connection, each.check.mart), each.check.name): comparison_outcome(each)
        for each in found
    }


def comparison_outcome(found: Comparison) -> CheckOutcome:
    """Return the outcome of a check.

    Example:
        >>> print(comparison_outcome(Comparison(mart_checks()["net_income_ties"], compared=3)).description)
        Net income equals the income statement's figures of the year so far. 3 places compared.
    """
    state, seen = _seen(found)
    facts: dict[str, Any] = {
        "compared": found.compared, "differing": found.differing, "unknown": found.unknown
    }  # fmt: skip
    if found.differences:
        facts["differences"] = dg.MetadataValue.md(_table(found))
    outcome = check_outcome(found.check.name, (Finding(found.check.name, state, seen),))
    if found.check.name in _WARNINGS:
        outcome = replace(outcome, severity=dg.AssetCheckSeverity.WARN)
    return replace(outcome, metadata={**outcome.metadata, **facts})


def _seen(found: Comparison) -> tuple[State, str]:
    if found.missing:
        return State.UNKNOWN, (
            f"Not compared: {', '.join(found.missing)} could not be built, or not yet. left_out names what "
            "the account lacks."
        )
    if found.differing:
        first = found.differences[0]
        return State.FAILED, (
            f"{counted(found.differing, 'place')} of {found.compared:,} differ. The largest: {first.place}, "
            f"{first.figure} and {first.other}."
        )
    if found.unknown:
        return State.UNKNOWN, (
            f"{counted(found.unknown, 'place')} of {found.compared:,} have no figure: a rate is missing. "
            "left_out names it."
        )
    return State.OK, f"{found.check.description} {counted(found.compared, 'place')} compared."


def _table(found: Comparison) -> str:
    lines = ["| place | figure | must equal |", "| --- | --- | --- |"]
    lines += [
        f"| {each.place} | {_figure(each.figure)} | {_figure(each.other)} |" for each in found.differences
    ]
    return "\n".join(line.replace("<", "&lt;") for line in lines)


def _figure(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value:,}"
