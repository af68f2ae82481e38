"""A server that grants access tokens for verified assertions, and accepts requests with a valid token."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

import jwt

from netsuite_pipeline.netsuite.auth.oauth2 import TOKEN_PATH
from netsuite_pipeline_tests.netsuite.bodies import LOGIN_BODY
from netsuite_pipeline_tests.netsuite.keys import pem_of, public_of
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, ScriptedServer

KIND = "P-256"
CLIENT_ID, CERTIFICATE_ID = "client/id+hush", "certificate=id-hush"
GOOD = Answer(
    body=b'{"serverTime":"2025-03-26T16:21:00.678Z","count":1,"hasMore":false,"items":[{"id":"1"}]}'
)
REFUSED = Answer(
    status=401,
    body=LOGIN_BODY,
    headers={"WWW-Authenticate": 'Bearer realm="1234567_SB1", error="invalid_token"'},
)


def variables(**changed: str) -> dict[str, str]:
    """What a user sets for client credentials."""
    return {
        "NETSUITE_ACCOUNT_ID": "1234567-sb1",
        "NETSUITE_CLIENT_ID": CLIENT_ID,
        "NETSUITE_CERTIFICATE_ID": CERTIFICATE_ID,
        "NETSUITE_PRIVATE_KEY": pem_of(KIND),
        **changed,
    }


def granting(token: str, expires_in: object = "3600") -> Answer:
    return Answer(
        body=json.dumps({"access_token": token, "expires_in": expires_in, "token_type": "bearer"}).encode()
    )


def error(code: str, status: int = 400, **more: str) -> Answer:
    return Answer(status=status, body=json.dumps({"error": code, **more}).encode())


class TokenServer(ScriptedServer):
    """Gives `token-1`, `token-2` and so on; those that `good` holds are let in.

    Args:
        at_token: What the token endpoint answers to an assertion that is right, instead of a token, by the
            number of the request, or None.
        rest: What REST answers to a token that is good.
        lets_in: Whether new tokens are good.
    """

    def __init__(
        self,
        at_token: Callable[[int], Answer | None] = lambda number: None,
        rest: Callable[[Asked], Answer] = lambda asked: GOOD,
        *,
        lets_in: bool = True,
        expires_in: object = "3600",
    ) -> None:
        super().__init__(self._answer)
        self.claims: list[Mapping[str, object]] = []
        self.headers: list[Mapping[str, object]] = []
        self.good: set[str] = set()
        self.most_at_once = 0
        self._at_once = 0
        self._guard = threading.Lock()
        self._at_token, self._rest = at_token, rest
        self._lets_in, self._expires_in = lets_in, expires_in

    @property
    def counted(self) -> Counter[str]:
        return Counter("token" if asked.path == TOKEN_PATH else "rest" for asked in self.asked)

    @property
    def refused(self) -> int:
        """Requests with a token that was not good."""
        return self._refused

    _refused = 0

    def _answer(self, asked: Asked) -> Answer:
        if asked.path == TOKEN_PATH:
            return self._token(asked)
        bearer = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        with self._guard:
            if bearer not in self.good:
                self._refused += 1
                return REFUSED
        return self._rest(asked)

    def _token(self, asked: Asked) -> Answer:
        with self._guard:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
            assert form["grant_type"] == "client_credentials"
            assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
            assertion = form["client_assertion"]
            self.headers.append(jwt.get_unverified_header(assertion))
            self.claims.append(
                jwt.decode(
                    assertion, public_of(KIND), algorithms=["ES256"], audience=f"{self.url}{TOKEN_PATH}"
                )
            )
            number = len(self.claims)
            answer = self._at_token(number)
            if answer is not None:
                return answer
            token = f"token-{number}"
            with self._guard:
                if self._lets_in:
                    self.good.add(token)
            return granting(token, self._expires_in)
        finally:
            with self._guard:
                self._at_once -= 1
