"""How a table appears in Dagster: its asset spec, and the metadata of each sync."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import dagster as dg

from netsuite_pipeline.orchestration.check_specs import connection_key
from netsuite_pipeline.orchestration.help_links import help_page
from netsuite_pipeline.sync.load.stored_table import stored_table
from netsuite_pipeline.sync.report import Preview, TableReport
from netsuite_pipeline.tables import Column, Table
from netsuite_pipeline.tables.hashed_columns import hashed_table
from netsuite_pipeline.wording import counted, formatted_time

_LONGEST_CELL = 60
_TAG_VALUE = re.compile("[A-Za-z0-9_.-]{1,63}")


@dataclass(frozen=True)
class NetSuiteTableProps:
    """What a translator makes an asset spec of.

    Attributes:
        table: The table, with the settings of this connection.
        connection: The connection's name.
    """

    table: Table
    connection: str


class DagsterNetSuiteTranslator:
    """Makes the asset spec of each table. Derive a class of your own for other keys, groups, owners or tags.

    Example:
        >>> class Finance(DagsterNetSuiteTranslator):
        ...     def get_asset_spec(self, props: NetSuiteTableProps) -> dg.AssetSpec:
        ...         return super().get_asset_spec(props).replace_attributes(owners=["team:finance"])
        >>> from netsuite_pipeline.tables import standard_tables
        >>> Finance().get_asset_spec(NetSuiteTableProps(standard_tables()["vendor"], "netsuite")).owners
        ['team:finance']
    """

    def get_asset_spec(self, props: NetSuiteTableProps) -> dg.AssetSpec:
        """Return the asset spec of a table: its description, columns and permission."""
        table, connection = props.table, props.connection
        page = help_page(table.name) if table.query is None else None
        facts: dict[str, dg.MetadataValue | str | None] = {
            "permission": _permission(table),
            "feature": table.feature,
            "only_rows_where": table.where,
            "hashed": ", ".join(table.hashed),
            "suiteql": dg.MetadataValue.md(_code(table.query)) if table.query else None,
        }
        tags = {"netsuite/permission": table.permission.id, "netsuite/connection": connection}
        return dg.AssetSpec(
            key=[connection, table.name],
            deps=[connection_key(connection)],
            description=_description(table, page),
            group_name=table.group,
            kinds={"netsuite", "duckdb"},
            # Dagster refuses a tag value with other characters; the id of a custom permission may have them.
            tags={name: value for name, value in tags.items() if _TAG_VALUE.fullmatch(value)},
            metadata={
                "dagster/table_name": f"{connection}.{table.name}",
                "dagster/column_schema": _column_schema(table, connection),
                "key": ", ".join(table.key),
                "incremental_by": _incremental_by(table),
                **{name: fact for name, fact in facts.items() if fact},
            },
            skippable=True,
        )


def _column_schema(table: Table, connection: str) -> dg.TableSchema:
    hashed = hashed_table(replace(table, columns=tuple(_untyped(each, table) for each in table.columns)))
    columns = {column.name: column for column in hashed.columns}
    unique = table.key if len(table.key) == 1 and table.unique else ()
    required = table.key if table.unique else ()
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=stored.name,
                type=stored.type,
                description=_column_description(columns.get(stored.name), stored.comment),
                constraints=dg.TableColumnConstraints(
                    nullable=stored.name not in required, unique=stored.name in unique
                ),
            )
            for stored in stored_table(hashed, connection).columns
        ]
    )


def _untyped(column: Column, table: Table) -> Column:
    if column.name not in table.untyped:
        return column
    about = f"{column.description} Its type is inferred from the first rows."
    return replace(column, description=about.lstrip())


def _column_description(column: Column | None, comment: str) -> str:
    """Return the comment of a column, with the table that it references and what is uncertain.

    A label has no column in the catalogue.
    """
    if column is None:
        return comment
    reference = f" Key of {column.references}." if column.references else ""
    doubt = f" Not certain: {column.doubt}" if column.doubt else ""
    return f"{comment}{reference}{doubt}"


def _description(table: Table, page: str | None) -> str:
    """Return the description of a table as plain text.

    Only the asset's page renders Markdown; the catalog and the lineage show the text as it is.
    """
    needs = f" The role needs {_permission(table)}." if _permission(table) else ""
    feature = f" Needs the feature {table.feature}." if table.feature else ""
    where = f" Only rows where {table.where}." if table.where else ""
    hashed = f" Hashed: {', '.join(table.hashed)}." if table.hashed else ""
    link = f"\n\n{table.title} in NetSuite's help: {page}" if page else ""
    unsure = "".join(f"\n\nNot certain: {doubt}" for doubt in (table.uncertain, table.doubt) if doubt)
    return (
        f"{table.title}. {table.description}\n\nKey: {', '.join(table.key)}. {_incremental_by(table)}"
        f"{needs}{feature}{where}{hashed}{link}{unsure}"
    )


def _permission(table: Table) -> str:
    name, id_ = table.permission.name, table.permission.id
    return f"{name} ({id_})" if name and id_ else name or id_


def _incremental_by(table: Table) -> str:
    if table.cursor:
        return f"Incremental by {table.cursor}."
    if table.parent:
        own = f", and for each row whose own {table.row_cursor} changed" if table.row_cursor else ""
        return f"Read again for each changed row of {table.parent.table}{own}."
    return "Read in full by each sync."


def _code(sql: str) -> str:
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", sql)), default=0))
    return f"{fence}sql\n{sql.strip()}\n{fence}"


def materialize_result(key: dg.AssetKey, report: TableReport) -> dg.MaterializeResult[None]:
    """Return what a sync did to a table: in a sentence, and in numbers that Dagster plots.

    Args:
        key: The table's asset key.
        report: What the sync did to the table.
    """
    metadata: dict[str, dg.MetadataValue | int | float | str] = {
        "last_sync": last_sync_text(report),
        "dagster/row_count": report.rows or 0,
        "rows_read": report.rows_read,
        "rows_written": report.rows_written,
        "rows_deleted": report.rows_deleted,
        "rejected_values": report.rejected_values,
        "requests": report.requests,
        "retries": report.retries,
        "throttled": report.throttled,
        "seconds": round(report.seconds, 3),
        "mode": report.mode,
    }
    if report.watermark is not None:
        metadata["watermark"] = f"{report.watermark:%Y-%m-%d %H:%M:%S} UTC"
    if report.counted is not None:
        metadata["netsuite_rows"] = report.counted
    if report.notes:
        metadata["notes"] = dg.MetadataValue.md("\n".join(f"- {note}" for note in report.notes))
    if report.preview is not None and report.preview.rows:
        metadata["preview"] = dg.MetadataValue.md(preview_markdown(report.preview))
    return dg.MaterializeResult(asset_key=key, metadata=metadata)


def last_sync_text(report: TableReport) -> str:
    """Return a sentence about the sync of a table.

    Example:
        >>> from datetime import datetime
        >>> last_sync_text(TableReport("vendor", "changed", "done", datetime(2026, 11, 24, 6), seconds=0.8,
        ...     rows_written=12, rows=300, requests=2, counted=300))  # doctest: +NORMALIZE_WHITESPACE
        'Last sync 2026-11-24 06:00 UTC: 12 rows changed, 0 deleted, 2 requests, 0.8 s of work; NetSuite
        counts 300, the table has 300.'
    """
    full = " (full read)" if report.mode == "full" else ""
    counts = f"NetSuite counts {report.counted:,}, " if report.counted is not None else ""
    rows = f"{report.rows or 0:,}" if counts else counted(report.rows or 0, "row")
    return (
        f"Last sync {formatted_time(report.started_at)}: "
        f"{counted(report.rows_written, 'row')} changed{full}, {report.rows_deleted:,} deleted, "
        f"{counted(report.requests, 'request')}, {report.seconds:,.1f} s of work; "
        f"{counts}the table has {rows}."
    )


def preview_markdown(preview: Preview) -> str:
    """Return rows as a Markdown table; marks that would break the table are escaped, long text is cut."""
    return markdown_table(preview.columns, preview.rows)


def markdown_table(
    columns: Sequence[str], rows: Sequence[Sequence[str | None]], longest: int = _LONGEST_CELL
) -> str:
    r"""Return texts as a Markdown table.

    Args:
        columns: The names of the columns.
        rows: The texts, row by row; None for an empty cell.
        longest: The number of characters after which a text is cut.

    Example:
        >>> print(markdown_table(["name"], [["a|b"], [None]]))
        | name |
        | --- |
        | a\|b |
        |  |
    """
    lines = [columns, ["---" for _ in columns], *rows]
    return "\n".join(f"| {' | '.join(_cell(cell, longest) for cell in line)} |" for line in lines)


def _cell(value: str | None, longest: int) -> str:
    text = " ".join((value or "").split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
