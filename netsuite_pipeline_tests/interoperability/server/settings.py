"""How this account behaves where nobody outside Oracle knows how accounts behave."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Account:
    """One account, and whom it lets in: by a token, and where it has a public key (PEM) by a certificate."""

    realm: str
    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str
    client_id: str = ""
    certificate_id: str = ""
    public_key: str = ""
    rsa: bool = False


@dataclass(frozen=True)
class Habits:
    """The switches.

    Attributes:
        session_zone: The user's time zone, in which date-times show unless SYS_EXTRACT_UTC turns them.
        utc: Whether SYS_EXTRACT_UTC is there.
        names_functions: A function that is not there is an unknown identifier; otherwise the search is
            unsupported, with no word on why.
        column_refusal: How an unknown column is refused: named one at a time in either wording, not named, or
            by falling over.
        table_refusal: What an unknown table is said to be.
        page_index: Whether ROWNUM may stand in a nested query.
        count_star: Whether COUNT(*) is there.
        deletions: Whether the role sees `deletedrecord`.
        bare_numbers: Numbers without quotes.
        upper_keys: Keys in upper case.
        has_more: Whether the reply has `hasMore`.
        ends_early: `hasMore` is false whatever follows; `totalResults` is right.
        heaviest: Rows of the heaviest page; more than these, and NetSuite falls over.
        bad_cell: A value that it falls over, as `table.column=id of the row`; empty for none.
        unfiltered: A column that may be selected and not filtered by; empty for none.
        at_once: Requests that may be under way together; one more is refused.
        throttle_status: With 429, or with 400.
        latency: Seconds that a statement takes.
        token_uses: Requests that an access token is good for.
    """

    session_zone: str = "America/New_York"
    utc: bool = True
    names_functions: bool = False
    column_refusal: Literal["identifier", "field", "unsupported", "unexpected"] = "identifier"
    table_refusal: Literal["record", "search_type"] = "record"
    page_index: bool = True
    count_star: bool = True
    deletions: bool = False
    bare_numbers: bool = False
    upper_keys: bool = False
    has_more: bool = True
    ends_early: bool = False
    heaviest: int = 1000
    bad_cell: str = ""
    unfiltered: str = ""
    at_once: int = 100
    throttle_status: int = 429
    latency: float = 0.0
    token_uses: int = 1_000_000


@dataclass(frozen=True)
class Settings:
    """All that a server needs: the company's file, where to note requests, account, habits."""

    company: Path
    journal: Path
    account: Account
    habits: Habits
