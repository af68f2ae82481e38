"""Credentials that override others as a whole: values of another kind do not remain beside them."""

from collections.abc import Mapping

from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES, CredentialVariable
from netsuite_pipeline.netsuite.config.variable_prefix import prefix_of, prefixed_name

_OF_A_KIND = tuple(each for each in CREDENTIAL_VARIABLES if each.kind)


def override_credentials(variables: Mapping[str, str], values: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with some values in place of theirs.

    Values of one kind of credentials remove the variables of the other kinds, so that a certificate can
    replace a token. Values of two kinds stay side by side; signing in refuses them.

    Args:
        variables: All variables, of any number of connections.
        values: The values that override them, of whichever connection. An empty value removes nothing.

    Example:
        >>> override_credentials({"NETSUITE_TOKEN_ID": "old", "X": "x"}, {"NETSUITE_CLIENT_ID": "new"})
        {'X': 'x', 'NETSUITE_CLIENT_ID': 'new'}
    """
    removed: set[str] = set()
    for prefix, given in _by_prefix(values).items():
        # Many connections share a key of Nango's, so it shows this one's kind only if it is alone.
        kinds = {each.kind for each in given if not each.shared} or {each.kind for each in given}
        removed |= {
            prefixed_name(prefix, each.variable)
            for each in _OF_A_KIND
            if each.kind not in kinds and not each.shared
        }
    return {name: value for name, value in variables.items() if name not in removed} | dict(values)


def _by_prefix(values: Mapping[str, str]) -> dict[str, list[CredentialVariable]]:
    found: dict[str, list[CredentialVariable]] = {}
    for name, value in values.items():
        for each in _OF_A_KIND:
            if value.strip() and (prefix := prefix_of(name, each.variable)):
                found.setdefault(prefix, []).append(each)
    return found
