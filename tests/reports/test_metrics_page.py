"""The page of the metrics stands alone and says what the document says."""

from __future__ import annotations

import re

import pytest

import measurements
from reports.test_evaluation_page import Balanced
from retain.reports.metrics_page import page, shown

MAKERS = [measurements.shop, measurements.subscriptions, measurements.segmented]


@pytest.mark.parametrize("made", MAKERS, ids=lambda made: made.__name__)
def test_the_page_is_whole_and_needs_nothing_else(made):
    html = page(made())
    parser = Balanced()
    parser.feed(re.sub(r"<rect[^>]*/>", "", html))
    assert parser.open == []
    assert parser.links == []
    assert not re.search(r"https?://|@import|url\(|<script", html)


def test_every_figure_is_there_with_its_definition_and_population():
    told = measurements.shop()
    html = page(told).replace("&#39;", "'")
    for each in told.values():
        if isinstance(each, dict) and "title" in each and each["value"] is not None:
            assert each["title"] in html
            assert each["definition"] in html
            assert each["population"] in html


def test_the_rate_is_shown_with_what_it_is_made_of():
    crr = measurements.shop()["crr"]
    wanted = f"(E {crr['E']} − N {crr['N']}) / S {crr['S']} = <b>{crr['value']:.1f} %</b>"
    assert wanted in page(measurements.shop())


def test_who_came_back_is_in_the_sum_where_they_are_apart():
    told = measurements.shop()
    told["crr"] |= {"win_backs": "apart", "returned": 7}
    assert " − back 7) / S " in page(told)


@pytest.mark.parametrize(
    ("light", "word"), [("green", "on target"), ("red", "below the minimum"), (None, "not known")]
)
def test_the_light_is_a_word_too(light, word):
    told = measurements.shop()
    told["target"]["light"] = light
    assert f'<span class="lamp {light}">{word}</span>' in page(told)


def test_every_complete_cell_of_the_cohorts_is_there():
    told = measurements.shop()
    html = page(told)
    cells = sum(len(one["retention"]) + len(one["unbounded"]) for one in told["cohorts"])
    cells += sum(len(one["revenue_retention"]) for one in told["revenue_cohorts"])
    assert len(re.findall(r'<td class="h\d">', html)) == cells


def test_without_contracts_there_is_no_recurring_revenue():
    assert "recurring revenue" not in page(measurements.shop())
    assert "How recurring revenue moved" in page(measurements.subscriptions())


def test_what_is_absent_is_said_once():
    told = measurements.shop()
    told["aov"] |= {"value": None, "population": "", "why": "the orders have no amounts"}
    assert page(told).count("Not known, as the orders have no amounts: Average order value.") == 1


def test_what_the_user_wrote_is_escaped():
    assert "&lt;script&gt;" in page(measurements.segmented())
    assert "&lt;script&gt;" in page(measurements.subscriptions())


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "%", "–"),
        (60.04, "%", "60.0 %"),
        (1234.5, "money", "1,234.50 GBP"),
        (1_234_567.8, "money", "1,234,568 GBP"),
        (1234, "orders", "1,234"),
        (2.345, "x", "2.35"),
    ],
)
def test_figures_are_written_as_people_read_them(value, unit, text):
    assert shown(value, unit, "GBP") == text


def test_each_segment_has_its_own_heat_map_and_predicted_value():
    told = measurements.segmented()
    told["segments"][0] |= {"cohorts": told["cohorts"], "predicted_clv": {"value": 1234.5}}
    html = page(told)
    assert html.count("<summary>Who is still active, of the segment") == 1
    assert "Predicted CLV</th>" in html
    assert "1,234.50" in html
