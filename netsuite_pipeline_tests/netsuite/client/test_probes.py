"""What a sensor needs of a client: one counted sign-in attempt, and the probes of other services than REST."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from netsuite_pipeline.netsuite.base_client import SERVER_TIME_PATH
from netsuite_pipeline.netsuite.client import SUITEQL_PATH
from netsuite_pipeline.netsuite.errors import (
    PermissionDenied,
    QueryError,
    SignInError,
    Stopped,
    Throttled,
    Unavailable,
)
from netsuite_pipeline.netsuite.probes.account_info import TOKEN_INFO_PATH, TokenInfo
from netsuite_pipeline.netsuite.probes.client_probes import METADATA_PATH
from netsuite_pipeline.netsuite.probes.soap import SOAP_PATH
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.netsuite.bodies import LOGIN_BODY, error_body
from netsuite_pipeline_tests.netsuite.conftest import Connect
from netsuite_pipeline_tests.netsuite.probes.test_soap import fault_reply, time_reply
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, Script, ScriptedServer

Serve = Callable[[Script], ScriptedServer]

REFUSED = Answer(status=401, body=LOGIN_BODY)
TIME = Answer(body=b'{"serverTime":"2025-03-26T16:21:00.000Z"}')
ONCE = ClientSettings(confirm_sign_in=False, retry_seconds=0)


def paths(server: ScriptedServer) -> list[str]:
    return [asked.path for asked in server.asked]


# A refused sign-in that nobody confirms


def test_unconfirmed_the_first_refusal_is_final(serve: Serve, connect: Connect) -> None:
    server = serve([REFUSED])
    waits: list[float] = []
    client = connect(server, ONCE, waits.append)
    for _ in range(3):
        with pytest.raises(SignInError, match="refuses the sign-in") as raised:
            client.server_time()
        assert raised.value.date is not None
    assert paths(server) == [SERVER_TIME_PATH]
    assert waits == []


def test_without_confirmation_no_waiting_thread_sends_again(serve: Serve, connect: Connect) -> None:
    together = threading.Barrier(3)

    def script(asked: Asked) -> Answer:
        together.wait(5)
        return REFUSED

    server = serve(script)
    client = connect(server, ClientSettings(concurrency=3, confirm_sign_in=False))
    with ThreadPoolExecutor(12) as pool:
        futures = [pool.submit(client.fetch_page, "SELECT 1") for _ in range(12)]
        errors = {type(future.exception(10)) for future in futures}
    assert errors == {SignInError}
    assert paths(server) == [SUITEQL_PATH] * 3  # those that had left when the first was refused


def test_unconfirmed_what_is_no_refusal_is_still_repeated(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(status=503), TIME])
    connect(server, ClientSettings(confirm_sign_in=False)).server_time()
    assert len(server.asked) == 2


# What needs REST Web Services


def denied(detail: str, status: int = 403) -> Answer:
    return Answer(status=status, body=error_body(status, "INSUFFICIENT_PERMISSION", detail))


NO_PERMISSION = "Your current role does not have permission to perform this action."
RECORD_ONLY = "You need a higher level of the '{}' permission to access this page."


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"{}"),
        denied(f"Permission Violation: {RECORD_ONLY.format('Lists -> Customers')}"),
        Answer(status=404, body=error_body(404, "NONEXISTENT_ID", "Record type 'customer' does not exist.")),
    ],
    ids=["described", "record refused", "record unknown"],
)
def test_rest_that_answers_at_all_is_permitted(serve: Serve, connect: Connect, answer: Answer) -> None:
    server = serve([answer])
    connect(server).probes.rest_access()
    assert paths(server) == [METADATA_PATH]


@pytest.mark.parametrize(
    "answer",
    [
        denied(NO_PERMISSION),
        denied(NO_PERMISSION, status=400),
        denied(f"Permission Violation: {RECORD_ONLY.format('Setup -> REST Web Services')}"),
    ],
    ids=["403", "400", "named"],
)
def test_rest_that_the_role_may_not_use_is_denied(serve: Serve, connect: Connect, answer: Answer) -> None:
    with pytest.raises(PermissionDenied):
        connect(serve([answer])).probes.rest_access()


def test_a_page_of_something_else_is_not_rest_answering(serve: Serve, connect: Connect) -> None:
    with pytest.raises(Unavailable):
        connect(serve([Answer(status=404, body=b"<html>Nothing here</html>")]), ONCE).probes.rest_access()


# What is asked beside REST


def test_the_soap_probe_is_sent_although_rest_refuses_the_sign_in(serve: Serve, connect: Connect) -> None:
    def script(asked: Asked) -> Answer:
        return Answer(body=time_reply("2025-03-26T16:21:00Z")) if asked.path == SOAP_PATH else REFUSED

    server = serve(script)
    client = connect(server, ONCE)
    with pytest.raises(SignInError):
        client.server_time()
    assert f"{client.probes.soap_server_time():%H:%M}" == "16:21"
    with pytest.raises(SignInError):
        client.server_time()
    assert paths(server) == [SERVER_TIME_PATH, SOAP_PATH]
    soap = server.asked[-1]
    assert soap.method == "POST"
    assert soap.headers["SOAPAction"] == "getServerTime"
    assert soap.headers["Content-Type"].startswith("text/xml")
    assert int(soap.headers["Content-Length"]) == len(soap.body)
    assert "Authorization" not in soap.headers


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(500, fault_reply("invalidCredentialsFault", "USER_ERROR", "Invalid login.")), SignInError),
        (Answer(401, b"<html>"), SignInError),
        (Answer(500, fault_reply("exceededRequestLimitFault", "USER_ERROR", "Blocked.")), Throttled),
        (Answer(503, b"<html>Maintenance</html>"), Unavailable),
        (Answer(reset=True), Unavailable),
    ],
    ids=["fault", "401", "throttled", "503", "reset"],
)
def test_the_soap_probe_is_sent_once_and_does_not_open_the_circuit(
    serve: Serve, connect: Connect, answer: Answer, expected: type[Exception]
) -> None:
    server = serve(lambda asked: answer if asked.path == SOAP_PATH else TIME)
    client = connect(server)
    with pytest.raises(expected):
        client.probes.soap_server_time()
    assert paths(server) == [SOAP_PATH]
    client.server_time()
    assert paths(server) == [SOAP_PATH, SERVER_TIME_PATH]


def test_each_passport_has_a_nonce_of_its_own(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(body=time_reply("2025-03-26T16:21:00Z"))])
    client = connect(server)
    for _ in range(2):
        client.probes.soap_server_time()
    first, second = (asked.body for asked in server.asked)
    assert first != second


def test_the_token_info_request_is_signed_and_its_reply_parsed(serve: Serve, connect: Connect) -> None:
    server = serve([Answer(body=b'{"companyId":"1234567_SB1","roleName":"Data pipeline","userId":7}')])
    assert connect(server).probes.token_info() == TokenInfo("1234567_SB1", "7", "Data pipeline")
    assert server.asked[0].path == TOKEN_INFO_PATH
    assert server.asked[0].signed["oauth_token"] == "token0id"


def test_where_token_info_is_not_offered_rest_still_works(serve: Serve, connect: Connect) -> None:
    gone = Answer(404, error_body(404, "NONEXISTENT_ID", "Record does not exist."))
    server = serve(lambda asked: gone if asked.path == TOKEN_INFO_PATH else TIME)
    client = connect(server)
    with pytest.raises(QueryError) as raised:
        client.probes.token_info()
    assert raised.value.status == 404
    client.server_time()


def test_token_info_is_not_requested_with_a_refused_sign_in(serve: Serve, connect: Connect) -> None:
    server = serve([REFUSED])
    client = connect(server, ONCE)
    for ask in (client.server_time, client.probes.token_info):
        with pytest.raises(SignInError):
            ask()
    assert paths(server) == [SERVER_TIME_PATH]


@pytest.mark.parametrize("ask", ["soap_server_time", "token_info"])
def test_a_stopped_client_sends_no_probe(serve: Serve, connect: Connect, ask: str) -> None:
    server = serve([TIME])
    client = connect(server)
    client.stop()
    with pytest.raises(Stopped):
        getattr(client.probes, ask)()
    assert server.asked == []


def test_stop_ends_a_soap_request_under_way(serve: Serve, connect: Connect) -> None:
    arrived = threading.Event()

    def script(asked: Asked) -> Answer:
        arrived.set()
        return Answer(hang=True)

    client = connect(serve(script))
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(client.probes.soap_server_time)
        assert arrived.wait(5)
        client.stop()
        assert isinstance(future.exception(5), Stopped)


# The clock


def test_a_refused_sign_in_gives_the_offset_too(serve: Serve, connect: Connect) -> None:
    client = connect(serve([REFUSED]), ONCE)
    assert client.clock_offset is None
    with pytest.raises(SignInError):
        client.server_time()
    assert client.clock_offset is not None
    assert client.clock_offset > 300  # the scripted server lives in March 2025


def test_soaps_time_gives_the_offset_too(serve: Serve, connect: Connect) -> None:
    client = connect(serve([Answer(body=time_reply("2999-01-01T00:00:00Z"))]))
    client.probes.soap_server_time()
    assert client.clock_offset is not None
    assert client.clock_offset < 0
