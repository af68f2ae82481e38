"""Possible causes of a hidden table or column and of missing rows, the likeliest first."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from netsuite_pipeline.health.diagnosis.connection_causes import unclear_cause
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.guide import feature_path, permission_path
from netsuite_pipeline.netsuite.menus import ENABLE_FEATURES, edit_role
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
"""Prefix of a custom field's id to its page under Customization > Lists, Records, & Fields."""


def table_causes(table: Table, *, role: str = "", was_readable: bool = True) -> tuple[Cause, ...]:
    """Return why NetSuite hides a table: it says that the record was not found, and names no permission.

    Args:
        table: Its spec.
        role: The role's name; empty where unknown.
        was_readable: Whether the table was ever read.

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
                f"Nothing is wrong: leave the table out of the sync (-{table.name}).",
            )
        )
    return tuple(causes)


def feature_cause(features: Sequence[str]) -> Cause:
    """Return the cause that a feature, or one of several, is off, which hides a table.

    Example:
        >>> feature_cause(["Subsidiaries", "Multiple Currencies"]).summary
        'One of these features is switched off: Subsidiaries, Multiple Currencies.'
    """
    named = ", ".join(features)
    one = len(features) == 1
    return Cause(
        f"The feature {named} is switched off."
        if one
        else f"One of these features is switched off: {named}.",
        "Then NetSuite hides the table from every role.",
        feature_path(named),
        missing=tuple(features),
    )


def unexplained_cause(table: Table, column: str, proof: str) -> Cause:
    """Return what is left to say where the run disproves every known cause.

    Args:
        table: Its spec.
        column: The hidden column; empty where the whole table is hidden.
        proof: A table that was read and needs the same.
    """
    what = f"{table.name}.{column}" if column else table.name
    return Cause(
        f"NetSuite hides {what} and gives no reason.",
        f"Permission and feature are there: {proof} needs the same, and was read a moment ago.",
        f"Open {table.title} in NetSuite as an administrator, then with the role. If only the role does not "
        f"see it: {edit_role()}. If nobody sees it: open a case with NetSuite's support.",
    )


def named_permission_cause(permission: str, role: str = "") -> Cause:
    """Return the cause that NetSuite itself names.

    Args:
        permission: In NetSuite's words: `Lists -> Items`.
        role: The role's name; empty where unknown.

    Example:
        >>> named_permission_cause("Lists -> Items").summary
        'The role lacks Lists > Items.'
    """
    name = permission.replace(" -> ", " > ")
    return Cause(f"The role lacks {name}.", "NetSuite names this permission.", permission_path(name, role))


_NOT_THERE = "The query names a table or a column that this account does not have."


def _permission_causes(table: Table, lacks: str, role: str) -> Iterator[Cause]:
    permission = table.permission
    if table.query is None:
        summary = f"The role {lacks} {permission.name} ({permission.id})."
        yield Cause(
            summary,
            "Other tables are readable.",
            permission_path(permission.name, role),
            _places(permission),
        )
        return
    for tab, name in permission.places:
        yield Cause(
            f"The role {lacks} {tab} > {name}, which the query needs.",
            f"The role cannot read the table of {name} alone either.",
            permission_path(f"{tab} > {name}", role),
            (f"{tab} > {name}",),
        )
    if not permission.places:
        yield Cause(
            f"The role {lacks} a permission that the query needs.",
            "The role cannot read one of the query's tables alone either.",
            f"{edit_role(role)} > Permissions: add the missing permission (View), press Add, then Save.",
        )


def _places(permission: Permission) -> tuple[str, ...]:
    return tuple(f"{tab} > {name}" for tab, name in permission.places)


def column_causes(table: Table, column: str, reason: str, *, role: str = "") -> tuple[Cause, ...]:
    """Return why a column that was there is hidden.

    Args:
        table: Its spec.
        column: Its name.
        reason: The reason that the column probe gives.
        role: The role's name; empty where unknown.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> column_causes(standard_tables()["customer"], "email", "removed")[0].summary
        'The field was removed from the account.'
    """
    access, feature, deleted = _access(column, role), _feature_off(table, column), _deleted(column)
    match reason:
        case "refused":
            return (unclear_cause(None),)
        case "unexpected":
            return (_SERVER_ERROR,)
        case "removed":
            return (
                Cause("The field was removed from the account.", "NetSuite says so.", deleted.remedy),
                feature,
            )
        case "not_exposed":
            either = f"If administrators still see the field: {access.remedy} If not: {feature.remedy}"
            return (Cause(_NOT_EXPOSED, "NetSuite says NOT_EXPOSED.", either), access, feature)
    return (feature, access, deleted)


_NOT_EXPOSED = "NetSuite no longer exposes this field to SuiteQL."
_FEATURE_OFF = Cause(
    "The feature that provides the field was switched off.",
    "Then the field is gone for every role.",
    f"{ENABLE_FEATURES}: switch the feature on again, then Save.",
)
_SERVER_ERROR = Cause(
    "NetSuite fails with an internal error on every query of the column.",
    "NetSuite answers queries of the other columns.",
    "Open a case with NetSuite's support. Syncs leave the column out meanwhile; its old values stay.",
)


def _feature_off(table: Table, column: str) -> Cause:
    """Return the cause that a feature is off; for a column that points to a list, the feature of the list."""
    pointed = next((each.references for each in table.columns if each.name == column), None)
    listed = standard_tables().get(pointed or "")
    return replace(_FEATURE_OFF, missing=listed.features if listed else ())


def _access(column: str, role: str) -> Cause:
    page = _field_page(column)
    if page:
        return Cause(
            "The role may no longer see the field.",
            "Administrators still see it.",
            f"{page} > Access: give {role or 'the role'} the level View, for search too, then Save.",
        )
    return Cause(
        "The role lost a permission that shows the field.",
        "Administrators still see it.",
        f"{edit_role(role)} > Permissions: restore the earlier permissions, then Save.",
    )


def _deleted(column: str) -> Cause:
    return Cause(
        "The field was deleted, or its id has changed.",
        "The field is gone for every role.",
        f"If {column} is gone for good, list it under `leave_out` to make the check green. Its synced values "
        "stay.",
    )


def _field_page(column: str) -> str:
    """Return the page of a custom field; empty for a field of NetSuite's own."""
    kind = next((name for name in _FIELDS_OF if column.startswith(name)), "")
    return f"Customization > Lists, Records, & Fields > {_FIELDS_OF[kind]} > {column}" if kind else ""


def rows_causes(table: Table, what: str = "", *, role: str = "") -> tuple[Cause, ...]:
    """Return why NetSuite shows fewer rows than were synced, without deletions that explain it.

    Args:
        table: Its spec.
        what: What the missing rows have in common, as the sync found it; empty where unknown.
        role: The role's name; empty where unknown.

    Example:
        >>> from netsuite_pipeline.tables import standard_tables
        >>> rows_causes(standard_tables()["transaction"], "all 500 with type VendBill")[0].summary
        'The role lost the permission for some types of transactions.'
    """
    edit = edit_role(role)
    restricted = Cause(
        "The role was restricted to some subsidiaries, departments, classes, locations, or its own records.",
        "NetSuite then answers with fewer rows and no error.",
        f"{edit}: restore Subsidiary Restrictions and the other restrictions, then Save. System Notes on the "
        "role show who changed what.",
    )
    types = Cause(
        "The role lost the permission for some types of transactions.",
        "All rows of one type are gone.",
        f"{edit} > Permissions > Transactions: add the missing types (View), then Save.",
    )
    deleted = Cause(
        "The rows were deleted, in a way that leaves no entry in Deleted Records.",
        "Administrators do not see them either.",
        f"`netsuite-pipeline sync --accept-shrink {table.name}` deletes them in the warehouse too.",
    )
    if table.permission.id != "TRAN_FIND":
        return restricted, deleted
    if " with type " in what or " with recordtype " in what:
        return types, restricted, deleted
    return restricted, types, deleted
