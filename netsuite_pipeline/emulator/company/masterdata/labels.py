"""NetSuite's words: the names of transaction types, their record types and statuses, and the labels of
short lists."""

from collections.abc import Mapping

# type: (label, recordtype, prefix of the document number)
TRANSACTION_LABELS: Mapping[str, tuple[str, str]] = {
    "SalesOrd": ("Sales Order", "salesorder"),
    "CustInvc": ("Invoice", "invoice"),
    "CustPymt": ("Payment", "customerpayment"),
    "CustCred": ("Credit Memo", "creditmemo"),
    "CashSale": ("Cash Sale", "cashsale"),
    "Estimate": ("Quote", "estimate"),
    "PurchOrd": ("Purchase Order", "purchaseorder"),
    "VendBill": ("Bill", "vendorbill"),
    "VendPymt": ("Bill Payment", "vendorpayment"),
    "VendCred": ("Bill Credit", "vendorcredit"),
    "ItemShip": ("Item Fulfillment", "itemfulfillment"),
    "ItemRcpt": ("Item Receipt", "itemreceipt"),
    "Journal": ("Journal", "journalentry"),
    "ExpRept": ("Expense Report", "expensereport"),
    "Deposit": ("Deposit", "deposit"),
    "Check": ("Check", "check"),
    "InvAdjst": ("Inventory Adjustment", "inventoryadjustment"),
}

PREFIXES: Mapping[str, str] = {
    "SalesOrd": "SO",
    "CustInvc": "INV",
    "CustPymt": "PYMT",
    "CustCred": "CM",
    "CashSale": "CS",
    "Estimate": "EST",
    "PurchOrd": "PO",
    "VendBill": "BILL",
    "VendPymt": "BP",
    "VendCred": "BC",
    "ItemShip": "IF",
    "ItemRcpt": "IR",
    "Journal": "JE",
    "ExpRept": "EXP",
    "Deposit": "DEP",
    "Check": "CHK",
    "InvAdjst": "IA",
}

# The letters are those NetSuite's saved searches use (SalesOrd:B …); for types whose letters no public
# source gives,
# a single "Y" stands for the one state they have. Uncertain until seen on an account.
TRANSACTION_STATUSES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "SalesOrd": (
        ("A", "Pending Approval"),
        ("B", "Pending Fulfillment"),
        ("C", "Cancelled"),
        ("D", "Partially Fulfilled"),
        ("E", "Pending Billing/Partially Fulfilled"),
        ("F", "Pending Billing"),
        ("G", "Billed"),
        ("H", "Closed"),
    ),
    "CustInvc": (("A", "Open"), ("B", "Paid In Full"), ("V", "Voided")),
    "CustPymt": (("A", "Unapproved Payment"), ("B", "Not Deposited"), ("C", "Deposited"), ("V", "Voided")),
    "CustCred": (("A", "Open"), ("B", "Fully Applied"), ("V", "Voided")),
    "CashSale": (("A", "Unapproved Payment"), ("B", "Not Deposited"), ("C", "Deposited"), ("V", "Voided")),
    "Estimate": (("A", "Open"), ("B", "Processed"), ("C", "Closed"), ("V", "Voided"), ("X", "Expired")),
    "PurchOrd": (
        ("A", "Pending Supervisor Approval"),
        ("B", "Pending Receipt"),
        ("C", "Rejected by Supervisor"),
        ("D", "Partially Received"),
        ("E", "Pending Billing/Partially Received"),
        ("F", "Pending Bill"),
        ("G", "Fully Billed"),
        ("H", "Closed"),
    ),
    "VendBill": (
        ("A", "Open"),
        ("B", "Paid In Full"),
        ("D", "Pending Approval"),
        ("E", "Rejected"),
        ("V", "Voided"),
    ),
    "VendPymt": (("A", "Pending Approval"), ("F", "Approved"), ("V", "Voided")),
    "VendCred": (("A", "Open"), ("B", "Fully Applied"), ("V", "Voided")),
    "ItemShip": (("A", "Picked"), ("B", "Packed"), ("C", "Shipped")),
    "ItemRcpt": (("Y", "Received"),),
    "Journal": (("A", "Pending Approval"), ("B", "Approved for Posting"), ("V", "Voided")),
    "ExpRept": (
        ("A", "In Progress"),
        ("B", "Pending Supervisor Approval"),
        ("C", "Pending Accounting Approval"),
        ("F", "Approved by Accounting"),
        ("I", "Paid In Full"),
    ),
    "Deposit": (("Y", "Deposited"),),
    "Check": (("Y", "Issued"), ("V", "Voided")),
    "InvAdjst": (("Y", "Adjusted"),),
}

OPTIONS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "approvalstatus": (("1", "Pending Approval"), ("2", "Approved"), ("3", "Rejected")),
    "entitystatus": (
        ("6", "LEAD-Unqualified"),
        ("13", "CUSTOMER-Closed Won"),
        ("15", "CUSTOMER-Renewal"),
        ("16", "CUSTOMER-Lost Customer"),
        ("2", "PROJECT-In Progress"),
        ("17", "PROJECT-Completed"),
    ),
    "itemtype": (
        ("InvtPart", "Inventory Item"),
        ("NonInvtPart", "Non-inventory Item"),
        ("Service", "Service"),
        ("Assembly", "Assembly/Bill of Materials"),
        ("Kit", "Kit/Package"),
        ("OthCharge", "Other Charge"),
        ("Discount", "Discount"),
    ),
    "country": (("US", "United States"), ("GB", "United Kingdom"), ("DE", "Germany"), ("CA", "Canada")),
}
