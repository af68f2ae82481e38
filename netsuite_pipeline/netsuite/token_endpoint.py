"""The token endpoint: credentials fetch access tokens over the connections of their client."""

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
    """A `TokenSender` over a client's connections.

    It needs no slot: the caller may hold one, or wait for all slots to be free.

    Args:
        base_url: The address of the requests, without a slash at its end.
        prepare: Returns a prepared request.
        send: Sends a request in one attempt.
        circuit: The circuit breaker, which a refusal half-opens before another thread can send.
        open_verdict: A context that keeps other threads from sending until a refusal is recorded.
    """

    def __init__(
        self,
        base_url: str,
        prepare: Callable[[Request], PreparedRequest],
        send: Callable[[PreparedRequest, str], Answer],
        circuit: CircuitBreaker,
        open_verdict: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.base_url = base_url
        self._prepare = prepare
        self._send = send
        self._circuit = circuit
        self._open_verdict = open_verdict

    def post(self, path: str, form: TokenForm, parse: Callable[[TokenReply], _T | NetSuiteError]) -> _T:
        """Post a form, as `TokenSender.post` says."""
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
