"""The page of the metrics in a real browser."""

from __future__ import annotations

import pytest

import measurements
from missing import missing
from retain.reports.metrics_page import page

pytestmark = pytest.mark.slow

MAKERS = {
    "orders": measurements.shop,
    "contracts": measurements.subscriptions,
    "segments": measurements.segmented,
}


@pytest.mark.parametrize("made", MAKERS.values(), ids=MAKERS)
def test_it_is_readable_at_once_and_asks_for_nothing(show, made):
    shown = show(page(made()))
    told = made()
    assert shown.page.locator(".big").inner_text() == f"{told['crr']['value']:.1f} %"
    assert shown.page.locator("h1").inner_text() == "How many customers does shop keep?"
    drawings = shown.page.locator("svg").all()
    assert len(drawings) >= 4
    assert all(drawing.bounding_box()["height"] > 100 for drawing in drawings)


def test_the_numbers_of_every_month_are_one_click_away(show):
    shown = show(page(measurements.shop()))
    table = shown.page.locator("details table")
    assert not table.is_visible()
    shown.page.get_by_text("The numbers of every month").click()
    assert table.is_visible()
    assert table.locator("tbody tr").count() == len(measurements.shop()["periods"])


def test_no_text_of_a_drawing_leaves_it(show):
    shown = show(page(measurements.subscriptions()))
    out = shown.page.evaluate(
        """() => [...document.querySelectorAll('svg text')].filter(text => {
            const a = text.getBoundingClientRect(), b = text.closest('svg').getBoundingClientRect();
            return a.left < b.left - 1 || a.right > b.right + 1
                || a.top < b.top - 1 || a.bottom > b.bottom + 1;
        }).map(text => text.textContent)"""
    )
    assert out == []


def test_a_narrow_screen_is_not_wider_than_itself(show):
    shown = show(page(measurements.subscriptions()), width=390, height=844)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_name_that_is_markup_is_only_text(show):
    shown = show(page(measurements.segmented()))
    assert shown.page.get_by_role("rowheader", name=measurements.NASTY).count() == 1


def test_it_can_be_printed(show):
    shown = show(page(measurements.subscriptions()))
    assert shown.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("made", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("width", [1440, 390])
def test_a_scan_finds_nothing_that_keeps_anybody_out(show, made, width):
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        missing("axe-playwright-python")
    shown = show(page(made()), width=width)
    shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(shown.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
