"""Roles with their permissions, and the access to tables and rows that follows for SuiteQL."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from netsuite_pipeline.emulator.account.permissions import (
    LOG_IN_WITH_OAUTH2,
    SOAP_WEB_SERVICES,
    TRANSPORT,
    levels_of,
)
from netsuite_pipeline.emulator.company.records import RECORDS, Record
from netsuite_pipeline.emulator.suiteql.access import Access

ADMINISTRATOR = "Administrator"
DATA_PIPELINE = "Data pipeline"
SALES_ANALYST = "Sales analyst"

HIDDEN_BY_DEFAULT: Mapping[tuple[str, str], str] = {("transaction", "subsidiary"): "NOT_EXPOSED"}
"""Seen on one account and denied on another; the likelier refusal is the default."""

HIDING_STATES = ("NOT_EXPOSED", "REMOVED", "UNKNOWN", "POISON")


@dataclass(frozen=True)
class Role:
    """One role and its permissions.

    Attributes:
        permissions: Level by permission id, 1 View to 4 Full; a missing permission is None.
        administrator: Whether the role has every permission, which cannot be removed.
        subsidiaries: Ids of the subsidiaries that the role is restricted to; None for no restriction.
        row_filters: Condition on a table's rows, by table; other rows are invisible to the role.
    """

    id: int
    name: str
    permissions: Mapping[str, int] = field(default_factory=dict)
    administrator: bool = False
    inactive: bool = False
    subsidiaries: tuple[int, ...] | None = None
    row_filters: Mapping[str, str] = field(default_factory=dict)

    def level(self, permission: str) -> int:
        """Return the level of a permission, 0 for none to 4 for Full."""
        return 4 if self.administrator else self.permissions.get(permission, 0)


def standard_roles() -> dict[str, Role]:
    """Return the roles of every emulated account.

    Data pipeline is a custom role with the permissions of all tables, SOAP and OAuth 2.0; Sales analyst has
    few.
    """
    everything = {record.permission: levels_of(record.permission)[0] for record in RECORDS.values()}
    little = {"LIST_CUSTJOB": 1, "LIST_ITEM": 1, "LIST_FIND": 1, "TRAN_FIND": 1}
    roles = (
        Role(3, ADMINISTRATOR, everything | dict(TRANSPORT), administrator=True),
        Role(
            1012, DATA_PIPELINE, everything | dict(TRANSPORT) | {SOAP_WEB_SERVICES: 4, LOG_IN_WITH_OAUTH2: 4}
        ),
        Role(1013, SALES_ANALYST, little | dict(TRANSPORT)),
    )
    return {role.name: role for role in roles}


def access_of(
    role: Role,
    *,
    features: frozenset[str],
    hidden_columns: Mapping[tuple[str, str], str],
    version: int,
) -> Access:
    """Return the tables, columns and rows that a role sees.

    Args:
        role: The role.
        features: Ids of the features that are on.
        hidden_columns: Columns that no role may name, and their refusals.
        version: Version of the result.
    """
    seen = {record.name: record for record in RECORDS.values() if _sees(role, record, features)}
    visible = {
        name: frozenset(
            each.name
            for each in record.fields
            if (each.feature is None or each.feature in features) and (name, each.name) not in hidden_columns
        )
        for name, record in seen.items()
    }
    return Access(
        visible=visible,
        hidden_columns=dict(hidden_columns),
        no_such_record=frozenset(RECORDS) - frozenset(seen),
        row_filters=_row_filters(role, seen.values()),
        version=version,
    )


def _sees(role: Role, record: Record, features: frozenset[str]) -> bool:
    return (record.feature is None or record.feature in features) and role.level(record.permission) > 0


def _row_filters(role: Role, records: Iterable[Record]) -> dict[str, str]:
    filters: dict[str, str] = {}
    for record in records:
        conditions = []
        if role.subsidiaries is not None:
            conditions += _subsidiary_conditions(record, role.subsidiaries)
        if record.name in role.row_filters:
            conditions.append(role.row_filters[record.name])
        # Lines are visible only with their transaction.
        if "transaction" in role.row_filters and record.name in _LINES_OF_TRANSACTIONS:
            column = _LINES_OF_TRANSACTIONS[record.name]
            conditions.append(
                f'"{column}" IN (SELECT id FROM ns."transaction" WHERE {role.row_filters["transaction"]})'
            )
        if conditions:
            filters[record.name] = " AND ".join(f"({condition})" for condition in conditions)
    return filters


_LINES_OF_TRANSACTIONS: Mapping[str, str] = {
    "transactionline": "transaction",
    "transactionaccountingline": "transaction",
    "nexttransactionlinelink": "previousdoc",
}
_TRANSACTIONS_BY_LINE: Mapping[str, str] = {**_LINES_OF_TRANSACTIONS, "transaction": "id"}
_RELATIONSHIPS: Mapping[str, str] = {
    "customer": "customersubsidiaryrelationship",
    "vendor": "vendorsubsidiaryrelationship",
}


def _subsidiary_conditions(record: Record, subsidiaries: tuple[int, ...]) -> list[str]:
    """Return the conditions of a restriction to subsidiaries (NSH:section_156257770590)."""
    ids = ", ".join(str(each) for each in subsidiaries) or "NULL"
    if record.subsidiary_field is not None:
        return [f'"{record.subsidiary_field}" IN ({ids})']
    if record.name in _TRANSACTIONS_BY_LINE:
        column = _TRANSACTIONS_BY_LINE[record.name]
        return [f'"{column}" IN (SELECT "transaction" FROM ns.transactionline WHERE subsidiary IN ({ids}))']
    if record.name in _RELATIONSHIPS:
        return [
            f'"id" IN (SELECT entity FROM ns."{_RELATIONSHIPS[record.name]}" WHERE subsidiary IN ({ids}))'
        ]
    if any(each.name == "subsidiary" and each.type == "multiselect" for each in record.fields):
        wanted = ", ".join(f"'{each}'" for each in subsidiaries)
        return [
            f'"subsidiary" IS NULL OR list_has_any(string_split("subsidiary", \', \'), [{wanted}]::VARCHAR[])'
        ]
    return []
