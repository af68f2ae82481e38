"""Orders with what was shipped and billed, stock, and the people whom documents name."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from netsuite_pipeline_tests.marts.random_ledgers.draft import Draft

_STATUSES = {"SalesOrd": "ABCDEFGH", "PurchOrd": "ABCDEFGH"}


def add_people(draft: Draft) -> None:
    """Add customers, vendors, employees and projects, with their rows in `entity`."""
    kinds = {"customer": 3, "vendor": 2, "employee": 2, "job": 1}
    ids = draft.ids(sum(kinds.values()), 60)
    for table, count in kinds.items():
        for id in (ids.pop() for _ in range(count)):
            row: dict[str, Any] = {
                "id": id, "entityid": f"{table[0].upper()}{id}", "isinactive": draft.one([True, False, None])
            }  # fmt: skip
            if table != "job":
                row["email"] = draft.one([None, f"{id}@example.com"])
            if table in ("customer", "vendor"):
                row |= {
                    "companyname": draft.one([None, f"Company {id}"]),
                    "altname": draft.one([None, f"Name {id}"]),
                }
            if table == "employee":
                row |= {"firstname": "Ann", "lastname": draft.one([None, f"Last {id}"])}
            draft.add(table, **row)
            draft.add("entity", id=id, entityid=row["entityid"], altname=f"Name {id}", type=table)
            {"customer": draft.customers, "vendor": draft.vendors}.get(table, []).append(id)


def add_stock(draft: Draft) -> None:
    """Add items, locations and stock."""
    draft.items, draft.locations = draft.ids(3), draft.ids(2)
    for id in draft.items:
        draft.add("item", id=id, itemid=f"I{id}", fullname=f"Item {id}", displayname=None, itemtype="InvtPart",
                  totalquantityonhand=draft.one([None, Decimal(0), Decimal(5)]))  # fmt: skip
    for id in draft.locations:
        draft.add("location", id=id, name=f"L{id}", fullname=f"Location {id}")
    for item in draft.items:
        places: list[int | None] = [None] if draft.chance(0.3) else [*draft.locations]
        for location in places:
            draft.add(
                "inventoryitemlocations", item=item, location=location, **{
                    name: draft.one([None, Decimal(0), Decimal(draft.random.randint(-5, 90))])
                    for name in ("quantityonhand", "quantityavailable", "averagecostmli", "onhandvaluemli")
                }
            )  # fmt: skip


def add_orders(draft: Draft) -> None:
    """Add orders of all statuses, their lines shipped and billed in part."""
    for id in range(5000, 5000 + draft.random.randint(0, 8)):
        kind = draft.one(list(_STATUSES))
        letter = draft.one([*_STATUSES[kind], *"BBDEF"])
        day = draft.one(draft.periods)[1]
        draft.add("transaction", id=id, type=kind, tranid=f"{kind}-{id}", trandate=day, duedate=day + timedelta(30), status=draft.one([letter, letter, f"{kind}:{letter}"]), currency=draft.one(draft.currencies), postingperiod=None, posting=False, voided=draft.chance(0.1), entity=draft.one([None, *draft.customers, *draft.vendors]), subsidiary=draft.one(draft.subsidiaries))  # fmt: skip
        for number in range(draft.random.randint(1, 4)):
            sign = -1 if kind == "SalesOrd" else 1
            quantity = draft.one([Decimal(draft.random.randint(1, 10)), Decimal("2.5"), None])
            _add_line(draft, id, number, sign, quantity)
            if quantity:
                _follow(draft, (id, number), kind, sign, quantity)


def _add_line(draft: Draft, transaction: int, number: int, sign: int, quantity: Decimal | None) -> None:
    draft.add("transactionline", **{
        "transaction": transaction, "id": number, "subsidiary": draft.one(draft.subsidiaries),
        "entity": draft.one([None, None, *draft.customers]), "foreignamount": draft.one([None, sign * draft.money()]),
        "netamount": sign * draft.money(), "item": draft.one([None, *draft.items]),
        "quantity": None if quantity is None else sign * quantity, "department": None, "class": None,
        "location": draft.one([None, *draft.locations]), "mainline": number == 0 and draft.chance(0.7),
        "taxline": draft.chance(0.1), "isclosed": draft.chance(0.1), "eliminate": False,
    })  # fmt: skip


def _follow(draft: Draft, line: tuple[int, int], kind: str, sign: int, quantity: Decimal) -> None:
    """Add documents that ship or bill a line, whole, in part or too much."""
    for linktype, type in (
        ("ShipRcpt", "ItemShip" if kind == "SalesOrd" else "ItemRcpt"),
        ("OrdBill", "CustInvc"),
    ):
        for _ in range(draft.one([0, 0, 1, 1, 2])):
            id = 9000 + len(draft.ledger.tables["transaction"])
            draft.add("transaction", id=id, type=type, tranid=f"{type}-{id}", trandate=draft.one(draft.periods)[1],
                      status="A", postingperiod=None, posting=False, voided=draft.chance(0.1), currency=None,
                      entity=None, duedate=None, subsidiary=None)  # fmt: skip
            part = draft.one([quantity, quantity / 2, quantity * 2, Decimal(0)])
            _add_line(draft, id, 0, sign, part)
            for _ in range(2 if draft.chance(0.1) else 1):
                draft.add("nexttransactionlinelink", previousdoc=line[0], previousline=line[1], nextdoc=id, nextline=0,
                          linktype=linktype, foreignamount=None)  # fmt: skip
