"""Time-outs, retries and concurrency of a client."""

from dataclasses import dataclass

CONNECT_SECONDS = 10.0
READ_SECONDS = 180.0
MAX_SECONDS = 900.0  # NetSuite itself kills a request after 15 minutes: NSH:subsect_1559222360
RETRY_SECONDS = 300.0
SIGN_IN_PAUSE_SECONDS = 2.0


@dataclass(frozen=True)
class ClientSettings:
    """Time-outs, retries and concurrency.

    Attributes:
        concurrency: Concurrent requests; 5 is what a Standard account grants (NSH:bridgehead_1500275603).
        connect_seconds, read_seconds: A request without progress is given up after these.
        retry_seconds: A throttled or unanswered request is retried for so long, counted from the client's
            last success; 0 sends it once. Otherwise a request that timed out is retried at least twice.
        sign_in_pause_seconds: The pause before a refused sign-in is confirmed.
        max_seconds: A request is given up after these, even with progress.
        confirm_sign_in: Whether a refused sign-in is confirmed by a second one. If False, the first refusal
            is final for the client: for a probe that counts its own attempts.
    """

    concurrency: int = 5
    connect_seconds: float = CONNECT_SECONDS
    read_seconds: float = READ_SECONDS
    retry_seconds: float = RETRY_SECONDS
    sign_in_pause_seconds: float = SIGN_IN_PAUSE_SECONDS
    max_seconds: float = MAX_SECONDS
    confirm_sign_in: bool = True
