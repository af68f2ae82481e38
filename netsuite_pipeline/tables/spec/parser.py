"""Parser of table specs in YAML; its errors name the place and what to write instead."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import cast, get_args

from yaml.nodes import Node, ScalarNode, SequenceNode

from netsuite_pipeline.tables.names import find_column_problem, table_name_problem
from netsuite_pipeline.tables.spec.yaml_nodes import (
    SpecLocation,
    choice_of,
    compose,
    flag_of,
    kind_of,
    mapping_of,
    text_of,
)
from netsuite_pipeline.tables.table import (
    GROUPS,
    Column,
    ColumnType,
    Parent,
    Permission,
    Table,
    did_you_mean,
)

_PERMISSION_ID = re.compile(r"[A-Z][A-Z0-9_]*")
_COLUMN_TYPES: tuple[str, ...] = get_args(ColumnType)

_TABLE_REQUIRED = ("title", "about", "group", "key", "permission", "columns")
_TABLE_OPTIONAL = (
    "unique",
    "cursor",
    "parent",
    "row_cursor",
    "belongs_to",
    "deletion_log",
    "feature",
    "uncertain",
    "doubt",
)
_COLUMN_REQUIRED = ("type", "about")
_COLUMN_OPTIONAL = ("references", "label", "uncertain", "doubt")


def parse_tables(text: str, source: str, *, known: Collection[str] = ()) -> Mapping[str, Table]:
    """Parse table specs; the first lines of `standard.yaml` explain the layout.

    Args:
        text: The YAML text.
        source: Its name in messages, such as the file's name.
        known: Names of other tables that `references` and `parent` may name.

    Returns:
        The tables by name, in the order of the text.

    Raises:
        TableSpecError: The text is malformed. The message names file, line, table and field.

    Example:
        >>> tables = parse_tables('''
        ... currency:
        ...   title: Currencies
        ...   about: One row a currency.
        ...   group: lists
        ...   key: [id]
        ...   permission: {id: LIST_CURRENCY, name: Lists > Currency}
        ...   columns:
        ...     id: {type: integer, about: "NetSuite's internal id."}
        ... ''', "my.yaml")
        >>> tables["currency"].key
        ('id',)
    """
    file = SpecLocation(source)
    nodes = mapping_of(compose(text, source), file, what="tables, by name")
    tables: dict[str, Table] = {}
    for name, node in nodes.items():
        spot = replace(file, table=name)
        if words := table_name_problem(name, GROUPS, is_query=False):
            raise spot.error(node, words)
        tables[name] = _table(name, node, spot)
    _check_pointers(tables, nodes, file, known)
    return tables


def _table(name: str, node: Node, spot: SpecLocation) -> Table:
    fields = mapping_of(node, spot, required=_TABLE_REQUIRED, optional=_TABLE_OPTIONAL, what="fields")
    column_nodes = mapping_of(fields["columns"], spot.at("columns"), what="columns, by name")
    columns = tuple(
        _column(column, column_node, spot.at(f"column {column!r}"))
        for column, column_node in column_nodes.items()
    )
    by_name = {column.name: column for column in columns}
    problem = find_column_problem([(column.name, column.label) for column in columns])
    if problem is not None:
        raise spot.at(problem.field).error(column_nodes[problem.column], problem.words)
    key = _columns_of(fields["key"], spot.at("key"), by_name)
    return Table(
        name=name,
        title=text_of(fields["title"], spot.at("title")),
        description=text_of(fields["about"], spot.at("about")),
        group=choice_of(fields["group"], spot.at("group"), tuple(GROUPS), "group"),
        key=key,
        columns=columns,
        permission=_permission(fields["permission"], spot.at("permission")),
        cursor=_datetime_column(fields, "cursor", spot, by_name),
        row_cursor=_row_cursor(fields, spot, by_name),
        parent=_parent(fields, spot, by_name),
        belongs_to=_belongs_to(fields, spot, by_name),
        deletion_log="deletion_log" not in fields or flag_of(fields["deletion_log"], spot.at("deletion_log")),
        feature=_optional_text(fields, "feature", spot),
        uncertain=_reason(fields, "uncertain", spot),
        doubt=_reason(fields, "doubt", spot),
        unique=_unique(fields, spot, [by_name[part] for part in key]),
    )


def _unique(fields: Mapping[str, Node], spot: SpecLocation, key: Sequence[Column]) -> bool:
    node = fields.get("unique")
    if node is None or flag_of(node, spot.at("unique")):
        return True
    for column in key:
        if column.type not in {"integer", "text"}:
            raise spot.at("unique").error(
                node, f"can be false for a key of integer and text; {column.name!r} is {column.type}"
            )
    if "parent" in fields:
        raise spot.at("unique").error(node, "can be false only for a table without a parent")
    return False


def _column(name: str, node: Node, spot: SpecLocation) -> Column:
    fields = mapping_of(node, spot, required=_COLUMN_REQUIRED, optional=_COLUMN_OPTIONAL, what="fields")
    if "uncertain" in fields and "doubt" in fields:
        raise spot.at("doubt").error(fields["doubt"], "leave it out: uncertain says why already")
    uncertain = _reason(fields, "uncertain", spot)
    return Column(
        name=name,
        type=cast(ColumnType, choice_of(fields["type"], spot.at("type"), _COLUMN_TYPES, "column type")),
        description=text_of(fields["about"], spot.at("about")),
        label="label" in fields and flag_of(fields["label"], spot.at("label")),
        references=_optional_text(fields, "references", spot),
        uncertain=uncertain is not None,
        doubt=uncertain or _reason(fields, "doubt", spot),
    )


def _belongs_to(
    fields: Mapping[str, Node], spot: SpecLocation, columns: Mapping[str, Column]
) -> tuple[str, ...]:
    node = fields.get("belongs_to")
    if node is None:
        return ()
    here = spot.at("belongs_to")
    names = _columns_of(node, here, columns)
    for name in names:
        if columns[name].references is None:
            raise here.error(node, f"column {name!r} references no table; give it `references` as well")
    return names


def _columns_of(node: Node, spot: SpecLocation, columns: Mapping[str, Column]) -> tuple[str, ...]:
    if not isinstance(node, SequenceNode) or not node.value:
        raise spot.error(node, f"must be a list of columns, such as [id], not {kind_of(node)}")
    names: list[str] = []
    for item in node.value:
        name = _column_name(item, spot, columns)
        if name in names:
            raise spot.error(item, f"names column {name!r} twice")
        names.append(name)
    return tuple(names)


def _datetime_column(
    fields: Mapping[str, Node], field: str, spot: SpecLocation, columns: Mapping[str, Column]
) -> str | None:
    node = fields.get(field)
    if node is None:
        return None
    name = _column_name(node, spot.at(field), columns)
    if columns[name].type != "datetime":
        raise spot.at(field).error(
            node, f"column {name!r} is of type {columns[name].type}; only a datetime shows when a row changed"
        )
    return name


def _row_cursor(fields: Mapping[str, Node], spot: SpecLocation, columns: Mapping[str, Column]) -> str | None:
    name = _datetime_column(fields, "row_cursor", spot, columns)
    if name is not None and "parent" not in fields:
        raise spot.at("row_cursor").error(
            fields["row_cursor"], f"the table has no parent; write `cursor: {name}` instead"
        )
    return name


def _parent(fields: Mapping[str, Node], spot: SpecLocation, columns: Mapping[str, Column]) -> Parent | None:
    node = fields.get("parent")
    if node is None:
        return None
    here = spot.at("parent")
    if "cursor" in fields:
        raise here.error(node, "a table has a cursor or a parent, not both; leave one of them out")
    parts = mapping_of(node, here, required=("table", "column"), what="fields")
    return Parent(
        table=text_of(parts["table"], here.at("table")),
        column=_column_name(parts["column"], here.at("column"), columns),
    )


def _permission(node: Node, spot: SpecLocation) -> Permission:
    parts = mapping_of(node, spot, required=("id", "name"), what="fields")
    id_ = text_of(parts["id"], spot.at("id"))
    name = text_of(parts["name"], spot.at("name"))
    if not _PERMISSION_ID.fullmatch(id_):
        raise spot.at("id").error(parts["id"], f"{id_!r} is no permission id; write it like LIST_CUSTJOB")
    if " > " not in name:
        raise spot.at("name").error(
            parts["name"], f"{name!r} names no tab; write tab and permission like Lists > Customers"
        )
    return Permission(id=id_, name=name)


def _check_pointers(
    tables: Mapping[str, Table], nodes: Mapping[str, Node], file: SpecLocation, known: Collection[str]
) -> None:
    """Raise if `parent` or `references` names no table, which only the whole file shows."""
    names = {*tables, *known}
    for table in tables.values():
        spot = replace(file, table=table.name)
        if table.parent is not None:
            here = spot.at("parent").at("table")
            where = _child(nodes[table.name], "parent", "table")
            _require_table(table.parent.table, names, here, where)
            parent = tables.get(table.parent.table)
            if parent is not None and (parent is table or parent.parent is not None):
                raise here.error(where, f"{parent.name!r} has a parent itself; name the table at the top")
            if parent is not None and len(parent.key) != 1:
                raise here.error(where, f"{parent.name!r} has a key of {len(parent.key)} columns, not of one")
        for column in table.columns:
            if column.references is not None and column.references not in names:
                here = spot.at(f"column {column.name!r}").at("references")
                where = _child(nodes[table.name], "columns", column.name, "references")
                _require_table(column.references, names, here, where)


def _require_table(name: str, names: Collection[str], spot: SpecLocation, node: Node) -> None:
    if name not in names:
        raise spot.error(node, f"there is no table {name!r}{did_you_mean(name, sorted(names))}")


def _child(node: Node, *path: str) -> Node:
    for step in path:
        node = next(value for key, value in node.value if key.value == step)
    return node


def _column_name(node: Node, spot: SpecLocation, columns: Mapping[str, Column]) -> str:
    name = text_of(node, spot)
    if name not in columns:
        raise spot.error(node, f"the table has no column {name!r}{did_you_mean(name, list(columns))}")
    return name


def _optional_text(fields: Mapping[str, Node], name: str, spot: SpecLocation) -> str | None:
    return text_of(fields[name], spot.at(name)) if name in fields else None


def _reason(fields: Mapping[str, Node], name: str, spot: SpecLocation) -> str | None:
    if name not in fields:
        return None
    node = fields[name]
    if isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:bool":
        raise spot.at(name).error(node, f"must say why, in words, not {kind_of(node)}")
    return text_of(node, spot.at(name))
