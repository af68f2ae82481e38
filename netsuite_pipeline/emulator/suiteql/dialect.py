"""The answers of an account to the questions that public sources leave open about SuiteQL."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Dialect:
    """The variants of SuiteQL that a client must support (facts, section 9)."""

    sys_extract_utc: bool = True
    builtin_df: bool = True
    builtin_consolidate: Literal["offered", "null", "refused"] = (
        "offered"  # facts, A11: NULL where nothing consolidates
    )
    rownum_nested: bool = True
    count_star: bool = True
    fetch_first: bool = False  # open question 9: FETCH FIRST over REST
    total_results: Literal["exact", "clamped", "wrong", "absent"] = "exact"  # open question 2
    lower_keys: bool = True
    string_numbers: bool = True
    missing_table_text: Literal["record_not_found", "invalid_search_type"] = "record_not_found"
