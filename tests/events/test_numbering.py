"""Keys are numbered as a dictionary would, whatever they are and however many come at once."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retain.events.numbering import NOBODY, Numbering

_ODD = np.uint64(0x9E3779B97F4A7C15)
FEW = st.integers(0, 40)
MANY = st.integers(0, 2**64 - 1)
ONE_SLOT = st.integers(2**63, 2**63 + 500)
"""Keys that all want to lie in the same place."""


def _keys(values):
    return np.array(values, np.uint64)


@given(st.lists(st.lists(st.one_of(FEW, MANY, ONE_SLOT), max_size=60), max_size=6))
def test_each_key_has_one_number_and_each_number_one_key(batches):
    numbering, known = Numbering(room=1), {}
    for batch in batches:
        numbers, first = numbering.add(_keys(batch))
        new = [batch[place] for place in first]
        assert sorted(new) == sorted(set(batch) - set(known))
        known |= {key: len(known) + place for place, key in enumerate(new)}
        assert numbers.tolist() == [known[key] for key in batch]
    assert numbering.keys.tolist() == list(known)
    assert len(numbering) == len(known)


@given(st.sets(st.one_of(FEW, MANY, ONE_SLOT), max_size=80), st.lists(st.one_of(FEW, MANY, ONE_SLOT)))
def test_a_key_that_was_not_added_is_nobody_s(added, asked):
    numbering = Numbering.of(_keys(sorted(added)))
    known = {key: number for number, key in enumerate(sorted(added))}
    assert numbering.find(_keys(asked)).tolist() == [known.get(key, NOBODY) for key in asked]


def test_many_keys_are_found_again():
    keys = np.arange(100_000, dtype=np.uint64) * _ODD
    numbering = Numbering()
    for start in range(0, len(keys), 30_000):
        numbering.add(keys[start : start + 30_000])
    assert (numbering.keys[numbering.find(keys)] == keys).all()
    assert (numbering.find(keys + np.uint64(1)) == NOBODY).all()
