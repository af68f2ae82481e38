"""The tables of this account: names, kinds, what may be null and what points where.

The columns are those that the widely used dbt models read, and what facts in the open say of cursors; the rest
of the catalogue this account has not.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["integer", "number", "text", "flag", "day", "moment", "several"]
_KINDS: dict[str, Kind] = {
    "i": "integer",
    "n": "number",
    "t": "text",
    "b": "flag",
    "d": "day",
    "m": "moment",
    "s": "several",
}


@dataclass(frozen=True)
class Column:
    """A column; `target` is the table it points to, `optional` that rows may lack it."""

    name: str
    kind: Kind
    target: str
    optional: bool


# name:kind>target, and ? where rows may have none.
_ADDRESS = "nkey:i addr1:t? addr2:t? addr3:t? addressee:t? addrtext:t? city:t? country:t state:t? dropdownstate:t? zip:t?"
_LAYOUT = {
    "nexus": "id:i country:t description:t? state:t? taxagency:i?",
    "currency": "id:i name:t symbol:t",
    "fiscalcalendar": "id:i externalid:t? fiscalmonth:t isdefault:b name:t",
    "accounttype": "id:t balancesheet:b left:b longname:t",
    "entityaddress": _ADDRESS,
    "locationmainaddress": _ADDRESS,
    "subsidiary": (
        "id:i name:t fullname:t email:t? mainaddress:i>entityaddress? country:t state:t? "
        "fiscalcalendar:i>fiscalcalendar parent:i>subsidiary? iselimination:b currency:i>currency"
    ),
    "department": "id:i name:t fullname:t isinactive:b parent:i>department? subsidiary:s>subsidiary?",
    "classification": "id:i name:t fullname:t isinactive:b externalid:t?",
    "location": (
        "id:i name:t fullname:t mainaddress:i>locationmainaddress? parent:i>location? "
        "subsidiary:s>subsidiary?"
    ),
    "account": (
        "id:i externalid:t? parent:i>account? acctnumber:t? accttype:t>accounttype sspecacct:t? fullname:t "
        "accountsearchdisplaynamecopy:t description:t? deferralacct:i>account? cashflowrate:t? generalrate:t? "
        "currency:i>currency? class:i>classification? department:i>department? location:i>location? "
        "includechildren:b isinactive:b issummary:b eliminate:b"
    ),
    "accountingperiod": (
        "id:i periodname:t parent:i>accountingperiod? startdate:d enddate:d closed:b closedondate:m? "
        "alllocked:b aplocked:b arlocked:b isadjust:b isposting:b isquarter:b isyear:b"
    ),
    "accountingbook": (
        "id:i name:t basebook:i>accountingbook? effectiveperiod:i>accountingperiod? isadjustmentonly:b "
        "isconsolidated:b isprimary:b contingentrevenuehandling:b twosteprevenueallocation:b"
    ),
    "accountingbooksubsidiaries": "accountingbook:i>accountingbook subsidiary:i>subsidiary status:t?",
    "accountingperiodfiscalcalendars": (
        "accountingperiod:i>accountingperiod fiscalcalendar:i>fiscalcalendar parent:i>accountingperiod? "
        "fullname:t?"
    ),
    "consolidatedexchangerate": (
        "id:i postingperiod:i>accountingperiod accountingbook:i>accountingbook fromsubsidiary:i>subsidiary "
        "tosubsidiary:i>subsidiary fromcurrency:i>currency tocurrency:i>currency currentrate:n averagerate:n? "
        "historicalrate:n?"
    ),
    "vendorcategory": "id:i name:t",
    "employee": (
        "id:i entityid:t firstname:t? lastname:t? email:t? department:i>department? subsidiary:i>subsidiary "
        "supervisor:i>employee? currency:i>currency? approvallimit:n? expenselimit:n? purchaseorderlimit:n? "
        "purchaseorderapprovallimit:n? isinactive:b lastmodifieddate:m"
    ),
    "customer": (
        "id:i entityid:t externalid:t? parent:i>customer? isperson:b isinactive:b altname:t? companyname:t? "
        "firstname:t? lastname:t? email:t? phone:t? comments:t? url:t? defaultbillingaddress:i>entityaddress? "
        "defaultshippingaddress:i>entityaddress? receivablesaccount:i>account? currency:i>currency? "
        "firstorderdate:d? datecreated:m lastmodifieddate:m"
    ),
    "vendor": (
        "id:i entityid:t altname:t? companyname:t? category:i>vendorcategory? datecreated:m lastmodifieddate:m"
    ),
    "job": (
        "id:i entityid:t externalid:t? customer:i>customer? parent:i>customer? "
        "defaultbillingaddress:i>entityaddress? defaultshippingaddress:i>entityaddress? lastmodifieddate:m"
    ),
    "entity": (
        "id:i entitytitle:t type:t isperson:b parent:i? contact:i? customer:i>customer? employee:i>employee? "
        "vendor:i>vendor? project:i>job? datecreated:m?"
    ),
    "customersubsidiaryrelationship": (
        "id:i entity:i>customer subsidiary:i>subsidiary isprimarysub:b primarycurrency:i>currency?"
    ),
    "vendorsubsidiaryrelationship": (
        "id:i entity:i>vendor subsidiary:i>subsidiary isprimarysub:b primarycurrency:i>currency?"
    ),
    "item": (
        "id:i fullname:t itemtype:t description:t? department:i>department? class:i>classification? "
        "location:i>location? subsidiary:s>subsidiary? assetaccount:i>account? expenseaccount:i>account? "
        "incomeaccount:i>account? gainlossaccount:i>account? intercoexpenseaccount:i>account? "
        "intercoincomeaccount:i>account? deferralaccount:i>account? deferredrevenueaccount:i>account? "
        "parent:i>item? lastmodifieddate:m"
    ),
    "transaction": (
        "id:i transactionnumber:t tranid:t? type:t memo:t? trandate:d status:t? createddate:m duedate:d? "
        "closedate:d? currency:i>currency? entity:i>entity? lastmodifieddate:m postingperiod:i>accountingperiod? "
        "posting:b nexus:i>nexus? taxregoverride:b taxdetailsoverride:b taxpointdate:d? taxpointdateoverride:b "
        "intercoadj:b isreversal:b reversal:i>transaction? reversaldate:d? reversaldefer:b"
    ),
    "transactionline": (
        "id:i transaction:i>transaction linesequencenumber:i memo:t? entity:i>entity? item:i>item? "
        "class:i>classification? location:i>location? subsidiary:i>subsidiary? department:i>department? "
        "isclosed:b isbillable:b iscogs:b cleared:b commitmentfirm:b mainline:b taxline:b eliminate:b netamount:n? "
        "linelastmodifieddate:m"
    ),
    "transactionaccountingline": (
        "transaction:i>transaction transactionline:i accountingbook:i>accountingbook account:i>account? amount:n? "
        "amountlinked:n? amountpaid:n? amountunpaid:n? credit:n? debit:n? exchangerate:n? netamount:n? posting:b "
        "lastmodifieddate:m?"
    ),
}


def _column(text: str) -> Column:
    name, _, rest = text.partition(":")
    kind, _, target = rest.rstrip("?").partition(">")
    return Column(name, _KINDS[kind], target, rest.endswith("?"))


TABLES: dict[str, tuple[Column, ...]] = {
    table: tuple(_column(column) for column in columns.split()) for table, columns in _LAYOUT.items()
}
# Every account has it, and few roles see it.
_DELETED = (
    "recordid:i recordtypeid:i scriptid:t type:t name:t context:t? deletedby:i? deleteddate:m iscustomlist:b "
    "iscustomrecord:b iscustomtransaction:b"
)
DELETEDRECORD = tuple(_column(column) for column in _DELETED.split())
KEYS: dict[str, tuple[str, ...]] = {
    **{table: ("id",) for table in TABLES},
    "entityaddress": ("nkey",),
    "locationmainaddress": ("nkey",),
    "accountingbooksubsidiaries": ("accountingbook", "subsidiary"),
    "accountingperiodfiscalcalendars": ("accountingperiod", "fiscalcalendar"),
    "transactionline": ("transaction", "id"),
    "transactionaccountingline": ("transaction", "transactionline", "accountingbook"),
}
