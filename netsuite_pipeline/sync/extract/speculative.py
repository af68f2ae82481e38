"""Read pages before the cutoff's second is over, and keep them only if nothing changed in it.

A sync is cut at a whole second, and rows may still be saved within it. Waiting for its end costs a long table
up to a second of all its slots. Its pages are queried at once instead. When the second is over, one query
returns what changed in it, and only the key ranges concerned are read again.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange

MIN_KEY_RANGES = 30
"""Tables with fewer key ranges gain nothing from speculative reads."""


@dataclass
class SpeculativePages:
    """The pages of one table that were read before the cutoff's second was over.

    Args:
        too_early: Returns whether the cutoff's second still goes on.
        changed: Queries which rows changed since the cutoff's second began. Returns their keys, or the first
            columns of the keys; None where NetSuite does not answer.
    """

    too_early: Callable[[], bool] = lambda: False
    changed: Callable[[], Iterable[Key] | None] = tuple
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: set[int] = field(default_factory=set)
    _stale: set[int] = field(default_factory=set)
    _held: dict[int, Callable[[], None]] = field(default_factory=dict)
    _known: bool = False

    def may_start(self, number: int, key_ranges: int) -> bool:
        """Return whether a key range may be read although it is too early, and record it then."""
        with self._lock:
            if key_ranges < MIN_KEY_RANGES or self._known or not self.too_early():
                return False
            self._asked.add(number)
            return True

    def add(self, number: int, publish: Callable[[], None]) -> bool:
        """Add a landed page: it is published at once, later or not at all.

        Returns:
            Whether the page is valid as far as is known; if not, its key range has to be read again.
        """
        with self._lock:
            if not self._known:
                self._held[number] = publish
                return True
            if number in self._stale:
                return False
        publish()
        return True

    def resolve(self, key_ranges: Mapping[int, KeyRange]) -> set[int]:
        """Query which key ranges changed in the cutoff's second, and publish the pages of the others.

        Args:
            key_ranges: All key ranges of the table by number.

        Returns:
            The key ranges whose pages have landed and have to be read again.
        """
        changed = self.changed() if self._asked else ()
        keys = None if changed is None else [tuple(map(int, key)) for key in changed]
        with self._lock:
            self._known = True
            self._stale = {
                number
                for number in self._asked
                if keys is None or any(_is_in(key, key_ranges[number]) for key in keys)
            }
            again = self._stale & self._held.keys()
            good = [publish for number, publish in self._held.items() if number not in self._stale]
            self._held.clear()
        for publish in good:
            publish()
        return again


def _is_in(key: tuple[int, ...], key_range: KeyRange) -> bool:
    """Return whether a row with that key, or with a key that begins so, may be in a key range.

    Example:
        >>> _is_in((7,), KeyRange(("5", "1"), ("9", "4"))), _is_in((9, 5), KeyRange(("5", "1"), ("9", "4")))
        (True, False)
    """
    low = tuple(map(int, key_range.after or ()))
    high = tuple(map(int, key_range.up_to or ()))
    after = not low or key > low or (len(key) < len(low) and key == low[: len(key)])
    before = not high or key[: len(high)] <= high or key == high[: len(key)]
    return after and before
