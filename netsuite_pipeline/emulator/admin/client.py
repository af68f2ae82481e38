"""The switches of a running emulator, for tests, benchmarks and the command line."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from inspect import isfunction, signature
from typing import Any

from netsuite_pipeline.emulator.admin.switches import Switches

_TIMEOUT = 120.0


class AdminError(Exception):
    """The emulator refuses a switch or does not answer; the message has the reason."""


class AdminClient(Switches):
    """Every method of `Switches`, called on the emulator's side.

    Args:
        base_url: Base URL of the emulator (`NETSUITE_BASE_URL`).
        token: Admin token of the emulator (`NETSUITE_EMULATOR_ADMIN`).

    Raises:
        AdminError: From every method, when the emulator refuses or does not answer.

    Example:
        admin = AdminClient("http://127.0.0.1:8080", "token")
        admin.revoke_token()
    """

    def __init__(self, base_url: str, token: str) -> None:
        self.base_url = base_url
        self.token = token

    def ask(self, switch: str, **values: Any) -> Any:
        """Call a switch by name and return its result."""
        request = urllib.request.Request(  # noqa: S310 - base_url is the emulator's
            f"{self.base_url}/admin/{switch}",
            json.dumps(values).encode(),
            {"Content-Type": "application/json", "X-Emulator-Admin": self.token},
        )
        # A proxy from the environment must not see requests of this machine to itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_TIMEOUT) as answer:
                return json.loads(answer.read())["result"]
        except urllib.error.HTTPError as refused:
            with refused:
                raise AdminError(_reason(refused.code, refused.read())) from refused
        except (OSError, ValueError) as error:
            raise AdminError(f"No emulator answers at {self.base_url}: {error}") from error


def _remote(switch: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that sends its arguments to a switch, and returns the result in the switch's type."""
    parameters = signature(switch)
    kind = parameters.return_annotation

    @wraps(switch)
    def send(self: AdminClient, /, *args: Any, **kwargs: Any) -> Any:
        values = parameters.bind(self, *args, **kwargs).arguments
        del values["self"]
        result = self.ask(switch.__name__, **values)
        return kind(**result) if isinstance(kind, type) and is_dataclass(kind) else result

    return send


for _name, _method in vars(Switches).items():
    if isfunction(_method) and not _name.startswith("_"):
        setattr(AdminClient, _name, _remote(_method))


def _reason(status: int, body: bytes) -> str:
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return f"The emulator answered {status}."
