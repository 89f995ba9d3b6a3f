"""Rows in the order of whole numbers, however far these lie apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retain.events.ordering import order_of

KEYS = st.one_of(st.integers(-3, 3), st.integers(-(2**62), 2**62), st.sampled_from([0, 2**16 - 1, 2**16]))


@given(st.lists(st.tuples(KEYS, KEYS)))
def test_the_last_key_decides_first_and_ties_stay_as_they_are(rows):
    first, last = (np.array([row[place] for row in rows], dtype=np.int64) for place in (0, 1))
    assert order_of(first, last).tolist() == np.lexsort((first, last)).tolist()


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint8])
def test_keys_may_be_of_any_kind_of_whole_number(dtype):
    assert order_of(np.array([3, 1, 2, 1], dtype=dtype)).tolist() == [1, 3, 2, 0]
