"""The chart of accounts and the account types, read from schema/chart_of_accounts.txt."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import duckdb

from netsuite_pipeline.emulator.company.storage import store, store_rows

# id, long name, on the balance sheet, debit side, cash flow rate type, general rate type
_ACCOUNT_TYPES: tuple[tuple[str, str, bool, bool, str, str], ...] = (
    ("AcctPay", "Accounts Payable", True, False, "AVERAGE", "CURRENT"),
    ("AcctRec", "Accounts Receivable", True, True, "AVERAGE", "CURRENT"),
    ("Bank", "Bank", True, True, "CURRENT", "CURRENT"),
    ("COGS", "Cost of Goods Sold", False, True, "AVERAGE", "AVERAGE"),
    ("CredCard", "Credit Card", True, False, "AVERAGE", "CURRENT"),
    ("DeferExpense", "Deferred Expense", True, True, "AVERAGE", "CURRENT"),
    ("DeferRevenue", "Deferred Revenue", True, False, "AVERAGE", "CURRENT"),
    ("Equity", "Equity", True, False, "HISTORICAL", "HISTORICAL"),
    ("Expense", "Expense", False, True, "AVERAGE", "AVERAGE"),
    ("FixedAsset", "Fixed Asset", True, True, "AVERAGE", "CURRENT"),
    ("Income", "Income", False, False, "AVERAGE", "AVERAGE"),
    ("LongTermLiab", "Long Term Liability", True, False, "AVERAGE", "CURRENT"),
    ("NonPosting", "Non Posting", False, True, "AVERAGE", "AVERAGE"),
    ("OthAsset", "Other Asset", True, True, "AVERAGE", "CURRENT"),
    ("OthCurrAsset", "Other Current Asset", True, True, "AVERAGE", "CURRENT"),
    ("OthCurrLiab", "Other Current Liability", True, False, "AVERAGE", "CURRENT"),
    ("OthExpense", "Other Expense", False, True, "AVERAGE", "AVERAGE"),
    ("OthIncome", "Other Income", False, False, "AVERAGE", "AVERAGE"),
    ("Stat", "Statistical", False, True, "AVERAGE", "AVERAGE"),
    ("UnbilledRec", "Unbilled Receivable", True, True, "AVERAGE", "CURRENT"),
)


@dataclass(frozen=True)
class Account:
    """One account of the chart, e.g. `ACCOUNTS["1100"].type == "AcctRec"`."""

    id: int
    number: str
    name: str
    type: str
    parent: str | None
    special: str | None
    currency: int | None
    summary: bool
    eliminate: bool


def _read_chart() -> Mapping[str, Account]:
    text = (files("netsuite_pipeline.emulator.company") / "schema" / "chart_of_accounts.txt").read_text(
        "utf-8"
    )
    chart: dict[str, Account] = {}
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        number, name, kind, parent, uses = (part.strip() for part in line.split("|"))
        words = uses.split()
        named = dict(word.split("=") for word in words if "=" in word)
        chart[number] = Account(
            # Irregular steps, as in an account where lists were edited for years.
            id=100 + len(chart) * 3 + len(chart) ** 2 % 3 + (200 if len(chart) > 70 else 0),
            number=number,
            name=name,
            type=kind,
            parent=None if parent == "-" else parent,
            special=named.get("special"),
            currency=int(named["currency"]) if "currency" in named else None,
            summary="summary" in words,
            eliminate="eliminate" in words,
        )
    return chart


ACCOUNTS: Mapping[str, Account] = _read_chart()


def acct(number: str) -> int:
    """The internal id of the account with this number, e.g. `acct("1100")`; KeyError if there is none."""
    return ACCOUNTS[number].id


def build_accounts(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill account, accounttype and accountsubsidiarymap."""
    rates = {row[0]: row[4:] for row in _ACCOUNT_TYPES}
    store_rows(
        connection,
        "accounttype",
        (
            "id",
            "longname",
            "balancesheet",
            "left",
            "defaultcashflowratetype",
            "defaultgeneralratetype",
            "seqnum",
            "internalid",
        ),
        [(*row, i, i) for i, row in enumerate(_ACCOUNT_TYPES, start=1)],
    )
    columns = [
        "id",
        "acctnumber",
        "accttype",
        "parent",
        "fullname",
        "accountsearchdisplayname",
        "accountsearchdisplaynamecopy",
        "sspecacct",
        "currency",
        "cashflowrate",
        "generalrate",
        "issummary",
        "eliminate",
        "includechildren",
        "isinactive",
        "description",
        "externalid",
    ]
    store_rows(
        connection,
        "account",
        columns,
        [
            (
                account.id,
                account.number,
                account.type,
                acct(account.parent) if account.parent else None,
                _full_name(account),
                f"{account.number} {account.name}",
                f"{account.number} {account.name}",
                account.special,
                account.currency,
                *rates[account.type],
                account.summary,
                account.eliminate,
                True,
                account.number == "2060",
                f"{account.name}, all subsidiaries" if account.summary else None,
                f"coa-{account.number}" if account.number < "2000" else None,
            )
            for account in ACCOUNTS.values()
        ],
    )
    banks = {acct("1010"): 1, acct("1020"): 2, acct("1030"): 3, acct("1040"): 4}
    owners = " ".join(f"WHEN {account} THEN s.id = {subsidiary}" for account, subsidiary in banks.items())
    store(
        connection,
        "accountsubsidiarymap",
        f"SELECT a.id AS account, s.id AS subsidiary FROM ns.account a, ns.subsidiary s WHERE CASE a.id"
        f" {owners} ELSE TRUE END",
    )


def _full_name(account: Account) -> str:
    return f"{_full_name(ACCOUNTS[account.parent])} : {account.name}" if account.parent else account.name
