"""A client whose pages are short, so that a small company has as many of them as a large one."""

from typing import Any

from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.http.page import Page


class ShortPages(NetSuiteClient):
    """Asks for at most `page_rows` rows at once; all else is NetSuiteClient's."""

    page_rows = 100

    def fetch_page(self, sql: str, **options: Any) -> Page:
        return super().fetch_page(sql, **{"limit": self.page_rows, **options})
