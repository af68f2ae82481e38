"""What is in the ledger and what is not, one rule of the contract a test."""

from datetime import date
from decimal import Decimal

import pytest

from netsuite_pipeline_tests.marts.ledger import Ledger, Line

BANK, SALES, RECEIVABLE = 1, 7, 2
JAN, FEB, MAR = 201, 202, 203


def company() -> Ledger:
    """An account without subsidiaries, currencies, books."""
    ledger = Ledger()
    ledger.year(2025, first_id=200)
    ledger.account(BANK, "Bank")
    ledger.account(RECEIVABLE, "AcctRec")
    ledger.account(SALES, "Income")
    return ledger


def test_both_posting_flags_decide() -> None:
    """A line posts if the line and its document do; NULL is not true."""
    ledger = company()
    ledger.document(JAN, [Line(BANK, 1), Line(SALES, -1)])
    ledger.document(JAN, [Line(BANK, 2), Line(SALES, -2)], posting=False)
    ledger.document(JAN, [Line(BANK, 4), Line(SALES, -4)], posting=None)
    ledger.document(JAN, [Line(BANK, 8), Line(BANK, 16, posting=False), Line(SALES, -8)])
    marts = ledger.build()
    assert marts.figures("general_ledger", "transaction, transaction_line", "amount") == {
        (1, 0): 1, (1, 1): -1, (4, 0): 8, (4, 2): -8,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["Stat", "NonPosting", "STAT", "nonposting"])
def test_statistical_accounts_are_not_money(kind: str) -> None:
    """Whether accounttype calls the kind a balance sheet's makes no difference."""
    ledger = company()
    ledger.add("accounttype", id=kind, balancesheet=True, left=True)
    ledger.account(30, kind)
    ledger.document(JAN, [Line(30, 77)])
    ledger.document(JAN, [Line(BANK, 5), Line(SALES, -5)])
    marts = ledger.build()
    assert marts.one("SELECT count(*) FROM marts.general_ledger WHERE account = 30") == 0
    assert marts.one(f"SELECT sum(closing) FROM marts.trial_balance WHERE period = {JAN}") == 0


def test_a_voided_document_counts_like_any_other() -> None:
    """Voided on the spot it has zeros left. Voided by a journal, the journal takes it back in its own period."""
    ledger = company()
    ledger.document(JAN, [Line(BANK, 0), Line(RECEIVABLE, 0)], type="CustPymt", voided=True)
    ledger.document(JAN, [Line(BANK, 60), Line(RECEIVABLE, -60)], type="CustPymt", voided=True)
    ledger.document(MAR, [Line(BANK, -60), Line(RECEIVABLE, 60)])
    marts = ledger.build(date(2025, 4, 1))
    balances = marts.figures("trial_balance", "period", "closing", f"account = {BANK}")
    assert balances == {JAN: 60, FEB: 60, MAR: 0}


def test_a_reversal_is_an_ordinary_document() -> None:
    ledger = company()
    ledger.document(JAN, [Line(RECEIVABLE, 40), Line(SALES, -40)], reversal=2, isreversal=False)
    ledger.document(FEB, [Line(RECEIVABLE, -40), Line(SALES, 40)], reversal=1, isreversal=True)
    income = ledger.build().figures("income_statement", "period", "amount, year_to_date")
    assert income == {JAN: (40, 40), FEB: (-40, 0)}


def test_the_period_decides_not_the_date() -> None:
    ledger = company()
    ledger.document(FEB, [Line(BANK, 5), Line(SALES, -5)], trandate=date(2025, 1, 3))
    assert ledger.build().figures("income_statement", "period", "amount", "amount <> 0") == {FEB: 5}


def test_line_and_document_give_subsidiary_and_entity() -> None:
    """The line's subsidiary and entity count, and the document's where the line has none."""
    ledger = company()
    ledger.add("subsidiary", id=1, name="Top", parent=None, currency=None)
    ledger.add("subsidiary", id=2, name="Below", parent=1, currency=None)
    ledger.add("entity", id=11, altname="Ada", entityid="C11")
    ledger.add("entity", id=12, altname=None, entityid="C12")
    ledger.document(
        JAN,
        [Line(BANK, 1, 1), Line(SALES, -1, 1, entity=12), Line(BANK, 3, 2), Line(SALES, -3, None, entity=99)],
        entity=11, subsidiary=2,
    )  # fmt: skip
    rows = ledger.build().figures("general_ledger", "transaction_line", "subsidiary, entity, entity_name")
    assert rows == {0: (1, 11, "Ada"), 1: (1, 12, "C12"), 2: (2, 11, "Ada"), 3: (2, 99, None)}


def test_debit_credit_and_amount_in_the_documents_currency() -> None:
    """Each side is from its own column, or from the amount where neither column has a value."""
    ledger = company()
    ledger.add("currency", id=2, symbol="EUR")
    ledger.document(JAN, [Line(BANK, 110, foreign=100), Line(SALES, -110, foreign=100)], currency=2)
    ledger.document(JAN, [Line(BANK, -7), Line(SALES, 7)])
    for row in ledger.tables["transactionaccountingline"][2:]:
        row.update(debit=None, credit=None)
    rows = ledger.build().figures(
        "general_ledger", "transaction, transaction_line", "debit, credit, amount, amount_currency, currency"
    )
    assert rows == {
        (1, 0): (110, 0, 110, 100, "EUR"), (1, 1): (0, 110, -110, -100, "EUR"),
        (2, 0): (0, 7, -7, -7, None), (2, 1): (7, 0, 7, 7, None),
    }  # fmt: skip


def test_negative_debits_stay_on_their_side() -> None:
    ledger = company()
    ledger.document(JAN, [Line(BANK, 5), Line(SALES, -5)])
    ledger.tables["transactionaccountingline"][0].update(debit=None, credit=Decimal(-5))
    rows = ledger.build().figures("general_ledger", "transaction_line", "debit, credit, amount")
    assert rows[0] == (0, -5, 5)


def test_sums_are_exact_to_the_last_digit() -> None:
    """A tenth has no exact floating point number; a hundred of them add up to ten."""
    ledger = company()
    for _ in range(100):
        ledger.document(JAN, [Line(BANK, "0.1"), Line(SALES, "-0.1")])
    marts = ledger.build()
    assert (
        marts.one(f"SELECT closing FROM marts.trial_balance WHERE period = {JAN} AND account = {BANK}") == 10
    )
    assert (
        str(marts.one(f"SELECT closing FROM marts.trial_balance WHERE period = {JAN} AND account = {BANK}"))[
            :4
        ]
        == "10.0"
    )
