"""Validation of the values that people paste, in texts that never show the value."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.auth.nango_api import checked_host
from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES, CredentialVariable, has_blank
from netsuite_pipeline.netsuite.errors import ConfigurationError

# All keys and tokens that Oracle shows have this form (NSH:section_1534941088); that all have is inferred.
_KEY_LENGTH = 64
_KEY_FORM = re.compile(r"[0-9a-f]{64}")
_KEY_FIELDS = {"consumer_key", "consumer_secret", "token_id", "token_secret", "client_id"}
_MAX_ACCOUNT_ID = 20
_LABELS = {each.variable: each.label for each in CREDENTIAL_VARIABLES}
_ACCOUNT_HOST = re.compile(
    r"(?:https?://)?([0-9a-z-]+)\.(?:app|suitetalk\.api|restlets\.api|extforms)\.netsuite\.com(?:[/?#]\S*)?",
    re.I,
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a value.

    Attributes:
        text: One or two sentences for a person.
        certain: The value is invalid. If False, entering the value again accepts it.
    """

    text: str
    certain: bool = True


def normalize(variable: CredentialVariable, given: str) -> str:
    """Return a value without what people paste with it: blanks, quotes, the variable's name, a URL.

    Example:
        >>> from netsuite_pipeline.netsuite.auth.variables import ACCOUNT_ID
        >>> normalize(ACCOUNT_ID, " https://1234567-sb1.app.netsuite.com/app/center ")
        '1234567-sb1'
    """
    value = given.strip().removeprefix("export ").strip()
    value = value.removeprefix(f"{variable.variable}=").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1].strip()
    if variable.field == "account_id" and (found := _ACCOUNT_HOST.fullmatch(value)):
        return found[1]
    return value


def validate(variable: CredentialVariable, value: str, others: Mapping[str, str]) -> Problem | None:
    """Return what is wrong with a normalized value, or None.

    Args:
        variable: The value's place in the table of credentials.
        value: The normalized value.
        others: The values given so far, by variable.

    Example:
        >>> from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES
        >>> validate(CREDENTIAL_VARIABLES[3], "a" * 63, {}).text
        'This has 63 characters. NetSuite shows 64 characters, all 0-9 and a-f.'
    """
    if not value:
        return Problem(f"{variable.label} is needed.")
    if value.startswith("-----BEGIN"):
        return Problem("This is PEM text, which belongs in a file.")
    if has_blank(value):
        return Problem("There is a blank or an invisible character inside. Paste only the value.")
    if variable.field == "account_id":
        return _account_id_problem(value)
    if variable.field == "nango_host":
        return _refusal(checked_host, value)
    for name, other in others.items():
        if other == value and name != variable.variable:
            return Problem(
                f"This is the value that you gave as {_LABELS.get(name, name)}. Paste the {variable.label}."
            )
    if variable.field in _KEY_FIELDS:
        return _key_problem(value)
    if variable.field == "certificate_id" and _KEY_FORM.fullmatch(value):
        return Problem("This looks like a key or a token, not like a certificate's id.", certain=False)
    return None


def _account_id_problem(value: str) -> Problem | None:
    if _KEY_FORM.fullmatch(value) or len(value) > _MAX_ACCOUNT_ID:
        return Problem(
            f"This has {len(value)} characters: a key or a token, perhaps. An account id is short, such as "
            "1234567 or 1234567_SB1."
        )
    return _refusal(parse_account_id, value)


def _refusal(check: Callable[[str], object], value: str) -> Problem | None:
    try:
        check(value)
    except ConfigurationError as error:
        return Problem(error.message)
    return None


def _key_problem(value: str) -> Problem | None:
    if _KEY_FORM.fullmatch(value):
        return None
    if len(value) != _KEY_LENGTH:
        text = f"This has {len(value)} characters. NetSuite shows 64 characters, all 0-9 and a-f."
    else:
        text = "This has other characters than 0-9 and a-f. NetSuite shows only these."
    return Problem(text, certain=False)
