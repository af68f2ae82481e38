"""A client to compare with: the plain loop that pages by offset, one request after the other.

`python -m netsuite_pipeline_tests.benchmarks.offset_client WAREHOUSE`, with NETSUITE_… set.
"""

import json
import os
import sys
from typing import Any

import duckdb
import pandas as pd
import requests
from requests_oauthlib import OAuth1

from netsuite_pipeline_tests.benchmarks.measuring import peak_mib
from netsuite_pipeline_tests.benchmarks.plain_query import LINES


def main() -> None:
    """Reads the table and stores it."""
    env = os.environ
    auth = OAuth1(
        env["NETSUITE_CONSUMER_KEY"],
        env["NETSUITE_CONSUMER_SECRET"],
        env["NETSUITE_TOKEN_ID"],
        env["NETSUITE_TOKEN_SECRET"],
        signature_method="HMAC-SHA256",
        realm=env["NETSUITE_ACCOUNT_ID"],
    )
    rows: list[dict[str, Any]] = []
    with requests.Session() as session:
        more = True
        while more:
            answer = session.post(
                env["NETSUITE_BASE_URL"] + "/services/rest/query/v1/suiteql",
                params={"limit": 1000, "offset": len(rows)},
                json={"q": LINES},
                headers={"Prefer": "transient"},
                auth=auth,
                timeout=60,
            )
            answer.raise_for_status()
            page = answer.json()
            rows += page["items"]
            more = page["hasMore"]
    frame = pd.DataFrame(rows)
    with duckdb.connect(sys.argv[1]) as connection:
        connection.execute("CREATE TABLE transactionline AS SELECT * EXCLUDE (links) FROM frame")
    print(json.dumps({"rows": len(frame), "peak_mib": peak_mib()}))


if __name__ == "__main__":
    main()
