"""Which addresses are lakes, and which are refused with a way out."""

from pathlib import Path

import pytest

from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured
from netsuite_pipeline.warehouse.lake.address import LakeAddress, parse_lake
from netsuite_pipeline.warehouse.lake.lake import Lake
from netsuite_pipeline.warehouse.warehouse import Warehouse, open_warehouse, warehouse_from_environment

LOCAL = "ducklake:data/warehouse.ducklake"
SHARED = "ducklake:postgres:host=db dbname=n"


@pytest.mark.parametrize(
    ("address", "data", "catalogue", "place"),
    [
        (LOCAL, "", "data/warehouse.ducklake", "data/warehouse.files"),
        (LOCAL, "/srv/lake", "data/warehouse.ducklake", "/srv/lake"),
        (LOCAL, " s3://bucket/lake ", "data/warehouse.ducklake", "s3://bucket/lake"),
        ("DuckLake: w.ducklake", "", "w.ducklake", "w.files"),
        (SHARED, "s3://b", "postgres:host=db dbname=n", "s3://b"),
        (SHARED, "", "postgres:host=db dbname=n", ""),
        ("ducklake:postgres:postgresql://me@db/n", "/d", "postgres:postgresql://me@db/n", "/d"),
    ],
)
def test_the_parts_of_an_address(address: str, data: str, catalogue: str, place: str) -> None:
    assert parse_lake(address, data) == LakeAddress(catalogue, place)


@pytest.mark.parametrize(
    ("address", "data", "words"),
    [
        ("ducklake:", "", "names no catalogue"),
        ("ducklake:data/warehouse.duckdb", "", "must end in .ducklake"),
        ("ducklake:.ducklake", "", "must end in .ducklake"),
        ("ducklake:my.own.ducklake", "", "a dot within its name"),
        ("ducklake:sqlite:w.ducklake", "", "cannot be in sqlite"),
        ("ducklake:md:mine", "", "cannot be in md"),
        ("ducklake:postgresql:host=db dbname=n", "", "is called postgres"),
        ("ducklake:postgres:", "/d", "where PostgreSQL is"),
        ("ducklake:postgres:netsuite", "/d", "where PostgreSQL is"),
        (LOCAL, "ftp://host/lake", "cannot hold a lake's data"),
        ("ducklake:a\0.ducklake", "", "holds a NUL"),
        ("md:netsuite", "", "MotherDuck was never tried"),
        ("motherduck:netsuite", "", "MotherDuck was never tried"),
        ("postgres:host=db dbname=n", "", "begins with ducklake:postgres:"),
        ("s3://bucket/warehouse.duckdb", "", "neither a file nor a lake"),
    ],
)
def test_what_is_no_address_is_refused_with_the_forms_there_are(address: str, data: str, words: str) -> None:
    with pytest.raises(WarehouseMisconfigured, match=words) as raised:
        open_warehouse(address, lake_data=data)
    assert "NETSUITE_" in raised.value.remedy


def test_a_password_is_in_no_name_and_in_no_message(tmp_path: Path) -> None:
    for server in ("host=db password=sesame", "host=db password='ses ame'", "postgresql://me:sesame@db/n"):
        assert "ses" not in open_warehouse(f"ducklake:postgres:{server}", lake_data="/d").name
    lake = open_warehouse(
        "ducklake:postgres:host=127.0.0.1 port=1 dbname=n password=sesame", lake_data=str(tmp_path)
    )
    with pytest.raises(WarehouseMisconfigured, match="cannot be reached") as raised:
        lake.prepare("netsuite")
    assert "sesame" not in str(raised.value)
    assert "sesame" not in lake.open_command


def test_the_environment_names_file_or_lake(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(warehouse_from_environment({}), Warehouse)
    variables = {"NETSUITE_WAREHOUSE": SHARED, "NETSUITE_LAKE_DATA": "s3://bucket/lake"}
    lake = warehouse_from_environment(variables)
    assert isinstance(lake, Lake)
    assert lake.data == "s3://bucket/lake/netsuite/"
    assert lake.of("sandbox").data == "s3://bucket/lake/sandbox/"
    monkeypatch.setenv("NETSUITE_LAKE_DATA", "/srv/lake")
    found = open_warehouse(SHARED)
    assert isinstance(found, Lake)
    assert found.data == "/srv/lake/netsuite"
