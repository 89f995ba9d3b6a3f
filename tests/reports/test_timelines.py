"""Pictures of one list after another: everything is drawn where it belongs, and escaped."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from retain.reports.timelines import Point, Span, against, forest, stacked

NAN = float("nan")


def drawn(svg, kind):
    return [one for one in ElementTree.fromstring(str(svg)).iter() if one.tag == kind]


def point(name="1 Aug", expected=0.5, actual=0.45):
    return Point(name, expected, actual, actual - 0.03, actual + 0.03)


def test_each_column_fills_the_height():
    svg = stacked([("1 Aug", [("high", 0.5), ("medium", 0.3), ("low", 0.2)])], title="Bands")
    heights = {one.get("class"): float(one.get("height")) for one in drawn(svg, "rect")}
    assert heights["high"] == pytest.approx(sum(heights.values()) / 2)
    assert "high 50%" in str(svg)


def test_many_lists_have_few_dates_and_the_last_is_among_them():
    svg = stacked([(f"day {n}", [("low", 1.0)]) for n in range(26)], title="Bands")
    dates = re.findall(r"day \d+</text>", str(svg))
    assert len(drawn(svg, "rect")) == 26
    assert len(dates) <= 6
    assert "day 25</text>" in dates


def test_what_was_expected_is_above_what_happened_where_less_happened():
    svg = against([point()], title="Churn")
    (circle,) = drawn(svg, "circle")
    (line,) = [one for one in drawn(svg, "path") if one.get("class") == "expected"]
    assert float(line.get("d").split("H")[0].split()[1]) < float(circle.get("cy"))


def test_what_is_not_known_is_not_drawn():
    assert not drawn(against([Point("1 Aug", NAN, NAN, NAN, NAN)], title="Churn"), "circle")
    assert not drawn(forest([Span("week", "none", NAN, NAN, NAN)], title="Effect"), "circle")


def test_an_effect_is_right_of_zero_where_contacting_keeps_customers():
    svg = forest([Span("good", "", 0.1, 0.05, 0.15), Span("bad", "", -0.1, -0.15, -0.05)], title="Effect")
    good, bad = (float(one.get("cx")) for one in drawn(svg, "circle"))
    (zero,) = [one for one in drawn(svg, "path") if one.get("class") == "mark"]
    assert bad < float(zero.get("d")[1:].split()[0]) < good


@pytest.mark.parametrize(
    "svg",
    [
        stacked([("<b>", [("low", 1.0)])], title="<i>"),
        against([point("<b>")], title="<i>"),
        forest([Span("<b>", "<b>", 0.1, 0.0, 0.2)], title="<i>"),
    ],
)
def test_names_are_text(svg):
    assert "<b>" not in str(svg)
    assert "<i>" not in str(svg)


def test_a_long_name_is_cut():
    svg = forest(
        [Span("a very long action that nobody can read in one line of a picture", "", 0, 0, 0)], title=""
    )
    assert "…</text>" in str(svg)


def test_nothing_to_draw_is_an_empty_picture():
    for svg in (stacked([], title="Bands"), against([], title="Churn"), forest([], title="Effect")):
        assert ElementTree.fromstring(str(svg)).get("role") == "img"
