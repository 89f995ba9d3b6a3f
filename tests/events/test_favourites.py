"""What a customer buys, counted by order and category."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import reference as plain
from strategies import DAY, IDS, Event, cutoffs, events, history, late, windows

WORDS = {
    "count": (lambda c: c.count(), lambda rows, cutoff: len({e.label for e in rows})),
    "top_share": (lambda c: c.top_share(), lambda rows, cutoff: plain.favourite_share(rows)),
    "top_age": (lambda c: c.top_age(), lambda rows, cutoff: plain.favourite_age(rows, cutoff=cutoff)),
}


@settings(max_examples=80)
@given(st.one_of(events(), late()), cutoffs(), windows())
def test_words_equal_a_plain_loop(rows, cutoff, window):
    found = history(rows, ids=IDS).view(cutoff).span("orders", window=window).categories()
    sold = [plain.table(plain.visible(rows, cutoff), "categories", customer=c) for c in IDS]
    for name, (word, loop) in WORDS.items():
        expected = [loop(plain.window(own, cutoff, window), cutoff) for own in sold]
        np.testing.assert_allclose(word(found), expected, err_msg=name)


def _categories(*bought: tuple[int, int], window: int | None = None):
    rows = [Event("a", day * DAY, label=label) for day, label in bought]
    return history(rows).view(110).span("orders", window=window).categories()


def test_the_favourite_is_bought_most_often():
    found = _categories((100, 0), (101, 0), (109, 1))
    assert (found.count(), found.top_share(), found.top_age()) == (2, 2 / 3, 9)


def test_of_two_favourites_the_one_bought_last_counts():
    assert _categories((100, 0), (109, 1)).top_age() == 1


def test_an_order_without_a_category_is_of_none():
    found = _categories((100, -1))
    assert found.count() == 0
    assert np.isnan([found.top_share(), found.top_age()]).all()


def test_a_purchase_before_the_window_is_not_inside():
    assert _categories((100, 0), (101, 0), (109, 1), window=5).count() == 1
