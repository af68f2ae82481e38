"""What discovery finds in accounts with much or little metadata, or refusals."""

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import PermissionDenied, SignInError
from netsuite_pipeline.netsuite.http.page import Page
from netsuite_pipeline.netsuite.http.request import Reply, Request
from netsuite_pipeline.tables import Column, parse_tables, standard_tables
from netsuite_pipeline.tables.discovery.column_samples import AT_ONCE, refused_columns
from netsuite_pipeline.tables.discovery.discover import Discovery, discover
from netsuite_pipeline.tables.discovery.spec_writer import render_tables
from netsuite_pipeline_tests.tables.fake_account import FakeAccount

MACHINES = [
    {
        "id": str(n), "name": f"M{n}", "isinactive": "F", "lastmodified": f"1/{n}/2026 08:1{n}",
        "custrecord_built": f"2/{n}/2026", "custrecord_n": str(n),
    }
    for n in range(1, 6)
]  # fmt: skip
SETUP = {
    "customfield": [
        {"scriptid": "CUSTRECORD_N", "name": "Count", "fieldvaluetype": "Integer Number", "recordtype": "31"},
        {"scriptid": "CUSTRECORD_NOTE", "fieldvaluetype": "Long Text", "recordtype": "31"},
        {"scriptid": "CUSTRECORD_OTHER", "fieldvaluetype": "Long Text", "recordtype": "32"},
    ],
    "customrecordtype": [{"internalid": "31", "scriptid": "CUSTOMRECORD_MACHINE", "name": "Machine"}],
    "customlist": [],
}


def found_in(account: FakeAccount, *names: str) -> Discovery:
    found = discover(account, standard_tables(), names)
    text = render_tables(found.tables)
    if found.tables:
        assert parse_tables(text, "found.yaml", known=standard_tables()) == found.tables
    return found


def test_the_emulated_account_is_described_in_full(emulator: EmulatorProcess) -> None:
    with client_from_environment(emulator.env) as client:
        found = discover(client, standard_tables())
    assert list(found.tables) == ["customlist_region", "customrecord_machine"]
    assert not found.failed
    machine = found.tables["customrecord_machine"]
    assert {column.name: column.type for column in machine.columns} == {
        "id": "integer", "name": "text", "isinactive": "boolean", "created": "datetime", "lastmodified": "datetime",
        "custrecord_serial": "text", "custrecord_customer": "integer", "custrecord_price": "decimal",
    }  # fmt: skip
    assert (machine.key, machine.cursor, machine.title) == (("id",), "lastmodified", "Machine")
    customer = machine.column("custrecord_customer")
    assert (customer.references, customer.label, customer.description) == ("customer", True, "Customer.")
    assert "-2" in str(customer.doubt)
    region = found.tables["customlist_region"]
    assert [(column.name, column.type) for column in region.columns] == [("id", "integer"), ("name", "text")]
    assert region.cursor is None
    assert parse_tables(render_tables(found.tables), "x", known=standard_tables()) == found.tables


class _NoCatalogue:
    """A client whose account refuses the metadata catalogue."""

    def __init__(self, client: object) -> None:
        self._client = client

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)

    def send(self, request: Request) -> Reply:
        raise PermissionDenied("The role may not.", endpoint=request.endpoint)


def test_without_the_catalogue_the_emulated_account_is_described_as_well(emulator: EmulatorProcess) -> None:
    with client_from_environment(emulator.env) as client:
        found = discover(_NoCatalogue(client), standard_tables(), all_custom_fields=True)  # type: ignore[arg-type]
        usual = discover(client, standard_tables(), all_custom_fields=True)
    assert any("catalogue is refused" in note for note in found.notes)
    for name in ("customrecord_machine", "customer", "transaction", "transactionline", "item"):
        assert {column.name: column.type for column in found.tables[name].columns} == {
            column.name: column.type for column in usual.tables[name].columns
        }
    # The datetime probe shows the dates.
    assert found.tables["customrecord_machine"].cursor == "lastmodified"
    assert "read from its values" in str(found.tables["customrecord_machine"].column("lastmodified").doubt)


def test_all_custom_fields_are_added_to_the_standard_tables(emulator: EmulatorProcess) -> None:
    with client_from_environment(emulator.env) as client:
        found = discover(client, standard_tables(), all_custom_fields=True)
    new = {
        (table.name, column.name, column.type)
        for table in found.tables.values()
        if table.name in standard_tables()
        for column in table.columns
        if column not in standard_tables()[table.name].columns
    }
    assert new == {
        ("customer", "custentity_score", "decimal"),
        ("customer", "custentity_region", "integer"),
        ("transaction", "custbody_channel", "text"),
        ("transactionline", "custcol_note", "text"),
        ("item", "custitem_origin", "text"),
    }
    customer = found.tables["customer"]
    assert (
        customer.columns[: len(standard_tables()["customer"].columns)]
        == standard_tables()["customer"].columns
    )
    assert customer.column("custentity_region").references == "customlist_region"
    assert not found.failed


def test_a_list_that_is_not_a_table_is_named_in_the_description(emulator: EmulatorProcess) -> None:
    with client_from_environment(emulator.env) as client:
        found = discover(client, standard_tables(), ["customer"])
    assert list(found.tables) == ["customer"]
    region = found.tables["customer"].column("custentity_region")
    assert region.references is None
    assert region.description == "Region. Ids of customlist_region, which is no table here."


def test_a_removed_custom_field_is_excluded_and_a_standard_column_stays(
    emulator: EmulatorProcess,
) -> None:
    with client_from_environment(emulator.env) as client:
        before = discover(client, standard_tables(), ["customer"]).tables
        emulator.admin.hide_column("customer", "custentity_score")
        emulator.admin.hide_column("customer", "email")
        after = discover(client, {**standard_tables(), **before}, ["customer"]).tables["customer"]
    names = {column.name for column in after.columns}
    assert {column.name for column in before["customer"].columns} - names == {"custentity_score"}


def test_what_the_role_may_not_see_is_reported_with_a_remedy(emulator: EmulatorProcess) -> None:
    emulator.admin.drop_permission("LIST_CUSTRECORDENTRY")
    emulator.admin.drop_permission("ADMI_CUSTFIELD")
    with client_from_environment(emulator.env) as client:
        named = discover(client, standard_tables(), ["customrecord_machine", "customer"])
        unnamed = discover(client, standard_tables())
    assert list(named.failed) == ["customrecord_machine"]
    assert list(named.tables) == ["customer"]  # the catalogue and the rows still show it
    assert any("Setup > Custom Fields" in note for note in named.notes)
    assert not unnamed.failed
    assert any(note.startswith("customrecord_machine is left out") for note in unnamed.notes)


def test_an_account_with_little_metadata_is_read_by_its_rows() -> None:
    table = found_in(FakeAccount({"customrecord_machine": MACHINES}), "customrecord_machine").tables[
        "customrecord_machine"
    ]
    types = {column.name: column.type for column in table.columns}
    assert types == {
        "id": "integer", "name": "text", "isinactive": "boolean", "lastmodified": "datetime",
        "custrecord_built": "date", "custrecord_n": "integer",
    }  # fmt: skip
    assert table.cursor == "lastmodified"
    assert all(table.column(name).doubt for name in ("lastmodified", "custrecord_built", "custrecord_n"))


def test_a_field_without_a_value_is_found_by_a_probe_and_one_of_another_record_is_not_queried() -> None:
    account = FakeAccount(
        {"customrecord_machine": MACHINES, **SETUP},
        columns={"customrecord_machine": ["custrecord_note", "custrecord_other", "created"]},
    )
    table = found_in(account).tables["customrecord_machine"]
    assert table.column("custrecord_note") == Column(
        "custrecord_note", "text", "What it means is not on record."
    )
    assert table.column("created").type == "datetime"
    assert table.column("custrecord_n").doubt is None
    assert not any("custrecord_other" in sql for sql in account.asked)


def test_refused_star_and_counting_leave_a_spec_with_doubts() -> None:
    account = FakeAccount({"customrecord_machine": MACHINES, **SETUP}, no_star=True, no_counting=True)
    table = found_in(account, "CUSTOMRECORD_MACHINE").tables["customrecord_machine"]
    assert [column.name for column in table.columns][:3] == ["id", "name", "isinactive"]
    assert table.column("custrecord_n").type == "integer"
    assert str(table.doubt).startswith("That id is the key was not tried")


def test_an_empty_table_is_written_with_its_doubts() -> None:
    account = FakeAccount(
        {"customrecord_machine": [], **SETUP},
        columns={"customrecord_machine": ["id", "name", "lastmodified", "custrecord_n"]},
    )
    table = found_in(account).tables["customrecord_machine"]
    assert [column.name for column in table.columns] == ["id", "name", "lastmodified", "custrecord_n"]
    assert "sees no row" in str(table.doubt)


def test_a_table_whose_id_is_no_key_is_not_written() -> None:
    found = found_in(FakeAccount({"customrecord_machine": [*MACHINES, MACHINES[0]]}), "customrecord_machine")
    assert found.failed == {"customrecord_machine": "Its 6 rows have 5 different ids: id is no key."}


@pytest.mark.parametrize("name", ["customer; drop", "x'y", ""])
def test_what_is_no_name_never_reaches_netsuite(name: str) -> None:
    account = FakeAccount({})
    assert list(found_in(account, name).failed) == [name.strip()]
    assert not any(name and name in sql for sql in account.asked)


def test_a_wide_table_is_read_in_full_and_probed_in_parts() -> None:
    wide = [f"custrecord_c{n:03}" for n in range(2 * AT_ONCE + 50)]
    schema = {"properties": {name: {"type": "number"} for name in [*wide, "custrecord_gone"]}}
    account = FakeAccount(
        {"customrecord_machine": MACHINES},
        columns={"customrecord_machine": wide},
        schemas={"customrecord_machine": schema},
        mute=["custrecord_c123"],
    )
    table = found_in(account).tables["customrecord_machine"]
    names = {column.name for column in table.columns}
    assert set(wide) - names == {"custrecord_c123"}
    assert {column.type for column in table.columns if column.name in wide} == {"decimal"}
    probes = [sql for sql in account.asked if "custrecord_c" in sql]
    assert max(sql.count(",") + 1 for sql in probes) <= AT_ONCE
    assert len(probes) < 30


def test_a_bad_moment_of_netsuites_accuses_no_column() -> None:
    class Moody(FakeAccount):
        def fetch_page(self, sql: str, *, limit: int = 1000, retry_seconds: float | None = None) -> Page:
            first = not any("custrecord_n" in asked for asked in self.asked)
            self._mute = ["custrecord_n"] if first else []
            return super().fetch_page(sql, limit=limit)

    account = Moody({"customrecord_machine": MACHINES})
    assert refused_columns(account, "customrecord_machine", "id", ["custrecord_n"]) == {}
    assert refused_columns(account, "customrecord_machine", "id", ["nonsense"]) == {"nonsense": "unknown"}


def test_a_refused_sign_in_ends_it() -> None:
    class Shut(FakeAccount):
        def send(self, request: Request) -> Reply:
            raise SignInError("refused")

    with pytest.raises(SignInError):
        discover(Shut({}), standard_tables())
