"""Drawings are well-formed and show what they were given."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from retain.reports.charts import Axis, Chart, Line, dots, intervals, thinned

SHARES = Axis("Share", 0, 1)


def chart(**keys):
    line = Line("gbm <b>", np.array([0.0, 1.0]), np.array([0.0, 0.5]), "strong", **keys)
    return Chart("A chart", SHARES, SHARES, [line], marks=[(0.2, "capacity 500")])


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-3, 26, [0, 10, 20]),
        (0, 0.3, [0, 0.1, 0.2, 0.3]),
        (0, 0, [0]),
    ],
)
def test_ticks_are_round_numbers(low, high, ticks):
    assert Axis("x", low, high).ticks() == pytest.approx(ticks)


def test_an_axis_maps_its_ends_to_the_ends_of_the_drawing():
    assert [SHARES.at(value, start=100, end=20) for value in (0, 0.5, 1)] == [100, 60, 20]


def test_a_chart_is_one_well_formed_drawing_with_a_title():
    drawing = ElementTree.fromstring(chart().svg())
    assert drawing.get("aria-label") == "A chart"
    texts = [text.text for text in drawing.iter("text")]
    assert {"0%", "100%", "Share", "capacity 500"} <= set(texts)


def test_names_are_escaped():
    assert "gbm &lt;b&gt;" in chart().svg()


def test_dots_and_bars_are_drawn_where_asked():
    plain, marked = chart().svg(), chart(dots=True, bars=[(0.1, 0.2), (0.4, 0.6)]).svg()
    assert (plain.count("<circle"), marked.count("<circle")) == (0, 2)
    assert marked.count('class="bar"') == 2


def test_intervals_have_a_row_each_and_leave_out_what_is_not_known():
    rows = [("all folds", 0.01, -0.01, 0.03), ("2011-09-01", float("nan"), float("nan"), float("nan"))]
    drawing = intervals(rows, form="+.2f", title="Differences")
    assert drawing.count("<circle") == 1
    assert "2011-09-01" in drawing
    ElementTree.fromstring(drawing)


def test_a_dot_a_customer_coloured_by_the_rank_of_the_value():
    values = np.array([1.0, 2, 3, 4, 5, np.nan])
    drawing = ElementTree.fromstring(dots(values, np.linspace(-1, 1, 6), reach=1, seed=0, title="orders"))
    groups = {group.get("class"): len(group) for group in drawing.iter("g")}
    assert groups == {f"v{colour}": 1 for colour in range(6)}


def test_long_lines_are_thinned_and_keep_their_ends():
    shown = thinned(100_000)
    assert len(shown) <= 240
    assert (shown[0], shown[-1]) == (0, 99_999)
    assert thinned(5).tolist() == [0, 1, 2, 3, 4]
