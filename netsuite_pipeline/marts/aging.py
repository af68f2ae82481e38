"""Receivables and payables by age: one SQL file for the tables and for the table macros."""

from netsuite_pipeline.warehouse.schema.schema import quoted, text

ATTACHED_AS = "warehouse"
"""The name under which people attach a warehouse; macros find their mart there."""


def aging_query(sql: str, kind: str) -> str:
    """Return the SELECT of a table: what was open at the end of each period.

    Args:
        sql: The text of aging.sql.
        kind: receivable or payable.

    Example:
        >>> aging_query("SELECT * FROM {open_items} JOIN {days} USING (day) WHERE kind = '{kind}'", "payable")
        "SELECT * FROM open_items JOIN period_ends USING (day) WHERE kind = 'payable'"
    """
    return sql.format(open_items="open_items", days="period_ends", kind=kind)


def aging_macro(sql: str, kind: str, schema: str, name: str) -> str:
    """Return the statement of a table macro: what was open on any day.

    DuckDB looks for a macro's tables in the current database, not in the macro's own. So the macro reads the
    mart of the current database, or that of an attached database called `warehouse`. It refuses to choose
    between the marts of two databases.

    Args:
        sql: The text of aging.sql.
        kind: receivable or payable.
        schema: The schema of the marts.
        name: The macro's name.
    """
    here = f"{quoted(schema)}.{quoted('open_items')}"
    attached = f"{quoted(ATTACHED_AS)}.{here}"
    several = f"Two databases have the marts {schema}: detach one of them."
    open_items = f"""query_table(CASE
        WHEN {_exists(here)} AND {_exists(attached)} AND lower(current_database()) <> {text(ATTACHED_AS)}
            THEN error({text(several)})
        WHEN {_exists(here)} THEN {text(here)}
        ELSE {text(attached)} END)"""
    body = sql.format(open_items=open_items, days="(SELECT as_of::DATE AS day)", kind=kind)
    return f"CREATE OR REPLACE MACRO {quoted(schema)}.{quoted(name)}(as_of) AS TABLE {body}"


def _exists(table: str) -> str:
    """Return a condition that is known when a query is bound: DuckDB can plan a statement on the table."""
    return f"(json_serialize_plan({text(f'DESCRIBE {table}')})->>'error') = 'false'"
