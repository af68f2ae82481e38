"""Subsidiaries, currencies, books, accounts and consolidated rates at random."""

from decimal import Decimal

from netsuite_pipeline_tests.marts.random_ledgers.draft import Draft

KINDS = [
    "Bank",
    "AcctRec",
    "UnbilledRec",
    "OthCurrAsset",
    "FixedAsset",
    "OthAsset",
    "DeferExpense",
    "AcctPay",
    "CredCard",
    "OthCurrLiab",
    "LongTermLiab",
    "DeferRevenue",
    "Equity",
    "Income",
    "COGS",
    "Expense",
    "OthIncome",
    "OthExpense",
]
_SYMBOLS = ("USD", "EUR", "GBP", "JPY", "CHF")
_RATES = ("CURRENT", "AVERAGE", "HISTORICAL")


def add_currencies(draft: Draft) -> None:
    """Add two to four currencies, or none."""
    if draft.chance(0.15):
        draft.currencies = [None]
        return
    draft.currencies = list(draft.ids(draft.random.randint(1, 4)))
    base = draft.one(draft.currencies)
    for id, symbol in zip(draft.currencies, _SYMBOLS, strict=False):
        draft.add("currency", id=id, name=symbol, symbol=symbol, isbasecurrency=id == base)


def add_subsidiaries(draft: Draft, calendars: list[int | None]) -> None:
    """Add a tree three or four levels deep, or none; lines may also name one that the list lacks."""
    if draft.chance(0.15):
        draft.subsidiaries = [None]
        return
    ids = draft.ids(draft.random.randint(1, 7))
    for place, id in enumerate(ids):
        # A parent near the end of the list makes deep trees; several tops are rare.
        above = ids[max(0, place - draft.random.randint(1, 3)) : place]
        draft.add(
            "subsidiary",
            id=id,
            name=f"S{id}",
            fullname=f"Subsidiary {id}",
            parent=draft.one(above) if above and not draft.chance(0.03) else None,
            iselimination=place > 0 and draft.chance(0.2),
            isinactive=draft.chance(0.1),
            currency=draft.one(draft.currencies),
            fiscalcalendar=draft.one(calendars) if place or draft.chance(0.8) else None,
        )
    draft.subsidiaries = [*ids, max(ids) + 1] if draft.chance(0.15) else list(ids)


def add_books(draft: Draft) -> None:
    """Add one to four books, the primary one of any number."""
    ids = draft.ids(draft.random.randint(2, 4), 9)
    if draft.chance(0.4):
        ids = [1] if draft.chance(0.7) else ids[:1]
    for place, id in enumerate(ids):
        base = draft.one([*ids[:place], *([None] if draft.chance(0.1) else [])]) if place else None
        is_adjusting = place > 0 and draft.chance(0.5)
        if is_adjusting:
            draft.adjusting[id] = base
        else:
            draft.full_books.append(id)
        draft.add(
            "accountingbook",
            id=id,
            name=f"Book {id}",
            basebook=base if is_adjusting else None,
            isadjustmentonly=is_adjusting,
            isconsolidated=draft.one([True, True, False, None]),
            isprimary=place == 0,
        )
    draft.random.shuffle(draft.ledger.tables["accountingbook"])


def add_accounts(draft: Draft) -> None:
    """Add accounts of all kinds, special ones, and some of kinds that nobody knows."""
    unknown = [
        ("Custom1", True, True),
        ("Custom2", True, False),
        ("Custom3", False, True),
        ("Custom4", False, False),
    ]
    kinds = [*KINDS, "Bank", "Equity", "Income", "Expense", "Stat", "NonPosting"]
    kinds += [name for name, *_ in unknown if draft.chance(0.2)]
    purposes = [
        *(["RetEarnings"] if draft.chance(0.85) else []),
        *(["CumulTransAdj"] if draft.chance(0.8) else []),
    ]
    purposes += [
        each for each in ("CTA-E", "RetEarnings", "CumulTransAdj", "UndepFunds") if draft.chance(0.1)
    ]
    entries = [(kind, None) for kind in kinds] + [("Equity", purpose) for purpose in purposes]
    for id, (kind, purpose) in zip(draft.ids(len(entries), 99), entries, strict=True):
        draft.add(
            "account",
            id=id,
            acctnumber=str(1000 + id) if draft.chance(0.9) else None,
            fullname=f"{purpose or kind} {id}",
            accttype=kind,
            sspecacct=purpose or ("" if draft.chance(0.1) else None),
            generalrate=draft.one([None, None, "", *_RATES, "Current", "average"]),
            cashflowrate=None,
            currency=draft.one([*draft.currencies, None]) if kind in ("Bank", "CredCard") else None,
            isinactive=draft.chance(0.1),
            eliminate=draft.chance(0.1),
        )
        if not purpose or draft.chance(0.4):  # an account of a special purpose is seldom posted to by hand
            draft.accounts.setdefault(kind, []).append(id)
    for kind in KINDS:
        is_balance = kind not in ("Income", "COGS", "Expense", "OthIncome", "OthExpense")
        draft.add("accounttype", id=kind, longname=kind, balancesheet=is_balance, left=draft.chance(0.5))
    for kind, is_balance, is_left in [
        *unknown,
        ("Stat", draft.chance(0.5), True),
        ("NonPosting", False, False),
    ]:
        draft.add("accounttype", id=kind, longname=kind, balancesheet=is_balance, left=is_left)


def add_rates(draft: Draft) -> None:
    """Add a rate from each subsidiary to each above it, with some missing."""
    rows = draft.ledger.tables.setdefault("consolidatedexchangerate", [])
    lists = {row["id"]: row for row in draft.ledger.tables.get("subsidiary", ())}
    lack = draft.one([0.0, 0.0, 0.02, 0.1])
    for book in [*draft.full_books, *draft.adjusting]:
        if book in draft.adjusting and draft.chance(0.5):
            continue
        for member in lists:
            above: int | None = member
            while above is not None:
                _add_pair(draft, book, member, above, lack)
                above = lists[above]["parent"]
    if not rows and draft.chance(0.8):
        draft.ledger.drop("consolidatedexchangerate")


def _add_pair(draft: Draft, book: int, member: int, to: int, lack: float) -> None:
    lists = {row["id"]: row["currency"] for row in draft.ledger.tables["subsidiary"]}
    is_plain = lists[member] == lists[to]
    if is_plain and draft.chance(0.7):
        return
    for period, *_ in draft.periods:
        if draft.chance(lack):
            continue
        rates = [_rate(draft, is_plain and draft.chance(0.8)) for _ in range(3)]
        if draft.chance(lack):
            rates[draft.random.randrange(3)] = None
        draft.add(
            "consolidatedexchangerate",
            id=len(draft.ledger.tables["consolidatedexchangerate"]) + 1,
            postingperiod=period,
            accountingbook=book,
            fromsubsidiary=member,
            tosubsidiary=to,
            fromcurrency=lists[member],
            tocurrency=lists[to],
            currentrate=rates[0],
            averagerate=rates[1],
            historicalrate=rates[2],
        )


def _rate(draft: Draft, is_one: bool) -> Decimal | None:
    return Decimal(1) if is_one else Decimal(draft.random.randint(50_000, 200_000)) / 100_000
