"""A client to compare with: the PyPI package netsuite, ten requests in flight, pages by offset.

`python -m netsuite_pipeline_tests.benchmarks.package_client WAREHOUSE`, with NETSUITE_… set.
"""

import asyncio
import json
import os
import sys
from typing import Any

import duckdb
import httpx
import pandas as pd
from netsuite import Config, NetSuiteRestApi, TokenAuth, rest_api_base  # type: ignore[import-untyped]

from netsuite_pipeline_tests.benchmarks.measuring import peak_mib
from netsuite_pipeline_tests.benchmarks.plain_query import LINES

_IN_FLIGHT = 10
_REAL_CLIENT = httpx.AsyncClient


class Loopback(httpx.AsyncHTTPTransport):
    """Sends to the emulator what was signed for, and is addressed to, the account's own host."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Changes where the request goes, not its Host header."""
        target = httpx.URL(os.environ["NETSUITE_BASE_URL"])
        request.url = request.url.copy_with(scheme="http", host=target.host, port=target.port)
        return await super().handle_async_request(request)


def _client() -> httpx.AsyncClient:
    """What the package makes for each request; like its own it has connections to itself."""
    return _REAL_CLIENT(transport=Loopback())


async def _every_row(api: Any) -> list[dict[str, Any]]:
    first = await api.suiteql(LINES, limit=1000, offset=0)
    offsets = range(1000, first["totalResults"], 1000)
    others = await asyncio.gather(*(api.suiteql(LINES, limit=1000, offset=offset) for offset in offsets))
    return [item for page in (first, *others) for item in page["items"]]


def main() -> None:
    """Reads the table and stores it."""
    rest_api_base.httpx.AsyncClient = _client
    env = os.environ
    auth = TokenAuth(
        consumer_key=env["NETSUITE_CONSUMER_KEY"],
        consumer_secret=env["NETSUITE_CONSUMER_SECRET"],
        token_id=env["NETSUITE_TOKEN_ID"],
        token_secret=env["NETSUITE_TOKEN_SECRET"],
    )
    config = Config(account=env["NETSUITE_ACCOUNT_ID"], auth=auth)
    frame = pd.DataFrame(asyncio.run(_every_row(NetSuiteRestApi(config, concurrent_requests=_IN_FLIGHT))))
    with duckdb.connect(sys.argv[1]) as connection:
        connection.execute("CREATE TABLE transactionline AS SELECT * EXCLUDE (links) FROM frame")
    print(json.dumps({"rows": len(frame), "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()
