"""Sends a look's alerts without holding up the tick: a slow channel must not cost what was found."""

import os
import threading
from collections.abc import Callable, Iterable, Sequence

from netsuite_pipeline.health.monitoring.alert_channels import Alert, build_alerts, dagster_link, send
from netsuite_pipeline.health.monitoring.regression import Change
from netsuite_pipeline.orchestration.asset_keys import AssetKeys

ALERT_URLS = "NETSUITE_ALERT_URLS"
DAGSTER_URL = "NETSUITE_DAGSTER_URL"
MAX_SECONDS = 10.0


def send_change_alerts(
    account: str,
    keys: AssetKeys,
    changes: Iterable[Change],
    log: Callable[[str], None],
    note: str = "",
    variable: str = ALERT_URLS,
    time_zone: str = "",
) -> None:
    """Tells people what broke and what healed.

    Args:
        account: The account, as `1234567_SB1`.
        keys: The connection's asset keys.
        changes: What a look changed.
        log: Is told of channels that did not take the message.
        note: A last sentence for what healed.
        variable: The variable that names the channels.
        time_zone: The local time zone, shown beside UTC; empty for none.
    """
    changes = tuple(changes)
    paths = {name: key.path for name, key in keys.tables.items()}
    link = dagster_link(dagster_url(), keys.connection, changes, paths)
    send_alerts(build_alerts(account, changes, link, note, time_zone), log, variable)


def send_alerts(alerts: Sequence[Alert], log: Callable[[str], None], variable: str = ALERT_URLS) -> None:
    """Sends messages; what takes long goes on without being waited for."""
    urls = os.environ.get(variable, "").strip()
    if not urls or not alerts:
        return

    def log_of_variable(text: str) -> None:
        log(text.replace(ALERT_URLS, variable))

    sending = threading.Thread(target=_send_all, args=(alerts, urls, log_of_variable), daemon=True)
    sending.start()
    sending.join(MAX_SECONDS)
    if sending.is_alive():
        log(f"The alert channels of {variable} take over {MAX_SECONDS:.0f} s; the tick does not wait.")


def dagster_url() -> str:
    """Where people open Dagster's UI, by `NETSUITE_DAGSTER_URL`; empty where that is not said."""
    return os.environ.get(DAGSTER_URL, "").strip()


def _send_all(alerts: Sequence[Alert], urls: str, log: Callable[[str], None]) -> None:
    for alert in alerts:
        send(alert, urls, log)
