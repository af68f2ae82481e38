"""An account id in any spelling, and what follows from it: the realm of signatures and the host."""

import hashlib
import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from netsuite_pipeline.netsuite.errors import AccountIdError, ConfigurationError

# An id becomes a host name, so anything but these characters is refused before it can name another host.
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)?")
_MAX_LENGTH = 40
_USUAL = (
    "Set NETSUITE_BASE_URL to something like http://127.0.0.1:8080, or leave it unset to use the account's "
    "own host."
)


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
        """The host of SuiteTalk REST, lower case with `-`."""
        return f"{self.realm.lower().replace('_', '-')}.suitetalk.api.netsuite.com"

    def fingerprint(self, *names: str) -> str:
        """Return a digest of the account and of the names of credentials, from which neither can be read.

        Args:
            names: The token's id, or the client's id and the certificate's id.

        Example:
            >>> len(Account("1234567").fingerprint("a token"))
            16
        """
        return hashlib.sha256("/".join([self.realm, *names]).encode()).hexdigest()[:16]

    @property
    def is_refreshed(self) -> bool:
        """Whether NetSuite may replace the account's data by production's.

        Sandboxes and Release Preview accounts are refreshed (NSH:bridgehead_4177890138).

        Example:
            >>> Account("1234567_SB1").is_refreshed, Account("1234567").is_refreshed
            (True, False)
        """
        return bool(re.search(r"_(SB|RP)\d*$", self.realm))

    @property
    def base_url(self) -> str:
        """The address of SuiteTalk REST, without a slash at its end."""
        return f"https://{self.host}"


def parse_account_id(text: str) -> Account:
    """Parse an account id in any of its spellings.

    Args:
        text: `1234567`, `1234567_SB1`, `1234567-sb1`, `TSTDRV2184096`, `1234567_RP`, in any case, with the
            blanks or line ends around it that pasting leaves.

    Returns:
        The account: one realm and one host for every spelling (NSH:section_1546938065).

    Raises:
        AccountIdError: The text is no account id.

    Example:
        >>> parse_account_id(" 1234567-sb1 ").realm
        '1234567_SB1'
    """
    stripped = text.strip()
    if not stripped:
        raise AccountIdError("The account id is empty.")
    if len(stripped) > _MAX_LENGTH:
        # Not shown: so long a text in this place is most likely a token or its secret.
        raise AccountIdError(f"A text of {len(stripped)} characters is no NetSuite account id.")
    if not _ACCOUNT_ID.fullmatch(stripped):
        raise AccountIdError(
            f"{stripped!r} is no NetSuite account id: letters and digits, and at most one "
            "part behind _ or -, as in 1234567 or 1234567_SB1."
        )
    return Account(realm=stripped.upper().replace("-", "_"))


def checked_base_url(
    text: str, *, variable: str = "NETSUITE_BASE_URL", service: str = "NetSuite", usual: str = _USUAL
) -> str:
    """Return an address to send credentials to, without a slash at its end.

    Args:
        text: The address, as somebody wrote it.
        variable: The variable that holds it, for messages.
        service: Who answers at the address, for messages.
        usual: What to do instead, for messages.

    Raises:
        ConfigurationError: It is no http(s) address of a host, with nothing behind the path; or it is plain
            http to another machine.

    Example:
        >>> checked_base_url("http://127.0.0.1:8080/")
        'http://127.0.0.1:8080'
    """
    url = text.strip().rstrip("/")
    try:
        parsed = urlsplit(url)
        is_address = parsed.scheme in {"http", "https"} and bool(parsed.hostname) and parsed.port != 0
    except ValueError:  # a bracket that is not closed, a port that is no number
        is_address = False
    if not is_address or re.search(r"[\s@?#\\]", url) or not url.isprintable():
        # Not shown where it may hold a user and a password.
        shown = variable if "@" in url else repr(url)
        raise ConfigurationError(f"{shown} is no address to ask {service} at.", remedy=usual)
    require_encryption(url, variable)
    return url


def require_encryption(url: str, variable: str = "NETSUITE_BASE_URL") -> None:
    """Refuse plain http to another machine: credentials would travel readably.

    Args:
        url: Where a request with credentials would go.
        variable: The variable that holds the address, for the message.

    Raises:
        ConfigurationError: The address is not https, and its host is not this machine.

    Example:
        >>> require_encryption("https://nango.example"), require_encryption("http://[::1]:3003")
        (None, None)
    """
    if urlsplit(url).scheme == "https" or is_loopback(url):
        return
    raise ConfigurationError(
        f"{variable} is an address of plain http on another machine. Credentials are not sent there "
        "unencrypted.",
        remedy=f"Set {variable} to an address that begins with https://. Plain http is only for a server on "
        "this machine: 127.0.0.1, [::1] or localhost.",
    )


def is_loopback(url: str) -> bool:
    """Return whether an address names this machine itself, by its literal host and not by looking it up.

    A name that only resolves to this machine may resolve to another one next time, so of all names only
    `localhost` counts.

    Example:
        >>> is_loopback("http://127.0.0.1:8080"), is_loopback("http://127.0.0.1.evil.example")
        (True, False)
    """
    try:
        parsed = parse_url(url)  # as urllib3 does when it connects
    except LocationParseError:
        return False
    host = (parsed.host or "").lower()
    if host == "localhost":
        return True
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return address.is_loopback and "%" not in host
