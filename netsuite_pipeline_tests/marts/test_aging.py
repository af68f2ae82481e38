"""Receivables and payables by age: what is open on which day, worked by hand."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from netsuite_pipeline_tests.marts.ledger import Ledger, Line, Marts

BANK, RECEIVABLE, PAYABLE, SALES, OTHER = 1, 2, 3, 7, 8
JAN, FEB, MAR = 201, 202, 203
JAN_END, FEB_END = date(2025, 1, 31), date(2025, 2, 28)


def company() -> Ledger:
    """An account without subsidiaries that sells in EUR; its books are in USD."""
    ledger = Ledger()
    ledger.year(2025, first_id=200)
    for id, kind in (
        (BANK, "Bank"),
        (RECEIVABLE, "AcctRec"),
        (PAYABLE, "AcctPay"),
        (SALES, "Income"),
        (OTHER, "Expense"),
    ):
        ledger.account(id, kind)
    ledger.add("currency", id=1, symbol="USD")
    ledger.add("currency", id=2, symbol="EUR")
    ledger.tables["nexttransactionlinelink"] = []
    ledger.link((-1, 0), (-2, 0), 0)
    return ledger


def invoice(ledger: Ledger, day: date, amount: int, base: str | int, **columns: Any) -> int:
    """Add an invoice in EUR."""
    lines = [Line(RECEIVABLE, base, foreign=amount), Line(SALES, -Decimal(base), foreign=-amount)]
    return ledger.document(JAN, lines, type="CustInvc", trandate=day, currency=2, **columns)


def payment(ledger: Ledger, day: date, amount: int, base: str | int, **columns: Any) -> int:
    """Add a payment in EUR: line 0 is the bank's, line 1 the receivable's."""
    lines = [Line(BANK, base, foreign=amount), Line(RECEIVABLE, -Decimal(base), foreign=-amount)]
    return ledger.document(FEB, lines, type="CustPymt", trandate=day, currency=2, **columns)


def open_at(marts: Marts, day: date, kind: str = "ar") -> dict[Any, Any]:
    """Return the open amounts on a day by document and line."""
    return marts.figures(
        f"{kind}_aging_at(DATE '{day}')", "transaction, transaction_line", "open_currency, open_base"
    )


def test_a_partial_payment_leaves_the_rest_open() -> None:
    """300 EUR at 1.1 are 330 USD; of it 100 are paid on 10 February, so that 200 EUR or 220 USD stay."""
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 300, 330, duedate=date(2025, 1, 25))
    paid = payment(ledger, date(2025, 2, 10), 100, 120)
    ledger.link((bill, 0), (paid, 1), 100)
    marts = ledger.build()
    assert open_at(marts, date(2025, 1, 9)) == {}
    assert open_at(marts, date(2025, 1, 10)) == {(bill, 0): (300, 330)}
    assert open_at(marts, date(2025, 2, 9)) == {(bill, 0): (300, 330)}
    assert open_at(marts, date(2025, 2, 10)) == {(bill, 0): (200, 220)}
    assert marts.figures(
        "ar_aging", "as_of, transaction", "open_currency, amount_currency, days_overdue, bucket, days_old"
    ) == {
        (JAN_END, bill): (300, 300, 6, "1-30", 21),
        (FEB_END, bill): (200, 300, 34, "31-60", 49),
    }


@pytest.mark.parametrize(
    ("overdue", "bucket"),
    [(-1, "current"), (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"),
     (90, "61-90"), (91, "over 90")],
)  # fmt: skip
def test_buckets(overdue: int, bucket: str) -> None:
    ledger = company()
    invoice(ledger, date(2024, 6, 1), 10, 11, duedate=date.fromordinal(JAN_END.toordinal() - overdue))
    row = ledger.build().figures("ar_aging", "as_of", "bucket, days_overdue")
    assert row[JAN_END] == (bucket, overdue)


def test_payments_and_credits_with_a_rest_stand_there_as_negative() -> None:
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 50, 55)
    paid = payment(ledger, date(2025, 1, 20), 80, 88)
    ledger.link((bill, 0), (paid, 1), 50)
    rows = ledger.build().figures(
        "ar_aging", "as_of, transaction", "open_currency, open_base, due_date, transaction_type"
    )
    # A payment has no due date: its own date stands there.
    assert rows[JAN_END, paid] == (-30, -33, date(2025, 1, 20), "CustPymt")
    assert (JAN_END, bill) not in rows


def test_a_link_may_name_the_payments_bank_line() -> None:
    """Line 0 is no open item; the link belongs to the document's only open item, line 1."""
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 50, 55)
    paid = payment(ledger, date(2025, 1, 20), 80, 88)
    ledger.link((bill, 0), (paid, 0), 50)
    assert open_at(ledger.build(), JAN_END) == {(paid, 1): (-30, -33)}


def test_of_several_open_items_they_take_it_in_the_order_of_their_lines() -> None:
    """A journal owes 40 on line 1 and 60 on line 2; 10 name line 2, 70 name the document."""
    ledger = company()
    journal = ledger.document(JAN, [Line(SALES, -100), Line(RECEIVABLE, 40), Line(RECEIVABLE, 60)])
    first = ledger.document(JAN, [Line(BANK, 10), Line(RECEIVABLE, -10)])
    second = ledger.document(JAN, [Line(BANK, 70), Line(RECEIVABLE, -70)])
    ledger.link((journal, 2), (first, 1), 10)
    ledger.link((journal, 0), (second, 1), 70)
    # 40 of the 70 go to line 1 and 30 to line 2, where 60 - 10 - 30 = 20 stay.
    assert open_at(ledger.build(), JAN_END) == {(journal, 2): (20, 20)}


def test_an_item_of_the_other_kind_keeps_its_own_link() -> None:
    """One journal has a receivable and a payable; what settles the payable leaves the receivable open."""
    ledger = company()
    journal = ledger.document(JAN, [Line(RECEIVABLE, 40), Line(PAYABLE, -40)])
    paid = ledger.document(JAN, [Line(PAYABLE, 40), Line(BANK, -40)])
    ledger.link((journal, 1), (paid, 0), 40)
    marts = ledger.build()
    assert open_at(marts, JAN_END) == {(journal, 0): (40, 40)}
    assert open_at(marts, JAN_END, "ap") == {}


def test_both_documents_must_be_dated_on_or_before_the_day() -> None:
    """The document named first may be the later one."""
    ledger = company()
    early = payment(ledger, date(2025, 1, 5), 50, 55)
    bill = invoice(ledger, date(2025, 2, 3), 50, 55)
    ledger.link((bill, 0), (early, 1), 50)
    marts = ledger.build()
    assert open_at(marts, date(2025, 2, 2)) == {(early, 1): (-50, -55)}
    assert open_at(marts, date(2025, 2, 3)) == {}


def test_two_links_between_the_same_lines_both_count() -> None:
    """The amount of a link counts without its sign."""
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 90, 99)
    paid = payment(ledger, date(2025, 1, 20), 90, 99)
    ledger.link((bill, 0), (paid, 1), 30)
    ledger.link((bill, 0), (paid, 1), -30)
    assert open_at(ledger.build(), JAN_END) == {(bill, 0): (30, 33), (paid, 1): (-30, -33)}


def test_a_link_without_an_amount_leaves_all_items_of_its_documents_unknown() -> None:
    """It may pay the first line, and then what the other link pays goes to the second."""
    ledger = company()
    lines = [Line(RECEIVABLE, 50), Line(RECEIVABLE, 30), Line(SALES, -80)]
    journal = ledger.document(JAN, lines, currency=2)
    paid = payment(ledger, date(2025, 1, 20), 50, 50)
    ledger.link((journal, 0), (paid, 1), None)
    ledger.link((journal, 7), (paid, 1), 50)
    rows = ledger.build().figures(
        "ar_aging_at(DATE '2025-01-31')", "transaction, transaction_line", "open_currency"
    )
    assert rows == {(journal, 0): None, (journal, 1): None, (paid, 1): None}


def test_other_links_pay_nothing() -> None:
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 90, 99)
    order = ledger.document(None, [Line(OTHER, 90)], type="SalesOrd", posting=False)
    ledger.link((order, 0), (bill, 0), 90, "OrdBill")
    assert open_at(ledger.build(), JAN_END) == {(bill, 0): (90, 99)}


def test_revaluations_and_what_was_voided_on_the_spot_are_no_items() -> None:
    ledger = company()
    ledger.document(JAN, [Line(RECEIVABLE, 9, foreign=0), Line(OTHER, -9, foreign=0)], type="FxReval")
    ledger.document(JAN, [Line(RECEIVABLE, 0), Line(SALES, 0)], type="CustInvc", voided=True)
    assert open_at(ledger.build(), JAN_END) == {}


def test_a_document_voided_by_a_journal_is_treated_like_any_other() -> None:
    """The journal that takes the invoice back is applied to it by a link."""
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 90, 99, voided=True)
    journal = ledger.document(FEB, [Line(SALES, 99, foreign=90), Line(RECEIVABLE, -99, foreign=-90)],
                              trandate=date(2025, 2, 5), currency=2)  # fmt: skip
    ledger.link((bill, 0), (journal, 1), 90)
    marts = ledger.build()
    assert open_at(marts, JAN_END) == {(bill, 0): (90, 99)}
    assert open_at(marts, FEB_END) == {}


def test_payables_are_positive_for_what_we_owe() -> None:
    ledger = company()
    ledger.add("vendor", id=31, entityid="V31", companyname="Mill")
    bill = ledger.document(JAN, [Line(PAYABLE, -110, foreign=-100, entity=31), Line(OTHER, 110, foreign=100)], type="VendBill",
                           trandate=date(2025, 1, 2), currency=2)  # fmt: skip
    credit = ledger.document(JAN, [Line(PAYABLE, 11, foreign=10), Line(OTHER, -11, foreign=-10)], type="VendCred",
                             trandate=date(2025, 1, 3), currency=2, entity=31)  # fmt: skip
    rows = ledger.build().figures("ap_aging", "as_of, transaction",
                                  "amount_currency, open_currency, open_base, entity_name, currency, account")  # fmt: skip
    assert rows[JAN_END, bill] == (100, 100, 110, "Mill", "EUR", PAYABLE)
    assert rows[JAN_END, credit] == (-10, -10, -11, "Mill", "EUR", PAYABLE)


def test_tables_are_for_ordinary_periods_that_have_ended() -> None:
    """On 28 February the period has not ended; the adjustment period of January adds no day."""
    ledger = company()
    ledger.period(50, date(2025, 1, 15), date(2025, 1, 20), 200, is_adjustment=True)
    invoice(ledger, date(2025, 1, 2), 10, 11)
    days = "SELECT DISTINCT as_of FROM marts.ar_aging ORDER BY 1"
    assert ledger.build(date(2025, 2, 28)).rows(days) == [(JAN_END,)]
    assert ledger.build(date(2025, 3, 1)).rows(days) == [(JAN_END,), (FEB_END,)]


def test_the_macro_has_the_tables_columns_and_figures() -> None:
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 300, 330)
    paid = payment(ledger, date(2025, 2, 10), 100, 120)
    ledger.link((bill, 0), (paid, 0), 100)
    marts = ledger.build()
    for kind in ("ar", "ap"):
        table = marts.connection.execute(f"DESCRIBE marts.{kind}_aging").fetchall()
        macro = marts.connection.execute(
            f"DESCRIBE SELECT * FROM marts.{kind}_aging_at(DATE '2025-01-31')"
        ).fetchall()
        assert [row[:2] for row in table] == [row[:2] for row in macro]
    for day in (JAN_END, FEB_END):
        expected = marts.rows(f"SELECT * FROM marts.ar_aging WHERE as_of = DATE '{day}' ORDER BY ALL")
        assert marts.rows(f"SELECT * FROM marts.ar_aging_at(DATE '{day}') ORDER BY ALL") == expected != []


def test_only_the_primary_book_is_aged() -> None:
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 300, 330)
    for line, account, amount in ((0, RECEIVABLE, 300), (1, SALES, -300)):
        ledger.add("transactionaccountingline", transaction=bill, transactionline=line, accountingbook=2, account=account,
                   posting=True, amount=Decimal(amount), debit=Decimal(max(amount, 0)), credit=Decimal(max(-amount, 0)))  # fmt: skip
    assert open_at(ledger.build(), JAN_END) == {(bill, 0): (300, 330)}


def test_a_third_is_exact_to_a_hundredth_of_a_cent() -> None:
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 3, 100)
    paid = payment(ledger, date(2025, 1, 20), 1, 33)
    ledger.link((bill, 0), (paid, 1), 1)
    ((_, base),) = open_at(ledger.build(), JAN_END).values()
    assert abs(base - Decimal(200) / 3) < Decimal("0.0001")


def test_open_items_add_up_to_the_control_account() -> None:
    ledger = company()
    bill = invoice(ledger, date(2025, 1, 10), 300, 330)
    paid = payment(ledger, date(2025, 2, 10), 100, 110)
    ledger.link((bill, 0), (paid, 1), 100)
    marts = ledger.build()
    for period, day in ((JAN, JAN_END), (FEB, FEB_END)):
        control = marts.one(
            f"SELECT closing FROM marts.trial_balance WHERE account = {RECEIVABLE} AND period = {period}"
        )
        assert marts.one(f"SELECT sum(open_base) FROM marts.ar_aging WHERE as_of = DATE '{day}'") == control
