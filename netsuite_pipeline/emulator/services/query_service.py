"""`POST /services/rest/query/v1/suiteql`: a query in, a page of rows out (NSH:section_157909186990)."""

import asyncio
import json

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.auth.sign_in import Session
from netsuite_pipeline.emulator.http.envelope import envelope
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import COLLECTION, Reply
from netsuite_pipeline.emulator.refusal import Refusal
from netsuite_pipeline.emulator.services.endpoint import SMALL, compressed
from netsuite_pipeline.emulator.services.service_rules import (
    beyond_limit,
    is_beyond_limit,
    page_parameters,
    require_rest,
    require_workbook,
)

_JSON_TYPES = ("application/json", "application/vnd.oracle.resource+json")


async def suiteql(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    """Answer one query, which runs in a thread and does not block other requests.

    Raises:
        Refusal: The role lacks a permission, the request is malformed, or SuiteQL refuses the query.
    """
    require_rest(account, session.role)
    require_workbook(account, session.role)
    sql, params = _query(request)
    limit, offset = page_parameters(request)
    beyond = is_beyond_limit(limit, offset)
    if beyond and account.variants.deep_offset == "refused":  # open questions 1 and 2
        raise beyond_limit()
    if "loginaudit" in sql.lower():
        account.store_login_audit()
    access = account.access(session.role)

    def answer() -> Reply:
        page = account.engine.page(sql, params, limit=limit, offset=offset, access=access)
        count = 0 if beyond else page.count
        body = envelope(
            b"[]" if beyond else page.items_json,
            url=request.uri,
            limit=limit,
            offset=offset,
            count=count,
            total=page.total,
            has_more=page.has_more and not beyond,
            paged_by_client=request.is_paged,
        )
        headers: tuple[tuple[bytes, bytes], ...] = ()
        if request.accepts_gzip and len(body) >= SMALL:
            body, headers = compressed(body), ((b"content-encoding", b"gzip"),)
        return Reply(200, body, COLLECTION, headers, rows=count, ready=True)

    return await asyncio.get_running_loop().run_in_executor(account.threads, answer)


def _query(request: IncomingRequest) -> tuple[str, list[str]]:
    # The words of the refusals here are open question 1; that they are refused is documented or seen.
    preferences = {part.strip().lower() for part in request.headers.get("prefer", "").split(",")}
    if "transient" not in preferences:
        raise Refusal(
            400,
            "INVALID_HEADER",
            "The required request header 'Prefer' is missing or has an invalid value. Provide 'transient'.",
            {"o:errorHeader": "Prefer"},
        )
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _JSON_TYPES:
        raise Refusal(
            415,
            "INVALID_HEADER",
            "The request header 'Content-Type' is missing or has an unsupported value. "
            "Provide 'application/json'.",
            {"o:errorHeader": "Content-Type"},
        )
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise Refusal(
            400,
            "INVALID_REQUEST",
            "The request could not be understood by the server due to malformed syntax.",
        ) from error
    sql = body.get("q") if isinstance(body, dict) else None
    if not isinstance(sql, str) or not sql.strip():
        raise Refusal(
            400,
            "INVALID_CONTENT",
            "Invalid content in the request body. The property 'q' must be a query.",
            {"o:errorPath": "q"},
        )
    params = body.get("params", [])
    if not isinstance(params, list) or not all(
        isinstance(each, (str, int, float)) and not isinstance(each, bool) for each in params
    ):
        raise Refusal(
            400,
            "INVALID_CONTENT",
            "Invalid content in the request body. The property 'params' must be a list of values.",
            {"o:errorPath": "params"},
        )
    return sql, [str(each) for each in params]
