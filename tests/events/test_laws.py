"""What holds of every history: the past alone decides, and each customer by themselves."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from shipped import columns_of, matrix_of, same_bits
from strategies import DAY, FOREVER, IDS, LAST, Event, chunks, cutoffs, events, history, late, times

NEVER = Event("a", LAST * DAY + 10**6, known=FOREVER)
"""A row that is not seen at any cutoff."""


@st.composite
def past_and_future(draw):
    """Rows before a cutoff, and rows at or after it."""
    cutoff = draw(cutoffs())
    past = [event for event in draw(events()) if event.day < cutoff]
    future = draw(events(when=times(cutoff, cutoff + 900), min_size=0))
    return cutoff, [Event("a", (cutoff - 5) * DAY), *past], future


@settings(max_examples=100)
@given(past_and_future())
@example((17_010, [Event("a", 17_009 * DAY, number=1)], [Event("a", 17_010 * DAY, number=-1)]))
@example((17_010, [Event("a", 17_009 * DAY, number=1)], [Event("a", 17_010 * DAY, number=10**16)] * 2))
def test_rows_at_or_after_the_cutoff_change_no_feature(shop):
    cutoff, past, future = shop
    seen = columns_of(past, cutoff, ids=IDS)
    assert same_bits(columns_of([*past, *future], cutoff, ids=IDS), seen)


@settings(max_examples=80)
@given(events(), cutoffs(), st.integers(1, 50))
def test_the_size_of_a_chunk_changes_no_feature(rows, cutoff, chunk_rows):
    whole = columns_of(rows, cutoff)
    assert same_bits(columns_of(rows, cutoff, chunk_rows=chunk_rows), whole)


@settings(max_examples=80)
@given(events(), cutoffs())
def test_the_other_customers_change_no_feature(rows, cutoff):
    whole = columns_of(rows, cutoff)
    for one in whole.index:
        alone = columns_of([event for event in rows if event.customer == one], cutoff)
        assert same_bits(alone, whole.loc[[one]])


@settings(max_examples=60)
@given(st.one_of(events(), late()), cutoffs(), st.integers(0, len(IDS)))
def test_the_first_customers_have_the_features_that_they_have_among_all(rows, cutoff, first):
    everybody = history(rows, ids=IDS)
    made = [matrix_of(some, cutoff) for some in (everybody.of_first(first), everybody)]
    assert same_bits(made[0], made[1].iloc[:first])


@settings(max_examples=80)
@given(events(), cutoffs(), st.integers(-17_000, 30_000))
def test_moving_all_times_and_the_cutoff_by_days_changes_no_feature(rows, cutoff, days):
    moved = [event.shifted(days) for event in rows]
    assert same_bits(columns_of(moved, cutoff + days), columns_of(rows, cutoff))


@given(events(), st.integers(1, 50))
def test_every_customer_is_in_exactly_one_chunk(rows, chunk_rows):
    found = [name for history in chunks(rows, ids=IDS, chunk_rows=chunk_rows) for name in history.names]
    assert found == list(IDS)


@settings(max_examples=60)
@given(late(), cutoffs())
def test_rows_recorded_after_the_cutoff_change_no_feature(rows, cutoff):
    in_time = [event for event in rows if event.known <= cutoff]
    assert same_bits(columns_of(rows, cutoff, ids=IDS), columns_of([*in_time, NEVER], cutoff, ids=IDS))


@settings(max_examples=60)
@given(late(), cutoffs())
def test_an_order_is_there_until_it_is_cancelled(rows, cutoff):
    there = [event for event in rows if event.gone >= cutoff]
    assert same_bits(columns_of(rows, cutoff, ids=IDS), columns_of([*there, NEVER], cutoff, ids=IDS))
