"""An account id, as people write it, and what follows from it: the realm to sign with and the host to ask."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from netsuite_pipeline.netsuite.errors import AccountIdError, ConfigurationError

# An id becomes a host name, so anything but these characters is refused before it can name another host.
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)?")
_LONGEST = 40


@dataclass(frozen=True)
class Account:
    """One NetSuite account.

    Attributes:
        realm: The id as signatures want it, upper case with `_` (`1234567_SB1`).
        host: The host of SuiteTalk REST, lower case with `-` (`1234567-sb1.suitetalk.api.netsuite.com`).
    """

    realm: str

    @property
    def host(self) -> str:
        return f"{self.realm.lower().replace('_', '-')}.suitetalk.api.netsuite.com"

    @property
    def is_refreshed(self) -> bool:
        """Whether NetSuite may replace its data by production's: a sandbox, or a Release Preview account
        (NSH:bridgehead_4177890138).

        Example:
            >>> Account("1234567_SB1").is_refreshed, Account("1234567").is_refreshed
            (True, False)
        """
        return bool(re.search(r"_(SB|RP)\d*$", self.realm))

    @property
    def base_url(self) -> str:
        return f"https://{self.host}"


def parse_account_id(text: str) -> Account:
    """Reads an account id in any of its spellings.

    Args:
        text: `1234567`, `1234567_SB1`, `1234567-sb1`, `TSTDRV2184096`, `1234567_RP`, in any case, with blanks
            or line ends around it as pasting leaves them.

    Returns:
        The account: one realm and one host for every spelling (NSH:section_1546938065).

    Raises:
        AccountIdError: It is none of these.

    Example:
        >>> parse_account_id(" 1234567-sb1 ").realm
        '1234567_SB1'
    """
    stripped = text.strip()
    if not stripped:
        raise AccountIdError("The account id is empty.")
    if len(stripped) > _LONGEST:
        # Not shown: so long a text in this place is most likely a token or its secret.
        raise AccountIdError(f"A text of {len(stripped)} characters is no NetSuite account id.")
    if not _ACCOUNT_ID.fullmatch(stripped):
        raise AccountIdError(
            f"{stripped!r} is no NetSuite account id: letters and digits, and at most one "
            "part behind _ or -, as in 1234567 or 1234567_SB1."
        )
    return Account(realm=stripped.upper().replace("-", "_"))


def checked_base_url(text: str) -> str:
    """An address to ask NetSuite at, without a slash at its end.

    Raises:
        ConfigurationError: It is no http(s) address of a host, with nothing behind the path.

    Example:
        >>> checked_base_url("http://127.0.0.1:8080/")
        'http://127.0.0.1:8080'
    """
    url = text.strip().rstrip("/")
    try:
        parsed = urlsplit(url)
        asks = parsed.scheme in {"http", "https"} and bool(parsed.hostname) and parsed.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        asks = False
    if not asks or re.search(r"[\s@?#\\]", url) or not url.isprintable():
        # Not shown where it may hold a user and a password.
        shown = "The address" if "@" in url else repr(url)
        raise ConfigurationError(
            f"{shown} is no address to ask NetSuite at.",
            remedy="Set NETSUITE_BASE_URL to something like http://127.0.0.1:8080, or leave it unset to use "
            "the account's own host.",
        )
    return url


def loopback_host(url: str) -> str:
    """The host of an address that is this machine's own; empty where it is another's.

    Example:
        >>> loopback_host("http://127.0.0.1:8080"), loopback_host("https://1.suitetalk.api.netsuite.com")
        ('127.0.0.1', '')
    """
    host = urlsplit(url).hostname or ""
    return host if host in {"localhost", "::1"} or host.startswith("127.") else ""
