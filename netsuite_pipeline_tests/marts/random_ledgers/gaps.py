"""What an account lacks: features that are off, and tables and columns that a role may not read."""

from netsuite_pipeline_tests.marts.random_ledgers.draft import Draft

_FEATURES = {
    "books unlisted": ("accountingbook",),
    "no links": ("nexttransactionlinelink",),
    "no stock by location": ("inventoryitemlocations",),
    "no items": ("item", "inventoryitemlocations", "transactionline.item"),
    "calendars unlisted": ("accountingperiodfiscalcalendars",),
    "subsidiaries unlisted": ("subsidiary",),
    "rates unlisted": ("consolidatedexchangerate",),
    "no projects": ("job",),
}


# Columns that a role may lack, or that an account without a feature has not.
_COLUMNS = """
    transaction: currency duedate entity posting subsidiary tranid voided
    transactionline: entity foreignamount isclosed item location mainline quantity subsidiary taxline
    transactionaccountingline: amount credit debit posting
    nexttransactionlinelink: foreignamount nextline previousline
    account: acctnumber currency generalrate sspecacct
    accountingbook: basebook isadjustmentonly isconsolidated isprimary
    accountingperiod: isadjust isposting isquarter isyear parent
    accountingperiodfiscalcalendars: parent
    accounttype: balancesheet left
    consolidatedexchangerate: averagerate currentrate historicalrate
    currency: isbasecurrency
    inventoryitemlocations: onhandvaluemli quantityonhand
    item: totalquantityonhand
    subsidiary: currency fiscalcalendar parent
    customer: email isinactive
"""


def remove_unused(draft: Draft) -> None:
    """Remove what an account without subsidiaries, or without currencies, does not have."""
    if draft.subsidiaries == [None]:
        draft.ledger.drop(
            "subsidiary", "transactionline.subsidiary", "transaction.subsidiary", "consolidatedexchangerate"
        )
    if draft.currencies == [None]:
        draft.ledger.drop(
            "currency", "subsidiary.currency", "transaction.currency", "account.currency", "consolidatedexchangerate"
        )  # fmt: skip


def remove_features(draft: Draft) -> None:
    """Remove features, columns that a role may not read, and rows that it does not see."""
    ledger = draft.ledger
    for feature in _FEATURES.values():
        if draft.chance(0.06):
            ledger.drop(*feature)
    names = [
        f"{table.strip()}.{column}"
        for table, _, columns in (line.partition(":") for line in _COLUMNS.strip().splitlines())
        for column in columns.split()
    ]
    for name in draft.random.sample(names, draft.one([0, 0, 1, 3])):
        ledger.drop(name)
    _remove_rows(draft)
    if len(draft.full_books) == 1 and not draft.adjusting and draft.chance(0.4):
        ledger.drop("accountingbook", *draft.one([(), ("transactionaccountingline.accountingbook",)]))


def _remove_rows(draft: Draft) -> None:
    """Remove accounts from their list, and lines or their subsidiaries, as a restricted role sees them."""
    tables = draft.ledger.tables
    if draft.chance(0.05):
        tables["account"] = [row for row in tables["account"] if not draft.chance(0.1)]
    for table in ("transactionline", "transaction"):
        if draft.chance(0.05):
            tables[table] = [row for row in tables[table] if not draft.chance(0.1)]
    if draft.chance(0.05):
        for row in tables["transactionline"]:
            if draft.chance(0.1):
                row["subsidiary"] = None
