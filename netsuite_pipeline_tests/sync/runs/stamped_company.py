"""A company whose lines and postings have a time stamp of their own."""

from dataclasses import replace

from netsuite_pipeline_tests.sync.books import (
    EARLY,
    LINE,
    POSTING,
    TRANSACTION,
    columns_of,
    document,
    line,
    posting,
)
from netsuite_pipeline_tests.sync.fake_netsuite import FakeNetSuite

STAMPED_LINE = replace(
    LINE,
    columns=(*LINE.columns, *columns_of("linelastmodifieddate:datetime")),
    row_cursor="linelastmodifieddate",
)
STAMPED_POSTING = replace(
    POSTING,
    columns=(*POSTING.columns, *columns_of("lastmodifieddate:datetime")),
    row_cursor="lastmodifieddate",
)
BOOKS = (TRANSACTION, STAMPED_LINE, STAMPED_POSTING)


def a_stamped_company(**how: object) -> FakeNetSuite:
    """Twelve documents of three lines and postings each; the postings have no stamp, as older ones of NetSuite."""
    fake = FakeNetSuite(BOOKS, **how)  # type: ignore[arg-type]
    for number in range(10, 22):
        fake.insert("transaction", document(number))
        for each in range(3):
            fake.insert("transactionline", line(number, each, linelastmodifieddate=EARLY))
            fake.insert("transactionaccountingline", posting(number, each))
    return fake
