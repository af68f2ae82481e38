"""Definitions of the views of common documents (`netsuite.invoice`) and of their lines."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netsuite_pipeline.warehouse.schema.schema import quoted, text
from netsuite_pipeline.warehouse.views.views import TableColumn, View, ViewColumn

Columns = Mapping[str, TableColumn]


@dataclass(frozen=True)
class Document:
    """One kind of document: its code in `transaction.type`, the view's name, its title."""

    code: str
    view: str
    title: str


DOCUMENTS = (
    Document("Estimate", "estimate", "Estimates"),
    Document("Opprtnty", "opportunity", "Opportunities"),
    Document("SalesOrd", "salesorder", "Sales orders"),
    Document("ItemShip", "itemfulfillment", "Item fulfilments"),
    Document("CustInvc", "invoice", "Invoices"),
    Document("CashSale", "cashsale", "Cash sales"),
    Document("CustCred", "creditmemo", "Credit memos"),
    Document("CustPymt", "customerpayment", "Customer payments"),
    Document("Deposit", "deposit", "Bank deposits"),
    Document("PurchOrd", "purchaseorder", "Purchase orders"),
    Document("ItemRcpt", "itemreceipt", "Item receipts"),
    Document("VendBill", "vendorbill", "Vendor bills"),
    Document("VendCred", "vendorcredit", "Vendor credits"),
    Document("VendPymt", "vendorpayment", "Vendor payments"),
    Document("ExpRept", "expensereport", "Expense reports"),
    Document("Check", "check", "Checks"),
    Document("Transfer", "transfer", "Bank transfers"),
    Document("Journal", "journalentry", "Journal entries"),
    Document("InvAdjst", "inventoryadjustment", "Inventory adjustments"),
)
"""The kinds with views, named after their records. Codes: DBT's and Oracle's `transaction.type`."""

# Columns of the document in its lines' view, by their name there: a line has an entity of its own.
_FROM_DOCUMENT = {
    "tranid": "tranid",
    "trandate": "trandate",
    "entity": "document_entity",
    "entity_label": "document_entity_label",
    "status": "status",
    "status_label": "status_label",
    "currency": "currency",
    "exchangerate": "exchangerate",
    "posting": "posting",
    "postingperiod": "postingperiod",
    "postingperiod_label": "postingperiod_label",
}


def document_views(schema: str, tables: Mapping[str, Columns]) -> tuple[View, ...]:
    """Return the views for the existing tables.

    Args:
        schema: The connection's schema.
        tables: Its tables, with their columns.

    Returns:
        `invoice` and others, one row per document, if `transaction` exists; `invoice_line` and others, one
        row per line, if `transactionline` exists too.

    Example:
        >>> heads = {"id": TableColumn("BIGINT"), "type": TableColumn("VARCHAR")}
        >>> [view.name for view in document_views("netsuite", {"transaction": heads})][:2]
        ['estimate', 'opportunity']
    """
    heads, lines = tables.get("transaction", {}), tables.get("transactionline", {})
    if not {"id", "type"} <= heads.keys():
        return ()
    if "transaction" not in lines:
        return tuple(_head(schema, document, heads) for document in DOCUMENTS)
    return tuple(
        view
        for document in DOCUMENTS
        for view in (_head(schema, document, heads), _lines(schema, document, heads, lines))
    )


def _head(schema: str, document: Document, heads: Columns) -> View:
    columns = tuple(
        ViewColumn(name, f"t.{quoted(name)}", column.type, column.comment) for name, column in heads.items()
    )
    return View(
        schema,
        document.view,
        columns,
        f"{quoted(schema)}.transaction t WHERE t.type = {text(document.code)}",
        f"{document.title}, a row a document: the transactions of type {document.code}",
    )


def _lines(schema: str, document: Document, heads: Columns, lines: Columns) -> View:
    without_main = " AND l.mainline IS NOT TRUE" if "mainline" in lines else ""
    kept = "all but the main line, which stands for the whole document" if without_main else "all of them"
    return View(
        schema,
        f"{document.view}_line",
        tuple(_line_columns(heads, lines)),
        f"{quoted(schema)}.transactionline l JOIN {quoted(schema)}.transaction t ON t.id = l.transaction "
        f"WHERE t.type = {text(document.code)}{without_main}",
        f"The lines of {document.title.lower()}: {kept}. Tax (taxline) and cost of goods sold (iscogs) have "
        "lines of their own; sales are usually negative, as the ledger's credits are",
    )


def _line_columns(heads: Columns, lines: Columns) -> Iterator[ViewColumn]:
    for name, column in lines.items():
        yield ViewColumn(name, f"l.{quoted(name)}", column.type, column.comment)
    for name, called in _FROM_DOCUMENT.items():
        if name in heads and called not in lines:
            column = heads[name]
            yield ViewColumn(called, f"t.{quoted(name)}", column.type, column.comment)
