"""What a table's page in Dagster says: of the table, and of each sync of it."""

import dagster as dg

from netsuite_pipeline.sync.load import stored_table
from netsuite_pipeline.sync.report import Preview, TableReport
from netsuite_pipeline.tables import Table


def asset_spec(table: Table, connection: str) -> dg.AssetSpec:
    """How a table shows in Dagster.

    Example:
        >>> asset_spec(standard_tables()["vendor"], "netsuite").key           # doctest: +SKIP
        AssetKey(['netsuite', 'vendor'])
    """
    stored = stored_table(table, connection)
    unique = table.key if len(table.key) == 1 else ()
    schema = dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=column.comment,
                constraints=dg.TableColumnConstraints(
                    nullable=column.name not in table.key, unique=column.name in unique
                ),
            )
            for column in stored.columns
        ]
    )
    return dg.AssetSpec(
        key=[connection, table.name],
        description=_description(table),
        group_name=table.group,
        kinds={"netsuite", "duckdb"},
        tags={"netsuite/permission": table.permission.id, "netsuite/connection": connection},
        metadata={
            "dagster/table_name": f"{connection}.{table.name}",
            "dagster/column_schema": schema,
            "key": ", ".join(table.key),
            "changes_found_by": _changes(table),
            "permission": f"{table.permission.name} ({table.permission.id})",
            **({"feature": table.feature} if table.feature else {}),
        },
        skippable=True,
    )


def _description(table: Table) -> str:
    feature = f" Needs the feature {table.feature}." if table.feature else ""
    unsure = f"\n\n*Not certain:* {table.uncertain}" if table.uncertain else ""
    return (
        f"**{table.title}.** {table.description}\n\nKey: `{', '.join(table.key)}`. {_changes(table)} "
        f"The role needs {table.permission.name} (`{table.permission.id}`).{feature}{unsure}"
    )


def _changes(table: Table) -> str:
    if table.cursor:
        return f"Changed rows are found by `{table.cursor}`."
    if table.parent:
        return f"Read again for each changed row of `{table.parent.table}`."
    return "Read whole each time."


def materialized(connection: str, report: TableReport) -> dg.MaterializeResult[None]:
    """What a sync did to a table, as its asset's page shows it."""
    metadata: dict[str, dg.MetadataValue | int | float | str] = {
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
    return dg.MaterializeResult(asset_key=[connection, report.table], metadata=metadata)


def preview_markdown(preview: Preview) -> str:
    """A few rows as a Markdown table; what would break the table is escaped, long text is cut.

    Example:
        >>> print(preview_markdown(Preview(("id", "name"), (("1", "a|b"), ("2", None)))))
        | id | name |
        | --- | --- |
        | 1 | a\\|b |
        | 2 |  |
    """
    lines = [preview.columns, tuple("---" for _ in preview.columns), *preview.rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(value: str | None) -> str:
    text = " ".join((value or "").split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return text if len(text) <= 60 else f"{text[:59]}…"
