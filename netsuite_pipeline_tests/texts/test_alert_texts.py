"""The text of alerts: for each kind of finding, for several at once, and for recoveries."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from netsuite_pipeline.health.diagnosis.connection_findings import connection_findings
from netsuite_pipeline.health.diagnosis.evidence import Answer, Evidence, TokenHolder
from netsuite_pipeline.health.diagnosis.table_findings import TableBaseline, row_count_finding
from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.monitoring.alert_messages import Alert, build_alerts
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind
from netsuite_pipeline.netsuite.errors import SignInError
from netsuite_pipeline.tables import standard_tables

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
    Cause("The first cause.", "What shows it.", "How to fix the first."),
    Cause("The second cause.", "", "How to fix the second."),
    Cause("The third cause.", "What shows it."),
    Cause("The fourth cause."),
)


def _broke(
    id_: str, *, causes: int = 1, well_until: datetime | None = None, began: datetime = _BEGAN
) -> Change:
    shown = _CAUSES[:causes]
    remedy = shown[0].remedy if shown else ""
    finding = Finding(id_, State.FAILED, "what was seen", shown, remedy)
    return Change(ChangeKind.BROKE, finding, began, _NOW, last_ok=well_until)


def _recovered(id_: str, after: timedelta | None = timedelta(minutes=45)) -> Change:
    return Change(ChangeKind.RECOVERED, Finding(id_, State.OK, "all is well"), _BEGAN, _NOW, duration=after)


def _written(alerts: Sequence[Alert]) -> str:
    return "\n\n=====\n\n".join(f"{alert.title}\n-----\n{alert.body}" for alert in alerts)


@pytest.mark.parametrize("id_", _IDS)
def test_one_failure(id_: str, snapshot: SnapshotAssertion) -> None:
    """Each kind of finding has its own words for a failure."""
    assert _written(build_alerts("1234567_SB1", [_broke(id_)], _LINK)) == snapshot


@pytest.mark.parametrize("id_", _IDS)
def test_one_recovery(id_: str, snapshot: SnapshotAssertion) -> None:
    """Each kind of finding has its own words for a recovery."""
    note = "The missed sync has been started."
    assert _written(build_alerts("1234567_SB1", [_recovered(id_)], _LINK, note)) == snapshot


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
    "healed after days": [_recovered("sign_in", timedelta(days=2, hours=3))],
    "healed, nobody knows after what": [_recovered("sign_in", None)],
    "several healed": [_recovered("table:vendor"), _recovered("sign_in", timedelta(hours=2))],
    "forty healed": [_recovered(f"table:t{number:02}") for number in range(40)],
    "one broke and one healed": [_recovered("table:vendor"), _broke("sign_in")],
}


@pytest.mark.parametrize("changes", _SEVERAL.values(), ids=_SEVERAL)
def test_what_one_check_changed(changes: list[Change], snapshot: SnapshotAssertion) -> None:
    """All that broke is one message, all that recovered another."""
    assert _written(build_alerts("1234567_SB1", changes)) == snapshot


def _sign_in(**rest: Any) -> Finding:
    refusal = SignInError("NetSuite refuses the sign-in.", detail="Invalid login attempt.", status=401)
    evidence = Evidence(
        "1234567_SB1",
        "1234567-sb1.suitetalk.api.netsuite.com",
        server_time=Answer.of(refusal),
        last_good=datetime(2026, 11, 23, 9, 50),
        holder=TokenHolder("Data pipeline user", "Data pipeline"),
    )
    found = connection_findings(replace(evidence, **rest))
    return next(each for each in found if each.id == "sign_in")


def _rows(table: str, synced: int, count: int) -> Finding:
    before = TableBaseline(frozenset(), {}, synced, datetime(2026, 11, 23, 6))
    return row_count_finding(standard_tables()[table], before, count, deleted=0, role="Data pipeline")


def _changes(*findings: Finding) -> list[Change]:
    return [Change(ChangeKind.BROKE, each, _BEGAN, _NOW) for each in findings]


_REAL = {
    "a refused token": _changes(_sign_in()),
    "a refused certificate": _changes(_sign_in(kind="oauth2", uses_tba=False)),
    "a refused token, named by the trail": _changes(_sign_in(audit=("token_rejected",))),
    "half of the transactions": _changes(_rows("transaction", 27_321, 13_619)),
    "half of the transactions and their lines": _changes(
        _rows("transaction", 27_321, 13_619),
        _rows("transactionline", 120_500, 60_100),
        _rows("transactionaccountingline", 240_100, 120_000),
    ),
    "everything at once": _changes(
        _sign_in(), _rows("customer", 1_000, 500), *(_broke(f"table:t{each}").finding for each in range(30))
    ),
}


@pytest.mark.parametrize("changes", _REAL.values(), ids=_REAL)
def test_a_real_failure(changes: list[Change], snapshot: SnapshotAssertion) -> None:
    """An alert has a block for each cause, the local time, and at most fifteen lines."""
    alerts = build_alerts("1234567_SB1", changes, _LINK, time_zone="America/Los_Angeles")
    assert all(len(alert.body.splitlines()) <= 15 for alert in alerts)
    assert _written(alerts) == snapshot
