"""How many rows may go whose deletion NetSuite does not log."""

import pytest

from netsuite_pipeline.warehouse.rows.deletion_state import is_small_loss, is_small_share


@pytest.mark.parametrize(
    ("rows", "lost", "small"),
    [
        (1000, 0, True),
        (1000, 5, True),
        (1000, 6, False),
        (500, 5, True),
        (499, 5, False),
        (100, 1, True),
        (99, 1, False),
        (10, 10, False),
        (1_000_000, 6, False),
        (3, -2, True),  # a list that was made anew has more rows than before
    ],
)
def test_five_rows_and_one_percent_may_go_without_a_log(rows: int, lost: int, small: bool) -> None:
    assert is_small_loss(rows, lost) is small


@pytest.mark.parametrize(
    ("rows", "lost", "small"),
    [(1000, 100, True), (1000, 101, False), (8, 5, True), (8, 6, False), (5, 5, False), (1, 1, False)],
)
def test_a_tenth_of_a_list_may_go_and_never_all_of_it(rows: int, lost: int, small: bool) -> None:
    assert is_small_share(rows, lost, 0.1) is small
