"""YAML nodes with their lines, so that errors can name the line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from netsuite_pipeline.tables.names import name_problem
from netsuite_pipeline.tables.table import TableSpecError, did_you_mean

# libyaml reads the standard catalogue about ten times as fast; both loaders only build plain nodes.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_KINDS = {"bool": "true or false", "int": "a number", "float": "a number", "null": "nothing"}


@dataclass(frozen=True)
class SpecLocation:
    """A place in the text, for messages.

    Example:
        >>> SpecLocation("my.yaml", "customer").at("column 'id'").at("type").field
        "column 'id', type"
    """

    source: str
    table: str = ""
    field: str = ""

    def at(self, field: str) -> "SpecLocation":
        """Return the place of a nested field."""
        return replace(self, field=f"{self.field}, {field}" if self.field else field)

    def error(self, node: Node, problem: str) -> TableSpecError:
        """Return the error for a problem at the node's line."""
        return TableSpecError(
            problem, source=self.source, line=line_of(node), table=self.table, field=self.field
        )


def line_of(node: Node) -> int:
    """Return the node's first line, counted from 1."""
    return cast(int, node.start_mark.line) + 1


def compose(text: str, source: str) -> Node:
    """Return the root node of a YAML text; no value is built or executed.

    Raises:
        TableSpecError: The text is no YAML, or empty.
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else None
        raise TableSpecError(f"is no YAML: {error.problem}", source=source, line=line) from error
    except yaml.YAMLError as error:
        raise TableSpecError(f"is no YAML: {error}", source=source) from error
    if root is None:
        raise TableSpecError("is empty: it must hold tables, by name", source=source)
    return root


def mapping_of(
    node: Node,
    spot: SpecLocation,
    *,
    what: str,
    required: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> dict[str, Node]:
    """Return the values of a mapping by key.

    Args:
        node: The node, which must be a mapping.
        spot: Its place.
        what: Its expected content, for messages.
        required: Required keys. Without any, every identifier is a key.
        optional: Optional keys.

    Raises:
        TableSpecError: The node is no mapping, or empty; a key is unknown, malformed, duplicated or missing.
    """
    if not isinstance(node, MappingNode) or not node.value:
        raise spot.error(node, f"must hold {what}, not {kind_of(node)}")
    allowed = [*required, *optional]
    values: dict[str, Node] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        # The name as it is written: YAML would read a column called `no` or `on` as a boolean.
        name = key.value if isinstance(key, ScalarNode) else ""
        here = _named(spot, name, any_key=not allowed)
        if allowed and name not in allowed:
            raise spot.error(
                key,
                f"there is no field {name!r}{did_you_mean(name, allowed)}; fields are {', '.join(allowed)}",
            )
        if not allowed and (words := name_problem(name)):
            raise spot.error(key, words)
        if name in values:
            raise here.error(key, f"is given twice (first on line {lines[name]})")
        values[name] = value
        lines[name] = line_of(key)
    missing = [name for name in required if name not in values]
    if missing:
        raise spot.error(node, f"lacks {' and '.join(missing)}")
    return values


def _named(spot: SpecLocation, name: str, *, any_key: bool) -> SpecLocation:
    if not any_key:
        return spot.at(name)
    return replace(spot, field=f"column {name!r}") if spot.table else replace(spot, table=name)


def text_of(node: Node, spot: SpecLocation) -> str:
    """Return a text with single blanks; raise TableSpecError for any other node."""
    if isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:str" and node.value.strip():
        return " ".join(node.value.split())
    hint = "; put it in quotes if it is meant so" if kind_of(node) in _KINDS.values() else ""
    raise spot.error(node, f"must be text, not {kind_of(node)}{hint}")


def flag_of(node: Node, spot: SpecLocation) -> bool:
    """Return true or false; raise TableSpecError for any other node, quoted texts included."""
    if isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:bool":
        return node.value.lower() in {"true", "yes", "on"}
    raise spot.error(node, f"must be true or false, not {kind_of(node)}")


def choice_of(node: Node, spot: SpecLocation, allowed: Iterable[str], what: str) -> str:
    """Return one of the allowed texts; raise TableSpecError that lists them for any other node."""
    value = text_of(node, spot)
    options = list(allowed)
    if value not in options:
        close = did_you_mean(value, options)
        raise spot.error(node, f"{value!r} is no {what}{close}; write one of {', '.join(options)}")
    return value


def kind_of(node: Node) -> str:
    """Return the kind of a node for messages: `a list`, `nothing`, `true or false` and others."""
    if isinstance(node, MappingNode):
        return "a mapping" if node.value else "an empty mapping"
    if isinstance(node, SequenceNode):
        return "a list" if node.value else "an empty list"
    tag = node.tag.removeprefix("tag:yaml.org,2002:")
    if tag == "str":
        return f"{node.value!r}" if node.value.strip() else "an empty text"
    return _KINDS.get(tag, f"a value of the kind {tag}")
