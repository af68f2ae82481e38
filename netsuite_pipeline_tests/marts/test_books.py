"""Several accounting books: each stands alone, an adjustment-only book on top of its base book."""

from datetime import date
from decimal import Decimal

from netsuite_pipeline_tests.marts.ledger import Ledger, Line
from netsuite_pipeline_tests.marts.test_statements import (
    BANK,
    CAPITAL,
    DEC_24,
    JAN_25,
    RENT,
    SALES,
    two_years,
)


def three_books() -> Ledger:
    """Book 1 is primary, book 2 adjusts it, book 3 is a full book of its own."""
    ledger = two_years()
    ledger.add(
        "accountingbook",
        id=1,
        name="Primary",
        isprimary=True,
        isadjustmentonly=False,
        basebook=None,
        isconsolidated=False,
    )
    ledger.add(
        "accountingbook",
        id=2,
        name="Adjusted",
        isprimary=False,
        isadjustmentonly=True,
        basebook=1,
        isconsolidated=True,
    )
    ledger.add(
        "accountingbook",
        id=3,
        name="Local",
        isprimary=False,
        isadjustmentonly=False,
        basebook=None,
        isconsolidated=False,
    )
    ledger.document(JAN_25, [Line(RENT, 7, 2, book=2), Line(BANK, -7, 2, book=2)])
    ledger.document(JAN_25, [Line(BANK, 2, 2, book=3), Line(SALES, -2, 2, book=3)])
    return ledger


def test_the_books_are_listed_with_the_primary_one() -> None:
    books = (
        three_books()
        .build()
        .figures("accounting_books", "accounting_book", "book_name, is_primary, is_consolidated, base_book")
    )
    assert books == {
        1: ("Primary", True, True, None),
        2: ("Adjusted", False, True, 1),
        3: ("Local", False, False, None),
    }
    ledger = three_books()
    ledger.drop("accountingbook")
    books = ledger.build().figures("accounting_books", "accounting_book", "book_name, is_primary")
    assert books == {1: (None, True), 2: (None, False), 3: (None, False)}


def test_an_adjustment_only_book_is_its_base_books_ledger_and_its_own() -> None:
    marts = three_books().build()
    bank = marts.figures("trial_balance", "accounting_book, is_consolidated", "closing",
                         f"account = {BANK} AND period = {JAN_25} AND subsidiary = if(is_consolidated, 1, 2)")  # fmt: skip
    # Book 2 has no rates of its own: the base book's 1.3 translate 570 - 7 = 563. Book 3 does not consolidate.
    assert bank == {
        (1, False): 570, (1, True): 1741, (2, False): 563, (2, True): Decimal("1731.9"), (3, False): 2,
    }  # fmt: skip
    counts = marts.figures("general_ledger", "accounting_book", "count(*)", "true GROUP BY accounting_book")
    assert counts == {1: 8, 2: 10, 3: 2}


def test_an_adjustment_of_a_line_of_the_base_book_is_one_posting_with_it() -> None:
    """The base book posts rent of 30 on line 1. Book 2 posts 4 more on it, so the ledger has 34 there.

    The document's own amount stands once, and so does the line.
    """
    ledger = three_books()
    rent = ledger.document(JAN_25, [Line(BANK, -30, 2, foreign=-25), Line(RENT, 30, 2, foreign=25)])
    ledger.document(JAN_25, [Line(BANK, -4, 2, book=2), Line(RENT, 4, 2, book=2)], id=rent)
    ledger.tables["transaction"].pop()
    marts = ledger.build()
    rows = marts.figures("general_ledger", "accounting_book, transaction_line",
                         "account, debit, credit, amount, amount_currency", f"transaction = {rent}")  # fmt: skip
    assert rows == {
        (1, 0): (BANK, 0, 30, -30, -25), (1, 1): (RENT, 30, 0, 30, 25),
        (2, 0): (BANK, 0, 34, -34, -25), (2, 1): (RENT, 34, 0, 34, 25),
    }  # fmt: skip


def test_an_adjustment_to_another_account_of_a_line_has_a_number_of_its_own() -> None:
    """Book 2 posts 4 of line 1 to sales, where the base book posts rent: the key stays unique."""
    ledger = three_books()
    rent = ledger.document(JAN_25, [Line(BANK, -30, 2), Line(RENT, 30, 2, foreign=25)])
    ledger.document(JAN_25, [Line(BANK, -4, 2, book=2), Line(SALES, 4, 2, book=2)], id=rent)
    ledger.tables["transaction"].pop()
    marts = ledger.build()
    rows = marts.figures("general_ledger", "transaction_line", "account, amount, amount_currency",
                         f"transaction = {rent} AND accounting_book = 2")  # fmt: skip
    assert rows == {0: (BANK, -34, -30), 1: (RENT, 30, 25), -102: (SALES, 4, 0)}
    movement = marts.figures("income_statement", "account", "amount",
                             f"accounting_book = 2 AND subsidiary = 2 AND NOT is_consolidated AND period = {JAN_25}")  # fmt: skip
    assert movement == {RENT: -30 - 30 - 7, SALES: -4}


def test_a_book_has_its_own_rates_where_it_has_some() -> None:
    ledger = three_books()
    ledger.rates(JAN_25, 2, 1, "2", "3", "1", book=2)
    row = ledger.build().figures("trial_balance", "accounting_book, account", "closing",
                                 f"is_consolidated AND period = {JAN_25} AND account IN ({BANK}, {RENT})")  # fmt: skip
    # Rent in book 2: (30 + 7) x 3; the bank: 1000 + 563 x 2.
    assert (row[2, RENT], row[2, BANK], row[1, BANK]) == (111, 2126, 1741)


def test_without_the_list_of_books_the_postings_name_the_book() -> None:
    ledger = two_years()
    for row in ledger.tables["transactionaccountingline"]:
        row["accountingbook"] = 5
    for row in ledger.tables["consolidatedexchangerate"]:
        row["accountingbook"] = 5
    marts = ledger.build()
    assert marts.rows("SELECT DISTINCT accounting_book FROM marts.trial_balance WHERE is_consolidated") == [
        (5,)
    ]
    ledger.drop("transactionaccountingline.accountingbook", "consolidatedexchangerate.accountingbook")
    marts = ledger.build()
    assert marts.rows("SELECT DISTINCT accounting_book FROM marts.trial_balance") == [(1,)]
    assert (
        marts.one(
            f"SELECT closing FROM marts.trial_balance WHERE is_consolidated AND period = {DEC_24} AND account = {BANK}"
        )
        == 1720
    )


def test_a_chain_of_adjustment_books_adds_up() -> None:
    ledger = three_books()
    ledger.add(
        "accountingbook",
        id=4,
        name="Twice",
        isprimary=False,
        isadjustmentonly=True,
        basebook=2,
        isconsolidated=False,
    )
    ledger.document(JAN_25, [Line(RENT, 1, 2, book=4), Line(BANK, -1, 2, book=4)])
    marts = ledger.build(date(2025, 1, 31))
    assert (
        marts.one(
            f"SELECT closing FROM marts.trial_balance WHERE accounting_book = 4 AND subsidiary = 2 AND account = {BANK} AND period = {JAN_25}"
        )
        == 562
    )
    assert (
        marts.one(
            f"SELECT closing FROM marts.trial_balance WHERE accounting_book = 4 AND subsidiary = 1 AND account = {CAPITAL} AND period = {JAN_25}"
        )
        == -1000
    )
