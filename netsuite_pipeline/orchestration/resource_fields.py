"""What a resource was given in code, and what the environment has, as one set of variables to sign in by."""

from collections.abc import Mapping

STANDARD_NAMES: Mapping[str, str] = {
    "account_id": "NETSUITE_ACCOUNT_ID",
    "consumer_key": "NETSUITE_CONSUMER_KEY",
    "consumer_secret": "NETSUITE_CONSUMER_SECRET",
    "token_id": "NETSUITE_TOKEN_ID",
    "token_secret": "NETSUITE_TOKEN_SECRET",
    "client_id": "NETSUITE_CLIENT_ID",
    "certificate_id": "NETSUITE_CERTIFICATE_ID",
    "private_key": "NETSUITE_PRIVATE_KEY",
    "private_key_password": "NETSUITE_PRIVATE_KEY_PASSWORD",
    "certificate": "NETSUITE_CERTIFICATE",
    "signing_algorithm": "NETSUITE_SIGNING_ALGORITHM",
    "nango_secret_key": "NANGO_SECRET_KEY",
    "nango_connection_id": "NANGO_CONNECTION_ID",
    "nango_provider_config_key": "NANGO_PROVIDER_CONFIG_KEY",
    "nango_host": "NANGO_HOST",
    "base_url": "NETSUITE_BASE_URL",
    "concurrency": "NETSUITE_CONCURRENCY",
}
"""The variable that each field of a resource stands for."""

_KINDS: Mapping[str, frozenset[str]] = {
    "tba": frozenset({"consumer_key", "consumer_secret", "token_id", "token_secret"}),
    "oauth2": frozenset(
        {
            "client_id",
            "certificate_id",
            "private_key",
            "private_key_password",
            "certificate",
            "signing_algorithm",
        }
    ),
    "nango": frozenset(
        {"nango_secret_key", "nango_connection_id", "nango_provider_config_key", "nango_host"}
    ),
}


def merge_credentials(variables: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The variables, with what was given in code in their place.

    Who gives credentials of one kind in code means that kind: what the environment has of another kind, for
    something else perhaps, is left out. Two kinds given in code stay, to be refused by who signs in.

    Args:
        variables: What the environment has, by their standard names.
        given: Values by the field's name; empty ones were not given.

    Example:
        >>> merge_credentials({"NETSUITE_TOKEN_ID": "x", "NETSUITE_CONCURRENCY": "7"}, {"client_id": "c"})
        {'NETSUITE_CONCURRENCY': '7', 'NETSUITE_CLIENT_ID': 'c'}
    """
    given = {name: value for name, value in given.items() if value}
    meant = [kind for kind, fields in _KINDS.items() if fields & given.keys()]
    others = {
        STANDARD_NAMES[name]
        for kind, fields in _KINDS.items()
        if meant and kind not in meant
        for name in fields
    }
    kept = {name: value for name, value in variables.items() if name not in others}
    return {**kept, **{STANDARD_NAMES[name]: value for name, value in given.items()}}
