"""The feature matrix of a cutoff and the training rows, as frames and as files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from retain.config.cache import Cache
from retain.errors import ConfigError, DataError, UsageError
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import build
from retain.project import Definitions
from retain.steps.matrices import features, write_dataset, write_features
from retain.steps.reading import cutoffs, read

AS_OF = date(2019, 5, 21)


@pytest.fixture
def run(trained):
    return trained.project._run()


def test_a_customer_id_and_float32_features_a_row(run, tmp_path):
    written = write_features(run, tmp_path / "features.parquet", as_of=AS_OF)
    schema = pq.read_schema(tmp_path / "features.parquet")
    assert str(schema.field("customer_id").type) == "string"
    assert {str(field.type) for field in schema if field.name != "customer_id"} == {"float"}
    assert tuple(schema.names) == ("customer_id", *written.columns)
    assert pq.read_metadata(tmp_path / "features.parquet").num_rows == written.rows == 137


def test_the_file_and_the_frame_are_the_same(run, tmp_path):
    write_features(run, tmp_path / "features.parquet", as_of=AS_OF)
    frame = features(run, as_of=AS_OF).frame
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "features.parquet"), frame, check_dtype=False)


def test_a_csv_holds_the_ids_as_they_were_written(run, tmp_path):
    write_features(run, tmp_path / "features.csv", as_of=AS_OF)
    found = pd.read_csv(tmp_path / "features.csv", dtype={"customer_id": "str"})
    frame = features(run, as_of=AS_OF).frame
    assert found["customer_id"].tolist() == frame["customer_id"].tolist()
    assert found["customer_id"][0].startswith("00")
    np.testing.assert_array_equal(found["mean_gap"].astype(np.float32), frame["mean_gap"])


def test_the_rows_are_those_that_training_uses(run, tmp_path):
    written = write_dataset(run, tmp_path / "dataset.parquet", as_of=None)
    with read(run, as_of=None) as events:
        days = cutoffs(run, events.summary).all
        rows = build(events, run.features, fit_spec(events), cutoffs=days, labelled=True)
    found = pd.read_parquet(tmp_path / "dataset.parquet")
    assert list(found.columns[:3]) == ["customer_id", "cutoff", "churned"]
    assert written.rows == len(found) == len(rows)
    assert list(zip(found["customer_id"], found["cutoff"].astype(str), strict=True)) == list(
        zip(rows.customer_id, rows.cutoff.astype(str), strict=True)
    )
    assert found["churned"].tolist() == rows.churned.tolist()
    np.testing.assert_array_equal(found[list(written.columns)], rows.X)


def test_training_counts_the_rows_of_the_dataset(trained, run, tmp_path):
    assert write_dataset(run, tmp_path / "dataset.csv", as_of=None).rows == trained.result.rows


@pytest.mark.parametrize("write", [write_features, write_dataset])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rows.xlsx", r"the name must end in \.parquet or \.csv"),
        ("rows", r"the name must end in \.parquet or \.csv"),
        ("nowhere/rows.csv", "there is no folder .*nowhere"),
        (".csv/rows.csv/more.csv", "there is no folder"),
    ],
)
def test_a_path_that_cannot_be_written_is_told_before_anything_is_read(run, tmp_path, write, name, said):
    with pytest.raises(UsageError, match=said):
        write(run, tmp_path / name, as_of=None)


def test_a_folder_of_the_name_is_told(run, tmp_path):
    (tmp_path / "rows.csv").mkdir()
    with pytest.raises(UsageError, match=r"rows\.csv is a folder"):
        write_features(run, tmp_path / "rows.csv", as_of=None)


def test_a_disk_that_is_full_is_told(run, tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("retain.steps.matrices.pq.ParquetWriter", full)
    with pytest.raises(UsageError, match=r"f\.parquet cannot be written: No space left on device"):
        write_features(run, tmp_path / "f.parquet", as_of=AS_OF)


def test_a_day_with_nobody_eligible_leaves_no_file(run, tmp_path):
    with pytest.raises(DataError, match="no customer is eligible as of 2021-01-01"):
        write_features(run, tmp_path / "features.parquet", as_of=date(2021, 1, 1))
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_file_that_was_there(run, tmp_path):
    text = 'from retain import feature\n\n@feature(table="orders")\ndef wrong(span):\n    return None\n'
    file = tmp_path / "features.csv"
    write_features(run, file, as_of=AS_OF)
    before = file.read_bytes()
    broken = replace(run, definitions=Definitions.from_sources({"features/wrong.py": text}))
    with pytest.raises(ConfigError, match="the feature wrong gave values of shape"):
        write_features(broken, file, as_of=AS_OF)
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (before, [file])


def test_the_rows_that_a_training_left_in_the_cache_are_the_rows(trained, run, tmp_path):
    assert list((trained.folder / "output/.cache").glob("rows-*.kept"))
    write_dataset(run, tmp_path / "kept.parquet", as_of=None)
    anew = replace(run, config=run.config.model_copy(update={"cache": Cache(size=0)}))
    write_dataset(anew, tmp_path / "built.parquet", as_of=None)
    kept, built = (pq.read_table(tmp_path / f"{name}.parquet") for name in ("kept", "built"))
    assert kept.equals(built)
