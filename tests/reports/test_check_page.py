"""The check's page stands alone and says what was found."""

from __future__ import annotations

import re

import checked
from reports.test_evaluation_page import Balanced
from retain.reports.bars import bars
from retain.reports.check_page import page


def test_the_page_is_whole_and_needs_nothing_else():
    parser = Balanced()
    parser.feed(page(checked.report()))
    assert parser.open == []
    assert parser.links == []
    assert not re.search(r"https?://|@import|url\(|<script", page(checked.report()))


def test_what_the_tables_hold_is_escaped():
    html = page(checked.report())
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in html
    assert "<script>alert" not in html


def test_every_finding_is_there_the_worst_first():
    codes = re.findall(r'data-code="([a-z-]+)"', page(checked.report()))
    assert codes == ["mostly-negative", "placeholder-customer", "cut-month"]


def test_a_requirement_says_how_far_off_it_is():
    assert re.search(r'class="chip fair">100 missing', page(checked.report()))


def test_the_horizons_and_the_reason_are_told():
    html, window = page(checked.report()), checked.window()
    assert window.why in html.replace("&#39;", "'")
    assert f"{window.recommended} days are recommended" in html
    assert html.count("days</th>") == len(window.choices)


def test_a_shop_with_nothing_to_say_has_a_page_too():
    html = page(checked.report(findings=(), window=None, cutoffs=(), calendars={}, columns={}))
    assert "Which horizon" not in html
    assert "Warnings" not in html


def test_a_bar_is_as_high_as_its_value():
    svg = bars([2, 1, 0], title="Rows", names=["a", "b", "<c>"], ticks={0: "one"})
    heights = [float(height) for height in re.findall(r'<rect[^>]* height="([\d.]+)"', svg)]
    assert heights[0] == 2 * heights[1] > 0 == heights[2]
    assert "<title>&lt;c&gt;</title>" in svg


def test_no_bars_are_an_empty_drawing():
    assert "rect" not in bars([], title="Rows", names=[], ticks={})
