"""What alerts say: of each kind of finding alone, of several at once, and of what healed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.monitoring.alert_messages import Alert, build_alerts, build_one_alert
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind

_BEGAN = datetime(2026, 11, 23, 9, 55)
_NOW = datetime(2026, 11, 23, 10)
_LINK = "https://dagster.example.com/assets/netsuite/connection?view=checks"
_IDS = (
    "host",
    "clock",
    "sign_in",
    "rest",
    "suiteql",
    "soap",
    "deleted_records",
    "concurrency",
    "certificate",
    "table:vendor",
    "column:customer.email",
    "column:customer",
    "rows:transaction",
    "warehouse",
)
_CAUSES = (
    Cause("The first cause.", "What tells it.", "What mends the first."),
    Cause("The second cause.", "", "What mends the second."),
    Cause("The third cause.", "What tells it."),
    Cause("The fourth cause."),
)


def _broke(
    id_: str, *, causes: int = 1, well_until: datetime | None = None, began: datetime = _BEGAN
) -> Change:
    shown = _CAUSES[:causes]
    remedy = shown[0].remedy if shown else ""
    finding = Finding(id_, State.FAILED, "what was seen", shown, remedy)
    return Change(ChangeKind.BROKE, finding, began, _NOW, last_ok=well_until)


def _healed(id_: str, after: timedelta | None = timedelta(minutes=45)) -> Change:
    return Change(ChangeKind.RECOVERED, Finding(id_, State.OK, "all is well"), _BEGAN, _NOW, duration=after)


def _written(alerts: Sequence[Alert]) -> str:
    return "\n\n=====\n\n".join(f"{alert.title}\n-----\n{alert.body}" for alert in alerts)


@pytest.mark.parametrize("id_", _IDS)
def test_one_thing_that_broke(id_: str, snapshot: SnapshotAssertion) -> None:
    """Each kind of finding is told as broken in its own words."""
    assert _written(build_alerts("1234567_SB1", [_broke(id_)], _LINK)) == snapshot


@pytest.mark.parametrize("id_", _IDS)
def test_one_thing_that_healed(id_: str, snapshot: SnapshotAssertion) -> None:
    """Each kind of finding is told as healed in its own words."""
    note = "The missed sync has been started."
    assert _written(build_alerts("1234567_SB1", [_healed(id_)], _LINK, note)) == snapshot


_SEVERAL = {
    "no known cause": [_broke("host", causes=0)],
    "four causes, well the evening before": [
        _broke("sign_in", causes=4, well_until=datetime(2026, 11, 22, 23, 40))
    ],
    "seen once, as a failed run sees it": [_broke("sign_in", began=_NOW)],
    "a connection and its tables": [
        _broke("table:vendor"),
        _broke("suiteql", causes=2),
        _broke("column:customer.email", causes=0, began=datetime(2026, 11, 22, 23, 40)),
    ],
    "forty tables": [_broke(f"table:t{number:02}", causes=0) for number in range(40)],
    "healed after days": [_healed("sign_in", timedelta(days=2, hours=3))],
    "healed, nobody knows after what": [_healed("sign_in", None)],
    "several healed": [_healed("table:vendor"), _healed("sign_in", timedelta(hours=2))],
    "forty healed": [_healed(f"table:t{number:02}") for number in range(40)],
    "one broke and one healed": [_healed("table:vendor"), _broke("sign_in")],
}


@pytest.mark.parametrize("changes", _SEVERAL.values(), ids=_SEVERAL)
def test_what_one_look_changed(changes: list[Change], snapshot: SnapshotAssertion) -> None:
    """All that broke is one message, all that healed another."""
    assert _written(build_alerts("1234567_SB1", changes)) == snapshot


def test_one_message_where_only_one_is_wanted(snapshot: SnapshotAssertion) -> None:
    """A single message names at its end what healed meanwhile."""
    alert = build_one_alert("1234567_SB1", [_healed("table:vendor"), _broke("sign_in")])
    assert alert is not None
    assert _written([alert]) == snapshot
