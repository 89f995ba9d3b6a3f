"""Rows laid down in any order come out by customer, sorted, and none is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retain.events.buckets import Buckets
from retain.events.rows import UNKNOWN

CUSTOMERS = 6
FAR = 2**60
ROW = st.tuples(
    st.integers(0, CUSTOMERS - 1),
    st.sampled_from((-FAR, -1, 0, 1, 10**15, FAR)),
    st.integers(0, 2),
    st.integers(-1, 3),
    st.sampled_from((UNKNOWN, -5, 0, 7)),
    st.lists(st.integers(0, 9), max_size=3),
)
NAMES = ("code", "time", "tab", "label", "number")


def _columns(rows):
    made = {name: np.array([row[i] for row in rows], np.int64) for i, name in enumerate(NAMES)}
    return {**made, "code": made["code"].astype(np.int32), "tab": made["tab"].astype(np.uint8)}


def _labels(rows):
    return pa.array([row[5] for row in rows], pa.list_(pa.int32()))


def _laid(folder, rows, *, bucket_rows=3, batch=4, spare=0):
    most = [max(1, len(row[5])) for row in rows]  # lines make a row, each of one category
    counts = np.bincount([row[0] for row in rows], most, minlength=CUSTOMERS).astype(np.int64) + spare
    buckets = Buckets(folder, counts, bucket_rows=bucket_rows)
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        buckets.add(_columns(part), _labels(part))
    return buckets


def _taken(run):
    lists = [[]] * len(run.columns["code"]) if run.labels is None else run.labels.to_pylist()
    return list(zip(*(run.columns[name].tolist() for name in NAMES), lists, strict=True))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=40), st.integers(1, 50), st.integers(1, 9), st.integers(0, 2))
def test_rows_come_out_in_the_total_order(tmp_path, rows, bucket_rows, batch, spare):
    with _laid(tmp_path, rows, bucket_rows=bucket_rows, batch=batch, spare=spare) as buckets:
        runs = [buckets.take(number) for number in range(len(buckets))]
    assert [row for run in runs for row in _taken(run)] == sorted(rows)
    assert [run.first for run in runs] == [0, *(run.last for run in runs[:-1])]
    assert runs[-1].last == CUSTOMERS
    assert all(run.first <= row[0] < run.last for run in runs for row in _taken(run))


def test_a_bucket_ends_with_the_customer_who_fills_it(tmp_path):
    rows = [(code, 0, 0, 0, 0, []) for code in (0, 1, 1, 1, 1, 1, 2, 3, 4, 5)]
    with _laid(tmp_path, rows, bucket_rows=2) as buckets:
        assert [len(_taken(buckets.take(number))) for number in range(len(buckets))] == [6, 2, 2]


def test_what_is_optional_goes_with_its_row(tmp_path):
    rows = [(0, 5, 1, 2, 3, []), (0, 4, 1, 2, 3, [])]
    with Buckets(tmp_path, np.array([2]), bucket_rows=9, optional=("known",)) as buckets:
        buckets.add({**_columns(rows), "known": np.array([50, 40])})
        assert buckets.take(0).columns["known"].tolist() == [40, 50]


def test_nobody_has_no_bucket(tmp_path):
    with Buckets(tmp_path, np.empty(0, np.int64), bucket_rows=9) as buckets:
        assert len(buckets) == 0


def test_several_threads_take_what_one_would(tmp_path):
    draw = np.random.default_rng(0)
    rows = [(int(c), int(t), 0, 0, 0, []) for c, t in draw.integers(0, CUSTOMERS, (5_000, 2))]
    with _laid(tmp_path, rows, bucket_rows=500, batch=700) as buckets, ThreadPoolExecutor(4) as pool:
        found = list(pool.map(buckets.take, range(len(buckets))))
    assert [row for run in found for row in _taken(run)] == sorted(rows)


def test_the_file_has_no_name_and_is_gone_when_closed(tmp_path):
    with _laid(tmp_path, [(0, 0, 0, 0, 0, [])]) as buckets:
        assert not list(tmp_path.iterdir())
    with pytest.raises(ValueError, match="closed"):
        buckets.take(0)
