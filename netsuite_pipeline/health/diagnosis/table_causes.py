"""Possible causes of a hidden table or column and of missing rows, the likeliest first."""

from collections.abc import Sequence
from types import MappingProxyType

from netsuite_pipeline.health.diagnosis.causes import get_cause
from netsuite_pipeline.health.diagnosis.connection_causes import unclear_cause
from netsuite_pipeline.health.findings import Cause
from netsuite_pipeline.health.setup_guide.guide import feature_path, permission_path
from netsuite_pipeline.tables import Table, standard_tables

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
    causes = _permission_causes(table, "lost" if was_readable else "lacks", role)
    if table.features:
        causes.append(feature_cause(table.features))
    if not was_readable:
        absent = "no_such_table" if table.query is None else "query_of_nothing"
        why = table.uncertain or "Administrators do not see it either."
        causes.append(get_cause(absent, why=why, table=table.name))
    return tuple(causes)


def feature_cause(features: Sequence[str]) -> Cause:
    """Return the cause that a feature, or one of several, is off, which hides a table.

    Example:
        >>> feature_cause(["Subsidiaries", "Multiple Currencies"]).summary
        'One of these features is switched off: Subsidiaries, Multiple Currencies.'
    """
    names = ", ".join(features)
    which = "feature_off" if len(features) == 1 else "one_feature_off"
    return get_cause(which, missing=tuple(features), names=names, path=feature_path(names))


def unexplained_cause(table: Table, column: str, proof: str) -> Cause:
    """Return what is left to say where the run disproves every known cause.

    Args:
        table: Its spec.
        column: The hidden column; empty where the whole table is hidden.
        proof: A table that was read and needs the same.
    """
    what = f"{table.name}.{column}" if column else table.name
    return get_cause("unexplained", what=what, proof=proof, title=table.title)


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
    return get_cause("lacks_named_permission", name=name, path=permission_path(name, role))


def _permission_causes(table: Table, lacks: str, role: str) -> list[Cause]:
    permission = table.permission
    places = tuple(f"{tab} > {name}" for tab, name in permission.places)
    if table.query is None:
        return [
            get_cause(
                "lacks_table_permission",
                missing=places,
                lacks=lacks,
                name=permission.name,
                id=permission.id,
                path=permission_path(permission.name, role),
            )
        ]
    if not places:
        return [get_cause("lacks_unknown_permission", role=role, lacks=lacks)]
    return [
        get_cause(
            "lacks_query_permission",
            missing=(place,),
            lacks=lacks,
            name=place,
            label=place.partition(" > ")[2],
            path=permission_path(place, role),
        )
        for place in places
    ]


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
    access, feature = _access(column, role), _feature_off(table, column)
    deleted = get_cause("field_deleted", column=column)
    match reason:
        case "refused":
            return (unclear_cause(None),)
        case "unexpected":
            return (get_cause("column_fails"),)
        case "removed":
            return get_cause("column_removed", remedy=deleted.remedy), feature
        case "not_exposed":
            either = f"If administrators still see the field: {access.remedy} If not: {feature.remedy}"
            return get_cause("column_not_exposed", remedy=either), access, feature
    return feature, access, deleted


def _feature_off(table: Table, column: str) -> Cause:
    """Return the cause that a feature is off; for a column that points to a list, the feature of the list."""
    pointed = next((each.references for each in table.columns if each.name == column), None)
    listed = standard_tables().get(pointed or "")
    return get_cause("column_feature_off", missing=listed.features if listed else ())


def _access(column: str, role: str) -> Cause:
    for prefix, page in _FIELDS_OF.items():
        if column.startswith(prefix):
            field = f"Customization > Lists, Records, & Fields > {page} > {column}"
            return get_cause("field_access_lost", field=field, whom=role or "the role")
    return get_cause("field_permission_lost", role=role)


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
    restricted, types = get_cause("role_restricted", role=role), get_cause("types_lost", role=role)
    deleted = get_cause("rows_deleted", table=table.name)
    if table.permission.id != "TRAN_FIND":
        return restricted, deleted
    if " with type " in what or " with recordtype " in what:
        return types, restricted, deleted
    return restricted, types, deleted
