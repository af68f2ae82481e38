"""Fixtures of the SuiteQL tests."""

import pytest

from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine
from netsuite_pipeline_tests.emulator.suiteql import small_records


@pytest.fixture(scope="package")
def account() -> SuiteQLEngine:
    """An engine on the tiny company, for tests that change nothing."""
    return small_records.engine()
