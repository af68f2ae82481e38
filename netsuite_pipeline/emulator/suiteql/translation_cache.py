"""Cache of translations by the shape of the query; each query fills in its own literals."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.dates import quote
from netsuite_pipeline.emulator.suiteql.parsing.lexer import Shape, Slot
from netsuite_pipeline.emulator.suiteql.translation.keyset import Probe
from netsuite_pipeline.emulator.suiteql.typed_sql import MARKERS

_MAX_SHAPES = 500
_MAX_PLANS_PER_SHAPE = 20
_MAX_LENGTH = 20_000


class Template:
    """SQL with markers for literals, by their number, and for values of the engine, by name.

    Example:
        >>> from netsuite_pipeline.emulator.suiteql.typed_sql import marker
        >>> template = Template(f"a > {marker('0')} LIMIT {marker('limit')}")
        >>> template.fill((Slot("text", "x'y"),), {"limit": "10"})
        "a > 'x''y' LIMIT 10"
    """

    def __init__(self, text: str) -> None:
        parts = MARKERS.split(text)
        self._fixed = parts[::2]
        self._markers = parts[1::2]
        self.names = frozenset(self._markers)

    def fill(self, slots: tuple[Slot, ...], given: Mapping[str, str]) -> str:
        """Return the SQL with the values of literals and of the engine."""
        pieces = [self._fixed[0]]
        for name, fixed in zip(self._markers, self._fixed[1:], strict=True):
            value = given.get(name)
            pieces.append(_literal(name, slots) if value is None else value)
            pieces.append(fixed)
        return "".join(pieces)


def _literal(name: str, slots: tuple[Slot, ...]) -> str:
    index, _, form = name.partition(":")
    slot = slots[int(index)]
    if not slot.is_text:
        return slot.value
    # In parentheses: a minus sign before a negative number would begin a comment.
    return f"({slot.value})" if form == "int" else quote(slot.value)


@dataclass(eq=False)
class Plan:
    """A translated query.

    Attributes:
        most: The n of TOP n.
        pinned: Number and value of each literal that decided the translation.
        margin: Factor on the likely end of a page; it grows after each probe that found too few rows.
    """

    page: Template
    count: Template
    most: int | None
    probe: Probe | None
    pinned: tuple[tuple[int, str], ...]
    access: Access
    margin: float = field(default=1.5)

    def fits(self, shape: Shape, access: Access) -> bool:
        """Return whether the plan is valid for a query of the same shape."""
        if self.access is not access and self.access != access:
            return False
        return all(shape.slots[index].value == value for index, value in self.pinned)


class Plans:
    """The plans of the latest queries. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plans: OrderedDict[tuple[str, str, int], list[Plan]] = OrderedDict()

    def find(self, shape: Shape, access: Access) -> Plan | None:
        """Return the plan of a query, if any."""
        key = (*shape.key, access.version)
        with self._lock:
            known = self._plans.get(key)
            if known is None:
                return None
            self._plans.move_to_end(key)
            return next((plan for plan in known if plan.fits(shape, access)), None)

    def keep(self, shape: Shape, plan: Plan) -> None:
        """Keep a plan and discard the oldest; very long queries are not kept."""
        if len(shape.text) > _MAX_LENGTH:
            return
        with self._lock:
            known = self._plans.setdefault((*shape.key, plan.access.version), [])
            known.append(plan)
            del known[:-_MAX_PLANS_PER_SHAPE]
            while len(self._plans) > _MAX_SHAPES:
                self._plans.popitem(last=False)
