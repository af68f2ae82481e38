"""Alerts: what they say, that they arrive, and that no address ever gets into a log."""

import json
import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.health.monitoring.alert_channels import parse_addresses, send
from netsuite_pipeline.health.monitoring.alert_messages import Alert, build_alerts, dagster_link, duration
from netsuite_pipeline.health.monitoring.regression import Change, ChangeKind

ACCOUNT = "1234567_SB1"
SECRET = "xoxb0SECRET0path"
BEGAN = datetime(2026, 11, 23, 9, 55)
CONFIRMED = datetime(2026, 11, 23, 10, 0)
REVOKED = Cause(
    "The token was revoked.", "It worked until 09:50.", "Make a new one: Setup > Users/Roles > Access Tokens."
)
INACTIVE = Cause("The role is inactive.", "", "Setup > Users/Roles > Manage Roles: not Inactive.")
REFRESHED = Cause("The sandbox was refreshed.", "All tokens are gone then.")
LOCKED = Cause("The user is locked.")
REFUSED = Finding(
    "sign_in",
    State.FAILED,
    "NetSuite refuses the sign-in",
    (REVOKED, INACTIVE, REFRESHED, LOCKED),
    REVOKED.remedy,
)
VENDOR = Finding(
    "table:vendor",
    State.FAILED,
    "\"Record 'vendor' was not found.\"",
    (Cause("The role lost Lists > Vendors."),),
    "Setup > Users/Roles > Manage Roles > …: add Vendors (View).",
)
LINK = "https://dagster.example.com/assets/netsuite/connection?view=checks"


def broke(finding: Finding, began: datetime = BEGAN, last_ok: datetime | None = None) -> Change:
    return Change(ChangeKind.BROKE, finding, began, CONFIRMED, last_ok=last_ok)


def recovered(id_: str, after: timedelta = timedelta(minutes=45)) -> Change:
    return Change(
        ChangeKind.RECOVERED, Finding(id_, State.OK, "all is well"), BEGAN, CONFIRMED, duration=after
    )


def test_a_failure_is_reported_with_since_when_causes_remedies_and_link() -> None:
    (alert,) = build_alerts(ACCOUNT, [broke(REFUSED, last_ok=datetime(2026, 11, 23, 9, 50))], LINK)
    assert alert == Alert(
        "NetSuite 1234567_SB1: sign-in refused since 09:55 UTC, last worked 09:50",
        "NetSuite refuses the sign-in. Syncs are paused; no data is lost.\n"
        "To fix, the likeliest cause first:\n"
        "1. The token was revoked. It worked until 09:50. Make a new one: Setup > Users/Roles > Access Tokens.\n"
        "2. The role is inactive. Setup > Users/Roles > Manage Roles: not Inactive.\n"
        "3. The sandbox was refreshed. All tokens are gone then.\n"
        "\n"
        f"More: {LINK}",
        failed=True,
    )


def test_all_that_broke_in_one_check_is_one_message_the_connection_first() -> None:
    (alert,) = build_alerts(ACCOUNT, [broke(VENDOR), broke(REFUSED, datetime(2026, 11, 22, 23, 40))])
    assert alert.title == (
        "NetSuite 1234567_SB1: 2 problems since 2026-11-22 23:40 UTC: sign-in refused, vendor cannot be read"
    )
    first, second = alert.body.split("\n\n")
    assert first.startswith("Sign-in refused. NetSuite refuses the sign-in.")
    assert second == (
        "Vendor cannot be read. \"Record 'vendor' was not found.\" The warehouse keeps the rows.\n"
        "Most likely: The role lost Lists > Vendors.\n"
        "To fix: Setup > Users/Roles > Manage Roles > …: add Vendors (View)."
    )


def test_forty_lost_tables_of_one_cause_are_one_block_that_names_them() -> None:
    changes = [broke(Finding(f"table:t{number:02}", State.FAILED, "gone")) for number in range(40)]
    (alert,) = build_alerts(ACCOUNT, changes)
    assert alert.title == "NetSuite 1234567_SB1: t00 and 39 more tables cannot be read since 09:55 UTC"
    assert alert.body.endswith("t19 and 20 more.")
    assert len(alert.body.splitlines()) == 2


def test_many_causes_fit_into_fifteen_lines_and_the_others_are_named() -> None:
    changes = [
        broke(Finding(f"table:t{number:02}", State.FAILED, "gone", (Cause(f"Cause {chr(65 + number)}."),)))
        for number in range(12)
    ]
    (alert,) = build_alerts(ACCOUNT, changes, LINK)
    assert alert.title.startswith(
        "NetSuite 1234567_SB1: 12 problems since 09:55 UTC: t00 cannot be read, t01 "
    )
    assert alert.title.endswith(" and 9 more")
    assert len(alert.body.splitlines()) <= 15
    assert "Also: t04 cannot be read" in alert.body
    assert "t11 cannot be read" in alert.body


def test_the_worst_is_first_and_the_local_time_is_beside_utc() -> None:
    warning = Finding("table:item", State.WARNING, "slow")
    (alert,) = build_alerts(ACCOUNT, [broke(warning), broke(VENDOR)], time_zone="America/Los_Angeles")
    assert alert.title == (
        "NetSuite 1234567_SB1: 2 problems since 09:55 UTC (01:55 in Los Angeles): "
        "vendor cannot be read, item cannot be read"
    )


def test_one_thing_that_recovered_is_reported_with_when_and_after_how_long() -> None:
    (alert,) = build_alerts(ACCOUNT, [recovered("sign_in")], LINK, note="The missed sync has been started.")
    assert alert == Alert(
        "NetSuite 1234567_SB1: sign-in works again (10:40 UTC, after 45 minutes)",
        f"All is well.\n\nThe missed sync has been started.\n\nMore: {LINK}",
        failed=False,
    )


def test_all_that_recovered_at_one_check_is_one_message() -> None:
    (alert,) = build_alerts(ACCOUNT, [recovered("table:vendor"), recovered("sign_in", timedelta(hours=2))])
    assert (
        alert.title
        == "NetSuite 1234567_SB1: 2 checks pass again: sign-in works again, vendor can be read again"
    )
    assert alert.body == (
        "Sign-in works again (11:55 UTC, after 2 hours).\nVendor can be read again (10:40 UTC, after 45 minutes)."
    )


def test_what_broke_and_what_recovered_in_one_check_are_two_messages() -> None:
    changes = [recovered("table:vendor"), broke(REFUSED)]
    first, second = build_alerts(ACCOUNT, changes)
    assert (first.failed, second.failed) == (True, False)


@pytest.mark.parametrize(
    "kind", [kind for kind in ChangeKind if kind not in (ChangeKind.BROKE, ChangeKind.RECOVERED)]
)
def test_nobody_is_alerted_by_what_did_not_break_or_recover(kind: ChangeKind) -> None:
    change = Change(kind, REFUSED, BEGAN, CONFIRMED)
    assert build_alerts(ACCOUNT, [change]) == ()


@pytest.mark.parametrize(
    ("id_", "broken", "well"),
    [
        ("host", "does not answer", "answers again"),
        ("clock", "this machine's clock is wrong", "this machine's clock is right again"),
        ("sign_in", "sign-in refused", "sign-in works again"),
        ("rest", "REST web services refused", "REST web services work again"),
        ("suiteql", "SuiteQL refused", "SuiteQL works again"),
        ("deleted_records", "deletions cannot be read", "deletions can be read again"),
        ("concurrency", "no free concurrent requests", "concurrent requests are free again"),
        ("table:vendor", "vendor cannot be read", "vendor can be read again"),
        ("column:customer.email", "customer.email is hidden", "customer.email is available again"),
        ("column:customer", "a column of customer is hidden", "a column of customer is available again"),
        ("rows:customer", "rows of customer are no longer visible", "rows of customer are visible again"),
        ("warehouse", "warehouse has a problem", "warehouse works again"),
    ],
)
def test_each_subject_has_words_of_its_own(id_: str, broken: str, well: str) -> None:
    (down,) = build_alerts(ACCOUNT, [broke(Finding(id_, State.FAILED, "seen"))])
    (up,) = build_alerts(ACCOUNT, [recovered(id_)])
    assert down.title == f"NetSuite 1234567_SB1: {broken} since 09:55 UTC"
    assert up.title == f"NetSuite 1234567_SB1: {well} (10:40 UTC, after 45 minutes)"


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=59, seconds=50), "1 hour"),
        (timedelta(hours=3, minutes=5), "3 hours 5 minutes"),
        (timedelta(hours=25, minutes=30), "1 day 1 hour"),
        (timedelta(days=2, minutes=3), "2 days"),
    ],
)
def test_how_long_it_lasted_is_reported_in_two_units_at_most(lasted: timedelta, words: str) -> None:
    assert duration(lasted) == words


@pytest.mark.parametrize(
    ("url", "changes", "link"),
    [
        ("", [broke(VENDOR)], ""),
        (
            "https://d.example.com/",
            [broke(VENDOR)],
            "https://d.example.com/assets/netsuite/vendor?view=checks",
        ),
        (
            "https://d.example.com/x",
            [broke(REFUSED)],
            "https://d.example.com/x/assets/netsuite/connection?view=checks",
        ),
        (
            "https://d.example.com",
            [broke(VENDOR), broke(REFUSED)],
            "https://d.example.com/assets/netsuite/connection?view=checks",
        ),
        (
            "https://d.example.com",
            [recovered("table:vendor"), recovered("column:vendor.email")],
            "https://d.example.com/assets/netsuite/vendor?view=checks",
        ),
    ],
)
def test_the_link_leads_to_the_asset_concerned(url: str, changes: list[Change], link: str) -> None:
    assert dagster_link(url, "netsuite", changes) == link


@pytest.mark.parametrize(
    ("urls", "single"),
    [
        ("", ()),
        (" \n , ", ()),
        ("json://a", ("json://a",)),
        ("json://a,slack://b/c/d", ("json://a", "slack://b/c/d")),
        ("json://a\n  slack://b ,\nhttps://c/d", ("json://a", "slack://b", "https://c/d")),
        ("mailto://u:p@h?to=a@x.y,b@x.y, json://a", ("mailto://u:p@h?to=a@x.y,b@x.y", "json://a")),
        ("oops json://a", ("oops", "json://a")),
    ],
)
@pytest.mark.few(1)
def test_addresses_stand_with_commas_blanks_or_line_ends_between(urls: str, single: tuple[str, ...]) -> None:
    assert parse_addresses(urls) == single


class Webhook:
    """A small server that takes what `json://` sends, and answers with a status of ours."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.status = 200
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                webhook.got.append((self.path, json.loads(body)))
                self.send_response(webhook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Nothing on standard error."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"json://127.0.0.1:{self.server.server_port}/hooks/{SECRET}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    def stop(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    webhook.thread.start()
    yield webhook
    webhook.stop()


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """What the alerts log; afterwards no logger may have logged the secret."""
    reported: list[str] = []
    with caplog.at_level(logging.NOTSET):
        for name in list(logging.root.manager.loggerDict):
            caplog.set_level(1, name)
        yield reported
    for line in (*reported, *(record.getMessage() for record in caplog.records), caplog.text):
        assert SECRET not in line


ALERT = Alert(
    "NetSuite 1234567_SB1: sign-in refused since 09:55 UTC", "To fix: Setup > Users/Roles.", failed=True
)


def test_a_message_arrives_as_it_was_written(webhook: Webhook, logged: list[str]) -> None:
    send(ALERT, webhook.url, logged.append)
    ((path, got),) = webhook.got
    assert path == f"/hooks/{SECRET}"
    assert (got["title"], got["message"], got["type"]) == (ALERT.title, ALERT.body, "failure")
    assert logged == []


def test_good_news_arrives_as_good_news_even_without_a_text(webhook: Webhook, logged: list[str]) -> None:
    send(Alert("NetSuite 1234567_SB1: sign-in works again", "", failed=False), webhook.url, logged.append)
    ((_, got),) = webhook.got
    assert (got["type"], got["message"]) == ("success", "NetSuite 1234567_SB1: sign-in works again")
    assert logged == []


def test_a_channel_that_fails_is_logged_without_its_address_and_the_others_get_the_message(
    webhook: Webhook, logged: list[str]
) -> None:
    nobody = f"json://127.0.0.1:9/{SECRET}"
    unknown = f"nosuchthing://{SECRET}"
    send(ALERT, f"{nobody}, {unknown}\n{SECRET} {webhook.url}", logged.append)
    assert len(webhook.got) == 1
    assert logged == [
        "Alert channel 1 of 4 (json) did not accept the alert: it is unreachable, or refuses the address.",
        "Alert channel 2 of 4 (nosuchthing) is not an address that apprise knows; nothing was sent to it. "
        "Check NETSUITE_ALERT_URLS (https://github.com/caronc/apprise/wiki).",
        "Alert channel 3 of 4 (no address) is not an address that apprise knows; nothing was sent to it. "
        "Check NETSUITE_ALERT_URLS (https://github.com/caronc/apprise/wiki).",
    ]


def test_a_channel_that_refuses_is_logged(webhook: Webhook, logged: list[str]) -> None:
    webhook.status = 403
    send(ALERT, webhook.url, logged.append)
    assert logged == [
        "Alert channel 1 of 1 (json) did not accept the alert: it is unreachable, or refuses the address."
    ]


def test_a_channel_that_raises_breaks_nothing_and_its_words_are_not_logged(
    webhook: Webhook, logged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import apprise

    usual = apprise.Apprise.add

    def add(self: apprise.Apprise, address: str) -> bool:
        if address.startswith("slack"):
            raise ValueError(f"cannot use {address}")
        return usual(self, address)

    monkeypatch.setattr(apprise.Apprise, "add", add)
    send(ALERT, f"slack://{SECRET} {webhook.url}", logged.append)
    assert logged == ["Alert channel 1 of 2 (slack) failed with ValueError; the alert was not delivered."]
    assert len(webhook.got) == 1


def test_the_libraries_would_have_logged_the_address(
    webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    import apprise

    with caplog.at_level(logging.DEBUG):
        caplog.set_level(1, "urllib3.connectionpool")
        caplog.set_level(1, "apprise")
        channel = apprise.Apprise()
        channel.add(webhook.url)
        assert channel.notify(body="no alert")
    assert SECRET in caplog.text


def test_without_an_address_nothing_is_sent(logged: list[str]) -> None:
    send(ALERT, " ", logged.append)
    assert logged == []
