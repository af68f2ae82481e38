"""How long a certificate is valid: what each number of days left reports, and that each step alerts once."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from netsuite_pipeline.health.diagnosis.certificate import (
    CertificateStatus,
    certificate_finding,
    certificate_status,
)
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.monitoring.alert_messages import build_alerts
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind, update
from netsuite_pipeline.health.monitoring.sensor_cursor import SensorCursor
from netsuite_pipeline.netsuite.auth.certificate import CertificateValidity
from netsuite_pipeline.netsuite.auth.factory import credentials_from_variables
from netsuite_pipeline_tests.netsuite.keys import certificate_of, pem_of

NOON = datetime(2026, 11, 24, 12)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def good_for(left: timedelta) -> CertificateStatus:
    ends = NOON + left
    return CertificateStatus("oauth2", CertificateValidity("CN=warehouse", ends - 729 * DAY, ends))


STAGES = [
    # how long it is still good   state           urgency  words
    (400 * DAY,                   State.OK,       0,       "valid until"),
    (60 * DAY + HOUR,             State.OK,       0,       "(60 days)"),
    (60 * DAY,                    State.WARNING,  1,       "in 60 days"),
    (30 * DAY + HOUR,             State.WARNING,  1,       "in 30 days"),
    (30 * DAY,                    State.WARNING,  2,       "in 30 days"),
    (7 * DAY + HOUR,              State.WARNING,  2,       "in 7 days"),
    (7 * DAY,                     State.FAILED,   3,       "in 7 days"),
    (DAY,                         State.FAILED,   3,       "in 1 day."),
    (HOUR,                        State.FAILED,   3,       "in less than a day"),
    (timedelta(0),                State.FAILED,   4,       "The certificate expired on"),
    (-90 * DAY,                   State.FAILED,   4,       "The certificate expired on"),
]  # fmt: skip


@pytest.mark.parametrize(("left", "state", "escalation", "words"), STAGES)
def test_its_end_is_reported_ahead(left: timedelta, state: State, escalation: int, words: str) -> None:
    finding = certificate_finding(good_for(left), NOON)
    assert (finding.state, finding.escalation) == (state, escalation)
    assert words in finding.seen
    assert bool(finding.remedy) is (state is not State.OK)
    assert finding.facts["days_left"] == max(left.days, 0)


@pytest.mark.parametrize("left", [45 * DAY, 3 * DAY])
def test_the_remedy_goes_without_a_gap_and_names_the_menu(left: timedelta) -> None:
    remedy = certificate_finding(good_for(left), NOON).remedy
    assert "OAuth 2.0 Client Credentials (M2M) Setup > Create New" in remedy
    assert remedy.index("beside the old one") < remedy.index(
        "When `netsuite-pipeline doctor` shows no problem, revoke"
    )


def test_netsuite_shortens_a_certificate_that_is_good_for_longer_than_two_years() -> None:
    begins = NOON - 2 * 365 * DAY
    ten_years = CertificateValidity("CN=warehouse", begins, begins + 3650 * DAY)
    assert certificate_finding(CertificateStatus("oauth2", ten_years), NOON).state is State.FAILED


@pytest.mark.parametrize(
    ("result", "state", "words"),
    [
        (CertificateStatus("tba"), State.OK, "tokens"),
        (CertificateStatus("nango"), State.OK, "Nango"),
        (CertificateStatus("oauth2"), State.UNKNOWN, "NETSUITE_CERTIFICATE is not set"),
        (
            CertificateStatus("oauth2", problem="It is cut.", remedy="Copy it whole."),
            State.WARNING,
            "It is cut.",
        ),
        (
            CertificateStatus("oauth2", good_for(DAY).validity, matches_key=False),
            State.WARNING,
            "another key",
        ),
        (
            CertificateStatus("oauth2", CertificateValidity("", NOON + DAY, NOON + 300 * DAY)),
            State.FAILED,
            "valid from 2026-11-25",
        ),
    ],
)
def test_what_is_no_question_of_days(result: CertificateStatus, state: State, words: str) -> None:
    finding = certificate_finding(result, NOON)
    assert finding.state is state
    assert words in finding.seen
    assert bool(finding.remedy) is (state is not State.OK)


def _lived(days: Iterator[int]) -> list[tuple[int, Change]]:
    """Return what is reported while a certificate nears its end, checked twice a day."""
    cursor, reported = SensorCursor(), []
    for left in days:
        for result in (timedelta(0), timedelta(minutes=5)):
            finding = certificate_finding(good_for(left * DAY - result), NOON)
            cursor, changes = update(cursor, ProbeResult((finding,)), NOON - left * DAY + result)
            cursor = SensorCursor.parse(cursor.serialize())
            reported += [(left, change) for change in changes if change.kind is not ChangeKind.HEARTBEAT]
    return reported


def test_each_of_60_30_and_7_days_and_the_end_is_reported_to_people_once() -> None:
    reported = _lived(iter(range(70, -4, -1)))
    assert [(left, change.kind) for left, change in reported] == [
        (70, ChangeKind.FIRST),
        (60, ChangeKind.BROKE),
        (30, ChangeKind.BROKE),
        (7, ChangeKind.BROKE),
        (0, ChangeKind.BROKE),
    ]


def test_one_that_was_near_its_end_from_the_first_check_on_is_reported_at_the_next_step() -> None:
    kinds = {left: change.kind for left, change in _lived(iter(range(50, 0, -1)))}
    assert kinds == {50: ChangeKind.FIRST, 30: ChangeKind.BROKE, 7: ChangeKind.BROKE}


def test_a_new_certificate_ends_the_alert_once() -> None:
    cursor = SensorCursor()
    kinds = []
    for hour, left in enumerate([90, 20, 20, 20, 700, 700]):
        finding = certificate_finding(good_for(left * DAY), NOON)
        cursor, changes = update(cursor, ProbeResult((finding,)), NOON + hour * HOUR)
        kinds += [change.kind for change in changes]
    assert kinds == [ChangeKind.FIRST, ChangeKind.BROKE, ChangeKind.RECOVERED]


def test_the_alert_says_what_ends_when_and_what_to_do() -> None:
    _, change = _lived(iter(range(62, 58, -1)))[-1]
    (alert,) = build_alerts("1234567_SB1", [change])
    assert alert.title.startswith("NetSuite 1234567_SB1: certificate problem since")
    assert re.search(r"The certificate expires on 2027-01-2\d \d\d:\d\d UTC, in 59 days\.", alert.body)
    assert "Until then sign-in works" in alert.body
    assert "Create New" in alert.body


# What is read of the variables


def _check(**variables: str) -> CertificateStatus:
    return certificate_status(credentials_from_variables({**_M2M, **variables}))


_M2M = {
    "NETSUITE_ACCOUNT_ID": "1234567_SB1",
    "NETSUITE_CLIENT_ID": "c1" * 32,
    "NETSUITE_CERTIFICATE_ID": "kid",
    "NETSUITE_PRIVATE_KEY": pem_of("P-256"),
}
OWN = certificate_of("P-256", NOON - DAY, 365)


def _found(**variables: str) -> Finding:
    return certificate_finding(_check(**variables), NOON)


def test_the_end_is_read_from_the_certificate() -> None:
    assert _found(NETSUITE_CERTIFICATE=OWN).facts["ends"] == "2027-11-23T12:00:00Z"


def test_the_end_is_read_from_one_text_of_key_and_certificate() -> None:
    assert _found(NETSUITE_PRIVATE_KEY=_M2M["NETSUITE_PRIVATE_KEY"] + OWN).state is State.OK


def test_another_keys_certificate_is_noticed() -> None:
    found = _found(NETSUITE_CERTIFICATE=certificate_of("P-384", NOON - DAY, 365))
    assert found.state is State.WARNING
    assert "does not belong to NETSUITE_PRIVATE_KEY" in found.causes[0].summary


def test_a_certificate_that_is_none_does_not_keep_from_signing_in() -> None:
    found = _found(NETSUITE_CERTIFICATE="-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert found.state is State.WARNING
    assert "NETSUITE_CERTIFICATE" in found.seen
