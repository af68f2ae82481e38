"""Each error of a `defs.yaml` names its line, and repeats no secret."""

import re

import pytest

from netsuite_pipeline_tests.orchestration.component.loading import (
    error_of,
)

# Dagster 1.13 notes for each definition which YAML it comes from, by classes and parameters that it calls beta.
pytestmark = pytest.mark.filterwarnings("ignore::dagster.BetaWarning", "ignore::dagster.PreviewWarning")


@pytest.mark.parametrize(
    ("text", "line", "wording"),
    [
        (
            "tables: [lists]\ncron_shedule: x",
            4,
            "there is no attribute 'cron_shedule' (did you mean 'cron_schedule'",
        ),
        ("tables:\n- lists\n- custmer", 3, "did you mean 'customer'"),
        ("table_settings:\n  custmer: {cursor: false}", 4, "no such table (did you mean 'customer'"),
        ("table_settings:\n  customer:\n    leaveout: [email]", 5, "did you mean 'leave_out'"),
        ("table_settings:\n  customer:\n    leave_out:\n    - phone\n    - emial", 7, "did you mean 'email'"),
        ("table_settings:\n  customer:\n    hash: [id]", 5, "is part of the key"),
        ("table_settings:\n  customer:\n    cursor: perhaps", 5, "cursor"),
        ("table_settings:\n  customer:\n    where: isinactive", 5, "is no condition"),
        ("table_settings:\n  customer: true", 4, "must be a mapping of leave_out, hash"),
        ("table_settings:\n  customer:\n    schedule: nightly", 5, "there is no schedule 'nightly'"),
        ("cron_schedule: every day", 3, "'every day' is no cron expression"),
        ("execution_timezone: Europe/Berlim", 3, "did you mean 'Europe/Berlin'"),
        (
            "schedules:\n  nightly:\n    tables: [lists]\n    cron_schedule: 61 * * * *",
            6,
            "is no cron expression",
        ),
        (
            "schedules:\n  nightly:\n    tables: [lists]\n    execution_timezone: CEST",
            6,
            "no time zone 'CEST'",
        ),
        ("schedules:\n  nightly:\n    tables: [custmer]", 5, "did you mean 'customer'"),
        ("schedules:\n  nightly:\n    cron_schedule: 0 2 * * *", 4, "has no tables"),
        ("schedules:\n  Nightly-1:\n    tables: [lists]", 4, "cannot have the name"),
        ("schedules:\n  fields:\n    tables: [lists]", 4, "cannot have the name"),
        ("schedules:\n  nightly:\n    tables: [lists]", 4, "has no cron"),  # it ran hourly, silently
        ("custom_tables:\n- none.yaml", 4, "cannot be read"),
        ("custom_tables:\n- machine:\n    title: Machines", 4, "lacks about"),
        ("queries:\n  mine:\n    key: id\n    query: SELECT id FRM customer", 6, "mine"),
        ("queries:\n  mine:\n    key: idd\n    query: SELECT id FROM customer", 5, "idd"),
        ("queries:\n  mine:\n    query: SELECT id FROM customer", 4, "Field required"),
        ("tables: all", 3, "valid list"),
        ("translation:\n  group_name: '{{ tabel.name }}'", 3, "'tabel' not found in scope"),
        ("tables: [lists]\ntranslation:\n  key: same", 4, "same"),
        ("translation:\n  group: mine", 4, "did you mean 'group_name'"),
        ("connection: Net-Suite", 3, "cannot have the name"),
        ("env_prefix: sandbox", 3, "cannot begin the names of variables"),
        ("tables: [lists]\nconcurrency: 300", 4, "between 0 and 200"),
        ("tables: [lists]\nconcurrency: many", 4, "valid integer"),
        ("tables: [lists]\nfields_cron: daily at 3", 4, "is no cron expression"),
        ("tables: [lists]\nreconcile_cron: at night", 4, "is no cron expression"),
        ("fresh_for_hours: -1", 3, "0 or more"),
        ("minimum_interval_seconds: 0", 3, "more than 0"),
    ],
)
def test_what_is_wrong_is_shown_with_its_line(text: str, line: int, wording: str) -> None:
    outcome = error_of(text)
    assert wording in outcome
    assert re.search(rf"defs\.yaml(, line |:){line}\b", outcome), outcome


@pytest.mark.parametrize(
    "name", ["token_secret", "consumer_key", "private_key", "password", "nango_secret_key"]
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(name: str) -> None:
    outcome = error_of(f"tables: [lists]\n{name}: hunter2")
    assert "no credentials here: they come from environment variables" in outcome
    assert re.search(r"defs\.yaml:4\b", outcome)
    assert "hunter2" not in outcome


def test_addresses_of_alerts_are_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_URLS", "mailto://me:hunter2@example.org")
    url = "mailto://me:hunter2@example.org"
    for written in (url, "'{{ env.MY_URLS }}'", f"[{url}]", f"{{urls: '{url}'}}"):
        outcome = error_of(f"tables: [lists]\nalert_urls_env: {written}")
        assert re.search(r"defs\.yaml(, line |:)4\b", outcome)
        assert "must be the name of an environment variable, never the addresses" in outcome
        assert "hunter2" not in outcome


def test_what_is_wrong_in_a_file_of_tables_is_shown_with_both_lines() -> None:
    outcome = error_of(
        "custom_tables:\n- mine.yaml", mine_yaml="machine:\n  title: Machines\n  colour: red\n"
    )
    assert "defs.yaml, line 4: mine.yaml, line 3: table 'machine': there is no field 'colour'" in outcome
