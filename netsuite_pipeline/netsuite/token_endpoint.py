"""How credentials ask NetSuite for an access token, over the connections of the client they sign for."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from requests import PreparedRequest

from netsuite_pipeline.netsuite.auth.access_token import TokenForm, TokenReply
from netsuite_pipeline.netsuite.errors import NetSuiteError, SignInError, Unavailable
from netsuite_pipeline.netsuite.http.error_parser import error_of
from netsuite_pipeline.netsuite.http.request import Request
from netsuite_pipeline.netsuite.http.transport import Answer
from netsuite_pipeline.netsuite.limits.circuit_breaker import CircuitBreaker

_T = TypeVar("_T")


class TokenEndpoint:
    """What a client's credentials ask through. No slot is taken: who asks may hold one, or wait until all
    others have left theirs.

    Args:
        base_url: The address that is asked, without a slash at its end.
        prepare: Makes a request as it will be sent.
        send: Sends it, once, by the client's leave.
        circuit: Is told of a refusal before another thread can ask.
        judging: Entered when the request is sent, left when a refusal is recorded.
    """

    def __init__(
        self,
        base_url: str,
        prepare: Callable[[Request], PreparedRequest],
        send: Callable[[PreparedRequest, str], Answer],
        circuit: CircuitBreaker,
        judging: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.base_url = base_url
        self._prepare = prepare
        self._send = send
        self._circuit = circuit
        self._open_verdict = judging

    def post(self, path: str, form: TokenForm, parse: Callable[[TokenReply], _T | NetSuiteError]) -> _T:
        """Posts a form, as `Send` says."""
        request = Request("POST", path, headers={"Accept": "application/json"})
        self._circuit.check()
        prepared = self._prepare(request)
        prepared.prepare_body(dict(form.fields), None)
        with self._open_verdict():
            parsed = parse(_reply(self._send(prepared, request.endpoint), request.endpoint))
            if isinstance(parsed, SignInError):
                self._circuit.half_open(parsed)
        if isinstance(parsed, NetSuiteError):
            raise parsed
        return parsed


def _reply(answer: Answer, endpoint: str) -> TokenReply:
    if answer.status == 200:
        return TokenReply(answer.status, answer.body(endpoint), None, endpoint)
    try:
        body = answer.body(endpoint)
    except Unavailable:
        body = b""
    return TokenReply(answer.status, body, error_of(answer, endpoint), endpoint)
