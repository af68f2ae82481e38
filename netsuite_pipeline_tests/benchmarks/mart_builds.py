"""What building all marts costs: processor seconds and peak memory, by the number of posting lines."""

import argparse
import resource
import tempfile
import time
from datetime import date
from pathlib import Path

import duckdb

from netsuite_pipeline.marts import MartsReport, build_marts
from netsuite_pipeline.warehouse.transactions import limit_memory

TODAY = date(2025, 1, 15)
_MEGABYTES = 1024
# Five years, three currencies, twenty subsidiaries in three levels, 400 accounts. Of four documents in a row one is
# an invoice, one a payment, one a bill and one a journal, of four lines each; nearly all invoices and bills are paid.
_TABLES = """
CREATE SCHEMA netsuite;
CREATE TABLE netsuite.accountingperiod AS
SELECT 2000 + i AS id, 'FY ' || (2020 + i) AS periodname, NULL::BIGINT AS parent, make_date(2020 + i, 1, 1) AS startdate,
    make_date(2020 + i, 12, 31) AS enddate, true AS isyear, false AS isquarter, false AS isposting, false AS isadjust
FROM range(6) r(i)
UNION ALL
SELECT 100 + i, 'P' || i, 2000 + i // 12, make_date(2020 + i // 12, i % 12 + 1, 1),
    last_day(make_date(2020 + i // 12, i % 12 + 1, 1)), false, false, true, false
FROM range(60) r(i);
CREATE TABLE netsuite.currency AS SELECT i AS id, 'C' || i AS symbol FROM range(1, 4) r(i);
CREATE TABLE netsuite.subsidiary AS
SELECT i AS id, 'S' || i AS name, CASE WHEN i = 1 THEN NULL WHEN i < 5 THEN 1 ELSE i % 3 + 2 END AS parent,
    i % 3 + 1 AS currency
FROM range(1, 21) r(i);
CREATE TABLE netsuite.account AS
SELECT i AS id, i::VARCHAR AS acctnumber, 'A' || i AS fullname,
    CASE WHEN i <= 10 THEN 'Bank' WHEN i <= 15 THEN 'AcctRec' WHEN i <= 20 THEN 'AcctPay' WHEN i <= 100 THEN 'OthCurrAsset'
        WHEN i <= 140 THEN 'OthCurrLiab' WHEN i <= 150 THEN 'Equity' WHEN i <= 200 THEN 'Income'
        WHEN i <= 240 THEN 'COGS' ELSE 'Expense' END AS accttype,
    CASE i WHEN 149 THEN 'RetEarnings' WHEN 150 THEN 'CumulTransAdj' END AS sspecacct
FROM range(1, 401) r(i);
CREATE TABLE netsuite.consolidatedexchangerate AS
SELECT row_number() OVER () AS id, p.id AS postingperiod, 1::BIGINT AS accountingbook, s.id AS fromsubsidiary,
    t.id AS tosubsidiary, (1 + hash(p.id, s.id) % 1000 / 1000)::DECIMAL(38, 10) AS currentrate,
    (1 + hash(s.id, p.id) % 999 / 1000)::DECIMAL(38, 10) AS averagerate, 1.1::DECIMAL(38, 10) AS historicalrate
FROM netsuite.accountingperiod p, netsuite.subsidiary s, netsuite.subsidiary t
WHERE p.isposting AND s.id <> t.id;
CREATE TABLE netsuite.transaction AS
SELECT i AS id, ['CustInvc', 'CustPymt', 'VendBill', 'Journal'][i % 4 + 1] AS type, 'T' || i AS tranid, day AS trandate,
    day + 30 AS duedate, 100 + (year(day) - 2020) * 12 + month(day) - 1 AS postingperiod, true AS posting,
    i // 4 % 3 + 1 AS currency, 5000 + i // 4 % 3000 AS entity
FROM (SELECT i, DATE '2020-01-01' + (i * 1826 // {documents})::INTEGER AS day FROM range({documents}) r(i));
CREATE TABLE netsuite.transactionline AS
SELECT t.id AS transaction, l AS id, (hash(t.id) % 20 + 1)::BIGINT AS subsidiary, CASE WHEN l > 0 THEN l * 7 END AS item,
    1::DECIMAL(38, 10) AS quantity, l = 0 AS mainline,
    (CASE t.type WHEN 'CustInvc' THEN [300, -100, -100, -100] WHEN 'CustPymt' THEN [-150, 150, 300, -300]
        WHEN 'VendBill' THEN [-300, 100, 100, 100] ELSE [40, -40, 10, -10] END)[l + 1]::DECIMAL(38, 10) AS foreignamount
FROM netsuite.transaction t, range(4) r(l);
CREATE TABLE netsuite.transactionaccountingline AS
SELECT l.transaction, l.id AS transactionline, 1::BIGINT AS accountingbook, true AS posting,
    (CASE WHEN t.type = 'CustInvc' THEN if(l.id = 0, 11 + l.transaction % 5, 151 + hash(l.transaction, l.id) % 50)
        WHEN t.type = 'CustPymt' THEN [11 + (l.transaction - 1) % 5, 1 + l.transaction % 10,
            16 + (l.transaction + 1) % 5, 21 + l.transaction % 80][l.id + 1]
        WHEN t.type = 'VendBill' THEN if(l.id = 0, 16 + l.transaction % 5, 201 + hash(l.transaction, l.id) % 200)
        ELSE 101 + hash(l.transaction, l.id) % 40 END)::BIGINT AS account,
    (l.foreignamount * 1.1)::DECIMAL(38, 10) AS amount, CASE WHEN l.foreignamount > 0 THEN amount END AS debit,
    CASE WHEN l.foreignamount < 0 THEN -amount END AS credit
FROM netsuite.transactionline l
JOIN netsuite.transaction t ON t.id = l.transaction;
CREATE TABLE netsuite.nexttransactionlinelink AS
SELECT i.id AS previousdoc, 0::BIGINT AS previousline, i.id + 1 + 4 * late AS nextdoc, 0::BIGINT AS nextline,
    'Payment' AS linktype, 150::DECIMAL(38, 10) AS foreignamount
FROM netsuite.transaction i, (VALUES (0), (37)) r(late)
WHERE i.type = 'CustInvc' AND i.id % 100 <> 0
UNION ALL
SELECT id, 0, id + 159, 2, 'Payment', 300 FROM netsuite.transaction WHERE type = 'VendBill' AND id % 100 <> 2
"""


def measured(postings: int) -> tuple[MartsReport, float]:
    """Build the marts of that many posting lines, and return what was built and the processor seconds."""
    with (
        tempfile.TemporaryDirectory() as folder,
        duckdb.connect(str(Path(folder) / "big.duckdb")) as connection,
    ):
        connection.execute("SET preserve_insertion_order = false")
        limit_memory(connection, _MEGABYTES)
        connection.execute(_TABLES.format(documents=postings // 4))
        before = time.process_time()
        connection.execute("BEGIN")
        report = build_marts(connection, "netsuite", TODAY)
        connection.execute("COMMIT")
        return report, time.process_time() - before


def main() -> None:
    """Print one row a mart, then the sums."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--postings", type=int, default=1_000_000)
    postings = parser.parse_args().postings
    report, seconds = measured(postings)
    print(f"{'mart':20} {'rows':>10} {'s':>6}")
    for mart in report.marts:
        print(f"{mart.name:20} {mart.rows:10,} {mart.seconds:6.2f}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{postings:,} posting lines: {seconds:.1f} s of the processors, peak memory {peak:,} MB")


if __name__ == "__main__":
    main()
