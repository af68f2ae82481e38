"""Values that hurt: texts, numbers and moments that break careless extractors, and where each of them can
be found."""

from dataclasses import dataclass

import duckdb

from netsuite_pipeline.emulator.company.storage import literal, values

LONG_TEXT = "A long story about flow meters, told in one breath; " * 420

AWKWARD_TEXTS: tuple[tuple[str, str], ...] = (
    ("emoji", "Paid 🎉👩🏽‍🔬🇨🇦"),
    ("combining", "Ame\u0301lie Cafe\u0301"),
    ("single_quote", "O'Brien's 'best' order''s"),
    ("double_quote", 'the "urgent" one ""'),
    ("backslash", r"C:\new\table\\share\u0041"),
    ("newline", "first line\nsecond line\r\nthird line"),
    ("tab", "column\tcolumn"),
    ("comma", "a,b;c|d,,"),
    ("outer_blanks", "  kept at both ends  "),
    ("only_blank", " "),
    ("non_bmp", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠜎𠜱"),
    ("right_to_left", "فاتورة رقم ٤٢ שלום"),
    ("word_null", "NULL"),
    ("word_true", "T"),
    ("word_number", "1e5"),
    ("leading_zeros", "000123"),
    ("word_nan", "NaN"),
    ("html", "<b>html</b> &amp; &lt;"),
    ("injection", "Robert'); DROP TABLE transaction;--"),
    ("json", '{"items": [null, "x"]}'),
    ("formula", "=SUM(A1:A9)"),
    ("percent", "100 % _ 50%"),
    ("zero_width", "zero\u200bwidth\ufeff"),
    ("empty", ""),
)
"""Name and text; each is the memo of some transaction, the note of some line, a customer's comment, an
item's description."""


@dataclass(frozen=True)
class AwkwardValue:
    """One hurtful value and where it is: rows of `table` for which the SQL `condition` holds.

    Companies of scale 0.02 and more have them all, once business has gone on until the middle of 2025.
    """

    name: str
    table: str
    condition: str


def _texts() -> tuple[AwkwardValue, ...]:
    places = (("transaction", "memo"), ("transactionline", "custcol_note"), ("customer", "comments"))
    return tuple(
        AwkwardValue(f"{name}_in_{table}", table, f"{column} = {literal(text)}")
        for table, column in places
        for name, text in AWKWARD_TEXTS
    )


AWKWARD_VALUES: tuple[AwkwardValue, ...] = (
    *_texts(),
    AwkwardValue("long_clob", "customer", "length(comments) > 20000"),
    AwkwardValue("empty_beside_null", "customer", "phone = ''"),
    AwkwardValue("null_beside_empty", "customer", "phone IS NULL"),
    AwkwardValue("eighteen_digits", "customer", "creditlimit = 123456789012345678.123456789"),
    AwkwardValue("eighteen_digits_custom", "customer", "custentity_score = 123456789012345678.123456789"),
    AwkwardValue("negative_near_zero", "customer", "custentity_score = -0.000000001"),
    AwkwardValue("negative_below_one", "customer", "custentity_score = -0.07"),
    AwkwardValue("zero", "customer", "custentity_score = 0"),
    AwkwardValue("eight_digit_rate", "currencyrate", "round(exchangerate, 7) <> exchangerate"),
    AwkwardValue("big_id", "transactionline", "uniquekey > 2147483648"),
    AwkwardValue("date_before_1970", "employee", "hiredate < DATE '1970-01-01'"),
    AwkwardValue("date_after_2100", "job", "calculatedenddate > DATE '2100-01-01'"),
    AwkwardValue("date_1900", "customer", "firstorderdate = DATE '1900-01-01'"),
    # Clocks of America/Los_Angeles went back on 2024-11-03 at 09:00 UTC and forth on 2025-03-09 at 10:00 UTC.
    AwkwardValue("repeated_hour_first", "transaction", "createddate = TIMESTAMP '2024-11-03 08:30:00'"),
    AwkwardValue("repeated_hour_second", "transaction", "createddate = TIMESTAMP '2024-11-03 09:30:00'"),
    AwkwardValue("last_second_before_skip", "transaction", "createddate = TIMESTAMP '2025-03-09 09:59:59'"),
    AwkwardValue("first_second_after_skip", "transaction", "createddate = TIMESTAMP '2025-03-09 10:00:00'"),
    AwkwardValue(
        "hour_that_local_time_skips", "transaction", "createddate = TIMESTAMP '2025-03-09 02:30:00'"
    ),
    AwkwardValue("local_midnight", "transaction", "createddate = TIMESTAMP '2025-07-01 07:00:00'"),
    AwkwardValue("null_in_the_first_rows", "transaction", "otherrefnum IS NOT NULL"),
    AwkwardValue("id_as_text_in_scientific", "transaction", "tranid = '1e5'"),
)
"""Where each hurtful value is to be found; besides, `transaction.externalid` is null throughout, and a mass
update gave
all transactions of the first months the same lastmodifieddate."""

# Moments of nightly journals, chosen for the clock changes around them (all in UTC).
NIGHT_JOURNALS: tuple[str, ...] = (
    "2024-03-10 09:59:59",
    "2024-03-10 10:00:00",
    "2024-11-03 08:30:00",
    "2024-11-03 09:30:00",
    "2024-11-03 10:00:00",
    "2025-03-09 02:30:00",
    "2025-03-09 09:59:59",
    "2025-03-09 10:00:00",
    "2025-07-01 07:00:00",
    "2025-11-02 08:30:00",
    "2025-11-02 09:30:00",
    "2026-03-08 09:59:59",
    "2026-03-08 10:00:00",
    "2026-11-01 08:30:00",
    "2026-11-01 09:30:00",
    "2027-03-14 10:00:00",
    "2027-11-07 09:30:00",
)

MASS_UPDATE = "TIMESTAMP '2026-02-01 03:00:00'"
"""When somebody re-saved all transactions created before MASS_UPDATE_BEFORE in one go."""
MASS_UPDATE_BEFORE = "TIMESTAMP '2024-09-01'"


def define_odd(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table of odd texts and the macro `odd_text(n)` that gives the n-th, round and round."""
    rows = [(i, text) for i, (_, text) in enumerate(AWKWARD_TEXTS)]
    connection.execute(f"CREATE OR REPLACE TABLE odd AS FROM ({values(rows)}) AS o(i, text)")


def odd_index(rank: str) -> str:
    """SQL: which odd text the row of this rank (from 0) carries, null for most rows.

    Close together at the beginning, so that a small company has them all; rare afterwards, so that a large
    one looks sane.

    >>> odd_index("n")
    '(CASE WHEN n < 312 AND n % 13 = 5 OR n % 499 = 5 THEN (n // 13 + n // 499) % 24 END)'
    """
    count = len(AWKWARD_TEXTS)
    return (
        f"(CASE WHEN {rank} < {13 * count} AND {rank} % 13 = 5 OR {rank} % 499 = 5"
        f" THEN ({rank} // 13 + {rank} // 499) % {count} END)"
    )
