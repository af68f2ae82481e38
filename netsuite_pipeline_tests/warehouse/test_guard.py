"""The collapse guard: what is held back, and what the person is told."""

import pytest

from netsuite_pipeline.warehouse.errors import ShrinkHeldBack
from netsuite_pipeline.warehouse.guard import held_back, refuse_collapse


@pytest.mark.parametrize(
    ("rows", "gone", "held"),
    [
        (0, 0, False),
        (10, 10, False),
        (100, 100, False),
        (101, 101, True),
        (500, 100, False),
        (500, 101, True),
        (1000, 200, False),
        (1000, 201, True),
        (1_000_000, 200_000, False),
        (1_000_000, 200_001, True),
    ],
)
def test_over_a_fifth_and_over_a_hundred_rows_wait(rows: int, gone: int, held: bool) -> None:
    assert held_back(rows, gone) is held


def test_the_refusal_names_table_numbers_and_both_remedies() -> None:
    with pytest.raises(ShrinkHeldBack, match=r"customer: .* 1,201 of 2,000 rows \(60%\)") as refused:
        refuse_collapse("customer", 2000, 1201, accept=False)
    assert "netsuite-pipeline sync --accept-shrink customer" in refused.value.remedy
    assert "Manage Roles" in refused.value.remedy
    assert "subsidiary" in refused.value.remedy


def test_somebodys_word_lets_it_through() -> None:
    refuse_collapse("customer", 2000, 2000, accept=True)
