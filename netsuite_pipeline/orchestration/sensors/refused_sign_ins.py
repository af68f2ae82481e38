"""Refused sign-ins that the sensors record in the event log and count together: five lock the user."""

from datetime import datetime

import dagster as dg

from netsuite_pipeline.health.monitoring.sign_in_backoff import counted_still
from netsuite_pipeline.orchestration.asset_keys import AssetKeys

_AT = "refused_sign_in_at"
_MOST = 10


def note_refused_sign_in(instance: dg.DagsterInstance, keys: AssetKeys, at: datetime) -> None:
    """Record that NetSuite refused a sign-in while tables were read.

    Args:
        instance: What has the event log.
        keys: The connection's asset keys.
        at: When, UTC.
    """
    instance.report_runless_asset_event(
        dg.AssetObservation(
            keys.of_connection,
            description="NetSuite refused a sign-in while tables were checked. "
            "The check sign_in says how it stands once a second look has confirmed it.",
            metadata={_AT: at.isoformat()},
        )
    )


def refused_while_reading(
    instance: dg.DagsterInstance, keys: AssetKeys, now: datetime
) -> tuple[datetime, ...]:
    """Return when sign-ins were refused while tables were read, if NetSuite still counts them (UTC)."""
    records = instance.fetch_observations(keys.of_connection, limit=_MOST).records
    observed = (record.event_log_entry.asset_observation for record in records)
    told = (each.metadata.get(_AT) for each in observed if each is not None)
    moments = [datetime.fromisoformat(str(value.value)) for value in told if value is not None]
    return counted_still(sorted(moments), now)
