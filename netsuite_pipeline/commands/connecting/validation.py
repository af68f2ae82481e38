"""Does a value look like what it should be? What is wrong with it, in words that never show it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from netsuite_pipeline.commands.connecting.credential_kinds import KINDS, Asked
from netsuite_pipeline.netsuite.account import parse_account_id
from netsuite_pipeline.netsuite.auth.nango_api import checked_host
from netsuite_pipeline.netsuite.auth.variables import blank_inside
from netsuite_pipeline.netsuite.errors import AccountIdError, ConfigurationError

# All keys and tokens that Oracle shows are so (NSH:section_1534941088); that all are is inferred.
_KEY_LENGTH = 64
_KEY_FORM = re.compile(r"[0-9a-f]{64}")
_KEYS = {
    "NETSUITE_CONSUMER_KEY",
    "NETSUITE_CONSUMER_SECRET",
    "NETSUITE_TOKEN_ID",
    "NETSUITE_TOKEN_SECRET",
    "NETSUITE_CLIENT_ID",
}
_WORDS = {each.variable: each.words for kind in KINDS.values() for each in kind.asked}
_ACCOUNT_HOST = re.compile(
    r"(?:https?://)?([0-9a-z-]+)\.(?:app|suitetalk\.api|restlets\.api|extforms)\.netsuite\.com(?:[/?#]\S*)?",
    re.I,
)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a value.

    Attributes:
        words: What, in a sentence or two.
        sure: Whether it cannot be right; otherwise who gives the same again is believed.
    """

    words: str
    sure: bool = True


def tidied(asked: Asked, given: str) -> str:
    """A value without what is pasted along: blanks around it, quotes, the variable's name, the address that
    an account id stands in.

    Example:
        >>> tidied(Asked("NETSUITE_ACCOUNT_ID", ""), " https://1234567-sb1.app.netsuite.com/app/center ")
        '1234567-sb1'
    """
    value = given.strip().removeprefix("export ").strip()
    value = value.removeprefix(f"{asked.variable}=").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1].strip()
    if asked.variable == "NETSUITE_ACCOUNT_ID" and (found := _ACCOUNT_HOST.fullmatch(value)):
        return found[1]
    return value


def problem_of(asked: Asked, value: str, others: Mapping[str, str]) -> Problem | None:
    """What is wrong with a value, or None.

    Args:
        asked: What it should be.
        value: What was given, tidied.
        others: The values that are known already, by their variables.

    Example:
        >>> problem_of(Asked("NETSUITE_TOKEN_ID", "Token ID"), "a" * 63, {}).words
        'This has 63 characters; those that NetSuite shows have 64, all 0-9 and a-f.'
    """
    if not value:
        return Problem(f"{asked.words} is needed.")
    if value.startswith("-----BEGIN"):
        return Problem("This is PEM text: it belongs into a file.")
    if blank_inside(asked.variable, value):
        return Problem("There is a blank or an invisible character inside: paste the value alone.")
    if asked.variable == "NETSUITE_ACCOUNT_ID":
        return _of_account_id(value)
    if asked.variable == "NANGO_HOST":
        return _of_host(value)
    for name, other in others.items():
        if other == value and name != asked.variable:
            before = _WORDS.get(name, name)
            return Problem(f"This is what was given as {before}: paste the {asked.words}.")
    if asked.variable in _KEYS:
        return _of_key(value)
    if asked.variable == "NETSUITE_CERTIFICATE_ID" and _KEY_FORM.fullmatch(value):
        return Problem("This looks like a key or a token, not like a certificate's id.", sure=False)
    return None


def _of_account_id(value: str) -> Problem | None:
    if _KEY_FORM.fullmatch(value) or len(value) > 20:
        return Problem(
            f"This has {len(value)} characters: a key or a token, perhaps. An account id is short, such as "
            "1234567 or 1234567_SB1."
        )
    try:
        parse_account_id(value)
    except AccountIdError as error:
        return Problem(error.message)
    return None


def _of_host(value: str) -> Problem | None:
    try:
        checked_host(value)
    except ConfigurationError as error:
        return Problem(error.message)
    return None


def _of_key(value: str) -> Problem | None:
    if _KEY_FORM.fullmatch(value):
        return None
    if len(value) != _KEY_LENGTH:
        words = f"This has {len(value)} characters; those that NetSuite shows have 64, all 0-9 and a-f."
    else:
        words = "This has other characters than 0-9 and a-f, which those that NetSuite shows are made of."
    return Problem(words, sure=False)
