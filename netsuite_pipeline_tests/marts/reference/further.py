"""General ledger, revenue, orders, stock and the directory, as rows of their marts."""

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from netsuite_pipeline_tests.marts.reference.account import Company, Row
from netsuite_pipeline_tests.marts.reference.periods import Periods
from netsuite_pipeline_tests.marts.reference.postings import Books, Posting
from netsuite_pipeline_tests.marts.reference.rates import Amount, Rates, negative, times, total

_ORDERS = {"SalesOrd": "sales", "PurchOrd": "purchase"}
_KINDS = {"customer": "customer", "vendor": "vendor", "employee": "employee", "job": "project"}


def general_ledger(company: Company, books: Books, periods: Periods, rates: Rates) -> Iterator[Row]:
    """Yield the rows of the mart."""
    for each in books.ledger:
        document = company.documents[each.transaction]
        line = company.lines.get((each.transaction, each.line), {})
        yield {
            "accounting_book": each.book,
            "transaction": each.transaction,
            "transaction_line": each.number,
            "transaction_type": document.get("type"),
            "transaction_number": document.get("tranid"),
            "transaction_date": document.get("trandate"),
            "period": each.period,
            "period_name": periods.name(each.period),
            "account": each.account.id,
            "account_number": each.account.number,
            "account_name": each.account.name,
            "account_type": each.account.kind,
            "subsidiary": each.subsidiary,
            "entity": each.entity,
            **{name: line.get(name) for name in ("item", "department", "class", "location")},
            "currency": company.symbol(each.currency),
            "amount_currency": each.foreign,
            "debit": each.debit,
            "credit": each.credit,
            "amount": each.amount,
            "amount_consolidated": consolidated(company, rates, each),
        }


def consolidated(company: Company, rates: Rates, each: Posting) -> Amount:
    """Return a posting at the rate of its period to the top subsidiary."""
    top = company.top(each.subsidiary)
    if each.amount == 0 or not company.has_subsidiaries or each.subsidiary == top is not None:
        return each.amount
    if top is None or each.period is None:
        return None
    return times(each.amount, rates.rate(each.book, each.period, each.subsidiary, top, each.account.rate))


def revenue_by_customer(company: Company, books: Books, periods: Periods, rates: Rates) -> Iterator[Row]:
    """Yield the rows of the mart."""
    groups: dict[tuple[Any, ...], list[Posting]] = defaultdict(list)
    for each in books.ledger:
        if each.account.kind == "Income" and each.period in periods.by_id:
            groups[each.book, each.subsidiary, each.period, each.entity].append(each)
    for (book, subsidiary, period, customer), postings in groups.items():
        yield {
            "accounting_book": book,
            "subsidiary": subsidiary,
            "period": period,
            "customer": customer,
            "currency": company.statement_currency(subsidiary),
            "period_name": periods.by_id[period].name,
            "period_end": periods.by_id[period].end,
            "revenue": -sum((each.amount for each in postings), Fraction(0)),
            "revenue_consolidated": negative(
                total(*(consolidated(company, rates, each) for each in postings))
            ),
        }


def open_orders(company: Company) -> Iterator[Row]:
    """Yield the rows of the mart."""
    has_links = company.has("nexttransactionlinelink")
    reached: dict[tuple[Any, ...], set[tuple[Any, Any]]] = defaultdict(set)
    for link in company.rows("nexttransactionlinelink"):
        key = (link["linktype"], link["previousdoc"], link.get("previousline"))
        reached[key].add((link["nextdoc"], link.get("nextline")))

    def quantity(line: Row) -> Fraction:
        return abs(Fraction(line.get("quantity") or 0))

    for (transaction, number), line in company.lines.items():
        order = company.documents.get(transaction, {})
        status = (order.get("status") or "").rpartition(":")[2]
        is_goods = line.get("item") is not None and not any(
            line.get(name) for name in ("mainline", "taxline", "isclosed")
        )
        if order.get("type") not in _ORDERS or not is_goods or order.get("voided") or status in set("CGH"):
            continue
        done = {
            kind: sum(
                (quantity(company.lines.get(to, {})) for to in reached[kind, transaction, number]),
                Fraction(0),
            )
            for kind in ("ShipRcpt", "OrdBill")
        }
        ordered = quantity(line)
        billed = done["OrdBill"] if has_links else Fraction(0)
        rest = ordered - billed
        if rest <= 0:
            continue
        amount = _order_amount(company, order, line, company.line_subsidiary(transaction, number))
        yield {
            "transaction": transaction,
            "transaction_line": number,
            "kind": _ORDERS[order["type"]],
            "transaction_number": order.get("tranid"),
            "transaction_date": order.get("trandate"),
            "entity": order.get("entity") if line.get("entity") is None else line["entity"],
            "subsidiary": company.line_subsidiary(transaction, number),
            "item": line["item"],
            "location": line.get("location"),
            "currency": company.symbol(order.get("currency")),
            "status": status or None,
            "quantity_ordered": ordered,
            "quantity_fulfilled": done["ShipRcpt"] if has_links else None,
            "quantity_billed": billed if has_links else None,
            "quantity_open": rest if has_links else None,
            "amount_open": None if amount is None or not has_links else amount * rest / ordered,
        }


def _order_amount(company: Company, order: Row, line: Row, subsidiary: int | None) -> Fraction | None:
    """Return the amount of an order's line in the order's currency, where it is known."""
    amount = line.get("foreignamount")
    if amount is None:
        is_base = order.get("currency") == company.base_currency(subsidiary)
        if order.get("currency") is None or (is_base and not company.has("transactionline.foreignamount")):
            amount = line.get("netamount")
    return None if amount is None else abs(Fraction(amount))


def inventory_on_hand(company: Company) -> Iterator[Row]:
    """Yield the rows of the mart."""
    if not company.has("inventoryitemlocations"):
        for item in company.rows("item"):
            if item.get("totalquantityonhand"):
                yield {
                    "item": item["id"],
                    "location": None,
                    "quantity_on_hand": item["totalquantityonhand"],
                    "quantity_available": None,
                    "average_cost": None,
                    "value": None,
                }
        return
    for row in company.rows("inventoryitemlocations"):
        if row.get("quantityonhand") or row.get("onhandvaluemli"):
            yield {
                "item": row["item"],
                "location": row.get("location"),
                "quantity_on_hand": row.get("quantityonhand"),
                "quantity_available": row.get("quantityavailable"),
                "average_cost": row.get("averagecostmli"),
                "value": row.get("onhandvaluemli"),
            }


def entity_directory(company: Company) -> Iterator[Row]:
    """Yield the rows of the mart."""
    for table, kind in _KINDS.items():
        for row in company.rows(table):
            yield {
                "entity": row["id"],
                "kind": kind,
                "number": row.get("entityid"),
                "email": row.get("email"),
                "is_inactive": row.get("isinactive"),
            }
