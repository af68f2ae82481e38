"""Pages asked for within the second of the cutoff: good only where nothing changed in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from netsuite_pipeline.sync.extract.speculative import MIN_KEY_RANGES, SpeculativePages, _is_in
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange

TENS = {number: KeyRange((str(number * 10),), (str(number * 10 + 10),)) for number in range(MIN_KEY_RANGES)}


@dataclass
class _Second:
    """The second of the cutoff, what changes in it, and which pages were published."""

    changed: Sequence[Key] | None = ()
    goes_on: bool = True
    questions: int = 0
    published: list[int] = field(default_factory=list)

    def early(self) -> SpeculativePages:
        def ask() -> Sequence[Key] | None:
            self.questions += 1
            return self.changed

        return SpeculativePages(lambda: self.goes_on, ask)

    def add(self, early: SpeculativePages, number: int) -> bool:
        return early.add(number, lambda: self.published.append(number))


def test_a_short_table_waits_for_the_second_to_end() -> None:
    early = _Second().early()
    assert not early.may_start(0, MIN_KEY_RANGES - 1)
    assert early.may_start(0, MIN_KEY_RANGES)


def test_after_the_second_nothing_is_early() -> None:
    second = _Second(goes_on=False)
    early = second.early()
    assert not early.may_start(0, MIN_KEY_RANGES)
    assert early.resolve(TENS) == set()
    assert second.questions == 0, "where nothing was early nothing is asked"


def test_speculative_pages_are_reported_once_they_are_known_to_be_unchanged() -> None:
    second = _Second(changed=[("1000",)])
    early = second.early()
    for number in (0, 1):
        assert early.may_start(number, MIN_KEY_RANGES)
    assert second.add(early, 0)
    assert second.published == []
    second.goes_on = False
    assert early.resolve(TENS) == set()
    assert second.published == [0]
    assert second.add(early, 1), "it was still under way"
    assert second.published == [0, 1]


def test_a_place_where_something_changed_is_asked_for_again_whether_it_has_landed_or_not() -> None:
    second = _Second(changed=[("5",), ("25",)])
    early = second.early()
    for number in (0, 1, 2):
        assert early.may_start(number, MIN_KEY_RANGES)
    assert second.add(early, 0)
    assert second.add(early, 1)
    assert early.resolve(TENS) == {0}, "the landed page; the other one is returned when it lands"
    assert not second.add(early, 2)
    assert second.published == [1]


def test_without_a_list_of_changes_all_speculative_key_ranges_are_read_again() -> None:
    second = _Second(changed=None)
    early = second.early()
    for number in (3, 4):
        assert early.may_start(number, MIN_KEY_RANGES)
        assert second.add(early, number)
    assert early.resolve(TENS) == {3, 4}
    assert second.published == []


@pytest.mark.parametrize(
    ("key", "place", "within"),
    [
        ((10,), KeyRange(("10",), ("20",)), False),
        ((11,), KeyRange(("10",), ("20",)), True),
        ((20,), KeyRange(("10",), ("20",)), True),
        ((21,), KeyRange(("10",), ("20",)), False),
        ((1,), KeyRange(None, ("20",)), True),
        ((9999,), KeyRange(("10",), None), True),
        # A parent's key says that any of its lines may have changed.
        ((5,), KeyRange(("5", "3"), ("7", "2")), True),
        ((7,), KeyRange(("5", "3"), ("7", "2")), True),
        ((8,), KeyRange(("5", "3"), ("7", "2")), False),
        ((4,), KeyRange(("5", "3"), ("7", "2")), False),
        ((5, 3), KeyRange(("5", "3"), ("7", "2")), False),
        ((5, 4), KeyRange(("5", "3"), ("7", "2")), True),
        ((7, 2), KeyRange(("5", "3"), ("7", "2")), True),
        ((7, 3), KeyRange(("5", "3"), ("7", "2")), False),
        ((7, 3), KeyRange(("5",), ("7",)), True),
    ],
)
def test_which_places_a_change_concerns(key: tuple[int, ...], place: KeyRange, within: bool) -> None:
    assert _is_in(key, place) is within
