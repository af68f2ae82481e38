"""The entries of live business: a payment against an invoice, and a transaction whose lines have changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from netsuite_pipeline.emulator.company.masterdata.accounts import acct


def book_columns(second_book: Sequence[int]) -> str:
    """SQL for the accounting books as rows `book(id)` joined to a line `l` of some subsidiary."""
    inside = ", ".join(str(subsidiary) for subsidiary in second_book)
    return f"JOIN (VALUES (1), (2)) AS book(id) ON book.id = 1 OR l.subsidiary IN ({inside})"


def post_lines(work: duckdb.DuckDBPyConnection, id: int, stamp: str) -> None:
    """Bring the main line, the header and every book of transaction `id` in line with its other lines.

    For transactions in base currency of which nothing is paid yet; `stamp` is an SQL moment.
    """
    work.execute(f"""
        UPDATE ns.transactionline SET linelastmodifieddate = {stamp},
            foreignamount = -(SELECT sum(foreignamount) FROM ns.transactionline
                WHERE transaction = {id} AND mainline = 'F'),
            netamount = -(SELECT sum(netamount) FROM ns.transactionline WHERE transaction = {id}
                AND mainline = 'F')
        WHERE transaction = {id} AND mainline = 'T'
    """)
    work.execute(f"""
        UPDATE ns."transaction" SET foreigntotal = l.foreignamount,
            foreignamountpaid = CASE WHEN type = 'CustInvc' THEN 0 END,
            foreignamountunpaid = CASE WHEN type = 'CustInvc' THEN l.foreignamount END
        FROM ns.transactionline l WHERE ns."transaction".id = {id} AND l.transaction = {id}
            AND l.mainline = 'T'
    """)
    work.execute(f"""
        UPDATE ns.transactionaccountingline SET amount = l.netamount, netamount = l.netamount,
            debit = CASE WHEN l.netamount > 0 THEN l.netamount END, credit = CASE
                WHEN l.netamount < 0 THEN -l.netamount END,
            amountlinked = CASE WHEN l.mainline = 'T' AND t.type = 'CustInvc' THEN 0 END,
            amountpaid = CASE WHEN l.mainline = 'T' AND t.type = 'CustInvc' THEN 0 END,
            amountunpaid = CASE WHEN l.mainline = 'T' AND t.type = 'CustInvc' THEN l.netamount END
        FROM ns.transactionline l JOIN ns."transaction" t ON t.id = l.transaction
        WHERE ns.transactionaccountingline.transaction = {id} AND l.transaction = {id}
            AND l.id = ns.transactionaccountingline.transactionline
    """)


@dataclass(frozen=True)
class Posting:
    """One payment of one invoice in base currency: their ids, an SQL moment and the period's id."""

    invoice: int
    payment: int
    stamp: str
    period: int | None

    @staticmethod
    def uniquekey(id: int) -> int:
        """The key of a transaction's line 0; that of line n is n more."""
        return 2147400000 + id * 100

    def statements(self, part: str, books: str) -> tuple[str, ...]:
        """The SQL that pays `part` (an expression over the invoice's header) and posts it to the books."""
        invoice, id, stamp = self.invoice, self.payment, self.stamp
        line = f"FROM ns.transactionline WHERE transaction = {invoice} AND mainline = 'T'"
        nothing = (
            "NULL AS item, NULL AS quantity, NULL AS rate, NULL AS itemtype, NULL AS units, NULL AS"
            " createdfrom,"
            " NULL AS accountinglinetype, NULL AS price, NULL AS memo, 'F' AS isclosed, NULL AS custcol_note"
        )
        total = f'(SELECT foreigntotal FROM ns."transaction" WHERE id = {id})'
        bank = (
            f"CASE l.subsidiary WHEN 1 THEN {acct('1010')} WHEN 2 THEN {acct('1020')} WHEN 3 THEN"
            f" {acct('1030')}"
            f" ELSE {acct('1040')} END"
        )
        return (
            f"""INSERT INTO ns."transaction" BY NAME
            SELECT * REPLACE ({id} AS id, 'PYMT-L{id}' AS transactionnumber, 'PYMT-L{id}' AS tranid,
                'CustPymt' AS type,
                'customerpayment' AS recordtype, 'Payment #PYMT-L{id}' AS trandisplayname, NULL AS memo,
                {stamp}::DATE AS trandate, 'C' AS status, {stamp} AS createddate, {stamp}
                    AS lastmodifieddate, NULL AS duedate,
                NULL AS closedate, {part} AS foreigntotal, NULL AS foreignamountpaid, NULL
                    AS foreignamountunpaid,
                NULL AS terms, NULL AS approvalstatus, {self.period} AS postingperiod, 'T' AS posting,
                    NULL AS taxpointdate)
            FROM ns."transaction" WHERE id = {invoice}""",
            *(
                f"""INSERT INTO ns.transactionline BY NAME
                SELECT * REPLACE ({n} AS id, {n} AS linesequencenumber, {id} AS transaction,
                    {self.uniquekey(id) + n} AS uniquekey,
                    '{main}' AS mainline, {stamp} AS linecreateddate, {stamp} AS linelastmodifieddate,
                    {sign}{total} AS foreignamount, {sign}{total} AS netamount, {nothing}) {line}"""
                for n, main, sign in ((0, "T", ""), (1, "F", "-"))
            ),
            f"""INSERT INTO ns.transactionaccountingline BY NAME
            SELECT l.transaction, l.id AS transactionline, book.id AS accountingbook,
                CASE l.id WHEN 0 THEN {bank} ELSE {acct("1100")} END AS account, l.netamount AS amount,
                    l.netamount,
                CASE WHEN l.netamount > 0 THEN l.netamount END AS debit, CASE WHEN l.netamount < 0
                    THEN -l.netamount END AS credit,
                CASE WHEN l.id = 1 THEN abs(l.netamount) END AS paymentamountused,
                CASE WHEN l.id = 1 THEN 0 END AS paymentamountunused, 1 AS exchangerate, 'F'
                    AS processedbyrevcommit,
                'T' AS posting, {stamp} AS lastmodifieddate
            FROM ns.transactionline l {books} WHERE l.transaction = {id}""",
            f"""INSERT INTO ns.nexttransactionlinelink BY NAME
            SELECT i.id AS previousdoc, 0 AS previousline, i.type AS previoustype, i.trandate
                AS previousdate, p.id AS nextdoc,
                1 AS nextline, p.type AS nexttype, p.trandate AS nextdate, 'Payment' AS linktype,
                    p.foreigntotal AS foreignamount,
                {stamp} AS lastmodifieddate
            FROM ns."transaction" i, ns."transaction" p WHERE i.id = {invoice} AND p.id = {id}""",
            f"""UPDATE ns."transaction" SET foreignamountpaid = foreignamountpaid + {total},
                foreignamountunpaid = foreignamountunpaid - {total},
                status = CASE WHEN foreignamountunpaid = {total} THEN 'B' ELSE 'A' END,
                closedate = CASE WHEN foreignamountunpaid = {total} THEN {stamp}::DATE END
                    WHERE id = {invoice}""",
            f"""UPDATE ns.transactionaccountingline SET amountpaid = amountpaid + {total},
                amountlinked = amountlinked + {total},
                amountunpaid = amountunpaid - {total} WHERE transaction = {invoice}
                    AND transactionline = 0""",
            f"""UPDATE ns.transactionline SET linelastmodifieddate = {stamp}
            WHERE transaction = {invoice} AND mainline = 'T'""",
        )
