"""The lists a company sets up once: currencies, subsidiaries, departments, classes, locations, terms,
prices, labels."""

import duckdb

from netsuite_pipeline.emulator.company.masterdata.labels import (
    OPTIONS,
    TRANSACTION_LABELS,
    TRANSACTION_STATUSES,
)
from netsuite_pipeline.emulator.company.masterdata.names import CITIES
from netsuite_pipeline.emulator.company.storage import literal, store, store_rows, values

BASE_CURRENCY = {1: 1, 2: 2, 3: 4, 4: 3, 7: 1}
"""Each subsidiary's base currency, by their ids; 7 is the elimination subsidiary."""
COUNTRY = {1: "US", 2: "GB", 3: "DE", 4: "CA", 7: "US"}
SET_UP = "2023-12-01 17:00:00"


def build_lists(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the lists that do not change after the company was set up, and the labels of select fields."""
    _organisation(connection)
    _terms_and_prices(connection)
    _labels(connection)
    _custom(connection)


def _organisation(connection: duckdb.DuckDBPyConnection) -> None:
    company = "Hartwell Instruments"
    subsidiaries = [
        (1, f"{company}", f"{company}", f"{company}, Inc.", None, 1, "US", "OR", "F", 900001),
        (2, f"{company} UK", f"{company} : {company} UK", f"{company} UK Ltd", 1, 2, "GB", None, "F", 900002),
        (
            3,
            f"{company} Deutschland",
            f"{company} : {company} Deutschland",
            f"{company} GmbH",
            1,
            4,
            "DE",
            "NW",
            "F",
            900003,
        ),
        (
            4,
            f"{company} Canada",
            f"{company} : {company} Canada",
            f"{company} Canada Ltée",
            1,
            3,
            "CA",
            "QC",
            "F",
            900004,
        ),
        (7, "X-Elimination", f"{company} : X-Elimination", "Elimination", 1, 1, "US", None, "T", None),
    ]
    store(
        connection,
        "subsidiary",
        "SELECT *, 'F' AS isinactive, CASE WHEN id = 2 THEN 2 ELSE 1 END AS fiscalcalendar,"
        f" CASE WHEN id < 7 THEN 'finance' || id || '@hartwell.example' END AS email, TIMESTAMP"
        f" '{SET_UP}' AS lastmodifieddate"
        f" FROM ({values(subsidiaries)}) AS s(id, name, fullname, legalname, parent, currency, country,"
        f" state, iselimination,"
        " mainaddress)",
    )
    everywhere = "1, 2, 3, 4"
    departments = [
        (1, "Sales", None, everywhere),
        (2, "Inside Sales", 1, everywhere),
        (3, "Operations", None, everywhere),
        (4, "Warehouse", 3, everywhere),
        (5, "Finance", None, "1, 2, 3, 4, 7"),
        (8, "Research", None, "1, 3"),
        (9, "Support", None, everywhere),
        (10, "People", None, everywhere),
    ]
    classes = [
        (1, "Instruments", None, everywhere),
        (2, "Accessories", 1, everywhere),
        (3, "Services", None, everywhere),
        (4, "Subscriptions", 3, everywhere),
        (7, "Corporate", None, "1, 2, 3, 4, 7"),
    ]
    locations = [
        (1, "Portland Plant", None, "1"),
        (2, "Portland Returns", 1, "1"),
        (3, "Austin Depot", None, "1"),
        (4, "Leeds Depot", None, "2"),
        (6, "Lager Köln", None, "3"),
        (7, "Entrepôt Montréal", None, "4"),
    ]
    for name, rows in (("department", departments), ("classification", classes), ("location", locations)):
        extra = (
            ", id + 800000 AS mainaddress, CASE WHEN id = 2 THEN 2 ELSE 1 END AS locationtype"
            if name == "location"
            else ""
        )
        store(
            connection,
            name,
            f"WITH v AS (FROM ({values(rows)}) AS v(id, name, parent, subsidiary))"
            " SELECT v.*, coalesce(p.name || ' : ', '') || v.name AS fullname, 'F' AS isinactive, 'T'"
            " AS includechildren,"
            f" '{name[:3]}-' || v.id AS externalid, TIMESTAMP '{SET_UP}' AS"
            f" lastmodifieddate{extra.replace('id', 'v.id')}"
            " FROM v LEFT JOIN v p ON p.id = v.parent",
        )
    where = {1: 1, 2: 1, 3: 1, 4: 2, 6: 3, 7: 4}
    addresses = []
    for location, subsidiary in where.items():
        city, state, code = CITIES[subsidiary][location % 3]
        addresses.append(
            (800000 + location, f"{location * 11} Foundry Lane", city, state, code, COUNTRY[subsidiary])
        )
    store(
        connection,
        "locationmainaddress",
        "SELECT *, state AS dropdownstate, 'Goods In' AS addressee,"
        f" addr1 || chr(10) || city || ' ' || zip || chr(10) || country AS addrtext, TIMESTAMP"
        f" '{SET_UP}' AS lastmodifieddate"
        f" FROM ({values(addresses)}) AS a(nkey, addr1, city, state, zip, country)",
    )
    store_rows(
        connection,
        "accountingbooksubsidiaries",
        ("accountingbook", "subsidiary", "status"),
        [(1, s, "ACTIVE") for s in BASE_CURRENCY] + [(2, 2, "ACTIVE"), (2, 3, "ACTIVE")],
    )


def _terms_and_prices(connection: duckdb.DuckDBPyConnection) -> None:
    stamp = f"TIMESTAMP '{SET_UP}' AS lastmodifieddate"
    terms = [
        (1, "Net 15", 15, None, None, "F"),
        (2, "Net 30", 30, None, None, "T"),
        (3, "Net 60", 60, None, None, "F"),
        (4, "Due on receipt", 0, None, None, "F"),
        (5, "1% 10 Net 30", 30, 1, 10, "F"),
        (6, "2% 10 Net 30", 30, 2, 10, "F"),
        (9, "Net 45", 45, None, None, "F"),
    ]
    store(
        connection,
        "term",
        f"SELECT *, 'F' AS datedriven, 'F' AS isinactive, {stamp} FROM ({values(terms)}) AS"
        " t(id, name, daysuntilnetdue, discountpercent, daysuntilexpiry, preferred)",
    )
    levels = [
        (1, "Base Price", None, "F"),
        (2, "Alternate Price 1", -5, "F"),
        (3, "Alternate Price 2", -12.5, "F"),
        (4, "Employee Price", -30, "F"),
        (5, "Online Price", -3, "T"),
    ]
    store(
        connection,
        "pricelevel",
        f"SELECT *, 'F' AS isinactive, 'F' AS updateexistingprices, {stamp} FROM ({values(levels)}) AS"
        " p(id, name, discountpct, isonline)",
    )
    categories = ["Materials", "Freight", "Services", "Facilities", "Tax agency", "Travel"]
    store(
        connection,
        "vendorcategory",
        f"SELECT *, 'F' AS isinactive, {stamp} FROM ({values(list(enumerate(categories, start=1)))}) AS"
        f" v(id, name)",
    )
    currencies = [
        (1, "US Dollar", "USD", "$", 2, "T"),
        (2, "British Pound", "GBP", "£", 2, "F"),
        (3, "Canadian Dollar", "CAD", "C$", 2, "F"),
        (4, "Euro", "EUR", "€", 2, "F"),
        (5, "Japanese Yen", "JPY", "¥", 0, "F"),
        (6, "Swiss Franc", "CHF", "Fr.", 2, "F"),
    ]
    connection.execute(
        "CREATE OR REPLACE TABLE currencies AS"
        f" FROM ({values(currencies)}) AS c(id, name, symbol, displaysymbol, currencyprecision,"
        f" isbasecurrency)"
    )


def _labels(connection: duckdb.DuckDBPyConnection) -> None:
    rows = [(name, value, label) for name, options in OPTIONS.items() for value, label in options]
    rows += [("transactiontype", kind, label) for kind, (label, _) in TRANSACTION_LABELS.items()]
    statuses = []
    for kind, states in TRANSACTION_STATUSES.items():
        for value, name in states:
            full = f"{TRANSACTION_LABELS[kind][0]} : {name}"
            rows.append(("transactionstatus", f"{kind}:{value}", full))
            statuses.append((value, kind, name, full))
    connection.execute(f"INSERT INTO ns_lists.options {values(rows)}")
    store_rows(connection, "transactionstatus", ("id", "trantype", "name", "fullname"), statuses)


def _custom(connection: duckdb.DuckDBPyConnection) -> None:
    regions = ["Pacific", "Mountain", "Atlantic", "British Isles", "DACH", "Québec", "Rest of World"]
    store_rows(connection, "customlist_region", ("id", "name"), list(enumerate(regions, start=1)))
    stamp = f"TIMESTAMP '{SET_UP}' AS lastmodifieddate"
    store(
        connection,
        "customrecordtype",
        "SELECT 31 AS internalid, 'CUSTOMRECORD_MACHINE' AS scriptid, 'Machine' AS name,"
        f" 'Instruments installed at customers' AS description, 'F' AS isinactive, {stamp}",
    )
    store(
        connection,
        "customlist",
        "SELECT 412 AS internalid, 'CUSTOMLIST_REGION' AS scriptid, 'Region' AS name,"
        f" 'Where a customer is' AS description, 'F' AS isinactive, {stamp}",
    )
    custom = [
        (1101, "CUSTBODY_CHANNEL", "Channel", "Transaction Body Field", "Free-Form Text", None, None),
        (1102, "CUSTCOL_NOTE", "Line Note", "Transaction Line Field", "Free-Form Text", None, None),
        (1105, "CUSTENTITY_SCORE", "Score", "Entity Field", "Decimal Number", None, None),
        (1106, "CUSTENTITY_REGION", "Region", "Entity Field", "List/Record", 412, None),
        (1110, "CUSTITEM_ORIGIN", "Country of Origin", "Item Field", "Free-Form Text", None, None),
        (1121, "CUSTRECORD_SERIAL", "Serial Number", "Custom Record Field", "Free-Form Text", None, 31),
        (1122, "CUSTRECORD_CUSTOMER", "Customer", "Custom Record Field", "List/Record", -2, 31),
        (1125, "CUSTRECORD_PRICE", "Price", "Custom Record Field", "Currency", None, 31),
    ]
    store(
        connection,
        "customfield",
        f"SELECT *, 'F' AS ismandatory, 'T' AS isstored, 'F' AS isinactive, {literal(None)} AS"
        f" description, {stamp}"
        f" FROM ({values(custom)}) AS f(internalid, scriptid, name, fieldtype, fieldvaluetype,"
        f" fieldvaluetyperecord, recordtype)",
    )
