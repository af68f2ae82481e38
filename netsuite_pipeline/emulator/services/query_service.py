"""`POST /services/rest/query/v1/suiteql`: a query in, a page of rows out (NSH:section_157909186990)."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import Executor

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.auth.sign_in import Session
from netsuite_pipeline.emulator.http.envelope import envelope
from netsuite_pipeline.emulator.http.request import Asked
from netsuite_pipeline.emulator.http.responses import COLLECTION, Refusal, Reply
from netsuite_pipeline.emulator.services.endpoint import SMALL, compressed
from netsuite_pipeline.emulator.services.service_rules import (
    page_asked,
    refuse_depth,
    require_method,
    require_rest,
    require_workbook,
    too_deep,
)
from netsuite_pipeline.emulator.suiteql.access import Access
from netsuite_pipeline.emulator.suiteql.engine import SuiteQLEngine
from netsuite_pipeline.emulator.suiteql.errors import SuiteQLRefused

_JSON_TYPES = ("application/json", "application/vnd.oracle.resource+json")


class QueryService:
    """Answers SuiteQL, each query in a thread so that other requests go on meanwhile."""

    def __init__(self, account: EmulatedAccount, threads: Executor) -> None:
        self._account = account
        self._threads = threads

    async def suiteql(self, asked: Asked, session: Session) -> Reply:
        """Answers one query.

        Raises:
            Refusal: The role may not, the request is malformed, or SuiteQL refuses the query.
        """
        account = self._account
        require_method(asked, "POST")
        require_rest(account, session.role)
        require_workbook(account, session.role)
        sql, params = _query(asked)
        limit, offset = page_asked(asked)
        beyond = too_deep(limit, offset)
        if beyond and account.settings.variants.deep_offset == "refused":  # open questions 1 and 2
            raise refuse_depth()
        if "loginaudit" in sql.lower():
            account.store_login_audit()
        page = _Page(account.engine, account.access(session.role), asked, sql, params, limit, offset, beyond)
        return await asyncio.get_running_loop().run_in_executor(self._threads, page.answer)


class _Page:
    """One page to be read, wholly outside the event loop."""

    def __init__(
        self,
        engine: SuiteQLEngine,
        access: Access,
        asked: Asked,
        sql: str,
        params: Sequence[str],
        limit: int,
        offset: int,
        beyond: bool,
    ) -> None:
        self._engine = engine
        self._access = access
        self._asked = asked
        self._query = (sql, params)
        self._limit = limit
        self._offset = offset
        self._beyond = beyond

    def answer(self) -> Reply:
        sql, params = self._query
        try:
            page = self._engine.page(sql, params, limit=self._limit, offset=self._offset, access=self._access)
        except SuiteQLRefused as refused:
            where = {"o:errorQueryParam": refused.query_param} if refused.query_param else {}
            raise Refusal(refused.status, refused.code, refused.detail, where) from refused
        count = 0 if self._beyond else page.count
        body = envelope(
            b"[]" if self._beyond else page.items_json,
            url=self._asked.uri,
            limit=self._limit,
            offset=self._offset,
            count=count,
            total=page.total,
            has_more=page.has_more and not self._beyond,
            paged_by_client=bool({"limit", "offset"} & set(self._asked.parameters)),
        )
        if self._asked.takes_gzip and len(body) >= SMALL:
            return Reply(
                200, compressed(body), COLLECTION, ((b"content-encoding", b"gzip"),), rows=count, ready=True
            )
        return Reply(200, body, COLLECTION, rows=count, ready=True)


def _query(asked: Asked) -> tuple[str, list[str]]:
    # The words of the refusals here are open question 1; that they are refused is documented or seen.
    preferences = {part.strip().lower() for part in asked.headers.get("prefer", "").split(",")}
    if "transient" not in preferences:
        raise Refusal(
            400,
            "INVALID_HEADER",
            "The required request header 'Prefer' is missing or has an invalid value. Provide 'transient'.",
            {"o:errorHeader": "Prefer"},
        )
    if asked.headers.get("content-type", "").partition(";")[0].strip().lower() not in _JSON_TYPES:
        raise Refusal(
            415,
            "INVALID_HEADER",
            "The request header 'Content-Type' is missing or has an unsupported value. "
            "Provide 'application/json'.",
            {"o:errorHeader": "Content-Type"},
        )
    try:
        body = json.loads(asked.body)
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
