"""Table specs as YAML in the form of `standard.yaml`, and the file of them that discovery extends."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from yaml.nodes import MappingNode, Node

from netsuite_pipeline.tables.catalogue import read_tables
from netsuite_pipeline.tables.discovery.column_inference import plain
from netsuite_pipeline.tables.spec.parser import parse_tables
from netsuite_pipeline.tables.spec.yaml_nodes import compose
from netsuite_pipeline.tables.table import Column, Table, TableSpecError

_HEAD = """\
# Tables of this account beside the standard catalogue, in the form that the head of
# netsuite_pipeline/tables/standard.yaml explains. You may edit it: `netsuite-pipeline discover --write`
# only adds to this file. A table of this file replaces the standard table of the same name.
# Syncs use the file once NETSUITE_TABLES, or `custom_tables` of a defs.yaml, names it.
"""
_YAML_VALUES = frozenset({"true", "false", "yes", "no", "on", "off", "y", "n", "null"})


def render_tables(tables: Mapping[str, Table]) -> str:
    """Return the tables as YAML that `parse_tables` can parse.

    Example:
        >>> print(render_tables({"currency": standard_tables()["currency"]}))    # doctest: +SKIP
    """
    return "\n".join("\n".join(_lines(table)) + "\n" for table in tables.values())


def _lines(table: Table) -> list[str]:
    facts = {
        "title": _quoted(table.title),
        "about": _quoted(table.description),
        "group": table.group,
        "key": f"[{', '.join(map(_name, table.key))}]",
        "unique": None if table.unique else "false",
        "cursor": table.cursor and _name(table.cursor),
        "parent": table.parent
        and f"{{table: {_name(table.parent.table)}, column: {_name(table.parent.column)}}}",
        "row_cursor": table.row_cursor and _name(table.row_cursor),
        "belongs_to": table.belongs_to and f"[{', '.join(map(_name, table.belongs_to))}]",
        "deletion_log": "" if table.deletion_log else "false",
        "permission": f"{{id: {table.permission.id}, name: {_quoted(table.permission.name)}}}",
        "feature": table.feature and _quoted(table.feature),
        "uncertain": table.uncertain and _quoted(table.uncertain),
        "doubt": table.doubt and _quoted(table.doubt),
    }
    return [
        f"{table.name}:",
        *(f"  {name}: {value}" for name, value in facts.items() if value),
        "  columns:",
        *(f"    {_column_line(column)}" for column in table.columns),
    ]


def _column_line(column: Column) -> str:
    fields = [f"type: {column.type}"]
    if column.references:
        fields.append(f"references: {_name(column.references)}")
    if column.label:
        fields.append("label: true")
    fields.append(f"about: {_quoted(column.description)}")
    if column.doubt:
        fields.append(f"{'uncertain' if column.uncertain else 'doubt'}: {_quoted(column.doubt)}")
    return f"{column.name}: {{{', '.join(fields)}}}"


def _name(name: str) -> str:
    """Return a name as a YAML text: `no`, `true` and `null` need quotes."""
    return json.dumps(name) if name in _YAML_VALUES else name


def _quoted(text: str) -> str:
    # A JSON text on one line is a YAML text too.
    return json.dumps(plain(text), ensure_ascii=False)


@dataclass(frozen=True)
class Change:
    """One difference between NetSuite and a file: `new`, `gone` or `differs`, the table, and what differs."""

    kind: str
    table: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.table}{f', {self.what}' if self.what else ''}"


def changes(before: Mapping[str, Table], found: Mapping[str, Table]) -> Sequence[Change]:
    """Return the differences between a file and the discovered tables.

    Args:
        before: The file's tables. Tables that discovery did not read do not differ.
        found: The discovered tables.
    """
    differences: list[Change] = []
    for table in found.values():
        old = before.get(table.name)
        if old is None:
            differences.append(Change("new", table.name, f"{len(table.columns)} columns"))
            continue
        theirs = {column.name: column for column in old.columns}
        ours = {column.name: column for column in table.columns}
        differences.extend(Change("new", table.name, f"column {name}") for name in ours if name not in theirs)
        differences.extend(
            Change("gone", table.name, f"column {name}") for name in theirs if name not in ours
        )
        differences.extend(
            Change(
                "differs", table.name, f"column {name}: {column.type} in the file, {ours[name].type} found"
            )
            for name, column in theirs.items()
            if name in ours and ours[name].type != column.type
        )
    return differences


def add_to_file(path: Path, found: Mapping[str, Table], known: Mapping[str, Table]) -> None:
    """Add new tables and columns to the file, and keep all its lines.

    Args:
        path: The file; a missing one is created.
        found: The discovered tables.
        known: Other tables that its tables may refer to.

    Raises:
        TableSpecError: The file is malformed, or a column cannot be added without changing it.
    """
    if not path.exists():
        _replace(path, f"{_HEAD}\n{render_tables(found)}")
        return
    before = read_tables(path, known)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    wanted = dict(before)
    for name, table, node in reversed(_nodes(text, path.name)):
        if name not in found:
            continue
        new = [column for column in found[name].columns if column.name not in _names(before[name])]
        if new:
            indent = " " * table.value[0][0].start_mark.column
            at = _last_line(node) + 1
            lines[at:at] = [f"{indent}{_column_line(column)}" for column in new]
            wanted[name] = replace(before[name], columns=(*before[name].columns, *new))
    added = {name: table for name, table in found.items() if name not in before}
    wanted.update(added)
    result = "\n".join([*lines, *(["", render_tables(added).rstrip("\n")] if added else []), ""])
    try:
        read = parse_tables(result, path.name, known=known)
    except TableSpecError:
        read = {}
    if read != wanted:
        raise TableSpecError(
            "new columns cannot be added to it without changing what is there",
            source=str(path),
            remedy="Write them to another file with --output, and copy the wanted ones.",
        )
    _replace(path, result)


def _names(table: Table) -> set[str]:
    return {column.name for column in table.columns}


def _nodes(text: str, source: str) -> list[tuple[str, MappingNode, Node]]:
    """Return each table's name, the node of its columns, and its last value."""
    root = compose(text, source)
    return [
        (key.value, columns, columns.value[-1][1])
        for key, value in root.value
        for field, columns in value.value
        if field.value == "columns"
    ]


def _last_line(node: Node) -> int:
    if isinstance(node, MappingNode) and not node.flow_style:
        return _last_line(node.value[-1][1])
    end = node.end_mark
    return int(end.line if end.column else end.line - 1)


def _replace(path: Path, text: str) -> None:
    target = Path(os.path.realpath(path))  # a link stays a link
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8")
        if target.exists():
            shutil.copymode(target, beside)
        os.replace(beside, target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise TableSpecError(f"cannot be written ({error.strerror})", source=str(path)) from error
