"""Pages that DuckDB cannot read: repaired, or named with a remedy."""

from pathlib import Path

import duckdb
import pytest

from netsuite_pipeline.warehouse.errors import LoadRefused
from netsuite_pipeline.warehouse.rows.rejected_values import record_rejects
from netsuite_pipeline.warehouse.staging.stage import Stage
from netsuite_pipeline_tests.warehouse.staging.staging import (
    ALL_NAMES,
    COLUMNS,
    NOON,
    TABLE,
    landed,
    rejected,
    rows_of,
    staging,
)


def _half_pairs(folder: Path, *, first: int = 0) -> list[Path]:
    page = folder / f"{first:06}.json"
    page.write_bytes(
        rb'{"items":[{"id":"1","left":"half \ud83e of a receipt"},{"id":"2","left":"whole \ud83e\uddfe"},'
        rb'{"id":"3","left":"no escape \\ud800, \udfff"}]}'
    )
    return [page]


def test_half_a_surrogate_pair_does_not_stop_the_table(
    connection: duckdb.DuckDBPyConnection, folder: Path
) -> None:
    earlier = landed(folder, *([{"id": str(number), "amount": "x"}] for number in (10, 11)))
    later = landed(folder, [{"id": "20"}], first=7)
    halves = _half_pairs(folder, first=2)
    with staging(connection, folder, earlier, halves, later) as stage:
        assert stage.rows == 6
        assert rows_of(connection, COLUMNS[:2]) == [
            (1, "half \ufffd of a receipt"),
            (2, "whole 🧾"),
            (3, "no escape \\ud800, \ufffd"),
            (10, None),
            (11, None),
            (20, None),
        ]
        record_rejects(connection, TABLE, ALL_NAMES, sync_id="sync-1", seen_at=NOON)
        assert stage.misfits(connection)["amount"].unfit == 2, "earlier batches are not read twice over"
        stage.restage(connection, COLUMNS[:2])
        assert rows_of(connection, COLUMNS[:2])[0] == (1, "half \ufffd of a receipt")
    assert rejected(connection) == [
        ("1", "left", "half \\ud83e of a receipt", "VARCHAR"),
        ("10", "amount", "x", "DECIMAL(38,10)"),
        ("11", "amount", "x", "DECIMAL(38,10)"),
        ("3", "left", "no escape \\ud800, \\udfff", "VARCHAR"),
    ]
    assert sorted(path.suffix for path in folder.iterdir()) == [".json"] * 4


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ('{"items":[{"id":"2"},', "is damaged"),
        ("", "is damaged"),
        (None, "is gone"),
    ],
)
@pytest.mark.parametrize("pages_in_all", [2, 8])
def test_a_page_that_cannot_be_read_is_named_with_a_remedy(
    connection: duckdb.DuckDBPyConnection, folder: Path, damage: str | None, words: str, pages_in_all: int
) -> None:
    pages = landed(folder, *([{"id": str(number)}] for number in range(pages_in_all)))
    stage = Stage(folder / "stage.duckdb", TABLE, COLUMNS)
    stage.add(pages[:1])
    if damage is None:
        pages[1].unlink()
    else:
        pages[1].write_text(damage)
    with pytest.raises(LoadRefused, match=rf"thing: the landed page .*000001.json {words}") as refused:
        stage.add(pages[1:])
        with stage.attached(connection):
            pass
    assert "sync again" in refused.value.remedy
    stage.close()
    assert [path.name for path in folder.glob("stage*")] == []
