"""An account id, as people write it, and what follows from it: the realm to sign with and the host to ask."""

import re
from dataclasses import dataclass

from netsuite_pipeline.netsuite.errors import AccountIdError

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
    if len(stripped) > _LONGEST or not _ACCOUNT_ID.fullmatch(stripped):
        raise AccountIdError(
            f"{stripped[:_LONGEST]!r} is no NetSuite account id: letters and digits, and at most one "
            "part behind _ or -, as in 1234567 or 1234567_SB1."
        )
    return Account(realm=stripped.upper().replace("-", "_"))
