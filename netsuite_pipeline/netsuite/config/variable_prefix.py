"""Variables of one connection among several: `SANDBOX_ACCOUNT_ID` in the place of `NETSUITE_ACCOUNT_ID`."""

import re
from collections.abc import Mapping

from netsuite_pipeline.netsuite.errors import ConfigurationError

STANDARD_PREFIX = "NETSUITE"
_SHARED = frozenset({"NANGO_SECRET_KEY", "NANGO_HOST", "NETSUITE_HASH_SALT"})
"""What all connections may have in common."""


def connection_variables(variables: Mapping[str, str], prefix: str = STANDARD_PREFIX) -> Mapping[str, str]:
    """The variables of the connection whose names begin with a prefix, under their standard names.

    Args:
        variables: All there are, as the environment has them.
        prefix: What the connection's variables begin with. `NETSUITE` is the standard, whose variables are
            taken as they are. With another one, `P_X` is taken for `NETSUITE_X` and `P_NANGO_X` for
            `NANGO_X`; nothing that is another connection's alone is taken instead of what is missing.

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


def _is_of_standard(name: str) -> bool:
    return name.startswith((f"{STANDARD_PREFIX}_", "NANGO_")) and name not in _SHARED


def with_prefix_names(prefix: str, text: str) -> str:
    """A message about a connection's variables, with the names that they have.

    Example:
        >>> with_prefix_names("SANDBOX", "NETSUITE_TOKEN_ID and NANGO_CONNECTION_ID are not set")
        'SANDBOX_TOKEN_ID and SANDBOX_NANGO_CONNECTION_ID are not set'
    """
    if prefix == STANDARD_PREFIX:
        return text
    text = re.sub(r"\bNANGO_(?!SECRET_KEY\b|HOST\b)", f"{prefix}_NANGO_", text)
    return re.sub(rf"\b{STANDARD_PREFIX}_(?=[A-Z])", f"{prefix}_", text)
