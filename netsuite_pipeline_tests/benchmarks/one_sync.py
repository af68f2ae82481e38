"""The process that is measured: one sync into a fresh warehouse, from the interpreter's start to the published
file. It prints what it did as JSON.

`python -m netsuite_pipeline_tests.benchmarks.one_sync WAREHOUSE [--table transaction]`, with NETSUITE_… set.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.sync.planning.read_plan import OVERLAP
from netsuite_pipeline.sync.request import SyncRequest
from netsuite_pipeline.sync.run import Sync
from netsuite_pipeline.tables import Table, standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.benchmarks.measuring import peak_mib

FIFTEEN = {
    "transactionline": (
        *("transaction", "id", "uniquekey", "linesequencenumber", "memo", "entity", "item", "subsidiary"),
        *("department", "mainline", "taxline", "netamount", "quantity", "rate", "linelastmodifieddate"),
    ),
    "transaction": (
        *("id", "tranid", "type", "recordtype", "memo", "trandate", "status", "createdby", "createddate"),
        *("currency", "exchangerate", "foreigntotal", "entity", "lastmodifieddate", "postingperiod"),
    ),
}
"""The fifteen columns of each table that is measured alone: numbers, texts, booleans, moments."""


def fifteen_columns(name: str) -> Table:
    """A table of the standard catalogue, cut down to fifteen columns without display names.

    Example:
        >>> len(fifteen_columns("transactionline").columns)
        15
    """
    table = standard_tables()[name]
    return replace(table, columns=tuple(replace(table.column(each), label=False) for each in FIFTEEN[name]))


def main() -> int:
    """Syncs and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--table", choices=[*FIFTEEN, "all"], default="transactionline")
    given = parser.parse_args()
    catalogue = standard_tables()
    tables = tuple(catalogue.values()) if given.table == "all" else (fifteen_columns(given.table),)
    request = SyncRequest(
        tables=tables,
        catalogue={**catalogue, **{table.name: table for table in tables}},
        connection="netsuite",
        full=False,
        overlap=OVERLAP,
    )
    cpu_before = time.process_time()
    with client_from_environment() as client:
        sync = Sync(client, Warehouse(given.warehouse), request)
        for _ in sync:
            pass
    report = sync.report()
    for table in report.failed:
        print(f"{table.table}: {table.error}", file=sys.stderr)
    result = {
        "rows": {table.table: table.rows for table in report.tables if table.status == "done"},
        "modes": sorted({table.mode for table in report.tables if table.status == "done"}),
        "matches": {table.table: table.matches for table in report.tables},
        "requests": sum(table.requests for table in report.tables),
        "cpu_seconds": time.process_time() - cpu_before,
        "peak_mib": peak_mib(),
    }
    print(json.dumps(result))
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
