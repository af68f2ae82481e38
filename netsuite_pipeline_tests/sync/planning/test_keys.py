"""Keys as NetSuite sends them: read, compared, halved. Tables of cases over pure functions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsuite_pipeline.netsuite.errors import QueryError
from netsuite_pipeline.sync.planning.keys import (
    has_integer_key,
    is_after,
    key_of,
    ranges_between,
    split_range,
)
from netsuite_pipeline.sync.planning.read_plan import Key, KeyRange
from netsuite_pipeline.tables import Table
from netsuite_pipeline_tests.sync.books import ACCOUNTTYPE, CUSTOMER, LINE


@pytest.mark.parametrize(
    ("table", "row", "key"),
    [
        (CUSTOMER, {"id": "7", "companyname": "x"}, ("7",)),
        (CUSTOMER, {"id": "-1"}, ("-1",)),
        (LINE, {"id": "2", "transaction": "10"}, ("10", "2")),
        (ACCOUNTTYPE, {"id": "O'Neill & Söhne"}, ("O'Neill & Söhne",)),
        (ACCOUNTTYPE, {"id": ""}, ("",)),
    ],
)
def test_a_rows_key_is_in_the_order_of_the_spec(table: Table, row: dict[str, str | None], key: Key) -> None:
    assert key_of(row, table) == key


@pytest.mark.parametrize(
    ("table", "row"),
    [
        (CUSTOMER, {}),
        (CUSTOMER, {"id": None}),
        (CUSTOMER, {"id": ""}),
        (CUSTOMER, {"id": "1.0"}),
        (CUSTOMER, {"id": "1 OR 1 = 1"}),
        (CUSTOMER, {"id": "7\n"}),
        (LINE, {"transaction": "7"}),
        (ACCOUNTTYPE, {"longname": "Bank"}),
    ],
)
def test_a_row_behind_which_nobody_can_ask_is_an_error(table: Table, row: dict[str, str | None]) -> None:
    with pytest.raises(QueryError, match=f"A row of {table.name} has .* in its key") as refused:
        key_of(row, table)
    assert "catalogue" in refused.value.remedy


@pytest.mark.parametrize(
    ("table", "key", "after", "behind"),
    [
        (CUSTOMER, ("10",), ("9",), True),  # as numbers, not as text
        (CUSTOMER, ("9",), ("9",), False),
        (CUSTOMER, ("9",), ("10",), False),
        (CUSTOMER, ("-1",), ("-2",), True),
        (LINE, ("10", "0"), ("9", "99"), True),
        (LINE, ("9", "100"), ("9", "99"), True),
        (LINE, ("9", "99"), ("9", "99"), False),
        (LINE, ("8", "100"), ("9", "99"), False),
        (LINE, ("10", "0"), ("9",), True),  # behind all that begin with 9
        (LINE, ("9", "5"), ("9",), False),
        (ACCOUNTTYPE, ("a",), ("B",), True),  # text: NetSuite's own order, all that is known is that it moved
        (ACCOUNTTYPE, ("a",), ("a",), False),
    ],
)
def test_whether_a_key_comes_behind_another(table: Table, key: Key, after: Key, behind: bool) -> None:
    assert is_after(key, after, table) == behind


@pytest.mark.parametrize(("table", "counts"), [(CUSTOMER, True), (LINE, True), (ACCOUNTTYPE, False)])
def test_only_a_key_that_begins_with_a_number_can_be_indexed(table: Table, counts: bool) -> None:
    assert has_integer_key(table) == counts


@pytest.mark.parametrize(
    ("place", "last", "greatest", "expected"),
    [
        (KeyRange(), ("20",), 100, (KeyRange(None, ("60",)), KeyRange(("60",), None))),
        (KeyRange(("7",), ("40",)), ("20",), 100, (KeyRange(("7",), ("30",)), KeyRange(("30",), ("40",)))),
        (KeyRange(("7", "3"), ("40", "2")), ("20", "9"), 0, (KeyRange(("7", "3"), ("30",)), KeyRange(("30",), ("40", "2")))),
        (KeyRange(), ("20",), 22, (KeyRange(None, ("21",)), KeyRange(("21",), None))),
        # Of two numbers the first is read on (its further lines), the second is the other half.
        (KeyRange(), ("20", "9"), 21, (KeyRange(None, ("20",)), KeyRange(("20",), None))),
        (KeyRange(), ("20",), 20, None),
        (KeyRange(), ("21",), 20, None),  # rows came meanwhile
        (KeyRange(None, ("20",)), ("20",), 100, None),
        (KeyRange(values=("1", "2")), ("1",), 100, None),
        (KeyRange(), ("-5",), 4, (KeyRange(None, ("-1",)), KeyRange(("-1",), None))),
    ],
)  # fmt: skip
def test_the_rest_of_a_key_range_is_split(
    place: KeyRange, last: Key, greatest: int, expected: tuple[KeyRange, KeyRange] | None
) -> None:
    assert split_range(place, last, greatest) == expected


@given(st.integers(-50, 50), st.integers(0, 100), st.integers(0, 100) | st.none())
def test_halves_are_disjoint_and_leave_nothing_out(low: int, read: int, high: int | None) -> None:
    """Of the keys behind what is read, each is in exactly one half."""
    last, greatest = low + read, low + 100
    end = low + high if high is not None else None
    place = KeyRange((str(low),), None if end is None else (str(end),))
    halves = split_range(place, (str(last),), greatest)
    if halves is None:
        assert (greatest if end is None else end) <= last
        return
    first, second = halves
    assert (first.after, second.up_to) == (place.after, place.up_to)
    assert first.up_to == second.after
    assert first.up_to is not None
    assert last <= int(first.up_to[0]) < (greatest if end is None else end)


@pytest.mark.parametrize(
    ("low", "ends", "places"),
    [
        (None, [], []),
        (None, [("5",)], [KeyRange(None, ("5",))]),
        (("2",), [("5",), ("9",)], [KeyRange(("2",), ("5",)), KeyRange(("5",), ("9",))]),
        (("2", "1"), [("2", "8")], [KeyRange(("2", "1"), ("2", "8"))]),
    ],
)
def test_key_ranges_follow_one_another_without_a_gap(
    low: Key | None, ends: list[Key], places: list[KeyRange]
) -> None:
    assert ranges_between(low, ends) == places
