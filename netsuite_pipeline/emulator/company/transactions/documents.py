"""The documents that follow from cases up to now, each with its key, its type and the moment it was
entered."""

import duckdb

from netsuite_pipeline.emulator.company.plan import CompanyPlan

# Type, step within its case, kinds of case, day of the transaction, UTC hour from which it is entered, day
# of its rate.
_DOCUMENTS = (
    ("Estimate", 0, ("QUOTE", "SALE"), "estimate_day", 15, "estimate_day"),
    ("SalesOrd", 1, ("SALE",), "order_day", 15, "order_day"),
    ("PurchOrd", 1, ("BUY",), "order_day", 15, "order_day"),
    ("ItemShip", 2, ("SALE",), "ship_day", 18, None),
    ("ItemRcpt", 2, ("BUY",), "ship_day", 18, "ship_day"),
    ("CustInvc", 3, ("SALE", "SERV"), "bill_day", 21, "bill_day"),
    ("CashSale", 3, ("CASH",), "bill_day", 17, "bill_day"),
    # A bill takes the rate of its receipt, so that accrued purchases clear to the cent.
    ("VendBill", 3, ("BUY", "BILL"), "bill_day", 21, "coalesce(ship_day, bill_day)"),
    ("ExpRept", 3, ("EXP",), "bill_day", 21, None),
    ("Journal", 3, ("JRN", "NIGHT", "PAYROLL", "REMIT", "RENT", "DEPR", "OPENING"), "bill_day", 20, None),
    ("Check", 3, ("CHECK",), "bill_day", 20, "bill_day"),
    ("InvAdjst", 3, ("ADJ",), "bill_day", 19, None),
    # A credit takes the rate of what it credits.
    ("CustCred", 4, ("SALE", "SERV"), "credit_day", 15, "bill_day"),
    ("VendCred", 4, ("BUY", "BILL"), "credit_day", 15, "coalesce(ship_day, bill_day)"),
)


def build_documents(connection: duckdb.DuckDBPyConnection, plan: CompanyPlan) -> None:
    """Make the working table `doc`: the documents of all cases entered up to now. Payments come later, from
    settlement."""
    parts = []
    for kind, step, cases, day, hour, rate_day in _DOCUMENTS:
        names = ", ".join(f"'{case}'" for case in cases)
        currency = "currency" if rate_day else "base"
        parts.append(f"""
            SELECT c * 8 + {step} AS dk, c, kind, '{kind}' AS type, {step} AS step, {day} AS trandate,
                coalesce(moment, at_hour({day}, {hour}, '{kind}', c)) AS created, party_kind, k, entity,
                    subsidiary, base,
                {currency} AS currency, {rate_day or day} AS rate_day,
                {"terms" if step in (1, 3) else "NULL"} AS terms, {"due_day" if step == 3 else "NULL"} AS due
            FROM cases WHERE kind IN ({names}) AND {day} IS NOT NULL""")
    connection.execute(f"""
        CREATE TABLE doc AS
        SELECT * EXCLUDE (rate_day), exchange(currency, base, rate_day) AS fx
        FROM ({" UNION ALL ".join(parts)}) WHERE created <= TIMESTAMP '{plan.now}'
    """)
