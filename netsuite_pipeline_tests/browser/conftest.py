"""What the browser tests share."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from netsuite_pipeline_tests.browser.running import chromium_page


@pytest.fixture
def page() -> Iterator[Page]:
    """An empty page of headless Chromium."""
    with chromium_page() as opened:
        yield opened
