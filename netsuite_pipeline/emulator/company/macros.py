"""The SQL macros that depend on the plan or on data files; sql/macros.sql has the others."""

from collections.abc import Iterator
from datetime import timedelta

from netsuite_pipeline.emulator.company.data import ACCOUNTS, EDGE_CASE_TEXTS, read_yaml
from netsuite_pipeline.emulator.company.plan import CompanyPlan
from netsuite_pipeline.emulator.company.storage import literal

_POPULATIONS = {
    "customer": 2000,
    "vendor": 300,
    "employee": 120,
    "contact": 1500,
    "job": 160,
    "item": 400,
    "machine": 300,
}
"""Individuals of each kind by the end of 2026, at scale 1."""

_CASES_PER_DAY = 9.4


def plan_macros(plan: CompanyPlan) -> Iterator[str]:
    """Return the `CREATE MACRO` statements of a plan."""
    populations = {kind: plan.population(size) for kind, size in _POPULATIONS.items()}
    expenses = [
        account.id
        for account in ACCOUNTS.values()
        if account.type == "Expense" and "6100" <= account.number < "6800"
    ]
    rated = (plan.now - timedelta(minutes=5)).date()
    macros = {
        "seed()": str(int(plan.seed)),
        "company_now()": f"TIMESTAMP '{plan.now}'",
        "scale()": repr(plan.scale),
        "cases_per_day()": repr(round(_CASES_PER_DAY * plan.scale, 6)),
        # The smallest companies keep monthly currency rates.
        "has_daily_rates()": str(plan.scale >= 0.5),
        "rated_until()": f"DATE '{rated}'",
        "migrated(kind)": _case("kind", {kind: each.migrated for kind, each in populations.items()}),
        "spacing(kind)": _case("kind", {kind: each.spacing for kind, each in populations.items()}),
        "count_by(kind)": _case(
            "kind", {kind: each.count_by(plan.now) for kind, each in populations.items()}
        ),
        "acct(number)": _case("number", {number: each.id for number, each in ACCOUNTS.items()}),
        "expense_accounts()": repr(expenses),
        "words(list)": _case("list", read_yaml("words.yaml")),
        "edge_case_count()": str(len(EDGE_CASE_TEXTS)),
        "second_book_subsidiaries()": "[2, 3]",
    }
    for signature, body in macros.items():
        yield f"CREATE OR REPLACE MACRO {signature} AS {body}"


def _case(argument: str, values: dict[str, object]) -> str:
    branches = " ".join(f"WHEN {literal(name)} THEN {literal(value)}" for name, value in values.items())
    return f"CASE {argument} {branches} END"
