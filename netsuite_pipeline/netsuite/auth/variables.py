"""The environment variables of each kind of credentials."""

from collections.abc import Mapping

from netsuite_pipeline.netsuite.errors import ConfigurationError

TBA_VARIABLES = (
    "NETSUITE_ACCOUNT_ID",
    "NETSUITE_CONSUMER_KEY",
    "NETSUITE_CONSUMER_SECRET",
    "NETSUITE_TOKEN_ID",
    "NETSUITE_TOKEN_SECRET",
)


OAUTH2_VARIABLES = (
    "NETSUITE_ACCOUNT_ID",
    "NETSUITE_CLIENT_ID",
    "NETSUITE_CERTIFICATE_ID",
    "NETSUITE_PRIVATE_KEY",
)


NANGO_VARIABLES = ("NANGO_SECRET_KEY", "NANGO_CONNECTION_ID")


def missing_variables(names: tuple[str, ...], variables: Mapping[str, str]) -> ConfigurationError | None:
    """The error that names all variables that are not set, at once; None where all are."""
    missing = [name for name in names if not variables.get(name, "").strip()]
    if not missing:
        return None
    present = [name for name in names if name not in missing]
    return ConfigurationError(
        f"{listed(missing)} {'is' if len(missing) == 1 else 'are'} not set"
        + (f" ({listed(present)} {'is' if len(present) == 1 else 'are'})." if present else "."),
        remedy="Set them in .env or in the environment, run `netsuite-pipeline connect`, which goes through "
        "it step by step, or try without an account: `netsuite-pipeline dev`, or `netsuite-pipeline "
        "emulator` and use the export lines it prints.",
    )


def blank_inside(name: str, value: str) -> ConfigurationError | None:
    """The error that a value with a blank inside is; it does not show the value."""
    if not any(character.isspace() or not character.isprintable() for character in value):
        return None
    return ConfigurationError(
        f"{name} has a blank or an invisible character inside; it was probably pasted with something else.",
        remedy=f"Paste the value of {name} alone, without quotes or line breaks.",
    )


def listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
