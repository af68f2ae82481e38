"""A second set of credentials beside the environment's: it counts as a whole, also if of another kind."""

from collections.abc import Mapping

from netsuite_pipeline.netsuite.auth.variables import OAUTH2_VARIABLES, TBA_VARIABLES
from netsuite_pipeline.netsuite.config.variable_prefix import STANDARD_PREFIX

_BY_KIND = (
    tuple(name.removeprefix(STANDARD_PREFIX) for name in TBA_VARIABLES[1:]),
    tuple(
        name.removeprefix(STANDARD_PREFIX)
        for name in (*OAUTH2_VARIABLES[1:], "NETSUITE_PRIVATE_KEY_PASSWORD", "NETSUITE_CERTIFICATE")
    ),
    ("_NANGO_CONNECTION_ID",),
)


def with_second_set(environment: Mapping[str, str], values: Mapping[str, str]) -> Mapping[str, str]:
    """The environment with values that win over it. Where these are credentials of one kind, the
    environment's of the other kinds fall away, so that a token can be replaced by a certificate.

    Args:
        environment: What is set already.
        values: The second set, of whichever connection.

    Example:
        >>> with_second_set({"NETSUITE_TOKEN_ID": "old", "X": "x"}, {"NETSUITE_CLIENT_ID": "new"})
        {'X': 'x', 'NETSUITE_CLIENT_ID': 'new'}
    """
    left_out = set()
    for name in (name for name, value in values.items() if value.strip()):
        for own in _BY_KIND:
            for ending in own:
                prefix = _prefix(name, ending)
                if prefix:
                    others = (each for kind in _BY_KIND if kind is not own for each in kind)
                    left_out |= {_name(prefix, each) for each in others}
    return {name: value for name, value in environment.items() if name not in left_out} | dict(values)


def _prefix(name: str, ending: str) -> str:
    """What a variable of that ending begins with; empty where it has another one."""
    if name == _name(STANDARD_PREFIX, ending):
        return STANDARD_PREFIX
    return name.removesuffix(ending) if name.endswith(ending) else ""


def _name(prefix: str, ending: str) -> str:
    standard = ending.removeprefix("_")
    return standard if prefix == STANDARD_PREFIX and standard.startswith("NANGO_") else f"{prefix}{ending}"
