"""Documents that post: journals, invoices, bills, payments, credits, and what is applied to what."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from netsuite_pipeline_tests.marts.random_ledgers.draft import Draft

_TYPES = {"AcctRec": ("CustInvc", "CustPymt", "CustCred"), "AcctPay": ("VendBill", "VendPymt", "VendCred")}


@dataclass
class Line:
    """One line of a document with its posting in the primary book."""

    account: int
    amount: Decimal
    subsidiary: int | None
    foreign: Decimal | None = None
    entity: int | None = None
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Item:
    """An open item that later documents may be applied to."""

    document: int
    line: int
    kind: str
    amount: Decimal
    currency: int | None


class Documents:
    """Writes random documents."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._count = 0
        self._items: list[Item] = []
        self._ids = draft.ids(400, 2000)

    def add(self) -> None:
        """Add one document, or two that belong together."""
        draft = self._draft
        kind = draft.one(["AcctRec", "AcctPay"])
        draft.random.choices(
            [
                self._journal,
                lambda: self._trade(kind, 0),
                lambda: self._trade(kind, 1),
                lambda: self._trade(kind, 2),
                self._revaluation,
                self._statistical,
                self._voided_by_journal,
                self._odd_lines,
                self._cash_sale,
            ],
            weights=[6, 6, 4, 2, 1, 1, 1, 1, 2],
        )[0]()

    def write(self, lines: list[Line], type: str, **columns: Any) -> int:
        """Write a document in every full book, and perhaps something of its own in an adjusting one."""
        draft = self._draft
        id = self._ids[self._count]
        self._count += 1
        period, start, end = draft.one(draft.periods)
        day = start + timedelta(draft.random.randint(0, (end - start).days))
        if draft.chance(0.1):
            day += timedelta(draft.random.randint(-60, 60))
        posting = not draft.chance(0.05)
        draft.add("transaction", **{
            "id": id, "type": type, "tranid": f"{type}-{id}", "trandate": day,
            "duedate": draft.one([None, day + timedelta(draft.random.randint(0, 90))]), "status": "A",
            "currency": draft.one(draft.currencies), "postingperiod": period, "posting": posting, "voided": False,
            "entity": draft.one([*draft.customers, *draft.vendors, None]), "subsidiary": lines[0].subsidiary, **columns,
        })  # fmt: skip
        for number, line in enumerate(lines):
            self._write_line(id, number, line)
        for book in draft.full_books[1:]:
            factor = Decimal(draft.random.randint(50, 150)) / 100
            for number, line in enumerate(lines):
                posting = line.columns.get("posting", True)
                self._post(id, number, book, line.account, round(line.amount * factor, 2), posting)
            self._balance(id, book, lines)
        for book in draft.adjusting:
            if draft.chance(0.1):
                self._adjust(id, book, lines)
        return id

    def _write_line(self, id: int, number: int, line: Line) -> None:
        draft = self._draft
        draft.add("transactionline", **{
            "transaction": id, "id": number, "subsidiary": line.subsidiary, "entity": line.entity,
            "foreignamount": line.amount if line.foreign is None else line.foreign, "netamount": line.amount,
            "item": None, "quantity": None, "department": draft.one([None, 1, 2]), "class": draft.one([None, 3]),
            "location": draft.one([None, *draft.locations]), "mainline": number == 0, "taxline": False,
            "isclosed": False, "eliminate": draft.chance(0.1), **line.columns,
        })  # fmt: skip
        posting = line.columns.get("posting", True)
        draft.ledger.tables["transactionline"][-1].pop("posting", None)
        self._post(id, number, draft.full_books[0], line.account, line.amount, posting)

    def _post(
        self, id: int, number: int, book: int, account: int, amount: Decimal, posting: bool = True
    ) -> None:
        kept = amount if amount or self._draft.chance(0.5) else None
        is_debit = amount > 0 if not self._draft.chance(0.02) else amount < 0
        self._draft.add("transactionaccountingline", transaction=id, transactionline=number, accountingbook=book,
                        account=account, posting=posting, amount=kept, debit=amount if amount and is_debit else None,
                        credit=-amount if amount and not is_debit else None)  # fmt: skip

    def _balance(self, id: int, book: int, lines: list[Line]) -> None:
        """Make the postings of a book balance in each subsidiary, by its last line there."""
        rows = [
            row for row in self._draft.ledger.tables["transactionaccountingline"]
            if row["transaction"] == id and row["accountingbook"] == book
        ]  # fmt: skip
        last = {
            line.subsidiary: place for place, line in enumerate(lines) if line.columns.get("posting", True)
        }
        for subsidiary, number in last.items():
            mine = [row for row in rows if lines[row["transactionline"]].subsidiary == subsidiary]
            gap = sum((row["amount"] or 0 for row in mine if row["posting"]), Decimal(0))
            if gap and len(mine) > 1:
                amount = (rows[number]["amount"] or 0) - gap
                rows[number].update(
                    amount=amount, debit=max(amount, 0) or None, credit=max(-amount, 0) or None
                )

    def _adjust(self, id: int, book: int, lines: list[Line]) -> None:
        """Post in an adjusting book on two lines of one subsidiary, on their accounts or on others."""
        draft = self._draft
        subsidiary = draft.one(lines).subsidiary
        numbers = [number for number, line in enumerate(lines) if line.subsidiary == subsidiary][:2]
        if len(numbers) == 2:
            amount = draft.money(50)
            for number, part in zip(numbers, (amount, -amount), strict=True):
                account = self._account() if draft.chance(0.3) else lines[number].account
                self._post(id, number, book, account, part)

    def _account(self, *kinds: str) -> int:
        names = kinds or tuple(kind for kind in self._draft.accounts if kind not in ("Stat", "NonPosting"))
        return self._draft.one(self._draft.accounts[self._draft.one(names)])

    def _journal(self) -> None:
        """Write a journal that balances in each of its subsidiaries."""
        draft = self._draft
        lines: list[Line] = []
        for subsidiary in draft.random.choices(draft.subsidiaries, k=draft.random.randint(1, 2)):
            amounts = [draft.money() * draft.one([1, -1]) for _ in range(draft.random.randint(1, 3))]
            for amount in [*amounts, -sum(amounts, Decimal(0))]:
                foreign = draft.one([None, round(amount * Decimal("1.5"), 2), abs(amount)])
                entity = draft.one([None, *draft.customers])
                lines.append(Line(self._account(), amount, subsidiary, foreign, entity))
        if draft.chance(0.2):
            lines.append(Line(self._account(), Decimal(0), draft.one(draft.subsidiaries), Decimal(0)))
        kinds = {id: kind for kind, ids in draft.accounts.items() for id in ids}
        currency = draft.one(draft.currencies)
        id = self.write(lines, "Journal", currency=currency, entity=draft.one([None, *draft.customers]))
        for number, line in enumerate(lines):
            if (kind := kinds[line.account]) in _TYPES and line.amount:
                foreign = line.amount if line.foreign is None else line.foreign
                self._items.append(Item(id, number, kind, abs(foreign), currency))

    def _trade(self, kind: str, place: int) -> None:
        """Write an invoice or a bill (0), a payment (1) or a credit (2), and what it is applied to."""
        draft = self._draft
        sign = (1 if kind == "AcctRec" else -1) * (1 if place == 0 else -1)
        total = draft.money()
        other = (
            "Bank"
            if place == 1
            else draft.one(["Income", "Income", "OthIncome"] if kind == "AcctRec" else ["Expense", "COGS"])
        )
        subsidiary = draft.one(draft.subsidiaries)
        rate = draft.one([Decimal(1), Decimal("1.25"), Decimal("0.8")])
        people = draft.customers if kind == "AcctRec" else draft.vendors
        parts = [-total] if draft.chance(0.5) else [-total / 2, -(total - total / 2)]
        control = Line(self._account(kind), sign * round(total * rate, 2), subsidiary, sign * total)
        others = [
            Line(
                self._account(other),
                sign * round(part * rate, 2),
                subsidiary,
                sign * part,
                draft.one([None, None, *people]),
            )
            for part in parts
        ]
        others[-1].amount -= sum((line.amount for line in [control, *others]), Decimal(0))
        lines = [control, *others]
        if draft.chance(0.1):  # a second control line
            lines += [Line(self._account(kind), sign * Decimal(10), subsidiary, sign * Decimal(8)),
                      Line(self._account(other), sign * Decimal(-10), subsidiary, sign * Decimal(-8))]  # fmt: skip
        if place == 1:  # a payment's main line is the bank's
            lines[0], lines[1] = lines[1], lines[0]
        currency = draft.one(draft.currencies)
        entity = draft.one([*people, *people, None])
        is_voided = draft.chance(0.05)
        if is_voided:
            for line in lines:
                line.amount = line.foreign = Decimal(0)
        id = self.write(lines, _TYPES[kind][place], currency=currency, entity=entity, voided=is_voided)
        at = lines.index(control)
        if place == 0 or draft.chance(0.2):
            self._items.append(Item(id, at, kind, total, currency))
        if place:
            self._apply(id, at, kind, total, currency)

    def _apply(self, id: int, at: int, kind: str, total: Decimal, currency: int | None) -> None:
        draft = self._draft
        open_items = [each for each in self._items if each.kind == kind and each.document != id]
        same = [each for each in open_items if each.currency == currency] or open_items
        for item in draft.random.sample(same, min(len(same), draft.random.randint(0, 3))):
            amount = draft.one([item.amount, total, min(total, item.amount), round(item.amount / 3, 2)])
            line = at if draft.chance(0.6) else draft.one([0, 1, 7, None])
            previous = item.line if draft.chance(0.9) else draft.one([0, 5, None])
            ends = [(item.document, previous), (id, line)]
            if draft.chance(0.1):
                ends.reverse()
            for _ in range(2 if draft.chance(0.1) else 1):
                self._link(ends[0], ends[1], draft.one([amount, -amount]), "Payment")
        if draft.chance(0.1):
            self._link((id, at), (draft.one(self._ids), 0), total, draft.one(["Payment", "SaleRet"]))

    def _link(self, previous: tuple[int, int | None], following: tuple[int, int | None], amount: Decimal | None, kind: str) -> None:  # fmt: skip
        self._draft.add("nexttransactionlinelink", previousdoc=previous[0], previousline=previous[1],
                        nextdoc=following[0], nextline=following[1], linktype=kind,
                        foreignamount=None if self._draft.chance(0.03) else amount)  # fmt: skip

    def _cash_sale(self) -> None:
        draft = self._draft
        amount, subsidiary = draft.money(), draft.one(draft.subsidiaries)
        foreign = round(amount * draft.one([Decimal(1), Decimal("1.1")]), 2)
        columns = {"item": draft.one([None, *draft.items]), "quantity": Decimal(-1)}
        self.write([Line(self._account("Bank"), amount, subsidiary, foreign),
                    Line(self._account("Income"), -amount, subsidiary, -foreign, columns=columns)], "CashSale")  # fmt: skip

    def _revaluation(self) -> None:
        """Write a revaluation: it has no amount in the document's currency."""
        draft = self._draft
        amount, subsidiary = draft.money() * draft.one([1, -1]), draft.one(draft.subsidiaries)
        self.write([Line(self._account("AcctRec", "AcctPay", "Bank"), amount, subsidiary, Decimal(0)),
                    Line(self._account("OthExpense"), -amount, subsidiary, Decimal(0))], "FxReval")  # fmt: skip

    def _statistical(self) -> None:
        """Write a statistical journal: one-sided."""
        draft = self._draft
        lines = [Line(self._account("Stat", "NonPosting"), draft.money(), draft.one(draft.subsidiaries))]
        self.write(lines, "StatJournal")

    def _voided_by_journal(self) -> None:
        """Write a document and a journal that takes it back, perhaps in another period."""
        draft = self._draft
        amount, subsidiary = draft.money(), draft.one(draft.subsidiaries)
        accounts = [self._account(), self._account()]
        for sign in (1, -1):
            lines = [
                Line(accounts[0], sign * amount, subsidiary),
                Line(accounts[1], -sign * amount, subsidiary),
            ]
            self.write(lines, "Check" if sign == 1 else "Journal", voided=sign == 1)

    def _odd_lines(self) -> None:
        """Write a document of which some lines do not post, or whose period is no posting period."""
        draft = self._draft
        amount, subsidiary = draft.money(), draft.one(draft.subsidiaries)
        silent = {"posting": draft.one([False, None])}
        accounts = [self._account() for _ in range(3)]
        lines = [Line(accounts[0], amount, subsidiary), Line(accounts[1], -amount, subsidiary),
                 Line(accounts[2], amount, subsidiary, columns=silent)]  # fmt: skip
        columns: dict[str, Any] = draft.one([{}, {"posting": None}, {"postingperiod": self._no_period()}])
        self.write(lines, "Custom", **columns)

    def _no_period(self) -> int | None:
        rows = self._draft.ledger.tables["accountingperiod"]
        ids: list[int | None] = [None, *(row["id"] for row in rows if not row["isposting"])]
        return self._draft.one(ids)
