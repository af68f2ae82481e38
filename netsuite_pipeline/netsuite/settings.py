"""How patient a client is, and how many requests it makes at once."""

from dataclasses import dataclass

CONNECT_SECONDS = 10.0
READ_SECONDS = 180.0
MAX_SECONDS = 900.0  # NetSuite itself kills a request after 15 minutes: NSH:subsect_1559222360
RETRY_SECONDS = 300.0
SIGN_IN_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class ClientSettings:
    """How patient the client is.

    Attributes:
        concurrency: Requests at once; 5 is what a Standard account grants (NSH:bridgehead_1500275603).
        connect_seconds, read_seconds: After these a request that makes no progress is given up.
        longest_seconds: After these a request is given up although it makes some progress.
        retry_seconds: For so long a request is repeated while NetSuite throttles or is unavailable,
            counted from the client's last success; 0 asks once. A request given up for time is asked again
            twice in any case but that.
        sign_in_pause_seconds: Before a refused sign-in is confirmed by a second one.
        confirm_sign_in: Whether it is. Without, the first refusal is final for the client: for a look that
            counts its own attempts.
    """

    concurrency: int = 5
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    retry_seconds: float = RETRY_SECONDS
    sign_in_pause_seconds: float = SIGN_IN_PAUSE_SECONDS
    max_seconds: float = MAX_SECONDS
    confirm_sign_in: bool = True
