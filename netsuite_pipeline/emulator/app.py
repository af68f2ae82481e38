"""The addresses of the emulated account and what answers each."""

import os
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.admin.api import admin_routes
from netsuite_pipeline.emulator.auth.bearer import BearerSignIn
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.broken_connections import Wire
from netsuite_pipeline.emulator.http.request import Asked
from netsuite_pipeline.emulator.http.responses import Reply, not_found
from netsuite_pipeline.emulator.services.endpoint import Door, Service
from netsuite_pipeline.emulator.services.nango_service import NANGO, nango_routes
from netsuite_pipeline.emulator.services.oauth2_service import TOKEN, TokenEndpoint, TokenManner
from netsuite_pipeline.emulator.services.protocols import Manner, RestManner
from netsuite_pipeline.emulator.services.query_service import QueryService
from netsuite_pipeline.emulator.services.record_service import CATALOG, ROOT, RecordService
from netsuite_pipeline.emulator.services.soap_service import SOAP, SoapManner, SoapService
from netsuite_pipeline.emulator.services.system_service import SystemService
from netsuite_pipeline.emulator.services.token_service import TOKEN_INFO, RestletManner, TokenService

SUITEQL = "/services/rest/query/v1/suiteql"
SERVER_TIME = "/services/rest/system/v1/serverTime"
GOVERNANCE_LIMITS = "/services/rest/system/v1/governanceLimits"


def create_app(account: EmulatedAccount, wire: Wire, admin_token: str) -> Starlette:
    """Builds the ASGI application.

    Args:
        account: The account it serves.
        wire: The server's connections.
        admin_token: What the admin API wants in `X-Emulator-Admin`.
    """
    threads = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="suiteql")
    sign_in = SignIn(account)
    queries = QueryService(account, threads)
    records = RecordService(account, threads)
    system = SystemService(account)

    bearer = BearerSignIn(account, sign_in)
    rest = RestManner(account, sign_in, bearer)

    def door(service: Service, manner: Manner = rest) -> Door:
        return Door(account, sign_in, manner, wire, service)

    return Starlette(
        routes=[
            Route(SUITEQL, door(queries.suiteql)),
            Route(SERVER_TIME, door(system.server_time)),
            Route(GOVERNANCE_LIMITS, door(system.governance_limits)),
            Route(CATALOG, door(records.catalog)),
            Route(f"{CATALOG}/{{name}}", door(records.schema)),
            Route(f"{ROOT}/{{name}}", door(records.collection)),
            Route(f"{ROOT}/{{name}}/{{id}}", door(records.single)),
            Route(SOAP, door(SoapService(account).operation, SoapManner(account, sign_in))),
            Route(TOKEN_INFO, door(TokenService(account).token_info, RestletManner(sign_in, bearer))),
            Route(TOKEN, door(TokenEndpoint(account).token, TokenManner(account, sign_in))),
            Mount(NANGO, routes=nango_routes(account)),
            Mount("/admin", routes=admin_routes(account, sign_in, threads, admin_token)),
            Route("/{path:path}", door(_nothing_here)),
        ]
    )


async def _nothing_here(asked: Asked, session: Session) -> Reply:
    return not_found()
