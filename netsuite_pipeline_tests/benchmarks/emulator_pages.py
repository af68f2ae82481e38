"""How many keyset pages of 1000 rows by 15 columns the emulator answers a second, and what one costs it.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.emulator_pages [--seconds 5] [--scale 1]`.
"""

import argparse
import http.client
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from oauthlib.oauth1 import Client

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator

PATH = "/services/rest/query/v1/suiteql"
UTC = 'TO_CHAR(SYS_EXTRACT_UTC({0}), \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') AS {0}'
COLUMNS = (
    "id, tranid, type, recordtype, memo, TO_CHAR(trandate, 'YYYY-MM-DD') AS trandate, status, createdby, "
    f"{UTC.format('createddate')}, currency, exchangerate, foreigntotal, entity, "
    f"{UTC.format('lastmodifieddate')}, postingperiod"
)


@dataclass(frozen=True)
class Measured:
    """What a stretch of asking came to. `cpu_ms` is the emulator's processor time a page."""

    pages: int
    rows: int
    seconds: float
    cpu_ms: float
    bytes_per_page: float

    @property
    def pages_per_core_second(self) -> float:
        """Pages one core answers a second."""
        return 1000 / self.cpu_ms


class Asker:
    """A client on one connection, as plain as can be so that it does not slow the server down."""

    def __init__(self, env: Mapping[str, str], gzip: bool) -> None:
        self._url = env["NETSUITE_BASE_URL"] + PATH
        self._client = Client(
            env["NETSUITE_CONSUMER_KEY"],
            client_secret=env["NETSUITE_CONSUMER_SECRET"],
            resource_owner_key=env["NETSUITE_TOKEN_ID"],
            resource_owner_secret=env["NETSUITE_TOKEN_SECRET"],
            signature_method="HMAC-SHA256",
            realm=env["NETSUITE_ACCOUNT_ID"],
        )
        self._connection = http.client.HTTPConnection(env["NETSUITE_BASE_URL"].removeprefix("http://"))
        self._headers = {"Content-Type": "application/json", "Prefer": "transient"}
        if gzip:
            self._headers["Accept-Encoding"] = "gzip"

    def ask(self, query: str) -> bytes:
        """Asks one page; RuntimeError when it is no page."""
        _, signed, _ = self._client.sign(self._url, "POST")
        headers = self._headers | {"Authorization": signed["Authorization"]}
        self._connection.request("POST", PATH, json.dumps({"q": query}), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {body[:300]!r}")
        return body

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def page_bounds(env: Mapping[str, str]) -> list[tuple[int, int]]:
    """Finds where pages of 1000 transactions begin and end."""
    asker = Asker(env, gzip=False)
    found = asker.ask(
        "SELECT id FROM (SELECT id, ROWNUM AS rn FROM (SELECT id FROM transaction ORDER BY id)) "
        "WHERE MOD(rn, 1000) = 0 ORDER BY id"
    )
    asker.close()
    ends = [int(item["id"]) for item in json.loads(found)["items"]]
    return list(zip([0, *ends], ends, strict=False))


def measure(emulator: EmulatorProcess, *, gzip: bool, seconds: float, connections: int) -> Measured:
    """Asks page after page on several connections for a while."""
    bounds = page_bounds(emulator.env)
    emulator.admin.reset_stats()
    before = emulator.admin.stats()
    until = time.monotonic() + seconds
    sizes: list[int] = []
    failures: list[Exception] = []

    def work(first: int) -> None:
        asker = Asker(emulator.env, gzip)
        place = first
        try:
            while time.monotonic() < until:
                low, high = bounds[place % len(bounds)]
                place += connections
                sizes.append(
                    len(
                        asker.ask(
                            f"SELECT {COLUMNS} FROM transaction WHERE id > {low} AND id <= {high} ORDER BY id"
                        )
                    )
                )
        except Exception as error:
            failures.append(error)
        finally:
            asker.close()

    started = time.monotonic()
    threads = [threading.Thread(target=work, args=(first,)) for first in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = time.monotonic() - started
    if failures:
        raise failures[0]
    after = emulator.admin.stats()
    cpu = after.cpu_seconds - before.cpu_seconds
    return Measured(after.pages, after.rows, taken, cpu / after.pages * 1000, sum(sizes) / len(sizes))


def main() -> None:
    """Measures with and without compression and prints both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--connections", type=int, default=4)
    given = parser.parse_args()
    with start_emulator(scale=given.scale, concurrency=given.connections) as emulator:
        for gzip in (False, True):
            measure(emulator, gzip=gzip, seconds=0.5, connections=given.connections)
            found = measure(emulator, gzip=gzip, seconds=given.seconds, connections=given.connections)
            print(
                f"gzip {'on ' if gzip else 'off'}  {found.pages / found.seconds:6.0f} pages/s measured   "
                f"{found.cpu_ms:5.2f} ms CPU a page = {found.pages_per_core_second:4.0f} pages/s a core   "
                f"{found.rows / found.pages:.0f} rows, {found.bytes_per_page / 1024:.0f} KiB a page"
            )


if __name__ == "__main__":
    main()
