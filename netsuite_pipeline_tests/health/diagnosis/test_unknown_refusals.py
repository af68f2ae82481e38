"""Refusals whose meaning nobody knows: no good news for the connection, no permission missing for a table."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.diagnosis.run_evidence import common_refusal, without_disproved_causes
from netsuite_pipeline.health.doctor import diagnose, probe_tables
from netsuite_pipeline.health.findings import Finding, ProbeResult, State
from netsuite_pipeline.health.known_good import KnownGood, KnownTable
from netsuite_pipeline.health.probes import connection_probe
from netsuite_pipeline.health.probes.connection_probe import probe_connection
from netsuite_pipeline.health.probes.table_probe import probe_table
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline.warehouse.warehouse import Warehouse
from netsuite_pipeline_tests.netsuite.bodies import error_body, page_body, refused_query
from netsuite_pipeline_tests.netsuite.conftest import CREDENTIALS
from netsuite_pipeline_tests.netsuite.error_cases import language_refused
from netsuite_pipeline_tests.netsuite.scripted import Answer, Asked, ScriptedServer

TABLES = tuple(standard_tables()[name] for name in ("customer", "vendor", "currency", "transactionline"))
SYNCED = datetime(2026, 11, 22, 23, 40)
SERVER_TIME = Answer(body=b'{"serverTime":"2025-03-26T16:21:00.000Z"}')
ACCUSES = ("Permissions >", "Enable Features", "lacks", "lost")

# Status, body, and a piece of NetSuite's own words that has to be shown.
HOSTILE = {
    "language that stays refused": (400, language_refused("zh"), "Invalid language"),
    "unknown code": (400, error_body(400, "ACCOUNT_IN_MOTION", "Being moved."), "Being moved."),
    "unknown words of a known code": (400, error_body(400, "USER_ERROR", "Not on Sundays."), "Not on Sundays."),
    "unknown words of the statement's code": (400, refused_query("Quota of joins."), "Quota of joins."),
    "403 in unknown words": (403, error_body(403, "NETWORK_POLICY", "Outside of the policy."), "Outside of"),
    "403 with a title alone": (403, b'{"title":"Forbidden by rule 7","status":403}', "Forbidden by rule 7"),
    "403 without a word": (403, b"", "(403)"),
    "404 in unknown words": (404, error_body(404, "GONE_AWAY", "No service here."), "No service here."),
    "405": (405, error_body(405, "METHOD_NOT_ALLOWED", "POST is not allowed."), "POST is not allowed."),
    "406": (406, error_body(406, "NOT_ACCEPTABLE", "Cannot write that."), "Cannot write that."),
    "409": (409, error_body(409, "CONFLICT", "Close in progress."), "Close in progress."),
    "410": (410, error_body(410, "GONE", "Version v1 was retired."), "Version v1 was retired."),
    "415": (415, error_body(415, "MEDIA", "Send another type."), "Send another type."),
    "422": (422, error_body(422, "UNPROCESSABLE", "Understood, and no."), "Understood, and no."),
    "451": (451, error_body(451, "LEGAL", "Blocked by law."), "Blocked by law."),
    "code without words": (400, b'{"o:errorCode":"X_77"}', "X_77"),
    "several details": (400, error_body(400, "MANY", "First thing.", "Second thing."), "Second thing."),
    "a RESTlet's form": (400, b'{"error":{"code":"NEW","message":"Something new."}}', "Something new."),
}  # fmt: skip
# What is no word of NetSuite's at all: somebody else answers, or nobody in words.
NOBODYS = {
    "empty 400": (400, b""),
    "JSON of somebody else": (400, b'{"message":"nope"}'),
    "a permission in a page of somebody else": (
        400,
        b"<p>Your current role does not have permission to perform this action.</p>",
    ),
    **{f"HTML {status}": (status, b"<h1>Proxy</h1>") for status in (400, 403, 406, 409, 410, 415, 422, 451)},
}

Refuses = Callable[[Asked], bool]


def everything(asked: Asked) -> bool:
    return True


def suiteql(asked: Asked) -> bool:
    return asked.path.endswith("/suiteql")


def every_table(asked: Asked) -> bool:
    return suiteql(asked) and "FROM DUAL" not in str(asked.json["q"])


def vendor(asked: Asked) -> bool:
    return suiteql(asked) and "FROM vendor" in str(asked.json["q"])


@pytest.fixture
def connect() -> Iterator[Callable[[Refuses, int, bytes], NetSuiteClient]]:
    """A client of a NetSuite that refuses some questions, in some words, and answers all others."""
    with ExitStack() as stack:

        def connected(refuses: Refuses, status: int, body: bytes) -> NetSuiteClient:
            def answer(asked: Asked) -> Answer:
                if refuses(asked):
                    return Answer(status, body)
                return (
                    SERVER_TIME
                    if asked.path.endswith("/serverTime")
                    else Answer(body=page_body([{"id": "1", "counted": "1"}]))
                )

            server = stack.enter_context(ScriptedServer(answer))
            settings = ClientSettings(retry_seconds=0.0, sign_in_pause_seconds=0.0)
            return stack.enter_context(NetSuiteClient(CREDENTIALS, base_url=server.url, settings=settings))

        yield connected


Connect = Callable[[Refuses, int, bytes], NetSuiteClient]


def by_id(result: ProbeResult) -> dict[str, Finding]:
    return {finding.id: finding for finding in result.findings}


def accuses_nobody(result: ProbeResult) -> bool:
    texts = [
        " ".join((finding.remedy, *(cause.as_text for cause in finding.causes)))
        for finding in result.findings
    ]
    return not any(word in text for text in texts for word in ACCUSES)


def known() -> KnownGood:
    tables = {
        table.name: KnownTable(frozenset(each.name for each in table.columns), 1, SYNCED) for table in TABLES
    }
    return KnownGood("1234567_SB1", tables, SYNCED)


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize(
    ("refuses", "subject"), [(everything, "rest"), (suiteql, "suiteql"), (every_table, "suiteql")]
)
@pytest.mark.few(46)
def test_an_unknown_refusal_is_one_failure_of_the_connection_in_netsuites_words(
    case: str, refuses: Refuses, subject: str, connect: Connect
) -> None:
    status, body, words = HOSTILE[case]
    result = probe_connection(connect(refuses, status, body), last_good=SYNCED)
    found = by_id(result)
    failed = {id_ for id_, each in found.items() if each.state is State.FAILED}
    assert failed == {subject}
    assert words in found[subject].seen
    assert found[subject].causes
    assert found[subject].remedy
    assert accuses_nobody(result)
    if refuses is everything:
        assert {found[id_].state for id_ in ("sign_in", "suiteql", "deleted_records")} == {State.UNKNOWN}


@pytest.mark.parametrize("case", NOBODYS)
@pytest.mark.parametrize("refuses", [everything, suiteql])
def test_what_is_no_word_of_netsuites_is_reported_of_the_host_alone(
    case: str, refuses: Refuses, connect: Connect
) -> None:
    result = probe_connection(connect(refuses, *NOBODYS[case]), last_good=SYNCED)
    found = by_id(result)
    assert {id_ for id_, each in found.items() if each.state is State.FAILED} == {"host"}
    assert {found[id_].state for id_ in ("rest", "suiteql", "deleted_records")} == {State.UNKNOWN}
    assert accuses_nobody(result)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_table_that_is_refused_in_unknown_words_lacks_no_permission(case: str, connect: Connect) -> None:
    status, body, words = HOSTILE[case]
    client = connect(vendor, status, body)
    result = without_disproved_causes(probe_tables(client, TABLES, known()), TABLES)
    found = by_id(result)
    assert {id_ for id_, each in found.items() if each.state is not State.OK} == {
        "table:vendor",
        "rows:vendor",
    }
    assert found["table:vendor"].state is State.FAILED
    assert words in found["table:vendor"].seen
    assert accuses_nobody(result)
    never = by_id(probe_table(client, standard_tables()["vendor"], None))["table:vendor"]
    assert never.state is State.UNKNOWN
    assert words in never.seen


@pytest.mark.parametrize("case", NOBODYS)
@pytest.mark.few(6)
def test_a_table_that_nobody_answers_for_is_unknown(case: str, connect: Connect) -> None:
    result = probe_tables(connect(vendor, *NOBODYS[case]), TABLES, known())
    assert by_id(result)["table:vendor"].state is State.UNKNOWN
    assert accuses_nobody(result)


@pytest.mark.parametrize("case", HOSTILE)
def test_tables_that_are_all_refused_in_the_same_words_are_one_finding_of_the_connection(
    case: str, connect: Connect
) -> None:
    status, body, words = HOSTILE[case]
    result = probe_tables(connect(every_table, status, body), TABLES, known())
    common = common_refusal(result)
    assert common is not None
    assert words in common.seen
    of_tables = [each for each in without_disproved_causes(result, TABLES).findings if each.kind == "table"]
    assert {each.state for each in of_tables} == {State.UNKNOWN}
    assert all(words in each.seen for each in of_tables)


def test_a_column_that_is_refused_in_unknown_words_accuses_neither_role_nor_feature(connect: Connect) -> None:
    def email(asked: Asked) -> bool:
        return suiteql(asked) and re.search(r"\bemail\b", str(asked.json["q"])) is not None

    client = connect(email, 400, error_body(400, "PRIVACY", "Withheld by rule 12."))
    result = probe_table(client, standard_tables()["customer"], known().tables["customer"])
    lost = by_id(result)["column:customer.email"]
    assert lost.state is State.FAILED
    assert "Withheld by rule 12." in lost.seen
    assert accuses_nobody(result)


def test_the_doctor_exits_with_one_failure_where_netsuite_refuses_every_request_for_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ScriptedServer([Answer(400, language_refused("zh"))]) as server:
        variables = {
            "NETSUITE_ACCOUNT_ID": "1234567_SB1",
            "NETSUITE_CONSUMER_KEY": "k" * 64,
            "NETSUITE_CONSUMER_SECRET": "s" * 64,
            "NETSUITE_TOKEN_ID": "t" * 64,
            "NETSUITE_TOKEN_SECRET": "u" * 64,
            "NETSUITE_BASE_URL": server.url,
        }
        diagnosis = diagnose(
            variables, tables=TABLES, warehouse=Warehouse(tmp_path / "w.duckdb"), connection="netsuite"
        )
    found = {finding.id: finding for finding in diagnosis.findings}
    failed = [finding for finding in diagnosis.findings if finding.state is State.FAILED]
    assert [finding.id for finding in failed] == ["rest"]
    assert "default company language value 'zh'" in failed[0].seen
    assert "Home > Set Preferences > General > Language" in failed[0].remedy
    assert {found[f"table:{table.name}"].state for table in TABLES} == {State.UNKNOWN}
    assert "Manage Roles" not in json.dumps(
        [each.as_json for each in diagnosis.findings if each.state is not State.OK]
    )


def test_the_doctor_is_well_where_netsuite_takes_the_language_that_it_names(
    emulator: EmulatorProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_probe, "SIGN_IN_PAUSE_SECONDS", 0.05)
    emulator.admin.set_company_language("zh_CN")
    diagnosis = diagnose(emulator.env, tables=TABLES, warehouse=Warehouse(tmp_path / "w.duckdb"))
    assert {each.id for each in diagnosis.findings if each.state is not State.OK} == {"dagster"}
    assert any("Accept-Language" in sentence and "zh_CN" in sentence for sentence in diagnosis.capabilities)
