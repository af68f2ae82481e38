"""Translations kept for the next query of the same shape, and their filling in with that query's literals."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.dates import quote
from netsuite_pipeline.emulator.suiteql.parsing.lexer import Shape, Slot
from netsuite_pipeline.emulator.suiteql.translation.keyset import Probe
from netsuite_pipeline.emulator.suiteql.typed_sql import MARKERS

MOST_SHAPES = 500
MOST_PLANS_A_SHAPE = 20
MOST_LETTERS = 20_000


class Template:
    """SQL with places for values: literals by their number, and what the engine says by name.

    >>> from netsuite_pipeline.emulator.suiteql.typed_sql import marker
    >>> Template(f"a > {marker('0')} LIMIT {marker('limit')}").fill((Slot("text", "x'y"),), {"limit": "10"})
    "a > 'x''y' LIMIT 10"
    """

    def __init__(self, text: str) -> None:
        parts = MARKERS.split(text)
        self._fixed = parts[::2]
        self._places = parts[1::2]
        self.names = frozenset(self._places)

    def fill(self, slots: tuple[Slot, ...], given: Mapping[str, str]) -> str:
        pieces = [self._fixed[0]]
        for place, fixed in zip(self._places, self._fixed[1:], strict=True):
            value = given.get(place)
            pieces.append(_literal(place, slots) if value is None else value)
            pieces.append(fixed)
        return "".join(pieces)


def _literal(place: str, slots: tuple[Slot, ...]) -> str:
    index, _, form = place.partition(":")
    slot = slots[int(index)]
    if not slot.is_text:
        return slot.value
    # In parentheses, for a minus sign before a negative number would begin a comment.
    return f"({slot.value})" if form == "int" else quote(slot.value)


@dataclass(eq=False)
class Plan:
    """A translated query. `stretch` is how far beyond a page's likely end its probe looks; it learns."""

    page: Template
    count: Template
    most: int | None
    probe: Probe | None
    pinned: tuple[tuple[int, str], ...]
    access: Access
    stretch: float = field(default=1.5)

    def fits(self, shape: Shape, access: Access) -> bool:
        """Whether the plan holds for a query of the same shape: what a value decided is decided alike."""
        if self.access is not access and self.access != access:
            return False
        return all(shape.slots[index].value == value for index, value in self.pinned)


class Plans:
    """The plans of the queries seen last. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: OrderedDict[tuple[str, str, int], list[Plan]] = OrderedDict()

    def find(self, shape: Shape, access: Access) -> Plan | None:
        """The plan for a query, if there is one."""
        key = (*shape.key, access.version)
        with self._lock:
            known = self._plans.get(key)
            if known is None:
                return None
            self._plans.move_to_end(key)
            return next((plan for plan in known if plan.fits(shape, access)), None)

    def keep(self, shape: Shape, plan: Plan) -> None:
        """Keep a plan, forgetting the oldest; very long queries are not worth keeping."""
        if len(shape.text) > MOST_LETTERS:
            return
        with self._lock:
            known = self._plans.setdefault((*shape.key, plan.access.version), [])
            known.append(plan)
            del known[:-MOST_PLANS_A_SHAPE]
            while len(self._plans) > MOST_SHAPES:
                self._plans.popitem(last=False)
