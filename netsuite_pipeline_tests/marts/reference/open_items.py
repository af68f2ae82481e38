"""Open receivables and payables on any day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction

from netsuite_pipeline_tests.marts.reference.account import Company, Row
from netsuite_pipeline_tests.marts.reference.periods import Period
from netsuite_pipeline_tests.marts.reference.postings import Books, Posting
from netsuite_pipeline_tests.marts.reference.rates import Amount, negative, total

_BUCKETS = ((0, "current"), (30, "1-30"), (60, "31-60"), (90, "61-90"))


def period_ends(periods: Iterable[Period], today: date) -> list[date]:
    """Return the last days of the ordinary periods that have ended."""
    return sorted({each.end for each in periods if not each.is_adjustment and each.end < today})


class OpenItems:
    """The items of the primary book on accounts of one kind.

    Args:
        kind: AcctRec or AcctPay.
    """

    def __init__(self, company: Company, books: Books, kind: str) -> None:
        self._company = company
        self._kind = kind
        self._items: dict[int, list[Posting]] = defaultdict(list)
        for each in sorted(books.ledger, key=lambda each: each.line):
            if each.book == books.primary and each.account.kind in ("AcctRec", "AcctPay") and each.foreign:
                self._items[each.transaction].append(each)
        self._links = [row for row in company.rows("nexttransactionlinelink") if row["linktype"] == "Payment"]

    def rows(self, as_of: date) -> Iterator[Row]:
        """Yield the items that are open on a day."""
        if not self._company.has("nexttransactionlinelink"):
            return  # what is open, nobody knows
        taken = self._paid(as_of)
        for document, items in self._items.items():
            if self._is_dated(document, as_of):
                for item in items:
                    rest = total(
                        abs(item.foreign or Fraction(0)),
                        negative(taken.get((document, item.line), Fraction(0))),
                    )
                    if item.account.kind == self._kind and (rest is None or rest > 0):
                        yield self._row(item, rest, as_of)

    def _paid(self, as_of: date) -> dict[tuple[int, int | None], Amount]:
        """Return what is paid of each item; None if a link does not say how much."""
        taken: dict[tuple[int, int | None], Amount] = defaultdict(Fraction)
        unplaced: dict[int, Fraction] = defaultdict(Fraction)
        unknown: set[int] = set()
        for link in self._links:
            ends = ((link["previousdoc"], link.get("previousline")), (link["nextdoc"], link.get("nextline")))
            if not all(self._is_dated(document, as_of) for document, _ in ends):
                continue
            for document, line in ends:
                if link.get("foreignamount") is None:
                    unknown.add(document)
                elif any(each.line == line for each in self._items.get(document, ())):
                    taken[document, line] = total(taken[document, line], abs(Fraction(link["foreignamount"])))
                else:
                    unplaced[document] += abs(Fraction(link["foreignamount"]))
        for document, amount in unplaced.items():
            for item in self._items.get(document, ()):
                here = taken[document, item.line] or Fraction(0)
                part = min(amount, max(abs(item.foreign or 0) - here, Fraction(0)))
                taken[document, item.line] = here + part
                amount -= part
        # Of which item the unknown part is, nobody knows either.
        return {
            **taken,
            **{(each, item.line): None for each in unknown for item in self._items.get(each, ())},
        }

    def _is_dated(self, document: int, as_of: date) -> bool:
        day = self._company.documents.get(document, {}).get("trandate")
        return day is not None and day <= as_of

    def _row(self, item: Posting, rest: Amount, as_of: date) -> Row:
        document = self._company.documents[item.transaction]
        assert item.foreign is not None
        owed = 1 if self._kind == "AcctRec" else -1
        due = document.get("duedate") or document["trandate"]
        overdue = (as_of - due).days
        return {
            "as_of": as_of,
            "transaction": item.transaction,
            "transaction_line": item.line,
            "transaction_type": document.get("type"),
            "transaction_number": document.get("tranid"),
            "transaction_date": document["trandate"],
            "due_date": due,
            "entity": item.entity,
            "subsidiary": item.subsidiary,
            "account": item.account.id,
            "currency": self._company.symbol(item.currency),
            "amount_currency": owed * item.foreign,
            "open_currency": None if rest is None else owed * (rest if item.foreign > 0 else -rest),
            "open_base": None if rest is None else owed * item.amount * rest / abs(item.foreign),
            "days_overdue": overdue,
            "bucket": next((name for most, name in _BUCKETS if overdue <= most), "over 90"),
            "days_old": (as_of - document["trandate"]).days,
        }
