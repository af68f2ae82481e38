"""`/services/rest/record/v1/…`: the metadata catalog, lists of records and single records; read only."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.roles import Role
from netsuite_pipeline.emulator.auth.sign_in import Session
from netsuite_pipeline.emulator.company.records import RECORDS, Field, Record
from netsuite_pipeline.emulator.http.envelope import envelope
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import (
    COLLECTION,
    Reply,
    encode,
    json_reply,
    not_found,
)
from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.services.metadata import (
    JSON_SCHEMA,
    OPEN_API,
    catalog,
    json_schema,
    open_api,
    property_name,
    rest_records,
)
from netsuite_pipeline.emulator.services.service_rules import (
    beyond_limit,
    is_beyond_limit,
    page_parameters,
    require_record,
    require_rest,
    require_workbook,
)
from netsuite_pipeline.emulator.suiteql.access import Access

ROOT = "/services/rest/record/v1"
CATALOG = f"{ROOT}/metadata-catalog"


async def record_catalog(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer with the records that the role sees, or those of `select`; as OpenAPI if accepted."""
    require_rest(account, session.role)
    visible = account.access(session.role).visible
    seen = {name: record for name, record in rest_records().items() if record.name in visible}
    wanted = [name.strip() for name in request.parameters.get("select", "").split(",") if name.strip()]
    chosen = {name: _known(seen, name) for name in wanted} or seen
    if OPEN_API in request.headers.get("accept", ""):
        described = [(record, visible[record.name]) for record in chosen.values()]
        return json_reply(open_api(described, f"{request.base_url}{ROOT}"), OPEN_API)
    return json_reply(catalog(chosen, request.uri), "application/json")


async def record_schema(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer with one record's schema, as JSON Schema or OpenAPI if accepted."""
    require_rest(account, session.role)
    name = request.path.removeprefix(f"{CATALOG}/")
    record, access = _record(account, name, session.role)
    accepted = request.headers.get("accept", "")
    columns = access.visible[record.name]
    if OPEN_API in accepted:
        return json_reply(open_api([(record, columns)], f"{request.base_url}{ROOT}"), OPEN_API)
    if JSON_SCHEMA in accepted:
        return json_reply(json_schema(record, columns), JSON_SCHEMA)
    return json_reply(catalog([name], request.uri.removesuffix(f"/{name}"))["items"][0], "application/json")


async def record_collection(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer with one page of ids. Filters (`q`) are not emulated and refused."""
    require_rest(account, session.role)
    require_workbook(account, session.role)
    record, access = _record(account, request.path.removeprefix(f"{ROOT}/"), session.role)
    if "q" in request.parameters:
        raise Refusal(
            400,
            "INVALID_PARAMETER",
            "The emulator does not filter record collections; use SuiteQL.",
            {"o:errorQueryParam": "q"},
        )
    limit, offset = page_parameters(request)
    if is_beyond_limit(limit, offset):
        raise beyond_limit()
    key = record.key[0]
    table = _rows_of(record, access)
    total = int((await _read(account, f"SELECT count(*) FROM {table}"))[0][0])
    rows = await _read(account, f'SELECT "{key}" FROM {table} ORDER BY 1 LIMIT {limit} OFFSET {offset}')
    items = [
        {"links": [{"rel": "self", "href": f"{request.uri}/{found}"}], "id": str(found)} for (found,) in rows
    ]
    body = envelope(
        encode(items),
        url=request.uri,
        limit=limit,
        offset=offset,
        count=len(items),
        total=total,
        has_more=offset + len(items) < total,
        paged_by_client=request.is_paged,
        previous="prev",
    )
    return Reply(200, body, COLLECTION)


async def single_record(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer with one record by id: the fields that are not empty, with JSON's own types.

    A transaction has the name of its type, as in `journalentry`. A record that the role's restrictions hide
    is refused, or not found (variant `hidden_record`).
    """
    require_rest(account, session.role)
    name, _, wanted = request.path.removeprefix(f"{ROOT}/").partition("/")
    of_type = await _type_condition(account, name)
    record, access = _record(account, name, session.role) if not of_type else _transactions(account, session)
    if not (wanted.isascii() and wanted.isdecimal() and len(wanted) < 18):
        return not_found()
    fields = [each for each in record.fields if each.name in access.visible[record.name]]
    columns = ", ".join(f'"{each.name}"' for each in fields)
    where = f'"{record.key[0]}" = {int(wanted)}{of_type}'
    rows = await _read(account, f"SELECT {columns} FROM {_rows_of(record, access)} WHERE {where}")
    if not rows:
        if account.variants.hidden_record == "403":
            await _refuse_hidden(account, record, where)
        return not_found()
    found: dict[str, Any] = {"links": [{"rel": "self", "href": request.uri}]}
    for each, value in zip(fields, rows[0], strict=True):
        if value is not None:
            found[property_name(each)] = _json_value(each, value)
    return json_reply(found)


def _record(account: EmulatedAccount, name: str, role: Role) -> tuple[Record, Access]:
    access = account.access(role)
    record = _known(rest_records(), name)
    if record.name not in access.visible:
        require_record(role, record.permission)
        raise _unknown(name)
    return record, access


async def _type_condition(account: EmulatedAccount, name: str) -> str:
    """Return the condition of the transactions of a type; empty for a name that is no such type."""
    kind = name.lower()
    if name in rest_records() or not kind.isalnum():
        return ""
    of_type = f" AND lower(recordtype) = '{kind}'"
    known = await _read(account, f"SELECT 1 FROM ns.transaction WHERE true{of_type} LIMIT 1")
    return of_type if known else ""


def _transactions(account: EmulatedAccount, session: Session) -> tuple[Record, Access]:
    access, record = account.access(session.role), RECORDS["transaction"]
    if record.name not in access.visible:
        require_record(session.role, record.permission)
    return record, access


async def _refuse_hidden(account: EmulatedAccount, record: Record, where: str) -> None:
    """Raise NetSuite's refusal of a record that exists and that the role's restrictions hide.

    The words are those of NetSuite's list of error codes; that REST uses them is inferred.
    """
    if await _read(account, f'SELECT 1 FROM ns."{record.name}" WHERE {where}'):
        text = "Permission Violation: The restrictions on your role deny you access to this record."
        raise Refusal(403, "INSUFFICIENT_PERMISSION", text)


async def _read(account: EmulatedAccount, sql: str) -> Sequence[tuple[Any, ...]]:
    cursor = account.connection.cursor()
    return await asyncio.get_running_loop().run_in_executor(
        account.threads, lambda: cursor.execute(sql).fetchall()
    )


def _rows_of(record: Record, access: Access) -> str:
    condition = access.row_filters.get(record.name)
    return f'ns."{record.name}"' if condition is None else f'(FROM ns."{record.name}" WHERE {condition})'


def _json_value(field: Field, value: object) -> object:
    if field.name == "id":
        return str(value)
    if field.type == "boolean":
        return value == "T"
    if field.target is not None and field.type == "integer":
        return {"id": str(value)}
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    if isinstance(value, date):
        return value.isoformat()
    return value


def _known(records: Mapping[str, Record], name: str) -> Record:
    if name not in records:
        raise _unknown(name)
    return records[name]


def _unknown(name: str) -> Refusal:
    return Refusal(404, "NONEXISTENT_ID", f"Record type '{name}' does not exist.")
