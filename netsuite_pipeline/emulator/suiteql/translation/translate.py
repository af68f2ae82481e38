"""Translation of a parsed query to the DuckDB statements of one page and of the number of rows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count as counting

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.dates import quote
from netsuite_pipeline.emulator.suiteql.dialect import Dialect
from netsuite_pipeline.emulator.suiteql.errors import syntax_error, unsupported
from netsuite_pipeline.emulator.suiteql.translation.expressions import Expressions, Lifted
from netsuite_pipeline.emulator.suiteql.translation.keyset import Probe, bounds
from netsuite_pipeline.emulator.suiteql.translation.name_resolution import Names, Scope, Sink, Source
from netsuite_pipeline.emulator.suiteql.translation.select import (
    Output,
    Resolved,
    conjuncts,
    is_computed,
    read_keys,
    read_outputs,
    read_where,
    row_limit,
    uses_rownum,
)
from netsuite_pipeline.emulator.suiteql.translation.sources import join_text, read_from
from netsuite_pipeline.emulator.suiteql.translation.windows import direction
from netsuite_pipeline.emulator.suiteql.typed_sql import (
    NUMBERS,
    TIMES,
    Kind,
    Session,
    Sql,
    common_kind,
    marker,
    unify,
    written,
)


@dataclass(frozen=True)
class Statements:
    """The statements of a query. `most` is the n of TOP n, `probe` a key range that likely has the page."""

    page: str
    count: str
    most: int | None
    probe: Probe | None


@dataclass(frozen=True)
class _Rows:
    """A nested query: its SQL with columns o0, o1, …, and its order."""

    sql: str
    order: str
    outputs: tuple[Output, ...]
    unique: frozenset[str] | None
    most: int | None

    @property
    def nested(self) -> str:
        if not self.order and self.most is None:
            return self.sql
        columns = ", ".join(f"o{index}" for index in range(len(self.outputs)))
        limit = "" if self.most is None else f" LIMIT {self.most}"
        return f"SELECT {columns} FROM ({self.sql}) AS b{self.order}{limit}"


class Translation:
    """Translates one query; each query needs its own object, which numbers the aliases."""

    def __init__(self, names: Names, session: Session, dialect: Dialect, lifted: Lifted) -> None:
        self._names = names
        self._session = session
        self._dialect = dialect
        self._lifted = lifted
        self._numbers = counting()

    def statements(self, query: exp.Expr) -> Statements:
        """Return the statements of a whole query; raise Refusal if NetSuite would refuse it."""
        if isinstance(query, exp.Select) and not is_computed(query) and not uses_rownum(query):
            resolved = self._resolve(query, None, lazily=True)
            if not resolved.where.rownum_caps and resolved.sink is not None:
                return self._plain(resolved, resolved.sink)
        rows = self._rows(query, None)
        columns = [f"b.o{index}" for index in range(len(rows.outputs))]
        outputs = [
            (output.name, Sql(column, output.value.kind))
            for output, column in zip(rows.outputs, columns, strict=True)
        ]
        mixed = shuffled(columns)
        order = f"{rows.order}, {mixed}" if rows.order else f" ORDER BY {mixed}"
        page = f"SELECT * FROM ({rows.sql}) AS b{order} LIMIT {marker('limit')} OFFSET {marker('offset')}"
        return Statements(
            page=f"SELECT {json_row(outputs, self._session, self._dialect)} FROM ({page}) AS b",
            count=f"SELECT count(*) FROM ({rows.sql}) AS b",
            most=rows.most,
            probe=None,
        )

    def _plain(self, resolved: Resolved, sink: Sink) -> Statements:
        """Translate a SELECT whose rows are its tables' rows: find the page first, then compute it."""
        keys = [resolved.inner.value(key.node) for key in resolved.keys]
        order = [direction(key.text, each.ordered) for key, each in zip(keys, resolved.keys, strict=True)]
        if not leaves_no_ties(keys, resolved.sources):
            identity = [text for source in resolved.sources for text in source.identity]
            order.extend([shuffled(identity)] if identity else [])
        probe = self._probe(resolved, keys)
        where = resolved.where.text(*([marker("probe")] if probe is not None else []))
        ordered = f" ORDER BY {', '.join(order)}" if order else ""
        json = json_row(
            ((output.name, output.value) for output in resolved.outputs), self._session, self._dialect
        )
        page = (
            f"SELECT {sink.select_list()} FROM {resolved.source_sql}{where}{ordered}"
            f" LIMIT {marker('limit')} OFFSET {marker('offset')}"
        )
        if resolved.outer.nested:
            # A join or a lookup outside may change the order of the rows.
            page = f"SELECT *, row_number() OVER () AS n FROM ({page}) AS p"
            joins = "".join(f" {join}" for join in sink.joins)
            page = f"SELECT {json} FROM ({page}) AS {sink.alias}{joins} ORDER BY {sink.alias}.n"
        else:
            page = f"SELECT {json} FROM ({page}) AS {sink.alias}"
        return Statements(page, _count(resolved), row_limit(resolved.node, resolved.inner), probe)

    def _probe(self, resolved: Resolved, keys: list[Sql]) -> Probe | None:
        if len(resolved.sources) != 1 or not keys or not leaves_no_ties(keys, resolved.sources):
            return None
        source, first = resolved.sources[0], resolved.keys[0]
        name = next((name for name, column in source.columns.items() if column.text == keys[0].text), None)
        if source.base_table is None or name is None or keys[0].kind is not Kind.INTEGER:
            return None
        if first.ordered.args.get("desc") or first.ordered.args.get("nulls_first"):
            return None
        low: tuple[int, ...] = ()
        for node in conjuncts(resolved.node.args.get("where")):
            here = bounds(node, resolved.inner).get(keys[0].text, ((), ()))
            if here[1]:
                return None
            low = low or here[0]
        return Probe(source.base_table, name, keys[0].text, low)

    def _rows(self, query: exp.Expr, parent: Scope | None) -> _Rows:
        if isinstance(query, exp.Subquery) and query.args.get("alias") is None:
            return self._rows(query.this, parent)
        if isinstance(query, exp.Union):
            return self._union(query, parent)
        if isinstance(query, exp.Select):
            return self._select(query, parent)
        raise syntax_error()

    def _subselect(self, query: exp.Expr, parent: Scope) -> tuple[str, list[Sql]]:
        rows = self._rows(query, parent)
        return rows.nested, [output.value for output in rows.outputs]

    def _expressions(self, scope: Scope) -> Expressions:
        return Expressions(scope, self._session, self._names, self._dialect, self._lifted, self._subselect)

    def _source(self, node: exp.Expr) -> Source:
        alias = f"t{next(self._numbers)}"
        if isinstance(node, exp.Table):
            # The parser reads a string in place of a table (a file's name, for DuckDB) as a quoted name.
            if not isinstance(node.this, exp.Identifier) or node.name.isdigit():
                raise syntax_error()
            return self._names.source(node.name, (node.alias or node.name).lower(), alias)
        if not isinstance(node, exp.Subquery):
            raise unsupported()
        rows = self._rows(node.this, None)
        columns: dict[str, Sql] = {}
        for index, output in enumerate(rows.outputs):
            columns.setdefault(output.name.lower(), Sql(f"{alias}.o{index}", output.value.kind))
        shown = (node.alias or alias).lower()
        identity = tuple(f"{alias}.o{index}" for index in range(len(rows.outputs)))
        return Source(shown, shown, alias, columns, f"({rows.nested}) AS {alias}", identity, rows.unique)

    def _resolve(self, select: exp.Select, parent: Scope | None, *, lazily: bool) -> Resolved:
        entries = read_from(select, self._source)
        inner = self._expressions(Scope(entries.sources, parent))
        where = read_where(select, entries, inner)
        rownum = uses_rownum(select)
        numbered = rownum or bool(where.rownum_caps)
        sink = Sink(f"r{next(self._numbers)}") if lazily or numbered else None
        shown = f"{sink.alias}.rn" if sink is not None and numbered else None
        outer = inner if sink is None else self._expressions(Scope(entries.sources, parent, sink, shown))
        outputs = read_outputs(select, outer)
        return Resolved(
            inner=inner,
            outer=outer,
            source_sql=join_text(entries, list(where.outer), inner),
            sources=entries.sources,
            where=where,
            outputs=outputs,
            keys=read_keys(select, outputs, outer),
            computed=is_computed(select),
            rownum=numbered,
            sink=sink,
            node=select,
            grouping=_grouping(select, outer),
        )

    def _select(self, select: exp.Select, parent: Scope | None) -> _Rows:
        resolved = self._resolve(select, parent, lazily=False)
        outputs = [f"{output.value.text} AS o{i}" for i, output in enumerate(resolved.outputs)]
        distinct = select.args.get("distinct") is not None
        order = []
        for place, key in enumerate(resolved.keys):
            text, column = resolved.outer.value(key.node).text, f"k{place}"
            shown = [i for i, output in enumerate(resolved.outputs) if output.value.text == text]
            if shown:
                column = f"o{shown[0]}"
            elif distinct:
                raise unsupported()
            else:
                outputs.append(f"{text} AS {column}")
            order.append(direction(f"b.{column}", key.ordered))
        tail = ""
        if resolved.grouping:
            tail += f" GROUP BY {', '.join(resolved.grouping)}"
        having = select.args.get("having")
        if having is not None:
            tail += f" HAVING {resolved.outer.condition(having.this)}"
        body = f"SELECT {'DISTINCT ' if distinct else ''}{', '.join(outputs)} FROM {_read(resolved)}{tail}"
        return _Rows(
            sql=body,
            order=f" ORDER BY {', '.join(order)}" if order else "",
            outputs=resolved.outputs,
            unique=None if resolved.computed else _unique(resolved),
            most=row_limit(select, resolved.inner),
        )

    def _union(self, union: exp.Union, parent: Scope | None) -> _Rows:
        sides = [self._rows(side, parent) for side in (union.this, union.expression)]
        if len(sides[0].outputs) != len(sides[1].outputs):
            raise unsupported()
        outputs: list[Output] = []
        lists: tuple[list[str], list[str]] = ([], [])
        for index, pair in enumerate(zip(sides[0].outputs, sides[1].outputs, strict=True)):
            values = [Sql(f"u.o{index}", output.value.kind) for output in pair]
            if Kind.TEXT in {value.kind for value in values} and common_kind(values) is not Kind.TEXT:
                raise unsupported()
            values = unify(values, self._session)
            for texts, value in zip(lists, values, strict=True):
                texts.append(f"{value.text} AS o{index}")
            outputs.append(Output(pair[0].name, Sql(f"o{index}", common_kind(values)), None, aliased=True))
        left, right = (
            f"SELECT {', '.join(texts)} FROM ({side.nested}) AS u"
            for texts, side in zip(lists, sides, strict=True)
        )
        word = "UNION" if union.args.get("distinct") else "UNION ALL"
        order = []
        blank = self._expressions(Scope((), None))
        for each in union.args["order"].expressions if union.args.get("order") is not None else ():
            order.append(direction(f"b.o{_place(each.this, outputs, blank)}", each))
        return _Rows(
            sql=f"{left} {word} {right}",
            order=f" ORDER BY {', '.join(order)}" if order else "",
            outputs=tuple(outputs),
            unique=None,
            most=None,
        )


def _grouping(select: exp.Select, expressions: Expressions) -> tuple[str, ...]:
    group = select.args.get("group")
    if group is None:
        return ()
    # A bare number is a column's position in DuckDB and a constant in Oracle.
    if any(isinstance(each, exp.Literal) for each in group.expressions):
        raise unsupported()
    return tuple(expressions.value(each).text for each in group.expressions)


def _place(node: exp.Expr, outputs: list[Output], expressions: Expressions) -> int:
    if isinstance(node, exp.Literal) and not node.is_string:
        text = expressions.constant(node)
        if text.isdigit() and 1 <= int(text) <= len(outputs):
            return int(text) - 1
    if isinstance(node, exp.Column) and not node.args.get("table"):
        for index, output in enumerate(outputs):
            if output.name.lower() == node.name.lower():
                return index
    raise unsupported()


def _read(resolved: Resolved) -> str:
    """Return the FROM and WHERE of a SELECT; with ROWNUM, its rows are numbered first."""
    where, sink = resolved.where, resolved.sink
    if not resolved.rownum or sink is None:
        return f"{resolved.source_sql}{where.text()}"
    caps = [f"CAST(greatest(0, {cap}) AS BIGINT)" for cap in where.rownum_caps]
    limit = f" LIMIT least({', '.join(caps)})" if caps else ""
    numbered = f"SELECT {sink.select_list()}, row_number() OVER () AS rn FROM "
    joins = "".join(f" {join}" for join in sink.joins)
    return f"({numbered}{resolved.source_sql}{where.text()}{limit}) AS {sink.alias}{joins}"


def _unique(resolved: Resolved) -> frozenset[str] | None:
    """Return the output columns that identify a row, if the outputs have the key of the only table."""
    if len(resolved.sources) != 1 or resolved.sources[0].unique is None:
        return None
    scope = resolved.outer.scope
    given = {output.value.text: output.name.lower() for output in resolved.outputs}
    columns = resolved.sources[0].columns
    found = set()
    for name in resolved.sources[0].unique:
        text = scope.drawn(columns[name]).text if name in columns else ""
        if text not in given:
            return None
        found.add(given[text])
    return frozenset(found)


def _count(resolved: Resolved) -> str:
    """Return SQL of the number of rows; a keyset condition over two columns is counted range by range."""
    where, start = resolved.where, f"SELECT count(*) FROM {resolved.source_sql}"
    if len(where.splits) != 1 or len(resolved.sources) != 1:
        return start + where.text()
    place, parts = where.splits[0]
    rest = [text for index, text in enumerate(where.texts) if index != place]
    counts = (f"({start} WHERE {' AND '.join([*rest, *where.implied, part])})" for part in parts)
    return "SELECT " + " + ".join(counts)


SEED = marker("seed")


def leaves_no_ties(keys: Iterable[Sql], sources: tuple[Source, ...]) -> bool:
    """Return whether an order is total for certain: it has the key of the only table."""
    if len(sources) != 1 or sources[0].unique is None:
        return False
    texts = {key.text for key in keys}
    columns = sources[0].columns
    return all(name in columns and columns[name].text in texts for name in sources[0].unique)


def shuffled(identity: Iterable[str]) -> str:
    """Return a random order, another one for each request.

    NetSuite guarantees no order beyond ORDER BY, and none of rows that compare equal
    (NSH:section_158394344595).
    """
    return f"hash({', '.join([*identity, SEED])})"


def json_row(outputs: Iterable[tuple[str, Sql]], session: Session, dialect: Dialect) -> str:
    """Return SQL of one row as a JSON object: `links` first, values as strings, nulls omitted.

    A repeated name is written once, with its first value.
    """
    named: dict[str, Sql] = {}
    for name, value in outputs:
        named.setdefault(name.lower() if dialect.lower_keys else name.upper(), value)
    members = [_member(name, value, session, dialect) for name, value in named.items()]
    return f"concat({', '.join([quote(_START), *members, quote('}')])})"


_START = '{"links":[]'


def _member(name: str, value: Sql, session: Session, dialect: Dialect) -> str:
    # A concatenation with NULL is NULL, and concat() omits it: so is the key of a null value.
    start = "," + json.dumps(name, ensure_ascii=False) + ":"
    if value.kind is Kind.TEXT and not value.plain:
        return f"{quote(start)} || to_json({value.text})"
    if value.kind in NUMBERS:
        text = value.text if value.kind is Kind.INTEGER else written(value, session)
        if not dialect.string_numbers:
            return f"{quote(start)} || ({text})"
        return f"{quote(start + _QUOTE)} || ({text}) || {quote(_QUOTE)}"
    text = written(value, session) if value.kind in TIMES else f"CAST({value.text} AS VARCHAR)"
    return f"{quote(start + _QUOTE)} || {text} || {quote(_QUOTE)}"


_QUOTE = '"'
