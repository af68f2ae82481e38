"""A SuiteQL condition that somebody wrote: is it one, and nothing more?"""


def condition_of(text: str) -> str:
    """The condition, without blanks around it, once it is known to stand alone between brackets.

    Args:
        text: What would stand after WHERE.

    Raises:
        ValueError: It is empty, no condition, or more than one statement's condition; the message says which.

    Example:
        >>> condition_of(" isinactive = 'F' ")
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
