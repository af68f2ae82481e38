"""Which of the ways public sources disagree about this account behaves in."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Dialect:
    """The variants of SuiteQL that a client has to live with (facts, section 9).

    >>> Dialect(sys_extract_utc=False).builtin_df
    True
    """

    sys_extract_utc: bool = True
    builtin_df: bool = True
    rownum_nested: bool = True
    count_star: bool = True
    fetch_first: bool = False  # open question 9: FETCH FIRST over REST
    total_results: Literal["exact", "clamped", "wrong", "absent"] = "exact"  # open question 2
    lower_keys: bool = True
    string_numbers: bool = True
    missing_table_text: Literal["record_not_found", "invalid_search_type"] = "record_not_found"
