"""The check's page in a real browser."""

from __future__ import annotations

import pytest

import checked
from missing import missing
from retain.reports.check_page import page

pytestmark = pytest.mark.slow


def test_what_was_found_can_be_read(show):
    shown = show(page(checked.report()))
    assert shown.page.locator("article.finding").count() == 3
    assert checked.NASTY in shown.page.locator("article.finding.fair").inner_text()
    assert "turn the sign round" in shown.page.locator("article.finding.bad").inner_text()


def test_the_columns_of_a_table_open_and_close(show):
    shown = show(page(checked.report()))
    table = shown.page.locator("details table")
    assert table.is_visible()
    shown.page.locator("summary").click()
    assert not table.is_visible()


def test_the_drawings_are_drawn(show):
    shown = show(page(checked.report()))
    assert shown.page.locator("svg").count() == 4
    assert shown.page.locator("svg[aria-label='Rows of orders by week'] rect").count() == 52


def test_a_narrow_screen_is_not_wider_than_itself(show):
    shown = show(page(checked.report()), width=390, height=844)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("width", [1440, 390])
def test_a_scan_finds_nothing_that_keeps_anybody_out(show, width):
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        missing("axe-playwright-python")
    found = Axe().run(show(page(checked.report()), width=width).page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
