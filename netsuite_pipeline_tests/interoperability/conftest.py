"""Companies for the tests of this folder: one to read from, copies of a small one to change."""

import shutil
from pathlib import Path

import pytest

from netsuite_pipeline_tests.interoperability.server.company import build_company


@pytest.fixture(scope="session")
def small_company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's file with a few pages of lines; not to be changed."""
    path = tmp_path_factory.mktemp("small") / "company.sqlite"
    build_company(path, seed=20, scale=0.3)
    return path


@pytest.fixture
def company(small_company: Path, tmp_path: Path) -> Path:
    """A company's file of the test's own."""
    return Path(shutil.copy(small_company, tmp_path / "company.sqlite"))
