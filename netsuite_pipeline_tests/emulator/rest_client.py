"""A client for the emulator's tests, signed by oauthlib: none of the emulator's own code is in it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from oauthlib.oauth1 import Client

SUITEQL = "/services/rest/query/v1/suiteql"
SERVER_TIME = "/services/rest/system/v1/serverTime"
RECORD = "/services/rest/record/v1"

SIGN_IN_BODY = {
    "type": "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.2",
    "title": "Unauthorized",
    "status": 401,
    "o:errorDetails": [
        {
            "detail": "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI "
            "at Setup > Users/Roles > User Management > View Login Audit Trail.",
            "o:errorCode": "INVALID_LOGIN",
        }
    ],
}


@dataclass(frozen=True)
class RestClient:
    """Asks an emulator with one token's credentials."""

    env: Mapping[str, str]

    @property
    def base_url(self) -> str:
        """Where the emulator listens."""
        return self.env["NETSUITE_BASE_URL"]

    def authorization(self, method: str, url: str, **changed: Any) -> str:
        """Signs by oauthlib; `changed` are arguments of its client that shall differ."""
        given = {
            "client_key": self.env["NETSUITE_CONSUMER_KEY"],
            "client_secret": self.env["NETSUITE_CONSUMER_SECRET"],
            "resource_owner_key": self.env["NETSUITE_TOKEN_ID"],
            "resource_owner_secret": self.env["NETSUITE_TOKEN_SECRET"],
            "signature_method": "HMAC-SHA256",
            "realm": self.env["NETSUITE_ACCOUNT_ID"],
        } | changed
        _, headers, _ = Client(**given).sign(url, method)
        return str(headers["Authorization"])

    def get(
        self, path: str, headers: Mapping[str, str] | None = None, timeout: float = 20
    ) -> requests.Response:
        """Asks for a path, signed."""
        url = self.base_url + path
        signed = {"Authorization": self.authorization("GET", url), **(headers or {})}
        return requests.get(url, headers=signed, timeout=timeout, allow_redirects=False)

    def suiteql(
        self,
        query: str,
        *,
        paging: str = "",
        params: list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
        data: bytes | None = None,
        timeout: float = 20,
        session: Any = requests,
        stream: bool = False,
        **changed: Any,
    ) -> requests.Response:
        """Asks one query; `paging` is the URL's query string, `changed` goes to the signer."""
        url = f"{self.base_url}{SUITEQL}{paging}"
        body = {"q": query} if params is None else {"q": query, "params": params}
        sent = {"Content-Type": "application/json", "Prefer": "transient"}
        sent |= {"Authorization": self.authorization("POST", url, **changed), **(headers or {})}
        sent = {name: value for name, value in sent.items() if value}
        answer: requests.Response = session.post(
            url,
            data=json.dumps(body) if data is None else data,
            headers=sent,
            timeout=timeout,
            stream=stream,
            allow_redirects=False,
        )
        return answer

    def items(self, query: str, **more: Any) -> list[dict[str, Any]]:
        """Asks one query and gives its items; AssertionError when it is refused."""
        answer = self.suiteql(query, **more)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["items"])


def refusal(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and detail of an error body."""
    body = answer.json()
    first = body["o:errorDetails"][0]
    assert body["status"] == answer.status_code
    return answer.status_code, first["o:errorCode"], first["detail"]
