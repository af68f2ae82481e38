"""BUILTIN.DF: the text of a select, multi-select or list field in the user interface."""

from collections.abc import Mapping

from netsuite_pipeline.emulator.company.records import Record
from netsuite_pipeline.emulator.suiteql.dates import quote
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Scope, quote_name
from netsuite_pipeline.emulator.suiteql.typed_sql import Kind, Sql


def label_of(column: Sql, scope: Scope, records: Mapping[str, Record]) -> Sql | None:
    """Return the name of a column's id, or None for a column that is no select field.

    Names are shown even if the role may not read their record.
    """
    lookup = column.df
    if lookup is None:
        return None
    key = lookup.key if scope.sink is None else scope.sink.add(lookup.key)
    record = records.get(lookup.target)
    if record is not None and len(record.key) == 1:
        table = f"ns.{quote_name(record.name)}"
        names = (
            f"SELECT CAST({quote_name(record.key[0])} AS VARCHAR) AS k, {record.display} AS v FROM {table}"
        )
        if not lookup.many:
            names = f"SELECT {quote_name(record.key[0])} AS k, {record.display} AS v FROM {table}"
    else:
        names = (
            "SELECT value AS k, label AS v FROM ns_lists.options"
            f" WHERE list = {quote(lookup.target.lstrip('*'))}"
        )
        if not lookup.many:
            key = f"CAST({key} AS VARCHAR)"
    if lookup.many:
        ids = f"string_split(replace({key}, ' ', ''), ',')"
        shown = f"string_agg(d.v, ', ' ORDER BY list_position({ids}, d.k))"
        return Sql(f"(SELECT {shown} FROM ({names}) AS d WHERE list_contains({ids}, d.k))", Kind.TEXT)
    if scope.sink is None:
        return Sql(f"(SELECT CAST(d.v AS VARCHAR) FROM ({names}) AS d WHERE d.k = {key})", Kind.TEXT)
    # For a page, one join is faster than a lookup per row.
    alias = f"{scope.sink.alias}d{len(scope.sink.joins)}"
    scope.sink.joins.append(f"LEFT JOIN ({names}) AS {alias} ON {alias}.k = {key}")
    return Sql(f"CAST({alias}.v AS VARCHAR)", Kind.TEXT)
