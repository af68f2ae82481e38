"""Planned faults: which coming requests fail, and how."""

import random
import re
from dataclasses import dataclass, replace
from typing import Literal, get_args

RequestFaultKind = Literal[
    "unexpected_error",
    "unavailable",
    "bad_gateway",
    "throttled",
    "throttled_400",
    "reset",
    "truncated",
    "truncated_chunked",
    "hang",
    "drip",
    "html",
    "sign_in",
]
QueryFaultKind = Literal[
    "unsupported_search",
    "short_page",
    "ends_early",
    "never_ends",
    "empty_page",
    "repeated_page",
    "bad_row",
    "heavy_page",
]
FaultKind = RequestFaultKind | QueryFaultKind
FAULT_KINDS: tuple[RequestFaultKind, ...] = get_args(RequestFaultKind)
QUERY_FAULT_KINDS: tuple[QueryFaultKind, ...] = get_args(QueryFaultKind)
"""Faults of SuiteQL pages only."""


@dataclass(frozen=True)
class Fault:
    """One way in which requests fail.

    Attributes:
        kind: `unexpected_error` is a 500 with NetSuite's body. `unavailable` (503) and `bad_gateway` (502)
            are HTML of the edge. `throttled` is a 429, `throttled_400` its variant. `reset` is a TCP reset.
            `truncated` is a reply shorter than its Content-Length, `truncated_chunked` a reply without its
            last chunk. `hang` is silence for `seconds`, then a closed connection. `drip` is a reply in small
            pieces over `seconds`. `html` is a 200 with an HTML page. `sign_in` is the 401 of a refused
            sign-in. `unsupported_search` is SuiteQL's 400 without a reason, as for a column without filters.
            On pages of SuiteQL: `short_page` silently lacks its last `rows` rows. `ends_early` has `hasMore`
            false beside a larger `totalResults`. `never_ends` has `hasMore` true at the end. `empty_page` has
            no rows and `hasMore` true. `repeated_page` is the previous page of the same select list.
            `bad_row` is a 500 if the page has a row with the field of `row`. `heavy_page` is a 500 if the
            page has more than `rows` rows.
        count: Number of requests that fail; None for no end.
        rate: Share of the matching requests that fail, 0 to 1.
        matching: Regular expression that the request's method, path and query must match, case-insensitive;
            empty for all requests.
        after: Number of matching requests that succeed first.
        seconds: Duration of `hang` and `drip`.
        rows: Rows that `short_page` lacks, or that `heavy_page` still allows.
        row: A field and its value, such as `id=2501`, for `bad_row`.

    Raises:
        ValueError: A value is out of range, or `matching` is no regular expression.
    """

    kind: FaultKind
    count: int | None = 1
    rate: float = 1.0
    matching: str = ""
    after: int = 0
    seconds: float = 2.0
    rows: int = 1
    row: str = ""

    def __post_init__(self) -> None:
        kinds = (*FAULT_KINDS, *QUERY_FAULT_KINDS)
        if self.kind not in kinds:
            raise ValueError(f"There is no fault {self.kind!r}; there are {', '.join(kinds)}.")
        if not 0 <= self.rate <= 1:
            raise ValueError(f"The rate of a fault is between 0 and 1, not {self.rate}.")
        if (self.count is not None and self.count < 1) or self.after < 0 or self.seconds < 0:
            raise ValueError("A fault's count is at least 1, its after and seconds at least 0.")
        if self.rows < 0 or (self.kind == "bad_row" and not re.fullmatch(r"\w+=.+", self.row)):
            raise ValueError("A fault's rows are at least 0; bad_row needs a row such as id=2501.")
        try:
            re.compile(self.matching)
        except re.error as error:
            raise ValueError(f"{self.matching!r} is no regular expression: {error}.") from error

    def matches(self, text: str) -> bool:
        """Return whether a request with that text may fail."""
        return re.search(self.matching, text, re.IGNORECASE) is not None


class FaultPlan:
    """The planned faults of an account; the first that applies decides.

    Args:
        seed: Seed of the rates.

    Example:
        >>> plan = FaultPlan(seed=1)
        >>> plan.add(Fault("reset", count=1))
        >>> plan.draw("POST /x").kind, plan.draw("POST /x")
        ('reset', None)
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - chance of a test
        self._faults: list[Fault] = []
        self._applied: dict[FaultKind, int] = {}
        self._latest: dict[str, bytes] = {}

    def add(self, fault: Fault) -> None:
        """Plan a fault after those already planned."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Discard all planned faults."""
        self._faults.clear()
        self._latest.clear()

    def swap_page(self, select: str, page: bytes) -> bytes | None:
        """Keep a page for `repeated_page` and return the previous page of the same select list, if any."""
        if not any(fault.kind == "repeated_page" for fault in self._faults) and not self._latest:
            return None
        before = self._latest.get(select)
        self._latest[select] = page
        return before

    def planned(self) -> tuple[Fault, ...]:
        """Return the planned faults with their remaining counts."""
        return tuple(self._faults)

    def applied(self) -> dict[FaultKind, int]:
        """Return the number of failed requests by kind."""
        return dict(self._applied)

    def draw(self, text: str) -> Fault | None:
        """Return the fault of a request with that method, path and query, or None."""
        for place, fault in enumerate(self._faults):
            if not fault.matches(text):
                continue
            if fault.after > 0:
                self._faults[place] = replace(fault, after=fault.after - 1)
                continue
            if fault.rate < 1 and self._random.random() >= fault.rate:
                continue
            if fault.count == 1:
                del self._faults[place]
            elif fault.count is not None:
                self._faults[place] = replace(fault, count=fault.count - 1)
            self._applied[fault.kind] = self._applied.get(fault.kind, 0) + 1
            return fault
        return None
