"""The admin API: every switch of the account, and what tests need to see of it."""

import asyncio
import hmac
import ipaddress
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.faults import Fault, FaultKind
from netsuite_pipeline.emulator.account.roles import DATA_PIPELINE
from netsuite_pipeline.emulator.admin.credentials import (
    credential_changes,
    credential_switches,
    look_at_variables,
)
from netsuite_pipeline.emulator.admin.input import Given
from netsuite_pipeline.emulator.admin.state import described
from netsuite_pipeline.emulator.admin.table_dump import row_counts, table_dump
from netsuite_pipeline.emulator.auth.sign_in import SignIn
from netsuite_pipeline.emulator.company.records import RECORDS
from netsuite_pipeline.emulator.settings import SettingError, check_known

Action = Callable[[Given], object]
Look = Callable[[Request], Awaitable[object]]


def admin_routes(
    account: EmulatedAccount, sign_in: SignIn, threads: Executor, admin_token: str
) -> list[BaseRoute]:
    """Builds the routes below `/admin`: GET to look, POST with a JSON object to switch."""
    api = AdminApi(account, threads)
    looks: Mapping[str, Look] = {
        "/state": api.state,
        "/stats": api.stats,
        "/tables": api.tables,
        "/table/{name}": api.table,
        "/loginaudit": api.login_audit,
        "/credentials/{name}": api.credentials,
        "/variables/{kind}": look_at_variables(account, _base_url),
    }
    routes: list[BaseRoute] = [
        Route(path, _guarded(admin_token, look), methods=["GET"]) for path, look in looks.items()
    ]
    for path, action in {**switches(account, sign_in), **credential_switches(account)}.items():
        routes.append(Route(path, _guarded(admin_token, _switch(action)), methods=["POST"]))
    for path, change in credential_changes(account).items():
        routes.append(Route(path, _guarded(admin_token, _change(change)), methods=["POST"]))
    for path, edit in edits(account).items():
        routes.append(Route(path, _guarded(admin_token, api.editing(edit)), methods=["POST"]))
    routes.append(Route("/tokens/issue", _guarded(admin_token, api.issue_token), methods=["POST"]))
    routes.append(Route("/live/tick", _guarded(admin_token, api.tick), methods=["POST"]))
    return routes


def switches(account: EmulatedAccount, sign_in: SignIn) -> Mapping[str, Action]:
    """Gives every switch by its path; each takes the request's JSON object."""

    def role(given: Given) -> str:
        return given.text("role", DATA_PIPELINE)

    def token(given: Given) -> str:
        return given.text("token", DATA_PIPELINE)

    def reset(given: Given) -> None:
        account.reset()
        sign_in.unlock_users()

    def at_least(given: Given, name: str, least: float) -> float:
        value = given.number(name)
        if value < least:
            raise SettingError(f"{name} must be at least {least:g}.")
        return value

    def concurrency(given: Given) -> None:
        account.governance.limit = int(at_least(given, "limit", 1))

    def occupied(given: Given) -> None:
        account.governance.occupied = int(at_least(given, "slots", 0))

    def latency(given: Given) -> None:
        account.governance.latency = at_least(given, "milliseconds", 0) / 1000

    def clock(given: Given) -> None:
        account.clock.offset = given.number("offset_seconds")

    def live(given: Given) -> None:
        account.live_rate = at_least(given, "changes_per_second", 0)

    def add_fault(given: Given) -> None:
        try:
            fault = Fault(
                kind=cast(FaultKind, given.text("kind")),
                count=given.integer_or_none("count"),
                rate=given.number("rate", 1.0),
                matching=given.text("matching", ""),
                after=given.integer("after", 0),
                seconds=given.number("seconds", 2.0),
                rows=given.integer("rows", 1),
                row=given.text("row", ""),
            )
        except ValueError as error:
            raise SettingError(str(error)) from error
        account.faults.add(fault)

    return {
        "/reset": reset,
        "/stats/reset": lambda given: account.governance.reset(),
        "/tokens/revoke": lambda given: account.set_token_active(token(given), False),
        "/tokens/restore": lambda given: account.set_token_active(token(given), True),
        "/tokens/revoke-all": lambda given: account.revoke_all_tokens(),
        "/integration": lambda given: account.set_integration_blocked(given.flag("blocked")),
        "/role": lambda given: account.set_role_inactive(role(given), given.flag("inactive")),
        "/user": lambda given: account.set_user_inactive(token(given), given.flag("inactive")),
        "/permission": lambda given: account.set_permission(
            role(given), given.text("permission"), given.integer_or_none("level")
        ),
        "/feature": lambda given: account.set_feature(given.text("feature"), given.flag("on")),
        "/column": lambda given: account.set_column(
            given.text("table"), given.text("column"), given.text_or_none("state")
        ),
        "/rows": lambda given: account.restrict_rows(
            role(given), given.text("table"), given.text_or_none("condition")
        ),
        "/subsidiaries": lambda given: account.restrict_subsidiaries(
            role(given), given.integers_or_none("subsidiaries")
        ),
        "/language": lambda given: account.set_company_language(given.text("company")),
        "/variant": lambda given: account.set_variant(given.text("name"), given.text("value")),
        "/concurrency": concurrency,
        "/occupied": occupied,
        "/latency": latency,
        "/clock": clock,
        "/live": live,
        "/faults/add": add_fault,
        "/faults/clear": lambda given: account.faults.clear(),
    }


def edits(account: EmulatedAccount) -> Mapping[str, Action]:
    """Gives every edit of rows by its path; what they give is answered."""

    def now() -> datetime:
        return account.clock.now()

    return {
        "/edits/delete-transactions": lambda given: account.edit(
            lambda edits: edits.delete_transactions(now(), given.integers("ids"))
        ),
        "/edits/drop-line": lambda given: account.edit(
            lambda edits: edits.drop_line(now(), given.integer_or_none("transaction"))
        ),
        "/edits/delete-rows": lambda given: account.edit(
            lambda edits: edits.delete_rows(given.text("table"), given.text("condition"))
        ),
        "/edits/change-rows": lambda given: account.edit(
            lambda edits: edits.change_rows(
                given.text("table"), given.text("condition"), given.scalars("values")
            )
        ),
        "/edits/insert-like": lambda given: account.edit(
            lambda edits: edits.insert_like(
                given.text("table"), given.text("condition"), given.scalars("values")
            )
        ),
    }


class AdminApi:
    """What can be looked at, and the two actions that answer with something."""

    def __init__(self, account: EmulatedAccount, threads: Executor) -> None:
        self._account = account
        self._threads = threads

    async def state(self, request: Request) -> object:
        """Every switch."""
        return described(self._account)

    async def stats(self, request: Request) -> object:
        """Busy slots, requests, rows, and the processor seconds of this process since it started."""
        return asdict(self._account.governance.usage()) | {"cpu_seconds": time.process_time()}

    async def tables(self, request: Request) -> object:
        """Rows of every table."""
        self._account.store_login_audit()
        cursor = self._account.connection.cursor()
        return await self._in_thread(lambda: row_counts(cursor))

    async def table(self, request: Request) -> object:
        """All rows of one table."""
        name = request.path_params["name"]
        check_known("table", name, RECORDS)
        self._account.store_login_audit()
        cursor = self._account.connection.cursor()
        return await self._in_thread(lambda: table_dump(cursor, RECORDS[name]))

    async def login_audit(self, request: Request) -> object:
        """The Login Audit Trail, oldest first, with what NetSuite would not list."""
        return [
            {**asdict(login), "date": f"{login.date.isoformat()}Z"} for login in self._account.audit.latest()
        ]

    async def credentials(self, request: Request) -> object:
        """The variables to sign in with by one token."""
        token = self._account.token_named(request.path_params["name"])
        return self._account.credentials(token, _base_url(request))

    async def issue_token(self, request: Request) -> object:
        """A new token for a role's user; answers its variables."""
        given = await _given(request)
        role = given.text("role", DATA_PIPELINE)
        token = self._account.issue_token(given.text("token", role), role)
        return self._account.credentials(token, _base_url(request))

    async def tick(self, request: Request) -> object:
        """Business goes on by some changes; answers what changed."""
        given = await _given(request)
        changes = given.integer("changes")
        return await self._in_thread(lambda: asdict(self._account.tick(changes)))

    def editing(self, edit: Action) -> Look:
        """What answers a request for an edit."""

        async def look(request: Request) -> object:
            given = await _given(request)
            return {"edited": await self._in_thread(lambda: edit(given))}

        return look

    async def _in_thread(self, work: Callable[[], object]) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _base_url(request: Request) -> str:
    return f"http://{request.headers.get('host', '127.0.0.1')}"


async def _given(request: Request) -> Given:
    body = await request.body()
    try:
        values = json.loads(body) if body else {}
    except ValueError as error:
        raise SettingError("The body is no JSON.") from error
    if not isinstance(values, dict):
        raise SettingError("The body must be a JSON object.")
    return Given(values)


def _switch(action: Action) -> Look:
    async def look(request: Request) -> object:
        action(await _given(request))
        return {"done": True}

    return look


def _change(change: Callable[[Given, str], object]) -> Look:
    async def look(request: Request) -> object:
        return change(await _given(request), _base_url(request))

    return look


def _guarded(admin_token: str, look: Look) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        given = request.headers.get("x-emulator-admin", "")
        address = request.client.host if request.client else ""
        if not hmac.compare_digest(given.encode(), admin_token.encode()) or not _is_loopback(address):
            return JSONResponse({"error": "The admin API wants the token of X-Emulator-Admin."}, 403)
        try:
            answer: Any = await look(request)
        except SettingError as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse(answer)

    return endpoint


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
