"""The tables are what the record types say."""

import pytest

from netsuite_pipeline.emulator.company.records import DUCKDB_TYPES, RECORDS, Field, parse_records
from netsuite_pipeline_tests.emulator.company.books import Books
from netsuite_pipeline_tests.one_pass import in_one_pass


@in_one_pass("name", RECORDS)
def test_a_table_has_the_columns_of_its_record_type(name: str, small_company: Books) -> None:
    columns = small_company.rows(f'DESCRIBE ns."{name}"')
    wanted = [(field.name, DUCKDB_TYPES[field.type]) for field in RECORDS[name].fields]
    assert [(column[0], column[1]) for column in columns] == wanted


def test_every_table_belongs_to_a_record_type(small_company: Books) -> None:
    tables = small_company.rows("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'ns'")
    assert {table for (table,) in tables} == set(RECORDS)


def test_keys_and_restrictions_name_columns() -> None:
    for record in RECORDS.values():
        names = {field.name for field in record.fields}
        assert set(record.key) <= names
        assert record.display in names
        assert record.subsidiary_field is None or record.subsidiary_field in names


def test_booleans_are_t_or_f(small_company: Books) -> None:
    for record in RECORDS.values():
        for field in record.fields:
            if field.type == "boolean":
                strange = f"""FROM ns."{record.name}" WHERE "{field.name}" NOT IN ('T', 'F')"""
                assert small_company.count(strange) == 0, f"{record.name}.{field.name}"


def test_every_value_of_a_list_has_a_label(small_company: Books) -> None:
    for record in RECORDS.values():
        for field in record.fields:
            if field.target and field.target not in RECORDS:
                unlabelled = f"""
                    FROM ns."{record.name}" WHERE "{field.name}" IS NOT NULL
                        AND "{field.name}"::VARCHAR NOT IN
                    (SELECT "value" FROM ns_lists.options WHERE "list" = '{field.target}')"""
                assert small_company.count(unlabelled) == 0, f"{record.name}.{field.name}"
    statuses = """FROM ns."transaction" WHERE type || ':' || status NOT IN
        (SELECT "value" FROM ns_lists.options WHERE "list" = 'transactionstatus')"""
    assert small_company.count(statuses) == 0


def test_a_schema_text_that_cannot_be_read_names_its_place() -> None:
    with pytest.raises(ValueError, match=r"here: cannot read the record that begins with 'record term'"):
        list(parse_records("record term\n  id | integer | - | Internal ID", "here"))


def test_a_field_knows_its_feature_and_whether_it_is_custom() -> None:
    fields = {field.name: field for field in RECORDS["transactionline"].fields}
    assert fields["subsidiary"] == Field(
        "subsidiary", "integer", "Subsidiary", "subsidiary", feature="SUBSIDIARIES"
    )
    assert fields["custcol_note"].custom
