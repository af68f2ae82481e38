"""The sensors of a connection: does NetSuite let us in, does the role see all, why did a run fail."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import dagster as dg

from netsuite_pipeline.orchestration.sensors.connection_sensor import build_connection_sensor
from netsuite_pipeline.orchestration.sensors.permission_sensor import build_permission_sensor
from netsuite_pipeline.orchestration.sensors.run_failure_sensor import build_run_failure_sensor
from netsuite_pipeline.orchestration.sensors.sensor_config import SensorConfig

CONNECTION_EVERY = timedelta(minutes=5)
PERMISSIONS_EVERY = timedelta(hours=1)


def build_sensors(config: SensorConfig, jobs: Iterable[Any], *, running: bool) -> list[dg.SensorDefinition]:
    """The three sensors of a connection. They need its resources, and the checks that they tell.

    Args:
        config: Whom to watch.
        jobs: The jobs that sync it; what was missed is made up for by them.
        running: Whether the sensors are on from the start.

    Example:
        >>> from netsuite_pipeline.orchestration.asset_keys import AssetKeys
        >>> sensors = build_sensors(SensorConfig(AssetKeys("netsuite"), (), (), None), [], running=True)
        >>> [sensor.name for sensor in sensors]
        ['netsuite_connection_sensor', 'netsuite_permission_sensor', 'netsuite_run_failure_sensor']
    """
    return [
        build_connection_sensor(config, jobs, running=running),
        build_permission_sensor(config, running=running),
        build_run_failure_sensor(config, running=running),
    ]
