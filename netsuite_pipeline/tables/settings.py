"""Settings for a table beside its spec: excluded or hashed columns, labels, cursor, condition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from netsuite_pipeline.tables.table import Column, Table, TableSpecError, did_you_mean


@dataclass(frozen=True)
class TableSettings:
    """The settings for one table.

    Attributes:
        leave_out: Columns that are neither queried nor stored.
        hashed: Columns of which only a hash is stored.
        labels: True for labels of all columns that point to another table or have one in the catalogue; False
            for none; a tuple of columns; or None for the catalogue's choice.
        cursor: False for a full read in each sync.
        where: A SuiteQL condition on its rows.
        preview: Whether Dagster shows a few rows at each sync; None for no preview of personal data.

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
        path: The path in the settings: table, setting, index in its list.

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
    """Return the catalogue with settings applied.

    Args:
        catalogue: All tables, by name.
        settings: The settings, by table.

    Returns:
        The tables by name, in the order of the catalogue. If a table loses its cursor, its children are read
        in full in each sync too.

    Raises:
        TableSettingError: A table or column does not exist, or a sync needs the column.

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
            raise TableSettingError(f"{name!r} is in leave_out too; remove it from one of the two", path=path)
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
    full = "with `cursor: false` each sync reads the table in full instead"
    why = ""
    if name in table.key:
        why = "it is part of the key, which identifies rows"
    elif name == table.cursor:
        why = f"it is the cursor, which selects changed rows; {full}"
    elif table.parent and name == table.parent.column:
        why = f"it holds the key of the parent {table.parent.table!r}; {full}"
    if why:
        raise TableSettingError(f"{name!r} cannot be {done}: {why}", path=path)


def _labelled(table: Table, settings: TableSettings) -> tuple[Column, ...]:
    labels, hashed = settings.labels, {*table.hashed, *settings.hashed}
    path = (table.name, "labels")
    if labels and table.query is not None:
        raise TableSettingError(
            "a query table has no labels; write BUILTIN.DF(column) in its query", path=path
        )
    if isinstance(labels, tuple):
        _check_columns(table, "labels", labels)
    wanted = {column.name for column in table.columns if _label_wanted(column, labels)}
    names = {column.name for column in table.columns}
    for column in table.columns:
        listed = isinstance(labels, tuple) and column.name in labels
        where = (*path, labels.index(column.name)) if isinstance(labels, tuple) and listed else path
        if listed and column.name in hashed:
            raise TableSettingError(
                f"the label of {column.name!r} would show what its hash hides", path=where
            )
        if column.name in wanted and not column.label and f"{column.name}_label" in names:
            raise TableSettingError(
                f"the column '{column.name}_label' exists; the label of {column.name!r} would have the same "
                "name",
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
            remedy="Write the SuiteQL after WHERE, such as isinactive = 'F'.",
        ) from None
    return f"({table.where}) AND ({condition})" if table.where else condition


def parse_condition(text: str) -> str:
    """Return a condition without blanks around it, after checking that it is one complete condition.

    Args:
        text: The SuiteQL after WHERE.

    Raises:
        ValueError: The text is empty, no condition, or more than one condition; the message says which.

    Example:
        >>> parse_condition(" isinactive = 'F' ")
        "isinactive = 'F'"
    """
    import sqlglot  # a slow import, which only conditions need
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    condition = text.strip()
    if not condition:
        raise ValueError("is empty; omit it to read all rows")
    try:
        statement = sqlglot.parse_one(f"SELECT 1 FROM t WHERE ({condition})", read="oracle")
    except SqlglotError:
        raise ValueError(f"is no condition: {condition!r}") from None
    where = statement.args.get("where")
    # A bracket that closes too early would end the condition.
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
