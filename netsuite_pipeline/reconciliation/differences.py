"""The result of a reconciliation: differences from NetSuite, and changes in closed periods."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

Document = int | str
STILL_MISSING = "NetSuite does not show the row, and nothing proves its deletion, so it is kept"
"""The note of a row that is kept."""
DELETED = "NetSuite has no such record any more, so it was removed"
"""The note of a row that was removed without an entry in Deleted Records."""
NOT_STORED = "not read in full by any sync yet"
"""Why tables are not compared that are not stored, or of which only date ranges are."""


@dataclass(frozen=True)
class Difference:
    """One document's amount on an account, or one row, that is not the same in NetSuite.

    Attributes:
        table: The table.
        document: The transaction's id; of other tables the row's key; None for a whole table.
        account: The ledger account's id; None where rows are compared.
        period: The posting period's id; None where rows are compared.
        here: The stored amount (debit minus credit), or the stored values that differ; None if not stored.
        netsuite: The same in NetSuite.
        repaired: The difference is gone after the rows were read again.
        accounting_book: The book of an amount.
        subsidiary: The subsidiary of an amount.
        lines_here: The number of stored postings behind an amount.
        lines_netsuite: NetSuite's number.
        key: The row's key, its parts joined by `/`; empty where amounts are compared.
        note: What else is known, in words.
    """

    table: str
    document: Document | None
    account: int | None = None
    period: int | None = None
    here: str | None = None
    netsuite: str | None = None
    repaired: bool = False
    accounting_book: int | None = None
    subsidiary: int | None = None
    lines_here: int | None = None
    lines_netsuite: int | None = None
    key: str = ""
    note: str = ""


@dataclass(frozen=True)
class ClosedPeriodChange:
    """A document whose postings in a closed period are others than at the last reconciliation.

    Attributes:
        period: The closed period's id.
        document: The transaction's id.
        change: `posted`, `deleted` (from the period, or at all) or `changed`.
        before: The sum of its debits then; None for `posted`.
        now: The sum of its debits now; None for `deleted`.
    """

    period: int
    document: int
    change: str
    before: str | None = None
    now: str | None = None


@dataclass(frozen=True)
class ClosedPeriods:
    """What the watch over closed periods found.

    Attributes:
        watched: The closed periods whose documents were known from an earlier reconciliation.
        recorded: Closed periods whose documents were recorded for the first time.
        changes: The changes since the last reconciliation.
    """

    watched: int = 0
    recorded: int = 0
    changes: tuple[ClosedPeriodChange, ...] = ()


@dataclass(frozen=True)
class ConsolidationDifference:
    """One account's consolidated amount that is not the same in NetSuite.

    Attributes:
        account: The ledger account's id.
        here: The sum of the mart `general_ledger`.
        netsuite: The sum of BUILTIN.CONSOLIDATE.
    """

    account: int
    here: str
    netsuite: str


@dataclass(frozen=True)
class Consolidation:
    """How the consolidated figures of the current period were compared.

    Attributes:
        period: The posting period's id; None without one.
        name: Its name; empty where that is not stored.
        subsidiary: The top subsidiary, in whose currency the amounts are.
        accounting_book: The book; None where postings have none.
        accounts: How many accounts were compared.
        requests: The requests.
        differences: The accounts that differ by more than NetSuite's rounding of each posting.
        not_compared: Why nothing was compared, in words; empty where it was.
    """

    period: int | None = None
    name: str = ""
    subsidiary: int | None = None
    accounting_book: int | None = None
    accounts: int = 0
    requests: int = 0
    differences: tuple[ConsolidationDifference, ...] = ()
    not_compared: str = ""


@dataclass(frozen=True)
class RepairRequest:
    """What a sync is to read again.

    Attributes:
        rows: Keys by table; of a table with a parent, the parent's keys.
        full_tables: Tables to read in full.
        deleted: Keys of rows that were deleted for certain, by table.
    """

    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    full_tables: frozenset[str] = frozenset()
    deleted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def tables(self) -> frozenset[str]:
        """The tables to sync."""
        return self.full_tables | self.rows.keys()


@dataclass(frozen=True)
class TableResult:
    """How the rows of one table were compared.

    Attributes:
        table: The table's name.
        rows_here: The stored rows of the compared key ranges; None where they were not counted.
        rows_netsuite: NetSuite's count of the same ranges; None likewise.
        requests: The requests that found what differs.
        not_compared: Why the table was not compared, in words; empty where it was.
        note: What of the table was left out, in words; empty for nothing.
        skipped: Columns that were not compared, with the reason.
        pending: Rows that changed in NetSuite after the last sync; they are no difference.
        differing: Rows that differed.
        missing: Further rows that NetSuite does not show, as an earlier sync found; they are kept.
        documents: The transactions among them whose differences the report shows as amounts.
    """

    table: str
    rows_here: int | None = None
    rows_netsuite: int | None = None
    requests: int = 0
    not_compared: str = ""
    note: str = ""
    skipped: Mapping[str, str] = field(default_factory=dict)
    pending: int = 0
    differing: int = 0
    missing: int = 0
    documents: tuple[Document, ...] = ()


@dataclass(frozen=True)
class PeriodResult:
    """How the ledger of one book was compared in one posting period.

    Attributes:
        period: The posting period's id.
        name: Its name; empty where that is not stored.
        accounting_book: The book; None where the account has no such column, or nothing is posted.
        documents: How many documents differed.
    """

    period: int
    name: str
    accounting_book: int | None
    documents: int = 0


@dataclass(frozen=True)
class LedgerResult:
    """How the ledger was compared.

    Attributes:
        periods: The compared posting periods, each with its books.
        periods_checked: How many periods these are.
        periods_unchanged: Closed periods that were compared before and have not changed here since.
        requests: The requests that found what differs.
        not_compared: Why the ledger was not compared, in words; empty where it was.
    """

    periods: tuple[PeriodResult, ...] = ()
    periods_checked: int = 0
    periods_unchanged: int = 0
    requests: int = 0
    not_compared: str = ""


@dataclass(frozen=True)
class ReconcileReport:
    """The result of one reconciliation.

    Attributes:
        differences: What differed, repaired or not.
        tables: How each selected table was compared.
        ledger: How the ledger was compared; None where it was not selected.
        requests: The requests to NetSuite, those of repairs included.
        consolidation: How the consolidated figures were compared; None where the ledger was not selected.
        closed_periods: Changes in closed periods since the last reconciliation; None where they were not
            compared.
        notes: What could not be repaired, and why.
    """

    differences: tuple[Difference, ...] = ()
    tables: tuple[TableResult, ...] = ()
    ledger: LedgerResult | None = None
    requests: int = 0
    consolidation: Consolidation | None = None
    closed_periods: ClosedPeriods | None = None
    notes: tuple[str, ...] = ()

    @property
    def closed_period_changes(self) -> tuple[ClosedPeriodChange, ...]:
        """The changes in closed periods since the last reconciliation."""
        return self.closed_periods.changes if self.closed_periods is not None else ()

    @property
    def periods_checked(self) -> int:
        """The number of posting periods whose sums were compared."""
        return self.ledger.periods_checked if self.ledger is not None else 0

    @property
    def periods_unchanged(self) -> int:
        """The number of closed periods that were compared before and have not changed here since."""
        return self.ledger.periods_unchanged if self.ledger is not None else 0

    @property
    def tables_checked(self) -> int:
        """The number of tables whose rows were compared."""
        return sum(not each.not_compared for each in self.tables)

    @property
    def compared_anything(self) -> bool:
        """Whether any table or posting period was compared, now or before."""
        return bool(self.tables_checked or self.periods_checked or self.periods_unchanged)

    @property
    def as_json(self) -> Mapping[str, Any]:
        """The report as `reconcile --json` prints it; amounts are texts, so that no digit is lost."""
        return {
            "differences": [vars(each) for each in self.differences],
            "periods_checked": self.periods_checked,
            "periods_unchanged": self.periods_unchanged,
            "tables_checked": self.tables_checked,
            "requests": self.requests,
            "closed_period_changes": [vars(each) for each in self.closed_period_changes],
            "ledger": asdict(self.ledger) if self.ledger is not None else None,
            "consolidation": asdict(self.consolidation) if self.consolidation is not None else None,
            "tables": [asdict(each) for each in self.tables],
            "notes": list(self.notes),
        }


def document_of(key: str) -> Document:
    """Return a key as the report shows it: a single number as a number.

    Example:
        >>> document_of("4711"), document_of("7/1")
        (4711, '7/1')
    """
    return int(key) if key.lstrip("-").isdecimal() else key


def amount_text(amount: Decimal) -> str:
    """Return an amount with all its digits and no others.

    Example:
        >>> amount_text(Decimal("10.2500000000")), amount_text(Decimal("1200"))
        ('10.25', '1200')
    """
    whole = f"{amount:f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole
