"""Customers counted by their packed rows, as DuckDB counts them on one machine."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from retain.config import Churn
from retain.events.days import MICROSECONDS_A_DAY
from retain.events.people import Reach
from retain.events.spark.chunks import packed
from retain.events.spark.extents import Extents

ROWS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 2), st.integers(0, 30)), max_size=30)
"""Customer, table and day."""


def counted(rows, *, tabs, cutoffs, active_within):
    who, days, tables = (
        zip(*sorted((who, day, tab) for who, tab, day in rows), strict=True) if rows else [()] * 3
    )
    columns = {
        "part": pa.array([0] * len(rows), pa.int32()),
        "customer": pa.array(who, pa.string()),
        "time": pa.array([day * MICROSECONDS_A_DAY for day in days], pa.int64()),
        "tab": pa.array(tables, pa.int32()),
        "label": pa.array(["x"] * len(rows), pa.string()),
    }
    reach = Reach.of(Churn(horizon=10, active_within=active_within), cutoffs)
    within = Extents(tuple(tabs), reach)
    packs = packed(pa.table(columns).to_batches(max_chunksize=3))
    return sum(one["customers"][0].as_py() for one in within.counted(packs))


@given(ROWS, st.lists(st.integers(0, 40), min_size=1, max_size=3), st.integers(1, 20))
def test_who_has_an_early_and_a_late_row_of_one_of_the_tables_is_counted(rows, cutoffs, within):
    days = {(one, tab): [day for *of, day in rows if of == [one, tab]] for one in "abcd" for tab in (0, 2)}
    expected = {
        one
        for (one, _), had in days.items()
        if had and min(had) < max(cutoffs) and max(had) >= min(cutoffs) - within
    }
    assert counted(rows, tabs=[0, 2], cutoffs=cutoffs, active_within=within) == len(expected)


def test_of_tables_without_rows_nobody_is_counted():
    assert counted([("a", 0, 1)], tabs=[5], cutoffs=[2], active_within=9) == 0
