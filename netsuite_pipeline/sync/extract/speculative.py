"""Pages asked for before the second of the cutoff is over: held until it is known that nothing changed.

A sync is cut at a whole second, and rows may still be saved within it. Waiting for its end costs a long table
up to a second of all its slots; instead its pages are asked for at once, and when the second is over one
question tells what changed in it. Only the places where something did are asked for again.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange

MANY_PLACES = 30  # fewer are read about as soon when they wait


@dataclass
class SpeculativePages:
    """What was asked for too early, of one table.

    Args:
        too_early: Whether the second of the cutoff still goes on.
        changed: Asks which rows changed since the cutoff's second began: their keys, or the first columns
            of them; None where NetSuite does not tell.
    """

    too_early: Callable[[], bool] = lambda: False
    changed: Callable[[], Iterable[Key] | None] = tuple
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: set[int] = field(default_factory=set)
    _stale: set[int] = field(default_factory=set)
    _held: dict[int, Callable[[], None]] = field(default_factory=dict)
    _known: bool = False

    def may_start(self, number: int, places: int) -> bool:
        """Whether a place may be asked for although it is too early; the place is noted then."""
        with self._lock:
            if places < MANY_PLACES or self._known or not self.too_early():
                return False
            self._asked.add(number)
            return True

    def add(self, number: int, tell: Callable[[], None]) -> bool:
        """Takes in a page that was asked for early: told at once, later, or never.

        Returns:
            Whether the page is good as far as is known; otherwise its place is to be asked for again.
        """
        with self._lock:
            if not self._known:
                self._held[number] = tell
                return True
            if number in self._stale:
                return False
        tell()
        return True

    def resolve(self, places: Mapping[int, KeyRange]) -> set[int]:
        """Finds out which early places changed meanwhile, once the second is over, and tells of the others.

        Args:
            places: All places of the table by number.

        Returns:
            The places whose pages have landed and are to be asked for again.
        """
        told = self.changed() if self._asked else ()
        keys = None if told is None else [tuple(map(int, key)) for key in told]
        with self._lock:
            self._known = True
            self._stale = {
                number
                for number in self._asked
                if keys is None or any(_is_in(key, places[number]) for key in keys)
            }
            again = self._stale & self._held.keys()
            good = [tell for number, tell in self._held.items() if number not in self._stale]
            self._held.clear()
        for tell in good:
            tell()
        return again


def _is_in(key: tuple[int, ...], place: KeyRange) -> bool:
    """Whether a row of that key, or of a key that begins so, may be in a place.

    Example:
        >>> _is_in((7,), KeyRange(("5", "1"), ("9", "4"))), _is_in((9, 5), KeyRange(("5", "1"), ("9", "4")))
        (True, False)
    """
    low = tuple(map(int, place.after or ()))
    high = tuple(map(int, place.up_to or ()))
    after = not low or key > low or (len(key) < len(low) and key == low[: len(key)])
    before = not high or key[: len(high)] <= high or key == high[: len(key)]
    return after and before
