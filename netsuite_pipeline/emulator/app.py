"""The URL paths of the emulated account and the service of each."""

import os
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.admin.api import admin_routes
from netsuite_pipeline.emulator.admin.switches import Switches
from netsuite_pipeline.emulator.auth.bearer import BearerSignIn
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.broken_connections import Connections
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import Reply, not_found
from netsuite_pipeline.emulator.services.endpoint import Endpoint, Service
from netsuite_pipeline.emulator.services.nango_service import NANGO, nango_routes
from netsuite_pipeline.emulator.services.oauth2_service import OAUTH2_PATH, TokenEndpoint, TokenProtocol
from netsuite_pipeline.emulator.services.protocols import RestProtocol, ServiceProtocol
from netsuite_pipeline.emulator.services.query_service import QueryService
from netsuite_pipeline.emulator.services.record_service import CATALOG, ROOT, RecordService
from netsuite_pipeline.emulator.services.soap_service import SOAP, SoapProtocol, SoapService
from netsuite_pipeline.emulator.services.system_service import SystemService
from netsuite_pipeline.emulator.services.token_service import TOKEN_INFO_PATH, RestletProtocol, TokenService

SUITEQL = "/services/rest/query/v1/suiteql"
SERVER_TIME = "/services/rest/system/v1/serverTime"
GOVERNANCE_LIMITS = "/services/rest/system/v1/governanceLimits"


def create_app(account: EmulatedAccount, connections: Connections, url: str, admin_token: str) -> Starlette:
    """Build the ASGI application.

    Args:
        account: The account that it serves.
        connections: The server's open connections.
        url: Base URL of the server.
        admin_token: The token that admin requests carry in `X-Emulator-Admin`.
    """
    threads = ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2), thread_name_prefix="suiteql")
    sign_in = SignIn(account)
    queries = QueryService(account, threads)
    records = RecordService(account, threads)
    system = SystemService(account)

    bearer = BearerSignIn(account, sign_in)
    rest = RestProtocol(account, sign_in, bearer)

    def endpoint(service: Service, protocol: ServiceProtocol = rest) -> Endpoint:
        return Endpoint(account, sign_in, protocol, connections, service)

    return Starlette(
        routes=[
            Route(SUITEQL, endpoint(queries.suiteql)),
            Route(SERVER_TIME, endpoint(system.server_time)),
            Route(GOVERNANCE_LIMITS, endpoint(system.governance_limits)),
            Route(CATALOG, endpoint(records.catalog)),
            Route(f"{CATALOG}/{{name}}", endpoint(records.schema)),
            Route(f"{ROOT}/{{name}}", endpoint(records.collection)),
            Route(f"{ROOT}/{{name}}/{{id}}", endpoint(records.single)),
            Route(SOAP, endpoint(SoapService(account).operation, SoapProtocol(account, sign_in))),
            Route(
                TOKEN_INFO_PATH, endpoint(TokenService(account).token_info, RestletProtocol(sign_in, bearer))
            ),
            Route(OAUTH2_PATH, endpoint(TokenEndpoint(account).token, TokenProtocol(account, sign_in))),
            Mount(NANGO, routes=nango_routes(account)),
            Mount("/admin", routes=admin_routes(Switches(account, sign_in, url), threads, admin_token)),
            Route("/{path:path}", endpoint(_nothing_here)),
        ]
    )


async def _nothing_here(request: IncomingRequest, session: Session) -> Reply:
    return not_found()
