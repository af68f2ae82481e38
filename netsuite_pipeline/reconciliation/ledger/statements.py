"""The statements that add up the ledger by account and subsidiary, for both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from netsuite_pipeline.netsuite.suiteql import in_list, statement
from netsuite_pipeline.reconciliation.compared_table import ComparedTable
from netsuite_pipeline.reconciliation.ranges import IdRange
from netsuite_pipeline.warehouse.schema.schema import literal, quoted

POSTINGS = "transactionaccountingline"
DOCUMENTS = "transaction"
LINES = "transactionline"
PERIODS = "accountingperiod"
OF_DOCUMENT = (DOCUMENTS, LINES, POSTINGS)
"""The tables of a document."""
_AMOUNTS = ("debit", "credit", "amount")
_NEEDED = (
    "id",
    "transaction",
    "transactionline",
    "accountingbook",
    "account",
    "subsidiary",
    "posting",
    "postingperiod",
)
LEDGER_VIEW = "temp.main.our_ledger"


@dataclass(frozen=True)
class Group:
    """What is added up.

    Attributes:
        book: The accounting book; None where the account has no such column.
        account: The ledger account.
        subsidiary: The line's subsidiary; None where the account has none.
        period: The posting period; None in the sums of one period.
        document: The transaction; None in the sums of many.
    """

    book: int | None
    account: int | None
    subsidiary: int | None
    period: int | None = None
    document: int | None = None


@dataclass(frozen=True)
class Sums:
    """The sums of some postings, in base currency.

    Attributes:
        lines: Their number.
        amounts: The sums of the amount columns that the account has, by name.
    """

    lines: int
    amounts: tuple[tuple[str, Decimal], ...]

    @property
    def balance(self) -> Decimal:
        """Debit minus credit."""
        of = dict(self.amounts)
        if "debit" in of and "credit" in of:
            return of["debit"] - of["credit"]
        return of.get("amount", Decimal(0))

    @property
    def debit(self) -> Decimal:
        """The debits; without that column the balance."""
        return dict(self.amounts).get("debit", self.balance)


@dataclass(frozen=True)
class Postings:
    """Some postings, as the condition of either side's statement.

    Attributes:
        ours: The condition of the stored ledger's view.
        netsuite: The condition in SuiteQL.
    """

    ours: str
    netsuite: str


@dataclass(frozen=True)
class LedgerStatements:
    """The statements of one connection's ledger.

    Attributes:
        postings: `transactionaccountingline`.
        documents: `transaction`.
        lines: `transactionline`; None where it is not stored or has no subsidiary.
    """

    postings: ComparedTable
    documents: ComparedTable
    lines: ComparedTable | None

    @classmethod
    def of(cls, tables: Mapping[str, ComparedTable]) -> "LedgerStatements | None":
        """Return the statements; None where the stored tables do not show a ledger."""
        postings, documents, lines = (tables.get(name) for name in (POSTINGS, DOCUMENTS, LINES))
        if postings is None or documents is None:
            return None
        if not {"account", "posting"} <= postings.received or "postingperiod" not in documents.received:
            return None
        has_subsidiary = lines is not None and "subsidiary" in lines.received
        return cls(postings, documents, lines if has_subsidiary else None)

    @property
    def amounts(self) -> tuple[str, ...]:
        """The amount columns that the account has."""
        return tuple(name for name in _AMOUNTS if name in self.postings.received)

    def netsuite(self, condition: str, *, by_document: bool) -> str:
        """Return the SuiteQL of the sums by book, account and subsidiary.

        Args:
            condition: The condition of the postings.
            by_document: Add up by period and document, too.
        """
        keys = [self._book, "tal.account", "tl.subsidiary" if self.lines else ""]
        if by_document:
            keys += ["t.postingperiod", "tal.transaction"]
        by = ", ".join(filter(None, keys))
        sums = "".join(f", NVL(SUM(tal.{name}), 0) AS sum_{name}" for name in self.amounts)
        conditions = ["tal.posting = 'T'", condition]
        if "posting" in self.documents.received:
            conditions.append("t.posting = 'T'")
        selected = statement([f"{by}, COUNT(*) AS counted{sums}"], self._source, conditions, ())
        return f"{selected} GROUP BY {by} ORDER BY {by}"

    def ours(self, condition: str, *, by_document: bool) -> str:
        """Return the same of the stored ledger: the parts of `Group`, the lines, the amounts."""
        of_document = "period, document" if by_document else "NULL, NULL"
        sums = "".join(f", coalesce(sum({name}), 0)" for name in self.amounts)
        by = f"book, account, subsidiary{', period, document' if by_document else ''}"
        return (
            f"SELECT book, account, subsidiary, {of_document}, count(*){sums} FROM {LEDGER_VIEW} "
            f"WHERE {condition} GROUP BY {by}"
        )

    def consolidated(self, period: int, subsidiary: int, book: int | None) -> str:
        """Return the SuiteQL of one period's postings by account, in a subsidiary's currency.

        NetSuite converts each posting at the period's rate of its account (NSH:article_1029114527). Its reply
        is an amount that TO_NUMBER makes a number (facts, A11). The period is a number, because a column is
        refused.

        Args:
            period: The posting period.
            subsidiary: The subsidiary, of whose group all postings are.
            book: The book; None where the account has no such column.
        """
        amount = (
            f"TO_NUMBER(BUILTIN.CONSOLIDATE(tal.amount, 'LEDGER', 'DEFAULT', 'DEFAULT', {subsidiary}, "
            f"{period}, 'DEFAULT'))"
        )
        conditions = ["tal.posting = 'T'", f"t.postingperiod = {period}"]
        if "posting" in self.documents.received:
            conditions.append("t.posting = 'T'")
        if book is not None:
            conditions.append(f"{self._book} = {book}")
        items = f"tal.account, COUNT(*) AS counted, COUNT({amount}) AS converted, SUM({amount}) AS total"
        selected = statement([items], self._source, conditions, ())
        return f"{selected} GROUP BY tal.account ORDER BY tal.account"

    def our_view(self, *, whole: bool = False) -> str:
        """Return the statement that makes the view of the stored ledger.

        Args:
            whole: With the rows that NetSuite did not show to the last sync.
        """
        postings, documents = (
            each.ref if whole else each.stored_rows() for each in (self.postings, self.documents)
        )
        posting = " AND t.posting" if "posting" in self.documents.received else ""
        lines = ""
        if self.lines is not None:
            lines = (
                f"LEFT JOIN {self.lines.ref} tl ON tl.transaction = tal.transaction "
                "AND tl.id = tal.transactionline"
            )
        return (
            f"CREATE OR REPLACE TEMP VIEW our_ledger AS SELECT {self._book or 'NULL'} AS book, tal.account, "
            f"{'tl.subsidiary' if self.lines else 'NULL::BIGINT'} AS subsidiary, t.postingperiod AS period, "
            f"tal.transaction AS document{''.join(f', tal.{name}' for name in self.amounts)} "
            f"FROM {postings} tal JOIN {documents} t ON t.{quoted('id')} = tal.transaction {lines} "
            f"WHERE tal.posting{posting}"
        )

    def group_of(self, row: Mapping[str, str | None]) -> Group:
        """Return the group of one of NetSuite's rows."""
        parts = ("accountingbook", "account", "subsidiary", "postingperiod", "transaction")
        return Group(*(int(value) if (value := row.get(part)) else None for part in parts))

    def sums_of(self, row: Mapping[str, str | None]) -> Sums:
        """Return the sums of one of NetSuite's rows."""
        amounts = ((name, Decimal(row.get(f"sum_{name}") or 0)) for name in self.amounts)
        return Sums(int(row.get("counted") or 0), tuple(amounts))

    @property
    def _book(self) -> str:
        return "tal.accountingbook" if "accountingbook" in self.postings.received else ""

    @property
    def _source(self) -> str:
        source = (
            f"{_named(self.postings, 'tal')} JOIN {_named(self.documents, 't')} ON t.id = tal.transaction"
        )
        if self.lines is None:
            return source
        on = "tl.transaction = tal.transaction AND tl.id = tal.transactionline"
        return f"{source} LEFT JOIN {_named(self.lines, 'tl')} ON {on}"


def _named(table: ComparedTable, alias: str) -> str:
    """Return a table and its alias; a table with a condition is a nested statement of the needed columns."""
    if not table.spec.conditions:
        return f"{table.name} {alias}"
    names = [name for name in (*_NEEDED, *_AMOUNTS) if name in table.received]
    return f"({statement(names, table.spec.source, table.spec.conditions, ())}) {alias}"


def in_period(period: int, ids: IdRange) -> Postings:
    """Return the postings of a range of a period's documents.

    Example:
        >>> in_period(7, IdRange(5, 9)).netsuite, in_period(7, IdRange()).ours
        ('t.postingperiod = 7 AND tal.transaction > 5 AND tal.transaction <= 9', 'period = 7')
    """
    return Postings(
        " AND ".join([f"period = {period}", *filter(None, [ids.condition("document")])]),
        " AND ".join([f"t.postingperiod = {period}", *filter(None, [ids.condition("tal.transaction")])]),
    )


def of_documents(documents: Sequence[int]) -> Postings:
    """Return the postings of some documents.

    Example:
        >>> of_documents([7, 8]).netsuite, of_documents([7]).ours
        ('tal.transaction IN (7, 8)', "list_contains(CAST(['7'] AS VARCHAR[]), document::VARCHAR)")
    """
    ids = tuple(map(str, documents))
    return Postings(f"list_contains({literal(ids)}, document::VARCHAR)", in_list("tal.transaction", ids))
