"""The topic of each table in NetSuite's public help."""

from collections.abc import Mapping

# The topic of each record type in Oracle's NetSuite Applications Online Help. Tables that are no single
# record type (transaction, which is forty; item, which is twenty; the tables that join) have none.
_TOPICS: Mapping[str, str] = {
    "account": "section_N3201130",
    "accountingbook": "article_0313103607",
    "accountingbooksubsidiaries": "article_0313103607",
    "accountingperiod": "section_0818065706",
    "classification": "section_0902090250",
    "consolidatedexchangerate": "section_0818035535",
    "contact": "section_159170320047",
    "currency": "section_0818023012",
    "currencyrate": "article_0715014257",
    "customer": "article_161581923822",
    "customersubsidiaryrelationship": "article_161521122959",
    "deletedrecord": "section_157850916103",
    "department": "section_0902090444",
    "employee": "section_161886175135",
    "job": "article_83090456314",
    "location": "section_0902090732",
    "nexus": "article_0811020103",
    "pricelevel": "article_0718033232",
    "subsidiary": "section_157607424766",
    "vendor": "article_164337045826",
    "vendorcategory": "article_0821113647",
    "vendorsubsidiaryrelationship": "article_161521108061",
}


def help_page(table: str) -> str | None:
    """Return the address of the help topic of a table's record type; None if there is none.

    Example:
        >>> help_page("vendor")
        'https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/article_164337045826.html'
        >>> help_page("transactionstatus") is None
        True
    """
    topic = _TOPICS.get(table)
    return topic and f"https://docs.oracle.com/en/cloud/saas/netsuite/ns-online-help/{topic}.html"
