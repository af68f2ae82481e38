"""What the doctor learns of an account about NetSuite's open questions: both answers of each, at the emulator."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.health.probes.capabilities import SampleTables, detect_capabilities
from netsuite_pipeline.health.probes.connection_probe import probing_settings
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.tables import standard_tables
from netsuite_pipeline_tests.health.trail import Trail

_TABLES = standard_tables()
_ALL = SampleTables(dated=_TABLES["customer"], small=_TABLES["subsidiary"], hidden=_TABLES["vendor"])


@pytest.fixture
def client(emulator: EmulatorProcess) -> Iterator[NetSuiteClient]:
    with client_from_environment(emulator.env, probing_settings()) as client:
        yield client


_VARIANTS = {
    "SYS_EXTRACT_UTC": ("sys_extract_utc", "SYS_EXTRACT_UTC works", "SYS_EXTRACT_UTC is refused ("),
    "page index": ("rownum_nested", "The page index works for subsidiary", "The page index is refused for subsidiary ("),
    "COUNT": ("count_star", "COUNT(*) works (subsidiary: ", "COUNT(*) is refused for subsidiary ("),
    "keys": ("lower_keys", "keys in lower case, values as text", "is not in lower case"),
    "numbers": ("string_numbers", "keys in lower case, values as text", "number without quotes in "),
}  # fmt: skip


@pytest.mark.parametrize(("variant", "yes", "no"), _VARIANTS.values(), ids=_VARIANTS)
def test_an_ability_is_detected_either_way(
    emulator: EmulatorProcess, client: NetSuiteClient, variant: str, yes: str, no: str
) -> None:
    well = "\n".join(detect_capabilities(client, _ALL))
    emulator.admin.set_variant(variant, "off")
    ill = "\n".join(detect_capabilities(client, _ALL))
    assert yes in well
    assert no not in well
    assert no in ill
    assert yes not in ill


_TOTALS = {
    "exact": "and totalResults is the same.",
    "wrong": "and totalResults is ",
    "absent": "NetSuite does not send totalResults.",
}


@pytest.mark.parametrize(("variant", "words"), _TOTALS.items())
def test_whether_total_results_can_be_trusted_is_detected(
    emulator: EmulatorProcess, client: NetSuiteClient, variant: str, words: str
) -> None:
    emulator.admin.set_variant("total_results", variant)
    assert words in "\n".join(detect_capabilities(client, _ALL))
    assert ("is the same" in "\n".join(detect_capabilities(client, _ALL))) == (variant == "exact")


def test_whether_there_is_a_server_time_is_detected(
    emulator: EmulatorProcess, client: NetSuiteClient
) -> None:
    assert "serverTime is available." in detect_capabilities(client, _ALL)
    emulator.admin.set_variant("server_time", "missing")
    assert any(
        sentence.startswith("serverTime is not available") for sentence in detect_capabilities(client, _ALL)
    )


@pytest.mark.parametrize(
    ("variant", "words"),
    [("record_not_found", "Record 'vendor' was not found"), ("invalid_search_type", "Invalid search type: vendor")],
)  # fmt: skip
def test_how_netsuite_refuses_a_missing_permission_is_detected(
    emulator: EmulatorProcess, client: NetSuiteClient, variant: str, words: str
) -> None:
    emulator.admin.drop_permission("LIST_VENDOR")
    emulator.admin.set_variant("missing_table_text", variant)
    reported = next(sentence for sentence in detect_capabilities(client, _ALL) if "(vendor)" in sentence)
    assert reported.startswith("NetSuite answers a hidden table (vendor) with 400 INVALID_PARAMETER: ")
    assert words in reported


def test_it_asks_at_most_six_questions(emulator: EmulatorProcess, client: NetSuiteClient) -> None:
    before = emulator.admin.stats().requests
    detect_capabilities(client, _ALL)
    assert emulator.admin.stats().requests - before <= 6


def test_where_nothing_can_be_read_nothing_is_asked_of_tables(
    emulator: EmulatorProcess, client: NetSuiteClient
) -> None:
    assert detect_capabilities(client, SampleTables(None, None, None)) == ("serverTime is available.",)


def test_a_sign_in_that_ends_meanwhile_ends_the_asking(emulator: EmulatorProcess) -> None:
    emulator.admin.revoke_token()
    trail = Trail(emulator)
    with client_from_environment(emulator.env, probing_settings(attempts=1)) as client:
        assert detect_capabilities(client, _ALL) == ()
    assert trail.refused == 1


def test_what_netsuite_fails_at_is_not_taken_for_a_refusal(emulator: EmulatorProcess) -> None:
    settings = replace(probing_settings(), retry_seconds=1.0)
    emulator.admin.add_fault("unexpected_error", count=None, matching="MOD")
    with client_from_environment(emulator.env, settings) as client:
        reported = detect_capabilities(client, _ALL)
    assert any(sentence.startswith("One capability is not known: ") for sentence in reported)
    assert not any("page index" in sentence for sentence in reported)


def test_small_tables_are_asked_before_large_ones() -> None:
    tables = [_TABLES[name] for name in ("transaction", "customer", "currency", "vendor")]
    readable = frozenset({"transaction", "customer", "currency"})
    subjects = SampleTables.among(
        tables, readable, frozenset({"vendor"}), {"transaction": 90, "customer": 20}
    )
    assert (subjects.small, subjects.hidden) == (_TABLES["currency"], _TABLES["vendor"])
    counted = SampleTables.among(
        tables, readable, frozenset(), {"transaction": 5, "customer": 20, "currency": 6}
    )
    assert (counted.small, counted.dated) == (_TABLES["transaction"], _TABLES["transaction"])
    assert SampleTables.among(tables, frozenset(), frozenset(), {}) == SampleTables(None, None, None)
