"""Sends alerts without delaying the tick: a slow channel must not cost the findings."""

import os
import threading
from collections.abc import Callable, Sequence

from netsuite_pipeline.health.monitoring.alert_channels import send
from netsuite_pipeline.health.monitoring.alert_messages import Alert, build_alerts, dagster_link
from netsuite_pipeline.health.monitoring.regression import Change
from netsuite_pipeline.orchestration.sensors.sensor_config import ALERT_URLS, SensorConfig

DAGSTER_URL = "NETSUITE_DAGSTER_URL"
MAX_SECONDS = 10.0


def send_change_alerts(
    config: SensorConfig,
    account: str,
    changes: Sequence[Change],
    log: Callable[[str], None],
    note: str = "",
) -> None:
    """Send alerts about what broke and what works again.

    Args:
        config: The sensors' configuration.
        account: The account, such as `1234567_SB1`.
        changes: The changes that a tick found.
        log: Logs channels that refuse the alert.
        note: A last sentence for alerts that something works again.
    """
    paths = {name: key.path for name, key in config.keys.tables.items()}
    link = dagster_link(dagster_url(), config.connection, changes, paths)
    send_alerts(config, build_alerts(account, changes, link, note, config.time_zone), log)


def send_alerts(config: SensorConfig, alerts: Sequence[Alert], log: Callable[[str], None]) -> None:
    """Send alerts in a thread, and wait for it for at most `MAX_SECONDS`."""
    variable = config.alert_urls_env
    urls = os.environ.get(variable, "").strip()
    if not urls or not alerts:
        return

    def send_all() -> None:
        for alert in alerts:
            send(alert, urls, lambda text: log(text.replace(ALERT_URLS, variable)))

    thread = threading.Thread(target=send_all, daemon=True)
    thread.start()
    thread.join(MAX_SECONDS)
    if thread.is_alive():
        log(f"The alert channels of {variable} need more than {MAX_SECONDS:.0f} s; the tick does not wait.")


def dagster_url() -> str:
    """Return the address of Dagster's UI, by `NETSUITE_DAGSTER_URL`; empty if it is not set."""
    return os.environ.get(DAGSTER_URL, "").strip()
