"""What somebody sets for a table beside its spec: columns left out or hashed, labels, cursor, condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from netsuite_pipeline.tables.table import Column, Table, TableSpecError, did_you_mean


@dataclass(frozen=True)
class TableSettings:
    """What is set for one table.

    Attributes:
        leave_out: Columns that are not asked for, and so are not stored.
        hashed: Columns of which only a hash is kept.
        labels: True for the label of each column that points to another table, or has one in the catalogue;
            False for none; the columns that get one; or None for the catalogue's.
        cursor: False to read the table whole each time, instead of what changed.
        where: A SuiteQL condition that rows must meet to be taken.
        preview: Whether Dagster shows a few rows at each sync; None for no preview of people.

    Example:
        >>> TableSettings(hashed=("email",), where="isinactive = 'F'").cursor
        True
    """

    leave_out: tuple[str, ...] = ()
    hashed: tuple[str, ...] = ()
    labels: bool | tuple[str, ...] | None = None
    cursor: bool = True
    where: str | None = None
    preview: bool | None = None


class TableSettingError(TableSpecError):
    """Raised when a setting of a table is wrong. Correct what the message names.

    Attributes:
        path: Where among the settings: the table, the setting, the place in its list.

    Example:
        >>> TableSettingError("is too much", path=("customer", "hash", 0)).message
        "table 'customer', hash: is too much"
    """

    def __init__(self, problem: str, *, path: tuple[str | int, ...], remedy: str = "") -> None:
        table, field = (*map(str, path[:2]), "")[:2]
        super().__init__(problem, table=table, field=field, remedy=remedy)
        self.path = path


def with_settings(
    catalogue: Mapping[str, Table], settings: Mapping[str, TableSettings]
) -> Mapping[str, Table]:
    """The catalogue as it is with settings.

    Args:
        catalogue: The tables there are, by name.
        settings: What is set, by table.

    Returns:
        The tables by name, in the order of the catalogue. Where a table loses its cursor, the tables that are
        read anew by its changes are read whole each time too.

    Raises:
        TableSettingError: There is no such table or column, or the setting takes away what a sync needs.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> changed = with_settings(standard_tables(), {"customer": TableSettings(hashed=("email",))})
        >>> changed["customer"].hashed
        ('email',)
    """
    for name in settings:
        if name not in catalogue:
            raise TableSettingError(f"there is no such table{did_you_mean(name, [*catalogue])}", path=(name,))
    changed = {
        name: _with(table, settings[name]) if name in settings else table for name, table in catalogue.items()
    }
    whole = {name for name, set_ in settings.items() if not set_.cursor}
    return {
        name: replace(table, parent=None, row_cursor=None)
        if table.parent and table.parent.table in whole
        else table
        for name, table in changed.items()
    }


def _with(table: Table, settings: TableSettings) -> Table:
    if not settings.cursor:
        table = replace(table, cursor=None, parent=None, row_cursor=None)
    _check_columns(table, "leave_out", settings.leave_out)
    _check_columns(table, "hash", settings.hashed)
    for place, name in enumerate(settings.leave_out):
        _refuse_if_needed(table, name, "left out", (table.name, "leave_out", place))
    for place, name in enumerate(settings.hashed):
        path = (table.name, "hash", place)
        _refuse_if_needed(table, name, "hashed", path)
        if name in settings.leave_out:
            raise TableSettingError(f"{name!r} is left out already; take it from one of the two", path=path)
    kept = tuple(column for column in table.columns if column.name not in settings.leave_out)
    return replace(
        table,
        columns=_labelled(replace(table, columns=kept), settings),
        hashed=tuple(column.name for column in kept if column.name in {*table.hashed, *settings.hashed}),
        untyped=tuple(name for name in table.untyped if name not in settings.leave_out),
        where=_where(table, settings.where),
        preview=table.preview if settings.preview is None else settings.preview,
    )


def _check_columns(table: Table, setting: str, names: Sequence[str]) -> None:
    known = [column.name for column in table.columns]
    for place, name in enumerate(names):
        path = (table.name, setting, place)
        if name not in known:
            raise TableSettingError(f"the table has no column {name!r}{did_you_mean(name, known)}", path=path)
        if name in names[:place]:
            raise TableSettingError(f"names {name!r} twice", path=path)


def _refuse_if_needed(table: Table, name: str, done: str, path: tuple[str | int, ...]) -> None:
    whole = "with `cursor: false` the table is read whole each time instead"
    why = ""
    if name in table.key:
        why = "it belongs to the key, by which rows are read and told apart"
    elif name == table.cursor:
        why = f"changed rows are found by it; {whole}"
    elif table.parent and name == table.parent.column:
        why = f"it says to which row of {table.parent.table!r} a row belongs; {whole}"
    if why:
        raise TableSettingError(f"{name!r} cannot be {done}: {why}", path=path)


def _labelled(table: Table, settings: TableSettings) -> tuple[Column, ...]:
    labels, hashed = settings.labels, {*table.hashed, *settings.hashed}
    path = (table.name, "labels")
    if labels and table.query is not None:
        raise TableSettingError(
            "a table by a query has no labels; write BUILTIN.DF(column) in its query", path=path
        )
    if isinstance(labels, tuple):
        _check_columns(table, "labels", labels)
    wanted = {column.name for column in table.columns if _label_wanted(column, labels)}
    names = {column.name for column in table.columns}
    for column in table.columns:
        told = isinstance(labels, tuple) and column.name in labels
        where = (*path, labels.index(column.name)) if isinstance(labels, tuple) and told else path
        if told and column.name in hashed:
            raise TableSettingError(
                f"the label of {column.name!r} would tell what its hash hides", path=where
            )
        if column.name in wanted and not column.label and f"{column.name}_label" in names:
            raise TableSettingError(
                f"there is a column '{column.name}_label' already, which the label of {column.name!r} "
                "would be called too",
                path=where,
            )
    return tuple(
        replace(column, label=column.name in wanted and column.name not in hashed) for column in table.columns
    )


def _label_wanted(column: Column, labels: bool | tuple[str, ...] | None) -> bool:
    if isinstance(labels, tuple):
        return column.name in labels
    if labels is None:
        return column.label
    return labels and (column.label or column.references is not None)


def _where(table: Table, where: str | None) -> str | None:
    if where is None:
        return table.where
    try:
        condition = parse_condition(where)
    except ValueError as error:
        raise TableSettingError(
            str(error),
            path=(table.name, "where"),
            remedy="Write what would stand after WHERE, such as isinactive = 'F'.",
        ) from None
    return f"({table.where}) AND ({condition})" if table.where else condition


def parse_condition(text: str) -> str:
    """The condition, without blanks around it, once it is known to stand alone between brackets.

    Args:
        text: What would stand after WHERE.

    Raises:
        ValueError: It is empty, no condition, or more than one statement's condition; the message says which.

    Example:
        >>> parse_condition(" isinactive = 'F' ")
        "isinactive = 'F'"
    """
    import sqlglot  # takes a moment, which a sync without conditions can do without
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    condition = text.strip()
    if not condition:
        raise ValueError("is empty; leave it out to take all rows")
    try:
        statement = sqlglot.parse_one(f"SELECT 1 FROM t WHERE ({condition})", read="oracle")
    except SqlglotError:
        raise ValueError(f"is no condition: {condition!r}") from None
    where = statement.args.get("where")
    # Brackets that close too early would let the rest of the statement out.
    inner = where.this.this if where is not None and isinstance(where.this, exp.Paren) else None
    while isinstance(inner, exp.Paren):
        inner = inner.this
    parts = {name for name, value in statement.args.items() if value}
    if not parts <= {"expressions", "from", "from_", "where"} or not isinstance(
        inner, exp.Predicate | exp.Connector | exp.Not | exp.RegexpLike
    ):
        raise ValueError(f"is no condition: {condition!r}")
    if any(node.comments for node in statement.walk()):
        raise ValueError("must hold no comment")
    return condition
