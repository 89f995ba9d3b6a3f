"""Customers taken out of a folder of scores, a file at a time."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retain.lists.score_folder import Erased, erase


def file_of(*customers: str, **more: list[str]) -> pa.Table:
    rows = len(customers)
    columns = {"customer_id": list(customers), "model_version": ["1"] * rows, "run_id": ["r"] * rows}
    return pa.table(columns | more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two days; Hadoop's checksums beside the files, and something that is not ours."""
    for day, name, table in (
        ("2024-01-01", "a", file_of("ann", "bob", "cid")),
        ("2024-01-08", "b", file_of("ann")),
        ("2024-01-08", "c", file_of("bob")),
        ("2024-01-08", "other", pa.table({"customer_id": ["ann"]})),
    ):
        (tmp_path / f"as_of={day}").mkdir(exist_ok=True)
        pq.write_table(table, tmp_path / f"as_of={day}" / f"{name}.parquet")
        (tmp_path / f"as_of={day}" / f".{name}.parquet.crc").touch()
    return tmp_path


def there(folder: Path) -> dict[str, list[str]]:
    files = sorted(folder.rglob("*.parquet"))
    return {file.stem: pq.ParquetFile(file).read()["customer_id"].to_pylist() for file in files}


def test_their_rows_go_and_the_others_stay(folder):
    assert erase(folder, frozenset({"ann", "nobody"})) == Erased(2, frozenset({"ann"}))
    assert there(folder) == {"a": ["bob", "cid"], "c": ["bob"], "other": ["ann"]}
    assert erase(folder, frozenset({"ann"})) == Erased(0, frozenset())


def test_only_files_that_changed_lose_their_checksum(folder):
    untouched = (folder / "as_of=2024-01-08" / "c.parquet").stat().st_mtime_ns
    erase(folder, frozenset({"cid"}))
    assert sorted(file.name for file in folder.rglob("*.crc")) == [
        f".{n}.parquet.crc" for n in ("b", "c", "other")
    ]
    assert (folder / "as_of=2024-01-08" / "c.parquet").stat().st_mtime_ns == untouched


def test_what_a_killed_erasure_left_goes_with_the_next_one(folder):
    left = folder / "as_of=2024-01-01" / ".forgetting-a.parquet"
    left.touch()
    erase(folder, frozenset())
    assert not left.exists()


def test_where_nothing_was_written_nothing_goes(tmp_path):
    assert erase(tmp_path / "none", frozenset({"ann"})) == Erased(0, frozenset())
