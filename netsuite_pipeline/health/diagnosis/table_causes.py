"""Why a table, a column or rows are no longer seen: the possible causes, the likeliest first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from netsuite_pipeline.health.diagnosis.connection_causes import unclear_cause
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide import ENABLE_FEATURES, MANAGE_ROLES, feature_path, permission_path
from netsuite_pipeline.health.setup_guide.menus import TOKEN_ROLE
from netsuite_pipeline.tables import Permission, Table, standard_tables

_FIELDS_OF = MappingProxyType(
    {
        "custbody": "Transaction Body Fields",
        "custcol": "Transaction Line Fields",
        "custentity": "Entity Fields",
        "custitem": "Item Fields",
        "custevent": "CRM Fields",
        "custrecord": "Record Types > (the record type) > Fields",
    }
)
"""Beginning of a custom field's id to where it is set up, under Customization > Lists, Records, & Fields."""


def table_causes(table: Table, *, role: str = "", was_readable: bool = True) -> tuple[Cause, ...]:
    """Why a table is hidden: NetSuite says that it does not exist, and names no permission.

    Args:
        table: The table.
        role: The role's name; empty where it is not known.
        was_readable: Whether it ever was read or seen.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> table_causes(standard_tables()["vendor"])[0].summary
        'The role lost Lists > Vendors (LIST_VENDOR).'
    """
    causes = list(_permission_causes(table, "lost" if was_readable else "lacks", role))
    if table.features:
        causes.append(feature_cause(table.features))
    if not was_readable:
        causes.append(
            Cause(
                "This account has no such table." if table.query is None else _NOT_THERE,
                table.uncertain or "Administrators do not see it either.",
                f"Nothing is to be mended: leave it out of what is synced (-{table.name}).",
            )
        )
    return tuple(causes)


def feature_cause(features: Sequence[str]) -> Cause:
    """Return the cause that one of some features is off, which hides a table.

    Example:
        >>> feature_cause(["Subsidiaries", "Multiple Currencies"]).summary
        'The feature Subsidiaries, Multiple Currencies (one of them or all) is switched off.'
    """
    off = "is switched off" if len(features) == 1 else "(one of them or all) is switched off"
    named = ", ".join(features)
    return Cause(
        f"The feature {named} {off}.",
        "Then the table is hidden from every role.",
        feature_path(named),
        missing=tuple(features),
    )


def unexplained_cause(table: Table, column: str, proof: str) -> Cause:
    """Return what is left to say where the run disproves every cause that is known.

    Args:
        table: The table.
        column: The column that is hidden; empty where the whole table is.
        proof: A table that was read and needs the same.
    """
    what = f"{table.name}.{column}" if column else table.name
    return Cause(
        f"NetSuite hides {what}, and does not say why.",
        f"Permission and feature are there: {proof}, which needs the same, was read a moment ago.",
        f"Open {table.title} in NetSuite as an administrator, then with the role. If the role alone does not "
        f"see it: {MANAGE_ROLES} > (the token's role) > Edit. If nobody does: open a case with NetSuite's "
        "support.",
    )


def named_permission_cause(permission: str, role: str = "") -> Cause:
    """The permission that NetSuite itself names as missing.

    Args:
        permission: In NetSuite's words: `Lists -> Items`.
        role: The role's name; empty where it is not known.

    Example:
        >>> named_permission_cause("Lists -> Items").summary
        'The role lacks Lists > Items.'
    """
    name = permission.replace(" -> ", " > ")
    return Cause(f"The role lacks {name}.", "NetSuite names it.", permission_path(name, role))


_NOT_THERE = "The query names a table or a column that this account has not."


def _permission_causes(table: Table, lacks: str, role: str) -> Iterator[Cause]:
    permission = table.permission
    if table.query is None:
        what = f"The role {lacks} {permission.name} ({permission.id})."
        yield Cause(
            what, "Other tables are readable.", permission_path(permission.name, role), _about(permission)
        )
        return
    for tab, name in permission.places:
        yield Cause(
            f"The role {lacks} {tab} > {name}, which the query needs.",
            f"What {name} shows cannot be read by itself either.",
            permission_path(f"{tab} > {name}", role),
            (f"{tab} > {name}",),
        )
    if not permission.places:
        yield Cause(
            f"The role {lacks} the permission for something that the query reads.",
            "One of its tables cannot be read by itself either.",
            f"{MANAGE_ROLES} > {role or TOKEN_ROLE} > Edit > Permissions: add what is missing (View), "
            "press Add, then Save.",
        )


def _about(permission: Permission) -> tuple[str, ...]:
    return tuple(f"{tab} > {name}" for tab, name in permission.places)


def column_causes(table: Table, column: str, reason: str, *, role: str = "") -> tuple[Cause, ...]:
    """Why a column that was there is not.

    Args:
        table: Its table.
        column: Its name.
        reason: As `probe_columns` returns it.
        role: The role's name; empty where it is not known.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> column_causes(standard_tables()["customer"], "email", "removed")[0].summary
        'The field was removed from the account.'
    """
    access, feature, gone = _access(column, role), _feature_off(table, column), _gone(column)
    match reason:
        case "refused":
            return (unclear_cause(None),)
        case "unexpected":
            return (_FAILS_INSIDE,)
        case "removed":
            return (
                Cause("The field was removed from the account.", "NetSuite says so.", gone.remedy),
                feature,
            )
        case "not_exposed":
            either = f"If administrators still see it: {access.remedy} If not: {feature.remedy}"
            return (Cause(_INTERNAL, "NetSuite says NOT_EXPOSED.", either), access, feature)
    return (feature, access, gone)


_INTERNAL = "NetSuite marks the field as internal: SuiteQL does not give it any more."
_FEATURE_OFF = Cause(
    "A feature that brings the field was switched off.",
    "Then it is gone for every role.",
    f"{ENABLE_FEATURES}: switch it on again, then Save.",
)
_FAILS_INSIDE = Cause(
    "NetSuite fails inside whenever the column is asked for.",
    "The other columns are answered together.",
    "Open a case with NetSuite's support. Syncs leave the column out meanwhile; its old values stay.",
)


def _feature_off(table: Table, column: str) -> Cause:
    """Return the cause that a feature is off; of a column that points to a list, the feature of the list."""
    pointed = next((each.references for each in table.columns if each.name == column), None)
    listed = standard_tables().get(pointed or "")
    return replace(_FEATURE_OFF, missing=listed.features if listed else ())


def _access(column: str, role: str) -> Cause:
    place = _place_of(column)
    if place:
        return Cause(
            "The role may no longer see the field.",
            "Administrators still see it.",
            f"{place} > Access: give {role or 'the role'} the level View, for search too, then Save.",
        )
    return Cause(
        "A permission that shows the field was taken from the role.",
        "Administrators still see it.",
        f"{MANAGE_ROLES} > {role or TOKEN_ROLE} > Edit > Permissions: as they were before, then Save.",
    )


def _gone(column: str) -> Cause:
    return Cause(
        "The field was deleted, or has another id now.",
        "It is gone for every role.",
        f"Nothing is to be mended in NetSuite: leave {column} out of the table's columns; what was synced "
        "stays.",
    )


def _place_of(column: str) -> str:
    """Where a custom field is set up; empty for a field of NetSuite's own."""
    kind = next((name for name in _FIELDS_OF if column.startswith(name)), "")
    return f"Customization > Lists, Records, & Fields > {_FIELDS_OF[kind]} > {column}" if kind else ""


def rows_causes(table: Table, what: str = "", *, role: str = "") -> tuple[Cause, ...]:
    """Return why NetSuite shows fewer rows than were synced, with no deletions to explain it.

    Args:
        table: The table.
        what: What the rows have in common, as the sync found it; empty where that is not known.
        role: The role's name; empty where it is not known.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> rows_causes(standard_tables()["transaction"], "all 500 with type VendBill")[0].summary
        'The role lost the permission for some types of transactions.'
    """
    edit = f"{MANAGE_ROLES} > {role or TOKEN_ROLE} > Edit"
    restricted = Cause(
        "The role was restricted to some subsidiaries, departments, classes, locations or own records.",
        "NetSuite answers with fewer rows and no error.",
        f"{edit}: Subsidiary Restrictions and the other restrictions as they were before, then Save.",
    )
    types = Cause(
        "The role lost the permission for some types of transactions.",
        "All rows of one type are gone.",
        f"{edit} > Permissions > Transactions: add the types that are missing (View), then Save.",
    )
    deleted = Cause(
        "The rows were really deleted, in a way that NetSuite does not list as deleted records.",
        "Administrators do not see them either.",
        f"netsuite-pipeline sync --accept-shrink {table.name}: takes them out here too.",
    )
    if table.permission.id != "TRAN_FIND":
        return restricted, deleted
    if " with type " in what or " with recordtype " in what:
        return types, restricted, deleted
    return restricted, types, deleted
