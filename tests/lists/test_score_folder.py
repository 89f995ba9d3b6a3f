"""People taken out of a folder of scores: some of them a file at a time, all of them a day at a time."""

from __future__ import annotations

import os
import shutil
import time
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from retain.lists.score_folder import Erased, erase, expire

FIRST, SECOND = date(2024, 1, 1), date(2024, 1, 8)


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


def test_days_before_go_whole_and_that_day_stays(folder):
    assert expire(folder, before=FIRST) == ()
    assert expire(folder, before=SECOND) == (FIRST,)
    assert sorted(there(folder)) == ["b", "c", "other"]
    assert [path.name for path in folder.iterdir()] == [f"as_of={SECOND}"]
    assert expire(folder, before=SECOND) == ()


def test_of_a_day_with_other_people_s_files_only_ours_go(folder):
    (folder / f"as_of={SECOND}" / "torn.parquet").write_bytes(b"PAR1 torn")
    assert expire(folder, before=date(2024, 1, 9)) == (FIRST, SECOND)
    left = sorted(path.name for path in (folder / f"as_of={SECOND}").iterdir())
    assert left == [".other.parquet.crc", "other.parquet", "torn.parquet"]
    assert expire(folder, before=date(2024, 1, 9)) == ()


def test_what_has_no_day_or_is_not_ours_stays(folder):
    for name in ("as_of=__HIVE_DEFAULT_PARTITION__", "as_of=never"):
        shutil.copytree(folder / f"as_of={FIRST}", folder / name)
    shutil.rmtree(folder / f"as_of={FIRST}")
    for ours in ("b", "c"):
        (folder / f"as_of={SECOND}" / f"{ours}.parquet").unlink()
    assert expire(folder, before=date(2025, 1, 1)) == ()
    assert len(list(folder.iterdir())) == 3


def test_a_run_killed_between_hiding_and_removing_a_day_is_mended_by_the_next(folder, monkeypatch):
    def killed(path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            expire(folder, before=SECOND)
    assert sorted(path.stem for path in folder.glob("as_of=*/*.parquet")) == ["b", "c", "other"]
    assert len(list(folder.glob(".expiring-*/a.parquet"))) == 1
    expire(folder, before=SECOND)
    assert [path.name for path in folder.iterdir()] == [f"as_of={SECOND}"]


@pytest.mark.parametrize(("hours", "stays"), [(1, True), (30, False)])
def test_what_a_killed_job_of_spark_left_goes_after_a_day(folder, hours, stays):
    staging = folder / ".spark-staging-1" / f"as_of={SECOND}"
    staging.mkdir(parents=True)
    (staging / "part-0.parquet").touch()
    for path in (staging / "part-0.parquet", staging, staging.parent):
        os.utime(path, (time.time(), time.time() - hours * 3600))
    erase(folder, frozenset())
    assert staging.exists() is stays
