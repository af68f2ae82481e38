"""Who gets an access token: joserfc decides which assertions are in order, this only knows the account."""

import secrets
import threading
from collections.abc import Mapping
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from netsuite_pipeline_tests.interoperability.server.settings import Account

TOKEN = "/services/rest/auth/oauth2/v1/token"
_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ALGORITHMS = ["PS256", "ES256", "ES384", "ES512"]


class NoToken(Exception):
    """An assertion is not in order; the word is OAuth's."""


class TokenDesk:
    """Gives access tokens out, and counts what they are used for.

    Args:
        account: Whose client, certificate and public key are right.
        uses: Requests that a token is good for, whatever it was said to be; then it is refused.
    """

    def __init__(self, account: Account, uses: int) -> None:
        self._account = account
        self._uses = uses
        self._left: dict[str, int] = {}
        self._lock = threading.Lock()

    def exchange(self, url: str, form: str) -> Mapping[str, str]:
        """Gives a token for an assertion made out to this address.

        Raises:
            NoToken: Form or assertion are not in order.
        """
        given = {name: values[0] for name, values in parse_qs(form).items()}
        if given.get("grant_type") != "client_credentials" or given.get("client_assertion_type") != _TYPE:
            raise NoToken("invalid_request")
        try:
            self.check(url, given.get("client_assertion", ""))
        except (JoseError, ValueError) as error:
            raise NoToken("invalid_grant") from error
        token = secrets.token_urlsafe(64)
        with self._lock:
            self._left[token] = self._uses
        return {"access_token": token, "expires_in": "3600", "token_type": "bearer"}

    def check(self, url: str, assertion: str) -> None:
        """Raises joserfc's errors, or ValueError, for an assertion that is not in order."""
        pem = self._account.public_key
        key = RSAKey.import_key(pem) if self._account.rsa else ECKey.import_key(pem)
        found = jwt.decode(assertion, key, algorithms=_ALGORITHMS)
        if found.header.get("kid") != self._account.certificate_id or found.header.get("typ") != "JWT":
            raise ValueError("another certificate")
        jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self._account.client_id},
            aud={"essential": True, "value": url},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(found.claims)
        if not 0 < found.claims["exp"] - found.claims["iat"] <= 3600:
            raise ValueError("too long")
        if "rest_webservices" not in found.claims.get("scope", ()):
            raise ValueError("another scope")

    def admits(self, authorization: str) -> bool:
        """Whether a token was given out here and has uses left."""
        token = authorization.removeprefix("Bearer ")
        with self._lock:
            left = self._left.get(token, 0)
            self._left[token] = left - 1
        return left > 0
