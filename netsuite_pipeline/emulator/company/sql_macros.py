"""The pure SQL functions every row of the company is made of: chance from the seed, working days, exchange
rates."""

import duckdb

from netsuite_pipeline.emulator.company.plan import CompanyPlan

# Dollars for one unit of each currency, around which the rates swing.
NOMINAL_DOLLARS = {1: 1.0, 2: 1.27, 3: 0.73, 4: 1.09, 5: 0.0067, 6: 1.13}


def define_macros(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Define the macros in the current schema, with the plan's seed inside.

    DuckDB's hash is steady within one version of DuckDB, which is all the company's sameness asks for.
    """
    nominal = " ".join(f"WHEN {currency} THEN {dollars!r}" for currency, dollars in NOMINAL_DOLLARS.items())
    for macro in (
        f"h(purpose, k) AS hash(k, purpose, {int(plan.seed)})",
        "u(purpose, k) AS ((h(purpose, k) >> 11)::DOUBLE / 9007199254740992.0)",
        "pick(purpose, k, n) AS (h(purpose, k) % (n)::UBIGINT)::BIGINT",
        "one_of(purpose, k, choices) AS list_extract(choices, 1 + pick(purpose, k, len(choices)))",
        "yes(condition) AS CASE WHEN condition THEN 'T' ELSE 'F' END",
        "working_day(d) AS CASE isodow(d) WHEN 6 THEN d + 2 WHEN 7 THEN d + 1 ELSE d END",
        # From 15:00 to before 24:00 UTC the date is the same in California and in Greenwich.
        "at_hour(d, hour, purpose, k) AS d::TIMESTAMP + to_seconds((hour) * 3600 + pick(purpose, k, 10000))",
        f"nominal(currency) AS CASE currency {nominal} END",
        f"rate_day(d) AS {'d' if daily_rates(plan) else 'date_trunc(' + repr('month') + ', d)::DATE'}",
        # Slow and quick waves with a little noise: it looks like a market and needs no yesterday.
        "dollars(currency, d) AS CASE WHEN currency = 1 THEN 1.0 ELSE nominal(currency) * ("
        " 1 + 0.035 * sin((d - DATE '2024-01-01') / 97.0 + currency)"
        " + 0.012 * sin((d - DATE '2024-01-01') / 13.0 + 2 * currency)"
        " + 0.006 * (u('rate', currency * 100000 + (d - DATE '2024-01-01')) - 0.5)) END",
        "exchange(source, target, d) AS CASE WHEN source = target THEN 1::DECIMAL(18,8) ELSE"
        " round(dollars(source, rate_day(d)) / dollars(target, rate_day(d)), 8)::DECIMAL(18,8) END",
        # The latest change of a record that is touched every `period` seconds after it was created.
        "versions(created, period, moment) AS date_diff('second', created, moment) // period",
        "touched(created, period, moment) AS created + to_seconds(versions(created, period, moment) *"
        " period)",
    ):
        connection.execute(f"CREATE OR REPLACE MACRO {macro}")


def daily_rates(plan: CompanyPlan) -> bool:
    """Whether currency rates are kept daily; a small company keeps monthly ones."""
    return plan.scale >= 0.5
