"""Every mart of the contract against its second computation, row by row, on random ledgers."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netsuite_pipeline_tests.marts.random_ledgers.company import random_company
from netsuite_pipeline_tests.marts.reference.compare import differences

SEEDS = st.integers(0, 2**32)
# A seed has no smaller one: `python -m netsuite_pipeline_tests.marts.reference` finds the fewest rows.
CHECK = settings(
    suppress_health_check=[HealthCheck.too_slow], deadline=None, phases=[Phase.explicit, Phase.generate]
)


@settings(CHECK, max_examples=8)
@given(SEEDS)
def test_marts_say_what_the_contract_says(seed: int) -> None:
    assert not list(differences(*random_company(seed)))


@pytest.mark.long
@CHECK
@given(SEEDS)
def test_marts_say_it_of_many_ledgers(seed: int) -> None:
    assert not list(differences(*random_company(seed)))
