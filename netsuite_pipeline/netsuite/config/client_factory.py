"""A client from environment variables, the same for command line, Dagster and Python."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace

from netsuite_pipeline.netsuite.auth.factory import credentials_from_variables
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.errors import ConfigurationError, NetSuiteError
from netsuite_pipeline.netsuite.settings import ClientSettings

_MAX_CONCURRENCY = 200


def client_from_environment(
    variables: Mapping[str, str] = os.environ, settings: ClientSettings | None = None
) -> NetSuiteClient:
    """Return a client for the account that the variables name.

    Args:
        variables: The credentials, of one of the three kinds (`credentials_from_variables`), optionally
            `NETSUITE_BASE_URL` (another address than the account's host) and `NETSUITE_CONCURRENCY`
            (concurrent requests).
        settings: Time-outs and retries; `NETSUITE_CONCURRENCY` overrides its concurrency.

    Raises:
        ConfigurationError: A variable is missing or malformed; the error names all that are missing. Or
            Nango does not return the credentials (`NangoError`).
        Unavailable: Nango does not answer.

    Example:
        >>> client_from_environment().query("SELECT id FROM subsidiary ORDER BY id")   # doctest: +SKIP
    """
    made = _made(variables, settings or ClientSettings())
    del variables  # whose values must not be kept by this frame of an error's
    if isinstance(made, NetSuiteError):
        raise made
    return made


def _made(variables: Mapping[str, str], settings: ClientSettings) -> NetSuiteClient | NetSuiteError:
    """Return the client or the error, without the frames that hold the variables."""
    try:
        settings = replace(settings, concurrency=read_concurrency(variables, settings.concurrency))
        return NetSuiteClient(
            credentials_from_variables(variables),
            base_url=variables.get("NETSUITE_BASE_URL", "").strip() or None,
            settings=settings,
        )
    except NetSuiteError as error:
        return error.with_traceback(None)


def read_concurrency(variables: Mapping[str, str], default: int = ClientSettings().concurrency) -> int:
    """Return the number of concurrent requests that `NETSUITE_CONCURRENCY` sets, 1 to 200, or the default.

    Raises:
        ConfigurationError: The variable is no such number.

    Example:
        >>> read_concurrency({"NETSUITE_CONCURRENCY": "15"}), read_concurrency({})
        (15, 5)
    """
    text = variables.get("NETSUITE_CONCURRENCY", "").strip()
    if not text:
        return default
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= _MAX_CONCURRENCY:
        raise ConfigurationError(
            f"NETSUITE_CONCURRENCY is {text!r}; it must be a whole number from 1 to {_MAX_CONCURRENCY}.",
            remedy="Set it to the requests at once that your account grants (Setup > Integration > "
            "Integration Governance): 5 on a Standard account, more with a higher tier or SuiteCloud Plus.",
        )
    return int(text)
