"""Tells people through apprise (chat, mail, webhooks). Addresses are never logged; what fails breaks nothing.

What a message says is `alert_words.py`.
"""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar

from netsuite_pipeline.health.monitoring.alert_messages import (
    Alert,
    build_alerts,
    build_one_alert,
    dagster_link,
)

__all__ = ["Alert", "build_alerts", "build_one_alert", "dagster_link", "send"]

_BETWEEN = re.compile(r"[\s,;]+(?=[A-Za-z][A-Za-z0-9+.-]*://)|\s+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_sending = ContextVar("_sending", default=False)


def _not_while_sending(record: logging.LogRecord) -> bool:
    return not _sending.get()


# An address is a secret as a whole: Slack's and Teams' have their tokens in the path, which urllib3 logs, and
# apprise logs what it could not reach. A filter on the very loggers, as nobody's handler may get to see it.
for _name in ("apprise", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_not_while_sending)


def send(alert: Alert, urls: str, log: Callable[[str], None]) -> None:
    """Sends a message to each channel.

    Args:
        alert: What to say.
        urls: `NETSUITE_ALERT_URLS`: apprise's addresses, with commas, blanks or line ends between; empty for
            nobody.
        log: Is told in a sentence of each channel that did not take the message, by its number and kind.

    Example:
        >>> send(Alert("NetSuite 1234567: sign-in works again", "", failed=False), "", print)
    """
    channels = parse_addresses(urls)
    token = _sending.set(True)
    try:
        for number, address in enumerate(channels, start=1):
            problem = _send_to(address, alert)
            if problem:
                log(f"Alert channel {number} of {len(channels)} ({_kind(address)}) {problem}")
    finally:
        _sending.reset(token)


def parse_addresses(urls: str) -> tuple[str, ...]:
    """The single addresses; a comma inside of one, as in `mailto://…?to=a@b.c,d@e.f`, stays.

    Example:
        >>> parse_addresses("json://a/?to=b,c, slack://d")
        ('json://a/?to=b,c', 'slack://d')
    """
    return tuple(each for each in (part.strip(" ,;") for part in _BETWEEN.split(urls)) if each)


def _send_to(address: str, alert: Alert) -> str:
    """Says what went wrong, without the address; nothing where nothing did."""
    import apprise  # it takes longer to import than a sync without alerts takes to start

    asset = apprise.AppriseAsset(app_id="netsuite_pipeline", app_desc="netsuite_pipeline")
    channel = apprise.Apprise(asset=asset)
    kind = apprise.NotifyType.FAILURE if alert.failed else apprise.NotifyType.SUCCESS
    try:
        if not channel.add(address):
            return (
                "is none that apprise understands; nothing was sent to it. Look at NETSUITE_ALERT_URLS "
                "(docs/netsuite-setup.md#being-told-when-it-breaks)."
            )
        taken = channel.notify(
            body=alert.body or alert.title,
            title=alert.title,
            notify_type=kind,
            body_format=apprise.NotifyFormat.TEXT,
        )
    except Exception as error:  # whatever a plug-in raises must not keep the sensor from its work
        # Not its words: they may hold the address.
        return f"failed with {type(error).__name__}; the alert did not get through."
    return "" if taken else "did not take the alert: it is unreachable, or refuses the address."


def _kind(address: str) -> str:
    scheme = _SCHEME.match(address)
    return scheme[1].lower() if scheme else "no address"
