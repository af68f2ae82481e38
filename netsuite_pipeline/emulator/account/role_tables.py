"""The tables `role` and `rolepermissions`, and the check of a condition on rows before a role gets it."""

import json
from collections.abc import Iterable

import duckdb

from netsuite_pipeline.emulator.account.permissions import NAMES
from netsuite_pipeline.emulator.account.roles import Role
from netsuite_pipeline.emulator.settings import SettingError

_UNRESTRICTED = -1  # restriction as in Oracle's sample (NSH:section_0210123130)


def store_roles(connection: duckdb.DuckDBPyConnection, roles: Iterable[Role]) -> None:
    """Writes the roles where SuiteQL reads them."""
    kept = list(roles)
    permissions: list[dict[str, object]] = [
        {
            "role": role.id,
            "permkey": permission,
            "permlevel": level,
            "name": NAMES.get(permission, permission),
            "restriction": _UNRESTRICTED,
        }
        for role in kept
        for permission, level in sorted(role.permissions.items())
    ]
    rows: list[dict[str, object]] = [
        {
            "id": role.id,
            "scriptid": f"customrole{role.id}" if role.id >= 1000 else role.name.lower(),
            "name": role.name,
            "isinactive": "T" if role.inactive else "F",
            "centertype": "BASIC",
        }
        for role in kept
    ]
    connection.execute("BEGIN")
    _replace(
        connection,
        "role",
        rows,
        {
            "id": "BIGINT",
            "scriptid": "VARCHAR",
            "name": "VARCHAR",
            "isinactive": "VARCHAR",
            "centertype": "VARCHAR",
        },
    )
    _replace(
        connection,
        "rolepermissions",
        permissions,
        {
            "role": "BIGINT",
            "permkey": "VARCHAR",
            "permlevel": "BIGINT",
            "name": "VARCHAR",
            "restriction": "BIGINT",
        },
    )
    connection.execute("COMMIT")


def check_condition(connection: duckdb.DuckDBPyConnection, table: str, condition: str) -> None:
    """Makes sure that a condition is one, over columns the table has.

    Args:
        table: A table of the company.
        condition: DuckDB's SQL, e.g. `id % 2 = 0`.

    Raises:
        SettingError: It is not; DuckDB's words are in the message.
    """
    sql = f'SELECT 1 FROM ns."{table}" WHERE ({condition}) LIMIT 0'
    try:
        if len(duckdb.extract_statements(sql)) != 1:
            raise SettingError(f"{condition!r} is more than a condition.")
        connection.cursor().execute(sql)
    except duckdb.Error as error:
        raise SettingError(f"{condition!r} is no condition on {table}: {error}") from error


def _replace(
    connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, object]], types: dict[str, str]
) -> None:
    connection.execute(f'DELETE FROM ns."{table}"')
    connection.execute(
        f'INSERT INTO ns."{table}" BY NAME '
        f"SELECT unnest(from_json(?::JSON, '{json.dumps([types])}'), recursive := true)",
        [json.dumps(rows)],
    )
