"""Functions of many rows: aggregates and window functions."""

from sqlglot import exp

from netsuite_pipeline.emulator.suiteql.errors import unsupported
from netsuite_pipeline.emulator.suiteql.functions.functions import AGGREGATES, NEIGHBOURS, RANKINGS
from netsuite_pipeline.emulator.suiteql.typed_sql import NUMBERS, Kind, Sql, Translator


def aggregate(self: Translator, node: exp.Expr) -> Sql:
    """Translate an aggregate over a group; raise Refusal unless it has one argument."""
    if len(node.expressions) != 1:
        raise unsupported()
    argument = node.expressions[0]
    name = node.name.upper()
    if isinstance(argument, exp.Star):
        if name != "COUNT":
            raise unsupported()
        return Sql("count(*)", Kind.INTEGER)
    distinct = ""
    if isinstance(argument, exp.Distinct):
        if len(argument.expressions) != 1:
            raise unsupported()
        distinct, argument = "DISTINCT ", argument.expressions[0]
    value = self.value(argument)
    if name == "COUNT":
        return Sql(f"count({distinct}{value.text})", Kind.INTEGER)
    if name not in ("MAX", "MIN") and value.kind not in NUMBERS:
        raise unsupported()
    return Sql(f"{name.lower()}({distinct}{value.text})", AGGREGATES[name] or value.kind)


def window(self: Translator, node: exp.Expr) -> Sql:
    """Translate a call with OVER."""
    call = node.this
    if not isinstance(call, exp.Anonymous):
        raise unsupported()
    name = call.name.upper()
    if name in RANKINGS and not call.expressions:
        text, kind = f"{name.lower()}()", RANKINGS[name]
    elif name in NEIGHBOURS and call.expressions:
        values = self.operands(call.expressions)
        text, kind = f"{name.lower()}({', '.join(value.text for value in values)})", values[0].kind
    else:
        result = aggregate(self, call)
        text, kind = result.text, result.kind
    over = []
    if node.args.get("partition_by"):
        parts = ", ".join(value.text for value in self.operands(node.args["partition_by"]))
        over.append(f"PARTITION BY {parts}")
    order = node.args.get("order")
    if order is not None:
        keys = (direction(self.value(each.this).text, each) for each in order.expressions)
        over.append("ORDER BY " + ", ".join(keys))
    spec = node.args.get("spec")
    if spec is not None:
        over.append(_frame(spec))
    return Sql(f"{text} OVER ({' '.join(over)})", kind)


def _frame(spec: exp.Expr) -> str:
    """Translate a window's frame without numbers: ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW."""
    ends = []
    for bound, side in (("start", "start_side"), ("end", "end_side")):
        word, towards = spec.args.get(bound), spec.args.get(side)
        if word == "UNBOUNDED" and towards in ("PRECEDING", "FOLLOWING"):
            ends.append(f"UNBOUNDED {towards}")
        elif word == "CURRENT ROW":
            ends.append("CURRENT ROW")
        elif not (bound == "end" and word is None):
            raise unsupported()
    if spec.args.get("kind") not in ("ROWS", "RANGE"):
        raise unsupported()
    between = f"BETWEEN {ends[0]} AND {ends[1]}" if len(ends) == 2 else ends[0]
    return f"{spec.args['kind']} {between}"


def direction(text: str, ordered: exp.Expr) -> str:
    """Return one ORDER BY key. By default, Oracle has nulls last when ascending and first when descending."""
    nulls_first = bool(ordered.args.get("nulls_first"))
    return (
        f"{text} {'DESC' if ordered.args.get('desc') else 'ASC'} NULLS {'FIRST' if nulls_first else 'LAST'}"
    )
