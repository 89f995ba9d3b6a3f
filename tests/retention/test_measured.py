"""Figures of a period follow the switches of the config."""

from __future__ import annotations

import pytest

from ledgers import Order, day, measured, period

ROWS = [
    *(Order(who, day("2019-01-01"), 10) for who in "abc"),
    *(Order(who, day("2019-03-25"), 10) for who in "ab"),
    Order("a", day("2019-04-20"), 30),
    Order("a", day("2019-04-21"), -5),
    Order("c", day("2019-04-25"), 20),
    Order("d", day("2019-04-26"), 40),
    Order("d", day("2019-05-01"), 1),
]
APRIL = period("2019-04-01", "2019-04-30")


def figures(**metrics):
    found = measured(ROWS, APRIL, metrics=metrics)
    return {name: figure.value for name, figure in found.whole.figures(found.words).items()}


@pytest.mark.parametrize(
    ("key", "other", "figure", "usual", "changed"),
    [
        ("win_backs", "apart", "crr", 100, 50),  # a, b; then a, c back, d new
        ("win_backs", "apart", "churn_rate", 0, 50),
        ("repeat", "lifetime", "repeat_customer_rate", 0, 200 / 3),
        ("revenue", "net", "revenue", 90, 85),
        ("revenue", "net", "aov", 30, 85 / 3),
        ("revenue", "net", "revenue_per_customer", 30, 85 / 3),
    ],
)
def test_a_switch_changes_its_figures(key, other, figure, usual, changed):
    assert figures()[figure] == pytest.approx(usual)
    assert figures(**{key: other})[figure] == pytest.approx(changed)


def test_every_figure_names_its_population():
    found = measured(ROWS, APRIL)
    told = {name: figure.population for name, figure in found.whole.figures(found.words).items()}
    assert told["crr"] == "2 customers with an order in the 20 days before 2019-04-01"
    assert told["aov"] == "3 orders of 3 customers who ordered from 2019-04-01 to 2019-04-30"
    assert told["historic_clv"] == "4 customers with an order up to 2019-04-30"
    assert all(told.values())


def test_without_anybody_at_the_start_the_rate_says_why():
    found = measured(ROWS, period("2019-02-01", "2019-02-28"))
    crr = found.whole.figures(found.words)["crr"]
    assert (crr.value, crr.why) == (None, "nobody was active at the start, 2019-02-01")
    assert found.whole.light(found.words) is None


def test_the_light_is_held_against_the_target():
    assert measured(ROWS, APRIL).whole.light(measured(ROWS, APRIL).words) == "green"
    strict = measured(ROWS, APRIL, metrics={"win_backs": "apart"})
    assert strict.whole.light(strict.words) == "red"
    easy = measured(ROWS, APRIL, metrics={"win_backs": "apart", "target": 0.5, "minimum": 0.4})
    assert easy.whole.light(easy.words) == "green"
