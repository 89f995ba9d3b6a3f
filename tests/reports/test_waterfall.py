"""Waterfalls and stacks stand where their numbers say."""

from __future__ import annotations

import re

import pytest

from retain.reports.waterfall import Bar, Layer, Places, brief, stacks, waterfall

RECT = re.compile(r'<rect class="(\w+)" x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)"')


def rects(svg):
    """(class, top, bottom) of every bar."""
    return [(kind, float(y), float(y) + float(h)) for kind, _, y, h in RECT.findall(svg)]


def test_each_step_begins_where_the_one_before_ended():
    bars = [Bar("a", 100, "total"), Bar("b", 30, "down"), Bar("c", 50, "up"), Bar("d", 120, "total")]
    start, down, up, end = rects(waterfall(bars, title="t"))
    assert down[1] == pytest.approx(start[1], abs=0.11)
    assert up[2] == pytest.approx(down[2], abs=0.11)
    assert end[1] == pytest.approx(up[1], abs=0.11)
    assert start[2] == pytest.approx(end[2], abs=0.11)


def test_steps_carry_their_sign_and_are_told_exactly():
    svg = waterfall([Bar("lost", 1_234_567.5, "down"), Bar("none", 0, "up")], title="t")
    assert ">−1.23M<" in svg
    assert "<title>lost: −1,234,567.50</title>" in svg
    assert "<title>none: 0</title>" in svg


def test_layers_are_stacked_up_and_down_from_zero():
    drawn = rects(
        stacks(["x"], [Layer("a", [3], "a"), Layer("b", [2], "b")], [Layer("c", [4], "c")], title="t")
    )
    (_, a_top, zero), (_, b_top, b_bottom), (_, c_top, c_bottom) = drawn
    assert (b_bottom, c_top) == (pytest.approx(a_top, abs=0.11), pytest.approx(zero, abs=0.11))
    assert (zero - b_top) / (c_bottom - zero) == pytest.approx(5 / 4, abs=0.02)


def test_names_are_escaped_and_thinned_but_the_last_stays():
    names = [f"<{i}>" for i in range(30)]
    labels = "".join(Places(names).labels(10))
    assert "<0>" not in labels
    assert "&lt;29&gt;" in labels
    assert labels.count("<text") <= 8


def test_nothing_to_draw_is_drawn():
    assert waterfall([Bar("a", 0, "total")], title="t").startswith("<svg")
    assert stacks([], [], [], title="t").startswith("<svg")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (950, "950"), (12_300, "12,300"), (123_456, "123k"), (4.56e6, "4.56M"), (-2e9, "-2B")],
)
def test_large_numbers_are_brief(value, text):
    assert brief(value) == text
