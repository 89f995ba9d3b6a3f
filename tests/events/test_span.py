"""Every word of a span says of each customer what a plain loop over their rows says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reference as plain
from retain.events.rows import Rows
from retain.events.span import ratio
from retain.events.tables import ACTIVITY
from retain.events.view import View
from strategies import DAY, IDS, KINDS, Event, cutoffs, events, history, late, windows

WORDS = {
    "count": (lambda s: s.count(), lambda rows, cutoff: len(rows)),
    "days": (lambda s: s.days(), lambda rows, cutoff: len({e.day for e in rows})),
    "weeks": (lambda s: s.weeks(), plain.weeks),
    "age_of_first": (lambda s: s.age_of_first(), lambda rows, cutoff: plain.age(rows, 0, cutoff=cutoff)),
    "age_of_last": (lambda s: s.age_of_last(), lambda rows, cutoff: plain.age(rows, -1, cutoff=cutoff)),
    "age_of_3rd_last": (lambda s: s.age_of_last(3), lambda rows, cutoff: plain.age(rows, -3, cutoff=cutoff)),
    "sum": (lambda s: s.sum(), lambda rows, cutoff: float(sum(plain.known(rows)))),
    "mean": (lambda s: s.mean(), lambda rows, cutoff: plain.mean(rows)),
    "min": (lambda s: s.min(), lambda rows, cutoff: min(map(float, plain.known(rows)), default=np.nan)),
    "max": (lambda s: s.max(), lambda rows, cutoff: max(map(float, plain.known(rows)), default=np.nan)),
    "std": (lambda s: s.std(), lambda rows, cutoff: plain.spread(plain.known(rows))),
    "first": (lambda s: s.first(), lambda rows, cutoff: plain.number(rows, 0)),
    "last": (lambda s: s.last(), lambda rows, cutoff: plain.number(rows, -1)),
    "2nd_last": (lambda s: s.last(2), lambda rows, cutoff: plain.number(rows, -2)),
}
SPANS = [("orders", None), ("returns", None), ("activity", None), ("activity", 0), ("activity", 1)]


@settings(max_examples=100)
@given(st.one_of(events(), late()), cutoffs(), windows())
def test_words_equal_a_plain_loop(rows, cutoff, window):
    view = history(rows, ids=IDS).view(cutoff)
    there = plain.visible(rows, cutoff)
    for table, kind in SPANS:
        span = view.span(table, window=window, kind=None if kind is None else KINDS[kind])
        inside = [plain.window(plain.table(there, table, customer=c, kind=kind), cutoff, window) for c in IDS]
        for name, (word, loop) in WORDS.items():
            expected = [loop(own, cutoff) for own in inside]
            np.testing.assert_allclose(word(span), expected, rtol=1e-9, atol=_slack(name), err_msg=name)


def _slack(name: str) -> float:
    """A spread of numbers up to 10^12 is exact to 16 digits of these, not of itself."""
    return 1e-3 if name == "std" else 0


@settings(max_examples=50)
@given(events(), cutoffs(), windows())
def test_other_spans_of_the_same_customers(rows, cutoff, window):
    span = history(rows, ids=IDS).view(cutoff).span("orders", window=window)
    end = 10**6 if window is None else window
    start = None if window is None else 2 * window
    for other, table, begin, stop in [
        (span.before(), "orders", start, end),
        (span.of("returns"), "returns", window, 0),
        (span.within(30), "orders", 30, 0),
        (span.within(30).before(), "orders", 60, 30),
        (span.within(30).before().before(), "orders", 90, 60),
    ]:
        inside = [plain.window(plain.table(rows, table, customer=c), cutoff, begin, stop) for c in IDS]
        np.testing.assert_array_equal(other.count(), [len(own) for own in inside])


@settings(max_examples=50)
@given(events(), cutoffs(), windows())
def test_chosen_customers_have_the_values_they_have_among_all(rows, cutoff, window):
    everyone = history(rows, ids=IDS)
    chosen = np.array([1, 3])
    all_of_them = everyone.view(cutoff).span("orders", window=window)
    some = everyone.view(cutoff, chosen=chosen).span("orders", window=window)
    for word, _ in WORDS.values():
        np.testing.assert_array_equal(word(some), word(all_of_them)[chosen])
    np.testing.assert_array_equal(some.gaps().quantile(0.9), all_of_them.gaps().quantile(0.9)[chosen])
    np.testing.assert_array_equal(some.categories().top_age(), all_of_them.categories().top_age()[chosen])


def test_a_window_is_half_open():
    rows = [Event("a", day * DAY) for day in (99, 100, 109, 110)]
    span = history(rows).view(110).span("orders", window=10)
    assert span.count() == 2  # of days 100 and 109; neither 99 nor the cutoff's own


def test_where_keeps_one_kind():
    rows = [Event("a", 100 * DAY, ACTIVITY, label) for label in (0, 1, 1)]
    span = history(rows).view(101).span("activity")
    assert span.where(kind="visit").count() == 2


@pytest.mark.parametrize(("window", "length"), [(30, 30), (None, 41)])
def test_the_length_of_a_span_is_its_window_or_the_time_since_the_first_row(window, length):
    rows = [Event("a", 100 * DAY), Event("a", 130 * DAY)]
    assert history(rows).view(141).span("orders", window=window).length() == length


def test_amounts_of_10_to_the_12_leave_no_trace_in_later_sums():
    rows = [Event("a", 100 * DAY, number=10**16), Event("a", 200 * DAY, number=1)]
    assert history(rows).view(201).span("orders", window=7).sum() == 0.0001


def test_a_span_without_rows_is_unknown_but_counts_nothing():
    span = history([Event("a", 100 * DAY, number=10_000)]).view(100).span("orders")
    assert (span.count(), span.days(), span.weeks(), span.sum()) == (0, 0, 0, 0)
    words = (span.mean(), span.min(), span.max(), span.std(), span.first(), span.last(), span.age_of_last())
    assert np.isnan(words).all()


def test_a_ratio_to_nothing_is_unknown():
    parts, wholes = np.array([1.0, 0.0, 4.0, np.nan]), np.array([0.0, np.nan, 2.0, 1.0])
    np.testing.assert_array_equal(ratio(parts, wholes), [np.nan, np.nan, 2.0, np.nan])


def test_amounts_may_lie_as_far_apart_as_there_are():
    most, customers = 9 * 10**15, 2_000
    amounts = np.tile([-most, most], customers)
    rows = Rows(customers, np.repeat(np.arange(customers), 2), np.tile([1, 2], customers), amounts)
    span = View(9, {"orders": rows}, {}, np.arange(customers)).span("orders")
    assert (set(span.min()), set(span.max())) == ({-most / 10_000}, {most / 10_000})
