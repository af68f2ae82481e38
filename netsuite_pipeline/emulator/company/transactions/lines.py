"""The lines of documents: goods, expenses, taxes and the main line that balances them, in the transaction's
currency."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.accounts import ACCOUNTS, acct
from netsuite_pipeline.emulator.company.masterdata.masterdata import ITEMS
from netsuite_pipeline.emulator.company.plan import CompanyPlan

TAX_LINE = 60
_COST_LINES_FROM = 20
_BANK = (
    f"CASE subsidiary WHEN 1 THEN {acct('1010')} WHEN 2 THEN {acct('1020')}"
    f" WHEN 3 THEN {acct('1030')} ELSE {acct('1040')} END"
)
_EXPENSES = tuple(
    account.id
    for account in ACCOUNTS.values()
    if account.type == "Expense" and "6100" <= account.number < "6800"
)
_TRAVEL = tuple(acct(number) for number in ("6200", "6210", "6220", "6230", "6130"))

# Main line account by type; item fulfillments and receipts have none.
_MAIN_ACCOUNT = f"""CASE type WHEN 'Estimate' THEN {acct("9020")} WHEN 'SalesOrd' THEN {acct("9000")}
    WHEN 'PurchOrd' THEN {acct("9010")} WHEN 'CustInvc' THEN {acct("1100")} WHEN 'CustCred'
        THEN {acct("1100")}
    WHEN 'CashSale' THEN {acct("1190")} WHEN 'VendBill' THEN {acct("2000")} WHEN 'VendCred'
        THEN {acct("2000")}
    WHEN 'ExpRept' THEN {acct("2010")} WHEN 'Check' THEN {_BANK} WHEN 'InvAdjst' THEN {acct("5050")}
    WHEN 'Journal' THEN CASE kind WHEN 'PAYROLL' THEN {acct("6000")} WHEN 'REMIT' THEN {acct("2150")}
        WHEN 'RENT' THEN {acct("6100")} WHEN 'DEPR' THEN {acct("6800")} WHEN 'OPENING' THEN {_BANK}
        WHEN 'NIGHT' THEN {acct("6410")} ELSE one_of('expense', c, {list(_EXPENSES)!r}) END END"""


def bank_sql() -> str:
    """SQL for the bank account of `subsidiary`."""
    return _BANK


def build_lines(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Make the working tables `body` (all lines but the main ones) and `head` (the main ones), debits
    positive."""
    _goods_lines(connection, plan)
    _expense_lines(connection, plan)
    connection.execute(f"CREATE TABLE plain AS {_goods_parts()} UNION ALL BY NAME {_expense_parts()}")
    # Domestic business is taxed: half of the customers in the USA, all elsewhere; exports and American
    # purchases are not.
    connection.execute(f"""
        CREATE TABLE body AS
        SELECT *, 'F' AS taxline FROM plain
        UNION ALL BY NAME
        SELECT dk, {TAX_LINE} AS lid, round(amount * rate, 2)::DECIMAL(18,2) AS famt, account, 'T'
            AS taxline, 'F' AS iscogs
        FROM (
            SELECT p.dk, sum(p.famt) AS amount,
                any_value(CASE d.subsidiary WHEN 1 THEN 0.0725 WHEN 2 THEN 0.2 WHEN 3 THEN 0.19
                    ELSE 0.14975 END
                    ::DECIMAL(9,6)) AS rate,
                any_value(CASE WHEN d.party_kind = 'vendor' THEN {acct("1350")}
                    WHEN d.subsidiary = 1 THEN {acct("2200")} WHEN d.subsidiary = 4 THEN {acct("2220")}
                    ELSE {acct("2210")} END) AS account
            FROM plain p JOIN doc d ON d.dk = p.dk
            WHERE d.type IN ('Estimate', 'SalesOrd', 'CustInvc', 'CashSale', 'CustCred', 'VendBill',
                'VendCred', 'PurchOrd')
                AND p.iscogs = 'F' AND d.currency = d.base
                AND (d.subsidiary <> 1 OR d.party_kind = 'customer' AND u('taxable', d.entity) < 0.5)
            GROUP BY p.dk)
        WHERE round(amount * rate, 2) <> 0
    """)
    connection.execute("ALTER TABLE body ADD COLUMN namt DECIMAL(18,2)")
    # Wide enough for the opening amounts of a company of millions of transactions.
    connection.execute(
        "UPDATE body SET namt = round(body.famt::DECIMAL(24,2) * doc.fx, 2) FROM doc WHERE doc.dk = body.dk"
    )
    connection.execute(f"""
        CREATE TABLE head AS
        SELECT d.dk, coalesce(-f, 0)::DECIMAL(18,2) AS famt, coalesce(-n, 0)::DECIMAL(18,2) AS namt,
            {_MAIN_ACCOUNT} AS account
        FROM doc d LEFT JOIN (SELECT dk, sum(famt) AS f, sum(namt) AS n FROM body GROUP BY dk) b
            ON b.dk = d.dk
    """)


def _goods_lines(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    existing = plan.population(ITEMS).existing_sql("day")
    connection.execute(f"""
        CREATE TABLE goods_line AS
        WITH spread AS (
            SELECT c, day, kind, entity, currency, base, unnest(range(1, CASE kind WHEN 'SALE'
                THEN 2 + pick('lines', c, 5)
                WHEN 'BUY' THEN 2 + pick('lines', c, 4) ELSE 2 + pick('lines', c, 2) END)) AS j
            FROM cases WHERE kind IN ('QUOTE', 'SALE', 'SERV', 'CASH', 'BUY', 'ADJ')
        ), chosen AS (
            SELECT *, c * 16 + j AS cj, CAST(floor(pow(u('good', c * 16 + j), 1.5) * {existing})
                AS BIGINT) AS any_item
            FROM spread
        ), fitting AS (
            SELECT * EXCLUDE (any_item), CASE
                WHEN kind = 'SERV' THEN any_item - any_item % 10 - CASE WHEN any_item < 10 THEN 0 ELSE 10 END
                    + 7 + CASE WHEN any_item < 10 THEN 0 ELSE pick('service', cj, 2) END
                WHEN kind IN ('BUY', 'ADJ') THEN any_item - any_item % 10 + any_item % 10 % 6
                ELSE any_item END AS item_k
            FROM chosen
        ), priced AS (
            SELECT f.*, g.id AS item, g.itemtype,
                CASE WHEN kind = 'ADJ' THEN one_of('count', cj, [-2, -1, -1, 1, 2])
                    WHEN g.itemtype = 'Service' THEN (1 + pick('hours', cj, 32)) / 2.0
                    WHEN kind = 'BUY' THEN 4 + pick('pieces', cj, 20)
                    ELSE 1 + floor(24 * pow(u('pieces', cj), 3)) END::DECIMAL(18,4) AS quantity,
                one_of('level', coalesce(entity, 0), [1, 1, 1, 2, 3]) AS pricelevel,
                round((g.price * CASE one_of('level', coalesce(entity, 0), [1, 1, 1, 2, 3])
                    WHEN 2 THEN 0.95 WHEN 3 THEN 0.875 ELSE 1 END) / nominal(currency),
                        2)::DECIMAL(18,2) AS sale_rate,
                round(g.cost / nominal(currency), 2)::DECIMAL(18,2) AS buy_rate,
                round(g.cost / nominal(base), 2)::DECIMAL(18,2) AS cost_rate
            FROM fitting f JOIN goods g ON g.k = f.item_k
        )
        SELECT *, round(quantity * sale_rate, 2)::DECIMAL(18,2) AS sale,
            round(quantity * buy_rate, 2)::DECIMAL(18,2) AS purchase, round(quantity * cost_rate,
                2)::DECIMAL(18,2) AS cost,
            CASE WHEN item_k % 10 < 4 THEN {acct("1210")} ELSE {acct("1220")} END AS asset_account,
            CASE WHEN item_k % 10 < 4 THEN {acct("5010")} ELSE {acct("5020")} END AS cost_account,
            CASE itemtype WHEN 'Service' THEN CASE item_k % 10 WHEN 7 THEN {acct("4030")}
                ELSE {acct("4040")} END
                WHEN 'OthCharge' THEN {acct("4060")} WHEN 'NonInvtPart' THEN {acct("4020")}
                ELSE CASE WHEN item_k % 10 < 4 THEN {acct("4010")} ELSE {acct("4020")} END END
                    AS income_account
        FROM priced
    """)


def _goods_parts() -> str:
    stock = "g.itemtype = 'InvtPart'"
    selling = "('Estimate', 'SalesOrd', 'CustInvc', 'CashSale')"
    parts = (
        # types, condition, line id, signed amount, account, signed quantity, rate, cost line
        (selling, "TRUE", "j", "-sale", "income_account", "-quantity", "sale_rate", "F"),
        ("('CustCred')", "j = 1", "j", "sale", "income_account", "quantity", "sale_rate", "F"),
        ("('PurchOrd')", "TRUE", "j", "purchase", "asset_account", "quantity", "buy_rate", "F"),
        ("('VendBill')", "TRUE", "j", "purchase", acct("2110"), "quantity", "buy_rate", "F"),
        ("('VendCred')", "j = 1", "j", "-purchase", acct("5060"), "-quantity", "buy_rate", "F"),
        ("('InvAdjst')", "TRUE", "j", "cost", "asset_account", "quantity", "cost_rate", "F"),
        ("('ItemRcpt')", "TRUE", "2 * j - 1", "purchase", "asset_account", "quantity", "buy_rate", "F"),
        ("('ItemRcpt')", "TRUE", "2 * j", "-purchase", acct("2110"), "-quantity", "buy_rate", "F"),
        ("('ItemShip')", stock, "2 * j - 1", "cost", "cost_account", "quantity", "cost_rate", "T"),
        ("('ItemShip')", stock, "2 * j", "-cost", "asset_account", "-quantity", "cost_rate", "T"),
        ("('ItemShip')", f"NOT {stock}", "2 * j - 1", "0", "NULL", "-quantity", "NULL", "F"),
        (
            "('CashSale')",
            stock,
            f"{_COST_LINES_FROM} + 2 * j - 1",
            "cost",
            "cost_account",
            "quantity",
            "cost_rate",
            "T",
        ),
        (
            "('CashSale')",
            stock,
            f"{_COST_LINES_FROM} + 2 * j",
            "-cost",
            "asset_account",
            "-quantity",
            "cost_rate",
            "T",
        ),
    )
    return " UNION ALL ".join(
        f"SELECT d.dk, {line} AS lid, ({amount})::DECIMAL(18,2) AS famt, {account} AS account, item,"
        f" itemtype,"
        f" {quantity} AS quantity, {rate} AS rate, pricelevel, NULL AS expenseaccount, '{cost}' AS iscogs"
        f" FROM doc d JOIN goods_line g ON g.c = d.c WHERE d.type IN {types} AND {condition}"
        for types, condition, line, amount, account, quantity, rate, cost in parts
    )


def _expense_lines(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    connection.execute(f"""
        CREATE TABLE expense_line AS
        WITH spread AS (
            SELECT c, kind, currency, unnest(range(1, CASE kind WHEN 'EXP' THEN 3 + pick('lines', c, 6)
                WHEN 'BILL' THEN 2 + pick('lines', c, 3) ELSE 2 END)) AS j
            FROM cases WHERE kind IN ('BILL', 'EXP', 'CHECK', 'JRN', 'NIGHT'))
        SELECT c, kind, j, CASE WHEN kind = 'EXP' THEN one_of('travel', c * 16 + j, {list(_TRAVEL)!r})
                WHEN kind = 'JRN' THEN {acct("2100")} WHEN kind = 'NIGHT' THEN {acct("1320")}
                ELSE one_of('expense', c * 16 + j, {list(_EXPENSES)!r}) END AS account,
            round((CASE kind WHEN 'EXP' THEN 12 + 400 * pow(u('spent', c * 16 + j), 2)
                WHEN 'CHECK' THEN 40 + 900 * u('spent', c * 16 + j) WHEN 'NIGHT' THEN 2 + 9 * u('spent', c)
                ELSE exp(5.2 + 2.6 * u('spent', c * 16 + j)) END) / nominal(currency), 2)::DECIMAL(18,2)
                * CASE WHEN kind = 'NIGHT' THEN -1 WHEN kind = 'JRN' THEN one_of('direction', c, [1, -1,
                    -1]) ELSE 1 END AS amount
        FROM spread
    """)
    # Shares of the four subsidiaries, and what they spend a month in dollars at scale 1.
    connection.execute(f"""
        CREATE TABLE monthly_line AS
        WITH size AS (
            SELECT c, kind, subsidiary, {plan.scale!r} * CASE subsidiary WHEN 1 THEN 0.5 WHEN 2
                THEN 0.2 WHEN 3 THEN 0.2
                    ELSE 0.1 END / nominal(base)
                * (0.8 + ((year(day) - 2024) * 12 + month(day) - CASE kind WHEN 'REMIT' THEN 1
                    ELSE 0 END) / 90.0) AS one
            FROM cases WHERE kind IN ('PAYROLL', 'REMIT', 'RENT', 'DEPR', 'OPENING')
        ), parts(kind, j, account, dollars) AS (VALUES
            ('PAYROLL', 1, {acct("2150")}, -30800), ('PAYROLL', 2, {acct("2160")}, -7000), ('PAYROLL', 3,
                0, -102200),
            ('REMIT', 1, {acct("2160")}, 7000), ('REMIT', 2, 0, -37800), ('RENT', 1, 0, -9000),
            ('DEPR', 1, {acct("1590")}, -11000), ('OPENING', 1, {acct("1210")}, 1900000), ('OPENING', 2,
                {acct("1220")}, 900000),
            ('OPENING', 3, {acct("1510")}, 1200000), ('OPENING', 4, {acct("3000")}, -400000),
            ('OPENING', 5, {acct("3010")}, -5600000), ('OPENING', 6, {acct("2500")}, -1500000),
            ('OPENING', 7, {acct("1320")}, 60000))
        SELECT c, j, CASE WHEN account = 0 THEN {_BANK} ELSE account END AS account,
            round(one * dollars, 2)::DECIMAL(18,2) AS amount
        FROM size JOIN parts USING (kind)
    """)


def _expense_parts() -> str:
    columns = (
        "NULL AS item, NULL AS itemtype, NULL AS quantity, NULL AS rate, NULL AS pricelevel, 'F' AS iscogs"
    )
    return (
        f"SELECT d.dk, j AS lid, amount AS famt, account, account AS expenseaccount, {columns}"
        " FROM doc d JOIN expense_line e ON e.c = d.c WHERE d.type IN ('VendBill', 'ExpRept', 'Check',"
        " 'Journal')"
        f" UNION ALL BY NAME SELECT d.dk, j AS lid, -amount AS famt, account, account AS"
        f" expenseaccount, {columns}"
        " FROM doc d JOIN expense_line e ON e.c = d.c WHERE d.type = 'VendCred' AND j = 1"
        f" UNION ALL BY NAME SELECT d.dk, j AS lid, amount AS famt, account, NULL AS expenseaccount,"
        f" {columns}"
        " FROM doc d JOIN monthly_line m ON m.c = d.c"
    )
