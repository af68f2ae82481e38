"""`netsuite_pipeline.read` and the ways in docs/analysts.md: exact numbers, and always the newest file."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pytest

import netsuite_pipeline
from netsuite_pipeline.warehouse.warehouse import Warehouse

DOCUMENT = Path(__file__).parent.parent / "docs" / "analysts.md"
# Floats sum these to something else than zero, and cannot hold the integer.
AMOUNTS = ["0.10", "0.20", "-0.30", "9007199254740993.01", "-9007199254740993.01"]
LARGE = 9007199254740993


def publish(warehouse: Warehouse, statement: str) -> None:
    with warehouse.working() as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS netsuite; {statement}")
    warehouse.publish()


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "data" / "warehouse.duckdb")
    made.prepare("netsuite")
    rows = ", ".join(f"({LARGE + number}, {amount}, true)" for number, amount in enumerate(AMOUNTS))
    publish(
        warehouse=made,
        statement="CREATE TABLE netsuite.ledger (id BIGINT, amount DECIMAL(38,10), posting BOOLEAN, "
        f"total HUGEINT, memo VARCHAR, day DATE); INSERT INTO netsuite.ledger (id, amount, posting) VALUES {rows}; "
        "CREATE TABLE netsuite.sparse AS FROM netsuite.ledger; INSERT INTO netsuite.sparse (memo) VALUES ('empty'); "
        f"UPDATE netsuite.sparse SET total = {2**100} WHERE memo IS NULL; "
        "CREATE TABLE netsuite.nothing AS FROM netsuite.ledger LIMIT 0",
    )
    return made


@pytest.mark.parametrize("table", ["ledger", "sparse"])
def test_money_and_integers_are_exact_with_and_without_missing_values(
    warehouse: Warehouse, table: str
) -> None:
    frame = netsuite_pipeline.read(table, path=str(warehouse.path))
    assert frame["amount"].sum() == Decimal(0)
    assert frame["amount"].dropna().tolist() == [Decimal(amount) for amount in AMOUNTS]
    assert frame["id"].dropna().tolist() == [LARGE + number for number in range(len(AMOUNTS))]
    assert frame.groupby("posting")["amount"].sum().tolist() == [Decimal(0)]
    assert [str(frame[name].dtype) for name in ("id", "posting")] == ["Int64", "boolean"]
    assert len(frame) == len(AMOUNTS) + (table == "sparse")


def test_missing_values_are_missing_in_every_type(warehouse: Warehouse) -> None:
    frame = netsuite_pipeline.read("sparse", path=str(warehouse.path))
    empty = frame[frame["memo"] == "empty"]
    assert empty.drop(columns="memo").isna().all(axis=None)
    assert frame["total"].dropna().tolist() == [2**100] * len(AMOUNTS)


def test_an_empty_table_has_the_columns_and_types_of_a_full_one(warehouse: Warehouse) -> None:
    full = netsuite_pipeline.read("ledger", path=str(warehouse.path))
    empty = netsuite_pipeline.read("nothing", path=str(warehouse.path))
    assert empty.dtypes.to_dict() == full.dtypes.to_dict()
    assert empty.empty


def test_names_that_mean_something_to_sql_or_pandas_are_columns_like_any_other(tmp_path: Path) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.prepare("netsuite")
    names = ["left", 'quo"te', "v0", "n0", "index"]
    publish(
        warehouse,
        "CREATE TABLE netsuite.odd AS SELECT "
        + ", ".join(f"{number} AS {_quoted(name)}" for number, name in enumerate(names)),
    )
    frame = netsuite_pipeline.read("odd", path=str(warehouse.path))
    assert list(frame.columns) == names
    assert frame.iloc[0].tolist() == list(range(len(names)))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _read(path: Path) -> Any:
    return netsuite_pipeline.read("state", path=str(path))["v"].tolist()


def _as_the_document_says(path: Path) -> Any:
    """Runs the example of docs/analysts.md against a file, and asks its connection."""
    example = re.search(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    assert example[1].count("data/warehouse.duckdb") == 1
    names: dict[str, Any] = {}
    exec(example[1].replace("data/warehouse.duckdb", path.as_posix()), names)
    kept_open.append(names["connection"])
    return [row[0] for row in names["connection"].execute("SELECT v FROM netsuite.state").fetchall()]


kept_open: list[duckdb.DuckDBPyConnection] = []


@pytest.mark.parametrize("way", [_read, _as_the_document_says])
def test_what_is_opened_again_is_the_newest_file_although_the_old_one_is_still_open(
    tmp_path: Path, way: Any
) -> None:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    warehouse.prepare("netsuite")
    publish(
        warehouse,
        "CREATE TABLE netsuite.customer AS SELECT 1 AS id; CREATE TABLE netsuite.state AS SELECT 1 AS v",
    )
    seen = []
    with duckdb.connect(str(warehouse.path), read_only=True) as opened_before, warehouse.published() as ours:
        for version in (1, 2, 3):
            publish(warehouse, f"UPDATE netsuite.state SET v = {version}")
            seen += way(warehouse.path)
        old = [each.execute("SELECT v FROM netsuite.state").fetchall() for each in (opened_before, ours)]
    while kept_open:
        kept_open.pop().close()
    assert seen == [1, 2, 3]
    assert old == [[(1,)], [(1,)]]


@pytest.mark.parametrize("stem", ["memory", "temp", "system", "published", "select", "a b"])
def test_the_file_may_be_called_as_duckdb_calls_its_own(tmp_path: Path, stem: str) -> None:
    path = tmp_path / f"{stem}.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA netsuite; CREATE TABLE netsuite.state AS SELECT 7 AS v")
        connection.execute("CREATE VIEW netsuite.seen AS SELECT v FROM netsuite.state")
    assert netsuite_pipeline.read("seen", path=str(path)).equals(
        pandas.DataFrame({"v": pandas.array([7], dtype="Int32")})
    )
