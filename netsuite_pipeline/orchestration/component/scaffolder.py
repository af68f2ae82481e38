"""The `defs.yaml` that `dg scaffold defs netsuite_pipeline.NetSuiteComponent …` writes."""

from typing import Any

import dagster as dg

_ATTRIBUTES = """\
# One NetSuite account. Credentials come from environment variables (NETSUITE_ACCOUNT_ID, NETSUITE_TOKEN_ID
# and so on), never from this file. docs/configure.md of netsuite_pipeline shows every attribute.
type: {type}
attributes:
  connection: netsuite # prefix of the assets, schema in DuckDB
  tables: [all] # groups (transactions, masterdata, accounting, lists), tables, -table to leave one out
  cron_schedule: "0 * * * *" # hourly; switched on in the UI under Automation
  execution_timezone: UTC

  # schedules:
  #   nightly: {{cron_schedule: "30 2 * * *", tables: [lists]}}
  # table_settings:
  #   customer: {{leave_out: [comments], hash: [email, phone]}} # needs NETSUITE_HASH_SALT
  # custom_tables: [netsuite_tables.yaml] # as `netsuite-pipeline discover --write` makes it
  # queries:
  #   open_invoice:
  #     query: SELECT id, tranid, entity FROM transaction WHERE type = 'CustInvc' AND closedate IS NULL
  #     key: id
  # translation:
  #   owners: ["team:finance"]
  # warehouse: data/warehouse.duckdb # otherwise the value of NETSUITE_WAREHOUSE
  # alert_urls_env: NETSUITE_ALERT_URLS # the name of the variable with the addresses
  # fresh_for_hours: 24
  # concurrency: 5
"""

_PYTHON = """\
import dagster as dg

from {module} import {name}


@dg.component_instance
def load(context: dg.ComponentLoadContext) -> {name}:
    return {name}(connection="netsuite", tables=["all"])
"""


class NetSuiteScaffolder(dg.Scaffolder[Any]):
    """Writes a `defs.yaml` that loads as it is, with the main attributes in it."""

    def scaffold(self, request: dg.ScaffoldRequest[Any]) -> None:
        """Write `defs.yaml`, or `component.py` if Python is requested."""
        if request.scaffold_format == "python":
            module, _, name = request.type_name.rpartition(".")
            text = _PYTHON.format(module=module, name=name)
            (request.target_path / "component.py").write_text(text, encoding="utf-8")
            return
        text = _ATTRIBUTES.format(type=request.type_name)
        if request.append:
            with request.target_path.open("a", encoding="utf-8") as stream:
                stream.write(f"---\n{text}")
        else:
            (request.target_path / "defs.yaml").write_text(text, encoding="utf-8")
