"""Where windows begin, however many days are asked for, and what is highest in them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.events.rows import UNKNOWN, Rows
from retain.events.windows import levels

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(-300, 300)), max_size=60).map(sorted)


def _rows(pairs, customers=5):
    customer, day = (np.array([pair[place] for pair in pairs], dtype=np.int64) for place in (0, 1))
    return Rows(customers=customers, customer=customer, day=day)


@given(ROWS, st.lists(st.integers(-320, 320), min_size=1, max_size=60))
def test_positions_are_right_however_many_days_were_asked_for(pairs, asked):
    rows = _rows(pairs)
    for day in asked:
        expected = [
            int(rows.starts[who]) + sum(1 for one, at in pairs if one == who and at < day) for who in range(5)
        ]
        assert rows.before(day).tolist() == expected


@pytest.mark.parametrize("spread", [1, 10**9])
def test_positions_do_not_need_days_that_lie_close_together(spread):
    rows = _rows([(0, -spread), (0, 0), (1, spread)], customers=2)
    found = [rows.before(day).tolist() for day in range(-20, 20)]
    assert found[0] == ([1, 2] if spread > 20 else [0, 2])
    assert found[-1] == ([2, 2] if spread > 20 else [2, 3])


NUMBERS = st.lists(st.tuples(st.integers(0, 3), st.one_of(st.none(), st.integers(-50, 50)), st.booleans()))


@given(NUMBERS.map(lambda rows: sorted(rows, key=lambda row: row[0])))
def test_levels_give_the_highest_number_of_the_customer_s_later_rows(rows):
    customer = np.array([who for who, _, _ in rows], dtype=np.int64)
    numbers = np.array([UNKNOWN if n is None else n for _, n, _ in rows], dtype=np.int64)
    found = levels(numbers, numbers != UNKNOWN, customer)
    if found is None:
        assert all(n is None for _, n, _ in rows)
        return
    height = found.onwards(np.array([inside for _, _, inside in rows]))
    for place, (who, _, _) in enumerate(rows):
        later = [n for one, n, inside in rows[place:] if one == who and inside and n is not None]
        assert height[place] == (max(later) - found.lowest + 1 if later else 0)


def test_there_are_no_levels_where_numbers_lie_too_far_apart():
    numbers = np.array([-(10**18), 10**18])
    assert levels(numbers, np.array([True, True]), np.array([0, 9])) is None
