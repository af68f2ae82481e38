"""The URL paths of the emulated account and the service of each."""

from starlette.applications import Starlette
from starlette.routing import Mount, Route

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.admin.api import admin_routes
from netsuite_pipeline.emulator.admin.switches import Switches
from netsuite_pipeline.emulator.auth.credential_kinds import NANGO
from netsuite_pipeline.emulator.auth.sign_in import Session, SignIn
from netsuite_pipeline.emulator.http.broken_connections import Connections
from netsuite_pipeline.emulator.http.request import IncomingRequest
from netsuite_pipeline.emulator.http.responses import Reply, not_found
from netsuite_pipeline.emulator.services.endpoint import Endpoint, Service
from netsuite_pipeline.emulator.services.nango_service import nango_routes
from netsuite_pipeline.emulator.services.oauth2_service import OAUTH2_PATH, TokenProtocol, token
from netsuite_pipeline.emulator.services.protocols import RestProtocol, ServiceProtocol
from netsuite_pipeline.emulator.services.query_service import suiteql
from netsuite_pipeline.emulator.services.record_service import (
    CATALOG,
    ROOT,
    record_catalog,
    record_collection,
    record_schema,
    single_record,
)
from netsuite_pipeline.emulator.services.soap_service import SOAP, SoapProtocol, soap_operation
from netsuite_pipeline.emulator.services.system_service import governance_limits, server_time
from netsuite_pipeline.emulator.services.token_service import TOKEN_INFO_PATH, RestletProtocol, token_info

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
    sign_in = SignIn(account)
    rest = RestProtocol(account, sign_in)

    def endpoint(method: str, service: Service, protocol: ServiceProtocol = rest) -> Endpoint:
        return Endpoint(account, sign_in, protocol, connections, service, method)

    return Starlette(
        routes=[
            Route(SUITEQL, endpoint("POST", suiteql)),
            Route(SERVER_TIME, endpoint("GET", server_time)),
            Route(GOVERNANCE_LIMITS, endpoint("GET", governance_limits)),
            Route(CATALOG, endpoint("GET", record_catalog)),
            Route(f"{CATALOG}/{{name}}", endpoint("GET", record_schema)),
            Route(f"{ROOT}/{{name}}", endpoint("GET", record_collection)),
            Route(f"{ROOT}/{{name}}/{{id}}", endpoint("GET", single_record)),
            Route(SOAP, endpoint("POST", soap_operation, SoapProtocol(sign_in))),
            Route(TOKEN_INFO_PATH, endpoint("GET", token_info, RestletProtocol(sign_in))),
            Route(OAUTH2_PATH, endpoint("POST", token, TokenProtocol(account, sign_in))),
            Mount(NANGO, routes=nango_routes(account)),
            Mount(
                "/admin", routes=admin_routes(Switches(account, sign_in, url), account.threads, admin_token)
            ),
            Route("/{path:path}", endpoint("", _nothing_here)),
        ]
    )


async def _nothing_here(account: EmulatedAccount, request: IncomingRequest, session: Session) -> Reply:
    return not_found()
