"""A share over periods."""

from __future__ import annotations

import re

from retain.reports.timeline import Level, Point, timeline


def test_every_known_point_is_a_dot_with_its_light_and_words():
    points = [
        Point("2011-01", 91.0, "green"),
        Point("2011-02", None),
        Point("2011-03", 84.0, "red", firm=False),
    ]
    svg = timeline(points, title="t", levels=[Level("target 90 %", 90)])
    assert re.findall(r'<circle class="([\w ]+)"', svg) == ["green", "red hollow"]
    assert "<title>2011-01: 91.0 %</title>" in svg
    assert "<title>2011-03: 84.0 % (not final)</title>" in svg
    assert ">target 90 %<" in svg


def test_higher_shares_stand_higher():
    svg = timeline([Point("a", 10.0), Point("b", 60.0)], title="t")
    low, high = (float(y) for y in re.findall(r'cy="([\d.]+)"', svg))
    assert high < low


def test_a_share_below_zero_or_over_a_hundred_is_on_the_drawing():
    svg = timeline([Point("a", -12.0), Point("b", 150.0)], title="t")
    assert all(16 <= float(y) <= 226 for y in re.findall(r'cy="([\d.]+)"', svg))


def test_no_point_at_all_is_drawn():
    assert timeline([Point("a", None)], title="t").startswith("<svg")
