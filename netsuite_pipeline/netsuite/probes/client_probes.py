"""The probes of a client: single requests that sensors and the doctor send."""

import secrets
import time
from datetime import datetime
from urllib.parse import quote

from requests import PreparedRequest

from netsuite_pipeline.netsuite.auth.tba import TokenCredentials
from netsuite_pipeline.netsuite.base_client import BaseClient
from netsuite_pipeline.netsuite.errors import ConfigurationError, PermissionDenied, QueryError
from netsuite_pipeline.netsuite.http.error_parser import error_of
from netsuite_pipeline.netsuite.http.request import Request, RequestCounts
from netsuite_pipeline.netsuite.http.server_clock import http_date
from netsuite_pipeline.netsuite.http.transport import Answer, Transport
from netsuite_pipeline.netsuite.menus import CLIENT_CREDENTIALS
from netsuite_pipeline.netsuite.probes.account_info import (
    GOVERNANCE_LIMITS_PATH,
    TOKEN_INFO_PATH,
    GovernanceLimits,
    TokenInfo,
    read_governance_limits,
    read_token_info,
    token_info_url,
)
from netsuite_pipeline.netsuite.probes.soap import (
    SOAP_ENDPOINT,
    SOAP_HEADERS,
    SOAP_PATH,
    read_server_time,
    server_time_request,
    without,
)

RECORD_PATH = "/services/rest/record/v1"
METADATA_PATH = f"{RECORD_PATH}/metadata-catalog/customer"

_WHY_NO_SOAP = (
    "SOAP does not support OAuth 2.0 (NSH:chapter_157769826287): token passports need TBA values. "
    "The pipeline does not need SOAP."
)
_RETRY_SECONDS = 5.0  # a record that is not answered for is asked for again another day
_NO_SUCH_RECORD = "NONEXISTENT_ID"
_REST_PERMISSION = "REST Web Services"


class Probes:
    """The probes of one client; `NetSuiteClient.probes` holds them.

    Args:
        client: The client whose sign-in, connections and concurrency limit the probes use.
    """

    def __init__(self, client: BaseClient) -> None:
        self._client = client

    def rest_access(self) -> None:
        """Check access to REST Web Services: request the description of one record, which SuiteQL needs not.

        A refusal of that one record is a success: REST answered.

        Raises:
            PermissionDenied: The role may not use REST web services.
            NetSuiteError: By kind of failure.
        """
        try:
            self._client.send(Request("GET", METADATA_PATH, headers={"Accept": "application/json"}))
        except PermissionDenied as denied:
            if not denied.permission or denied.permission.endswith(_REST_PERMISSION):
                raise
        except QueryError as refused:
            if refused.status != 404 or refused.code != _NO_SUCH_RECORD:
                raise

    def record_exists(self, record_type: str, record_id: str, count: RequestCounts) -> bool | None:
        """Ask REST's record service for one record by its id.

        Args:
            record_type: The record's type, such as `journalentry`.
            record_id: Its internal id.
            count: Counts the requests.

        Returns:
            Whether there is such a record; None where NetSuite refuses to answer, as for a record that the
            role's restrictions hide, and for a type that has no such service.

        Raises:
            NetSuiteError: NetSuite refuses the sign-in, or does not answer.
        """
        path = f"{RECORD_PATH}/{quote(record_type, safe='')}/{quote(record_id, safe='')}"
        try:
            self._client.send_and_parse(
                Request("GET", path), lambda reply: reply, count=count, retry_seconds=_RETRY_SECONDS
            )
        except PermissionDenied:
            return None
        except QueryError as refused:
            return False if refused.status == 404 else None
        return True

    def governance_limits(self) -> GovernanceLimits:
        """Fetch how many concurrent requests the account allows.

        Raises:
            PermissionDenied: The role is no administrator's (NSH:article_0625010817).
            NetSuiteError: By kind of failure.
        """
        request = Request("GET", GOVERNANCE_LIMITS_PATH)
        return self._client.send_and_parse(request, lambda reply: read_governance_limits(reply.body))

    def token_info(self) -> TokenInfo:
        """Fetch account, user and role of the access token, in one attempt.

        A refusal does not open the circuit breaker.

        Raises:
            QueryError: The host does not offer token information (status 404), or the sign-in is by OAuth
                2.0, whose tokens only REST accepts; then nothing is sent.
            NetSuiteError: By kind of failure.
        """
        client = self._client
        if client.credentials.passport is None:
            raise QueryError(
                "NetSuite offers no token information for OAuth 2.0.",
                reason="unsupported",
                remedy=f"Nothing needs fixing. User and role are in the mapping at {CLIENT_CREDENTIALS}.",
            )
        client.check_may_send()
        elsewhere = client.base_url != client.account.base_url
        request = Request("GET", TOKEN_INFO_PATH)
        return client.send_unchecked(
            client.base_url if elsewhere else token_info_url(client.account),
            lambda transport: transport.sign(transport.prepare(request)),
            lambda answer: read_token_info(_body(answer, request.endpoint)),
            request.endpoint,
        )

    def soap_server_time(self) -> datetime:
        """Fetch NetSuite's clock by SOAP, with a token passport, in one attempt.

        The circuit breaker does not apply: the request is sent even if REST refuses the sign-in.

        Returns:
            UTC, without time zone.

        Raises:
            ConfigurationError: The credentials have no token passport; nothing is sent.
            SignInError: SOAP refuses the sign-in too.
            PermissionDenied: The role may not use SOAP, or the feature is off; the sign-in works.
            Throttled: Too many concurrent requests.
            Unavailable: No usable answer.
        """
        passport = self._client.credentials.passport
        if passport is None:
            raise ConfigurationError(_WHY_NO_SOAP, endpoint=SOAP_ENDPOINT)
        return self._client.send_unchecked(
            self._client.base_url,
            lambda transport: _soap_request(transport, passport),
            lambda answer: self._soap_time(answer, passport),
            SOAP_ENDPOINT,
        )

    def _soap_time(self, answer: Answer, passport: TokenCredentials) -> datetime:
        body = without(answer.body(SOAP_ENDPOINT), passport.secrets)
        date = http_date(answer.headers.get("Date"))
        server_time = read_server_time(answer.status, body, date=date)
        self._client.clock.record(server_time, answer.seconds)
        return server_time


def _soap_request(transport: Transport, passport: TokenCredentials) -> PreparedRequest:
    prepared = transport.prepare(Request("POST", SOAP_PATH, headers=SOAP_HEADERS))
    nonce, timestamp = secrets.token_hex(10), str(int(time.time()))
    prepared.prepare_body(server_time_request(passport, nonce, timestamp), None)
    return prepared


def _body(answer: Answer, endpoint: str) -> bytes:
    if answer.status != 200:
        raise error_of(answer, endpoint)
    return answer.body(endpoint)
