"""The names that users import are pinned here: a change to them is a change to the contract."""

import subprocess
import sys

import netsuite_pipeline

PUBLIC = {
    "AccountIdError",
    "ConfigurationError",
    "DagsterNetSuiteTranslator",
    "NangoCredentials",
    "NetSuiteClient",
    "NetSuiteComponent",
    "NetSuiteError",
    "NetSuiteResource",
    "NetSuiteTableProps",
    "OAuth2Credentials",
    "PermissionDenied",
    "QueryError",
    "ScheduleSpec",
    "SignInError",
    "Sync",
    "SyncConfig",
    "SyncReport",
    "SyncRequest",
    "Table",
    "Throttled",
    "TokenCredentials",
    "Unavailable",
    "Warehouse",
    "WarehouseError",
    "WarehouseResource",
    "__version__",
    "build_netsuite_connection_sensor",
    "build_netsuite_definitions",
    "build_netsuite_permission_sensor",
    "load_netsuite_asset_specs",
    "netsuite_assets",
    "read",
    "standard_tables",
}


def test_the_public_names_are_these_and_all_of_them_load() -> None:
    assert set(netsuite_pipeline.__all__) == PUBLIC
    for name in PUBLIC:
        assert getattr(netsuite_pipeline, name) is not None
    assert set(dir(netsuite_pipeline)) >= PUBLIC


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(netsuite_pipeline, "NoSuchThing")


def test_the_command_line_starts_without_dagster_and_pandas() -> None:
    modules = (
        "commands.sync commands.suiteql commands.tables commands.doctor commands.report commands.discover cli"
    )
    code = (
        "import sys\n"
        f"for name in {modules.split()!r}:\n"
        "    __import__(f'netsuite_pipeline.{name}')\n"
        "print(sorted({'dagster', 'pandas', 'sqlglot', 'starlette', 'apprise'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
