"""The tables `role` and `rolepermissions`, and the check of conditions on rows."""

from collections.abc import Iterable

import duckdb

from netsuite_pipeline.emulator.account.permissions import NAMES
from netsuite_pipeline.emulator.account.roles import Role
from netsuite_pipeline.emulator.company.storage import replace_rows
from netsuite_pipeline.emulator.settings import SettingError

_UNRESTRICTED = -1  # restriction as in Oracle's sample (NSH:section_0210123130)


def store_roles(connection: duckdb.DuckDBPyConnection, roles: Iterable[Role]) -> None:
    """Write the roles into the tables for SuiteQL."""
    stored = list(roles)
    rows = [
        (
            role.id,
            f"customrole{role.id}" if role.id >= 1000 else role.name.lower(),
            role.name,
            role.inactive,
            "BASIC",
        )
        for role in stored
    ]
    permissions = [
        (role.id, permission, level, NAMES.get(permission, permission), _UNRESTRICTED)
        for role in stored
        for permission, level in sorted(role.permissions.items())
    ]
    connection.execute("BEGIN")
    replace_rows(connection, "role", "id, scriptid, name, isinactive, centertype", rows)
    replace_rows(connection, "rolepermissions", "role, permkey, permlevel, name, restriction", permissions)
    connection.execute("COMMIT")


def check_condition(connection: duckdb.DuckDBPyConnection, table: str, condition: str) -> None:
    """Check that a text is one condition over the columns of a table.

    Args:
        connection: The company.
        table: A table of the company.
        condition: DuckDB SQL, e.g. `id % 2 = 0`.

    Raises:
        SettingError: The text is no condition; the message has DuckDB's.
    """
    sql = f'SELECT 1 FROM ns."{table}" WHERE ({condition}) LIMIT 0'
    try:
        if len(duckdb.extract_statements(sql)) != 1:
            raise SettingError(f"{condition!r} is more than a condition.")
        connection.cursor().execute(sql)
    except duckdb.Error as error:
        raise SettingError(f"{condition!r} is no condition on {table}: {error}") from error
