"""Asks the admin API of a running emulator."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any

_TIMEOUT = 120.0


class AdminError(Exception):
    """The emulator refuses a switch, or is not there; the message says which and why."""


@dataclass(frozen=True)
class AdminAsking:
    """Where the admin API is, and what it wants to see.

    Args:
        base_url: Where the emulator listens (`NETSUITE_BASE_URL`).
        token: Its admin token (`NETSUITE_EMULATOR_ADMIN`).
    """

    base_url: str
    token: str = field(repr=False)

    def get(self, path: str) -> Any:
        """Looks at something."""
        return self._ask(urllib.request.Request(f"{self.base_url}/admin{path}"))

    def post(self, path: str, **values: Any) -> Any:
        """Turns a switch."""
        body = json.dumps(values).encode()
        headers = {"Content-Type": "application/json"}
        return self._ask(urllib.request.Request(f"{self.base_url}/admin{path}", body, headers))

    def _ask(self, request: urllib.request.Request) -> Any:
        request.add_header("X-Emulator-Admin", self.token)
        # A proxy from the environment has no business between a machine and itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                raise AdminError(_reason(refused.code, refused.read())) from refused
        except (OSError, ValueError) as error:
            raise AdminError(f"No emulator answers at {self.base_url}: {error}") from error


def _reason(status: int, body: bytes) -> str:
    try:
        said = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError):
        return f"The emulator answered {status}."
    return str(said)
