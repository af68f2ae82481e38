"""What one page of 1000 rows by 15 columns costs the client: asking, signing, unpacking and reading it.

Run by hand: `python -m netsuite_pipeline_tests.benchmarks.client_pages [--pages 400] [--threads 2]`.
"""

import argparse
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from netsuite_pipeline.emulator.process import EmulatorProcess, start_emulator
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.benchmarks.emulator_pages import COLUMNS, page_bounds


@dataclass(frozen=True)
class Measured:
    """What a stretch of asking came to; `cpu_ms` is this process's processor time a page."""

    pages: int
    rows: int
    cpu_ms: float
    seconds: float


def measure(emulator: EmulatorProcess, *, pages: int, threads: int) -> Measured:
    """Asks for pages by ranges of the key, as a sync does, and throws them away."""
    bounds = page_bounds(emulator.env)

    def ask(client: NetSuiteClient, place: int) -> int:
        low, high = bounds[place % len(bounds)]
        page = client.fetch_page(
            f"SELECT {COLUMNS} FROM transaction WHERE id > {low} AND id <= {high} ORDER BY id"
        )
        if page.anomalies or len(page.columns) != 15:
            raise RuntimeError(f"not the page to be measured: {page.anomalies}, {sorted(page.columns)}")
        return len(page.rows)

    settings = ClientSettings(concurrency=threads)
    with (
        client_from_environment(emulator.env, settings) as client,
        ThreadPoolExecutor(threads) as pool,
    ):
        list(pool.map(lambda place: ask(client, place), range(20)))  # connections, imports, caches
        started, cpu = time.perf_counter(), time.process_time()
        rows = sum(pool.map(lambda place: ask(client, place), range(pages)))
        return Measured(
            pages, rows, (time.process_time() - cpu) / pages * 1000, time.perf_counter() - started
        )


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--scale", type=float, default=1)
    given = parser.parse_args()
    with start_emulator(scale=given.scale, concurrency=given.threads) as emulator:
        for _ in range(3):
            found = measure(emulator, pages=given.pages, threads=given.threads)
            print(
                f"{found.cpu_ms:5.2f} ms CPU a page   {found.rows / found.pages:.0f} rows a page   "
                f"{found.pages / found.seconds:.0f} pages/s"
            )


if __name__ == "__main__":
    main()
