"""The page of `retain watch` in a real browser."""

from __future__ import annotations

from functools import cache

import pytest

import watches
from missing import missing
from retain.reports.watch_page import page

pytestmark = pytest.mark.slow


@cache
def html(weeks: int = 8) -> str:
    return page(watches.result(weeks))


def test_every_picture_is_drawn_and_named(show):
    shown = show(html())
    pictures = shown.page.get_by_role("img")
    assert pictures.count() == 7
    for number in range(7):
        assert pictures.nth(number).get_attribute("aria-label")
        assert pictures.nth(number).bounding_box()["height"] > 40


def test_words_in_the_pictures_stay_inside_them(show):
    outside = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
        const frame = svg.getBoundingClientRect()
        return [...svg.querySelectorAll('text')].filter(text => {
            const box = text.getBoundingClientRect()
            return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1
        }).map(text => text.textContent)
    })"""
    assert show(html(26)).page.evaluate(outside) == []


def test_earlier_lists_open_on_a_click(show):
    shown = show(html())
    earlier = shown.page.get_by_role("region", name="Bands of the list of 2018-01-01")
    assert not earlier.is_visible()
    shown.page.get_by_text("Earlier lists").click()
    assert earlier.is_visible()


@pytest.mark.parametrize("width", [1440, 390])
def test_no_screen_is_narrower_than_the_page(show, width):
    shown = show(html(26), width=width)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_name_that_is_markup_is_only_text(show):
    shown = show(page(watches.result(1, name=watches.NASTY, alerts=(watches.NASTY,))))
    assert watches.NASTY in shown.page.locator("h1").inner_text()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("made", [watches.result, watches.nothing], ids=["full", "empty"])
def test_a_scan_finds_nothing_that_keeps_anybody_out(show, made, width):
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        missing("axe-playwright-python")
    found = Axe().run(show(page(made()), width=width).page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
