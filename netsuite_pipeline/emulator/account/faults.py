"""A plan of faults: which of the coming requests go wrong, and how."""

import random
import re
from dataclasses import dataclass, field, replace
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
"""What goes wrong with pages of SuiteQL alone."""


@dataclass(frozen=True)
class Fault:
    """One way in which requests fail.

    Attributes:
        kind: `unexpected_error` 500 with NetSuite's body; `unavailable` 503 and `bad_gateway` 502, HTML from
            the edge; `throttled` 429 and `throttled_400` the variant; `reset` a TCP reset; `truncated` a
            reply shorter than its Content-Length, `truncated_chunked` one without its last chunk; `hang` no
            reply for `seconds`, then a closed connection; `drip` the reply in small pieces over `seconds`;
            `html` 200 with a page for people; `sign_in` the 401 of a failed sign-in; `unsupported_search`
            SuiteQL's 400 without a reason, as for a column that cannot be filtered by.
            Of pages of SuiteQL: `short_page` lacks its last `rows` rows and says nothing of them,
            `ends_early` says `hasMore` false beside a larger `totalResults`, `never_ends` says `hasMore` true
            beside a `totalResults` that is reached, `empty_page` has no rows and says that more follow,
            `repeated_page` is the page before of the same select list, `bad_row` is a 500 if the page holds a
            row with the field of `row`, `heavy_page` is a 500 if it holds more than `rows` rows.
        count: Requests it strikes before it is used up; None for no end.
        rate: Share of the matching requests it strikes, 0 to 1.
        matching: Regular expression, case not regarded, that the request's method, path and query text must
            contain; empty for all requests.
        after: Matching requests that it lets pass first.
        seconds: Duration of `hang` and `drip`.
        rows: Rows that `short_page` lacks, or that `heavy_page` still answers.
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
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

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
            pattern = re.compile(self.matching, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"{self.matching!r} is no regular expression: {error}.") from error
        object.__setattr__(self, "_pattern", pattern)

    def matches(self, text: str) -> bool:
        """Says whether a request of that text is one it may strike."""
        return self._pattern.search(text) is not None


class FaultPlan:
    """The faults of an account; the first that strikes a request is the one it gets.

    Args:
        seed: Rates fall the same way for the same seed and the same order of requests.

    Example:
        >>> plan = FaultPlan(seed=1)
        >>> plan.add(Fault("reset", count=1))
        >>> plan.draw("POST /x").kind, plan.draw("POST /x")
        ('reset', None)
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._faults: list[Fault] = []
        self._applied: dict[FaultKind, int] = {}
        self._latest: dict[str, bytes] = {}

    def add(self, fault: Fault) -> None:
        """Plans a fault behind those already planned."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forgets all faults planned."""
        self._faults.clear()
        self._latest.clear()

    def swap_page(self, select: str, page: bytes) -> bytes | None:
        """Keeps a page of a select list while another one is to be given in its place.

        Args:
            select: The select list.
            page: The reply's body.

        Returns:
            The page before, if there is one.
        """
        if not any(fault.kind == "repeated_page" for fault in self._faults) and not self._latest:
            return None
        before = self._latest.get(select)
        self._latest[select] = page
        return before

    def planned(self) -> tuple[Fault, ...]:
        """Lists what is still to come; counts are those left."""
        return tuple(self._faults)

    def struck(self) -> dict[FaultKind, int]:
        """Counts the requests struck so far, by kind."""
        return dict(self._applied)

    def draw(self, text: str) -> Fault | None:
        """Decides one request's fate.

        Args:
            text: Method, path and query text.

        Returns:
            The fault that strikes it, or None.
        """
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
