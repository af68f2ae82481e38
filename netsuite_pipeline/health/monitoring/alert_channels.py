"""Sends alerts through apprise (chat, mail, webhooks).

Addresses are never logged, and a failing channel stops nothing.
"""

import logging
import re
from collections.abc import Callable
from contextvars import ContextVar

from netsuite_pipeline.health.monitoring.alert_messages import Alert
from netsuite_pipeline.netsuite.extras import missing_extra

_BETWEEN = re.compile(r"[\s,;]+(?=[A-Za-z][A-Za-z0-9+.-]*://)|\s+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_sending = ContextVar("_sending", default=False)


def _not_while_sending(record: logging.LogRecord) -> bool:
    return not _sending.get()


# A whole address is a secret: those of Slack and Teams have tokens in the path, which urllib3 logs, and
# apprise logs the address that it could not reach. The filter is on the loggers, so that no handler sees it.
for _name in ("apprise", "urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_not_while_sending)


def send(alert: Alert, urls: str, log: Callable[[str], None]) -> None:
    """Send a message to each channel.

    Args:
        alert: The message.
        urls: `NETSUITE_ALERT_URLS`: apprise's addresses, with commas, blanks or line ends between; or empty.
        log: Receives a sentence for each channel that failed, with its number and kind.

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
    """Return the single addresses; a comma inside one, as in `mailto://…?to=a@b.c,d@e.f`, stays.

    Example:
        >>> parse_addresses("json://a/?to=b,c, slack://d")
        ('json://a/?to=b,c', 'slack://d')
    """
    return tuple(each for each in (part.strip(" ,;") for part in _BETWEEN.split(urls)) if each)


def _send_to(address: str, alert: Alert) -> str:
    """Return what went wrong, without the address; empty where nothing did."""
    missing = missing_extra("alerts")
    if missing:
        return f'was not notified. {missing} Run: pip install "netsuite_pipeline[alerts]"'
    import apprise  # its import takes longer than the start of a sync without alerts

    asset = apprise.AppriseAsset(app_id="netsuite_pipeline", app_desc="netsuite_pipeline")
    channel = apprise.Apprise(asset=asset)
    kind = apprise.NotifyType.FAILURE if alert.failed else apprise.NotifyType.SUCCESS
    try:
        if not channel.add(address):
            return (
                "is not an address that apprise knows; nothing was sent to it. Check NETSUITE_ALERT_URLS "
                "(https://github.com/caronc/apprise/wiki)."
            )
        delivered = channel.notify(
            body=alert.body or alert.title,
            title=alert.title,
            notify_type=kind,
            body_format=apprise.NotifyFormat.TEXT,
        )
    except Exception as error:  # no error of a plug-in may stop the sensor
        # The error's text may hold the address.
        return f"failed with {type(error).__name__}; the alert was not delivered."
    return "" if delivered else "did not accept the alert: it is unreachable, or refuses the address."


def _kind(address: str) -> str:
    scheme = _SCHEME.match(address)
    return scheme[1].lower() if scheme else "no address"
