"""Gaps are counted between days with a row, not between rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reference as plain
from strategies import DAY, IDS, Event, cutoffs, events, history, windows

UNKNOWN = plain.UNKNOWN
WORDS = {
    "count": (lambda g: g.count(), len),
    "mean": (lambda g: g.mean(), lambda gaps: sum(gaps) / len(gaps) if gaps else UNKNOWN),
    "std": (lambda g: g.std(), plain.spread),
    "last": (lambda g: g.last(), lambda gaps: gaps[-1] if gaps else UNKNOWN),
    "longest": (lambda g: g.longest(), lambda gaps: max(gaps, default=UNKNOWN)),
}


@settings(max_examples=80)
@given(events(), cutoffs(), windows(), st.floats(0.01, 1))
def test_words_equal_a_plain_loop(rows, cutoff, window, q):
    view = history(rows, ids=IDS).view(cutoff)
    quantile = (lambda g: g.quantile(q), lambda gaps: plain.quantile(gaps, q))
    for table in ("orders", "activity"):
        own = [plain.window(plain.table(rows, table, customer=c), cutoff, window) for c in IDS]
        gaps = view.span(table, window=window).gaps()
        for name, (word, loop) in {**WORDS, "quantile": quantile}.items():
            expected = [loop(plain.gaps(inside)) for inside in own]
            np.testing.assert_allclose(word(gaps), expected, rtol=1e-9, atol=1e-6, err_msg=name)


def _gaps(*days: int, cutoff: int = 1000, window: int | None = None):
    return history([Event("a", day * DAY) for day in days]).view(cutoff).span("orders", window=window).gaps()


def test_two_orders_on_one_day_make_no_gap():
    gaps = _gaps(100, 100, 107)
    assert (gaps.count(), gaps.mean(), gaps.last()) == (1, 7, 7)


@pytest.mark.parametrize("days", [(100,), (100, 100)])
def test_one_day_of_orders_has_no_gap(days):
    gaps = _gaps(*days)
    assert gaps.count() == 0
    assert np.isnan([gaps.mean(), gaps.std(), gaps.last(), gaps.longest(), gaps.quantile(0.9)]).all()


def test_the_gap_that_leads_into_a_window_is_not_inside():
    gaps = _gaps(100, 990, 995, cutoff=1000, window=30)
    assert (gaps.count(), gaps.longest()) == (1, 5)


@pytest.mark.parametrize(("q", "gap"), [(0.5, 2), (0.9, 9), (1.0, 30)])
def test_a_quantile_is_one_of_the_gaps(q, gap):
    lengths = [1, 1, 2, 2, 2, 3, 5, 8, 9, 30]
    days = np.cumsum([100, *lengths])
    assert _gaps(*days.tolist()).quantile(q) == gap
