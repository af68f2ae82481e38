"""Whole companies at random."""

from datetime import date, timedelta
from random import Random

from netsuite_pipeline_tests.marts.ledger import Ledger
from netsuite_pipeline_tests.marts.random_ledgers import calendars, gaps, structure, trade
from netsuite_pipeline_tests.marts.random_ledgers.documents import Documents
from netsuite_pipeline_tests.marts.random_ledgers.draft import Draft


def random_company(seed: int, *, is_whole: bool = False) -> tuple[Ledger, date]:
    """Return the tables of a company, and the day on which its marts are built.

    Args:
        is_whole: Whether the account has all features, and the role sees everything.
    """
    draft = Draft(Random(seed))
    structure.add_currencies(draft)
    structure.add_subsidiaries(draft, calendars.add_calendars(draft))
    structure.add_books(draft)
    structure.add_accounts(draft)
    structure.add_rates(draft)
    trade.add_people(draft)
    trade.add_stock(draft)
    documents = Documents(draft)
    for _ in range(draft.one([1, 5, 20, 40])):
        documents.add()
    trade.add_orders(draft)
    gaps.remove_unused(draft)
    if not is_whole:
        gaps.remove_features(draft)
    first, last = draft.periods[0][1], draft.periods[-1][2]
    today = first + timedelta(draft.random.randint(0, (last - first).days + 30))
    return draft.ledger, today
