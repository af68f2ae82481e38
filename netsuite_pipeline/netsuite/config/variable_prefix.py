"""Variables of one connection among several: `SANDBOX_ACCOUNT_ID` in place of `NETSUITE_ACCOUNT_ID`."""

import re
from collections.abc import Mapping

from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES
from netsuite_pipeline.netsuite.errors import ConfigurationError

STANDARD_PREFIX = "NETSUITE"
_SHARED = {"NETSUITE_HASH_SALT", *(each.variable for each in CREDENTIAL_VARIABLES if each.shared)}
"""Variables that all connections may have in common."""


def connection_variables(variables: Mapping[str, str], prefix: str = STANDARD_PREFIX) -> Mapping[str, str]:
    """Return the variables of one connection, under their standard names.

    Args:
        variables: All variables of the environment.
        prefix: The prefix of the connection's variables. With the standard prefix `NETSUITE` the variables
            are returned as they are. With another one, `P_X` stands for `NETSUITE_X` and `P_NANGO_X` for
            `NANGO_X`; a missing variable is not taken from another connection.

    Raises:
        ConfigurationError: The prefix cannot begin a variable's name.

    Example:
        >>> connection_variables({"SANDBOX_ACCOUNT_ID": "1234567_SB1", "NETSUITE_TOKEN_ID": "x"}, "SANDBOX")
        {'NETSUITE_ACCOUNT_ID': '1234567_SB1'}
    """
    if prefix == STANDARD_PREFIX:
        return variables
    if not re.fullmatch("[A-Z][A-Z0-9_]*", prefix) or prefix.endswith("_"):
        raise ConfigurationError(
            f"{prefix!r} cannot begin the names of variables.",
            remedy="Write it in upper case, as SANDBOX for SANDBOX_ACCOUNT_ID, SANDBOX_TOKEN_ID and so on.",
        )
    found = {name: value for name, value in variables.items() if not _is_of_standard(name)}
    for name, value in variables.items():
        own = name.removeprefix(f"{prefix}_")
        if own != name:
            found.pop(name, None)
            found[own if own.startswith("NANGO_") else f"{STANDARD_PREFIX}_{own}"] = value
    return found


def prefixed_name(prefix: str, variable: str) -> str:
    """Return the name that a standard variable has in a connection with a prefix.

    Example:
        >>> prefixed_name("SANDBOX", "NETSUITE_TOKEN_ID"), prefixed_name("SANDBOX", "NANGO_CONNECTION_ID")
        ('SANDBOX_TOKEN_ID', 'SANDBOX_NANGO_CONNECTION_ID')
    """
    if prefix == STANDARD_PREFIX:
        return variable
    return f"{prefix}_{variable.removeprefix(f'{STANDARD_PREFIX}_')}"


def prefix_of(name: str, variable: str) -> str:
    """Return the prefix with which a standard variable has a name; empty if no prefix gives that name.

    Example:
        >>> prefix_of("SANDBOX_TOKEN_ID", "NETSUITE_TOKEN_ID"), prefix_of("TOKEN_ID", "NETSUITE_TOKEN_ID")
        ('SANDBOX', '')
    """
    if name == variable:
        return STANDARD_PREFIX
    ending = f"_{variable.removeprefix(f'{STANDARD_PREFIX}_')}"
    return name.removesuffix(ending) if name.endswith(ending) else ""


def _is_of_standard(name: str) -> bool:
    return name.startswith((f"{STANDARD_PREFIX}_", "NANGO_")) and name not in _SHARED


def rename_variables(prefix: str, error: ConfigurationError) -> None:
    """Give the message and the remedy of an error the names that the variables have in a connection."""
    error.message = with_prefix_names(prefix, error.message)
    error.remedy = with_prefix_names(prefix, error.remedy)
    error.args = (error.message,)


def with_prefix_names(prefix: str, text: str) -> str:
    """Return a message with the names that the variables have in a connection.

    Example:
        >>> with_prefix_names("SANDBOX", "NETSUITE_TOKEN_ID and NANGO_CONNECTION_ID are not set")
        'SANDBOX_TOKEN_ID and SANDBOX_NANGO_CONNECTION_ID are not set'
        >>> with_prefix_names("NETSUITE_EU", "NETSUITE_EU_TOKEN_ID is not set")
        'NETSUITE_EU_TOKEN_ID is not set'
    """
    if prefix == STANDARD_PREFIX:
        return text
    text = re.sub(r"\bNANGO_(?!SECRET_KEY\b|HOST\b)", f"{prefix}_NANGO_", text)
    return re.sub(rf"\b(?!{prefix}_){STANDARD_PREFIX}_(?!ENV_FILE\b)(?=[A-Z])", f"{prefix}_", text)
