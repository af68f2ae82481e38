"""Sends a look's alerts without holding up the tick: a slow channel must not cost what was found."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence

from netsuite_pipeline.health.alerts import Alert, alerts_of, link_to, send
from netsuite_pipeline.health.regression import Change

ALERT_URLS = "NETSUITE_ALERT_URLS"
DAGSTER_URL = "NETSUITE_DAGSTER_URL"
LONGEST_SECONDS = 10.0


def tell_changes(
    account: str, connection: str, changes: Iterable[Change], log: Callable[[str], None], note: str = ""
) -> None:
    """Tells people what broke and what healed, through the channels of `NETSUITE_ALERT_URLS`.

    Args:
        account: The account, as `1234567_SB1`.
        connection: The connection's name.
        changes: What a look changed.
        log: Is told of channels that did not take the message.
        note: A last sentence for what healed.
    """
    changes = tuple(changes)
    tell(alerts_of(account, changes, link_to(dagster_url(), connection, changes), note), log)


def tell(alerts: Sequence[Alert], log: Callable[[str], None]) -> None:
    """Sends messages; what takes long goes on without being waited for."""
    urls = os.environ.get(ALERT_URLS, "").strip()
    if not urls or not alerts:
        return
    sending = threading.Thread(target=_send_all, args=(alerts, urls, log), daemon=True)
    sending.start()
    sending.join(LONGEST_SECONDS)
    if sending.is_alive():
        log(f"The alert channels of {ALERT_URLS} take over {LONGEST_SECONDS:.0f} s; the tick does not wait.")


def dagster_url() -> str:
    """Where people open Dagster's UI, by `NETSUITE_DAGSTER_URL`; empty where that is not said."""
    return os.environ.get(DAGSTER_URL, "").strip()


def _send_all(alerts: Sequence[Alert], urls: str, log: Callable[[str], None]) -> None:
    for alert in alerts:
        send(alert, urls, log)
