"""Every value is in one bin, and the bins are about equally full where they can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from retain.watch.binning import Binning, Counts

NAN = float("nan")


@given(arrays(np.float32, st.integers(0, 60), elements=st.floats(-5, 5, width=16) | st.just(NAN)))
def test_every_value_is_counted_once_and_no_bin_of_the_values_themselves_is_empty(values):
    binning = Binning.of(values)
    counts = binning.counts(values)
    assert sum(counts) == len(values)
    assert counts[-1] == np.isnan(values).sum()
    assert all(counts[:-1]) or np.isnan(values).all()


def test_a_thousand_different_values_are_in_ten_equal_bins():
    counts = Binning.of(np.arange(1000)).counts(np.arange(1000))
    assert counts[-1] == 0
    assert all(abs(count - 100) <= 1 for count in counts[:-1])


def test_a_value_of_many_has_a_bin_of_its_own():
    values = [0] * 600 + list(range(1, 401))
    binning = Binning.of(values)
    assert binning.edges[0] == 1
    assert binning.counts(values)[0] == 600


def test_few_different_values_are_a_bin_each():
    assert Binning.of([1, 1, 2, 5]).counts([1, 2, 2, 5, 7, NAN]) == (1, 2, 2, 1)


def test_codes_are_a_bin_each():
    assert Binning.of_codes(2).counts([0, 1, 1, 2, NAN]) == (1, 2, 1, 1)


@pytest.mark.parametrize(
    ("place", "name"),
    [(0, "below 1"), (1, "1 to below 2.5"), (2, "2.5 to below 3"), (3, "3 or more"), (4, "not known")],
)
def test_a_bin_has_a_name(place, name):
    assert Binning((1.0, 2.5, 3.0)).name(place) == name


def test_counts_come_back_from_json():
    counts = Counts.of([1, 2, NAN], Binning((2.0,)))
    assert counts == Counts((1, 1, 1), 1.5) == Counts.from_json(counts.to_json())
    assert Counts.of([NAN], Binning(())) == Counts((0, 1), None)
