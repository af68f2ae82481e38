"""The admin API: `POST /admin/<switch>` with the arguments as a JSON object."""

import asyncio
import hmac
import ipaddress
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from functools import partial
from inspect import Parameter, signature
from types import UnionType
from typing import Any, Union, get_args, get_origin

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from netsuite_pipeline.emulator.admin.switches import Switches
from netsuite_pipeline.emulator.settings import SettingError, check_known

_SWITCHES = {
    name: {key: each for key, each in signature(method).parameters.items() if key != "self"}
    for name, method in vars(Switches).items()
    if not name.startswith("_")
}
_IN_THREAD = {
    "tables",
    "table",
    "tick",
    "delete_transactions",
    "drop_line",
    "delete_rows",
    "change_rows",
    "insert_like",
}
_TYPE_NAMES: Mapping[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    Sequence: "a list of whole numbers",
    Mapping: "an object of texts, numbers and nulls",
    type(None): "null",
}


def admin_routes(switches: Switches, threads: Executor, admin_token: str) -> list[BaseRoute]:
    """Build the routes below `/admin`.

    Args:
        switches: The account's switches.
        threads: Threads for switches that read or change many rows.
        admin_token: The token that requests carry in `X-Emulator-Admin`.
    """

    async def endpoint(request: Request) -> Response:
        given = request.headers.get("x-emulator-admin", "")
        address = request.client.host if request.client else ""
        if not hmac.compare_digest(given.encode(), admin_token.encode()) or not _is_loopback(address):
            return JSONResponse({"error": "The admin API requires its token in X-Emulator-Admin."}, 403)
        name = request.path_params["name"]
        try:
            arguments = checked_arguments(name, await request.body())
            call = partial(getattr(switches, name), **arguments)
            if name in _IN_THREAD:
                result = await asyncio.get_running_loop().run_in_executor(threads, call)
            else:
                result = call()
        except SettingError as error:
            return JSONResponse({"error": str(error)}, 400)
        body = json.dumps({"result": result}, default=vars)
        return Response(body, media_type="application/json")

    return [Route("/{name}", endpoint, methods=["GET", "POST"])]


def checked_arguments(name: str, body: bytes) -> dict[str, Any]:
    """Return the arguments of a switch from a JSON body.

    Raises:
        SettingError: The switch or an argument is unknown, or an argument is missing or of another type.

    Example:
        >>> checked_arguments("set_latency", b'{"milliseconds": 5}')
        {'milliseconds': 5}
        >>> checked_arguments("occupy", b'{"slot": 5}')
        Traceback (most recent call last):
        netsuite_pipeline.emulator.settings.SettingError: occupy has no argument 'slot'; known are slots.
    """
    check_known("switch", name, _SWITCHES)
    parameters = _SWITCHES[name]
    try:
        values = json.loads(body) if body else {}
    except ValueError as error:
        raise SettingError("The body is no JSON.") from error
    if not isinstance(values, dict):
        raise SettingError("The body must be a JSON object.")
    known = ", ".join(parameters) or "none"
    for key in values:
        if key not in parameters:
            raise SettingError(f"{name} has no argument {key!r}; known are {known}.")
    for key, parameter in parameters.items():
        if key not in values:
            if parameter.default is Parameter.empty:
                raise SettingError(f"{name} lacks the argument {key!r}; known are {known}.")
        elif not _is_of(values[key], parameter.annotation):
            raise SettingError(f"{key} must be {_described(parameter.annotation)}.")
    return values


def _is_of(value: object, hint: Any) -> bool:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_is_of(value, each) for each in inner)
    if origin is Sequence:
        return isinstance(value, list) and all(_is_of(each, inner[0]) for each in value)
    if origin is Mapping:
        return isinstance(value, dict) and all(_is_of(each, inner[1]) for each in value.values())
    return type(value) is hint or (hint is float and type(value) is int)


def _described(hint: Any) -> str:
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return " or ".join(_described(each) for each in get_args(hint))
    return _TYPE_NAMES[origin or hint]


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
