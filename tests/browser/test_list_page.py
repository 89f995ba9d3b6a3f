"""The list's page in a real browser, as the people who work with it use it."""

from __future__ import annotations

import time
from functools import cache

import pytest

import listings
from missing import missing
from retain.reports.list_page import page

pytestmark = pytest.mark.slow

ROWS = "#table tbody tr"


@cache
def html(rows: int = 50) -> str:
    return page(listings.full(rows))


def names(shown):
    return shown.page.locator("#table tbody button").all_inner_texts()


def called(*, rows: int = 50, **wanted):
    """The customers to contact who have what is wanted, in the order of the list."""
    frame = listings.full(rows).listed.iloc[:-5]
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    return list(frame["name"])


def test_everyone_to_contact_is_shown_in_order(show):
    shown = show(html())
    assert names(shown) == called()
    assert shown.page.locator("#status").inner_text() == "45 customers"


def test_the_cards_say_the_sums_of_the_list(show):
    frame = listings.full(50).listed.iloc[:-5]
    figure = show(html()).page.locator(".card .figure").all_inner_texts()
    sums = [frame[name].sum() for name in ("churn_probability", "value_at_risk", "expected_saving")]
    assert figure == ["45", f"{sums[0]:,.0f}", f"£{sums[1]:,.0f}", f"£{sums[2]:,.0f}"]


def test_a_search_finds_every_word_wherever_it_stands(show):
    shown = show(html())
    shown.page.locator("#search").press_sequentially("ada kim")
    frame = listings.full(50).listed.iloc[:-5]
    wanted = frame[frame["name"].str.contains("Ada") & frame["owner"].eq("Kim Park")]
    assert names(shown) == list(wanted["name"])
    assert shown.page.locator("#status").inner_text() == f"{len(wanted)} of 45 customers"


def test_nothing_found_says_so_and_clear_brings_all_back(show):
    shown = show(html())
    shown.page.locator("#search").fill("no such customer")
    assert "No customer fits" in shown.page.locator("#nothing").inner_text()
    shown.page.locator("#clear").click()
    assert len(names(shown)) == 45


@pytest.mark.parametrize(
    ("column", "value"),
    [("owner", "Kim Park"), ("segment", "lapsing"), ("risk_band", "medium"), ("change", "new")],
)
def test_a_filter_keeps_those_who_have_the_value(show, column, value):
    shown = show(html())
    select = shown.page.locator(f"#filter-{column}")
    label = next(
        text for text in select.locator("option").all_inner_texts() if value in text.lower() or value in text
    )
    select.select_option(label=label)
    assert names(shown) == called(**{column: value})
    assert f"({len(names(shown))})" in label


def test_the_filter_of_reasons_knows_what_they_are_about(show):
    shown = show(html())
    shown.page.locator("#filter-reason").select_option(index=1)
    assert 0 < len(names(shown)) < 45


def test_without_families_a_reason_is_known_by_its_words(show):
    shown = show(page(listings.listing()))
    options = shown.page.locator("#filter-reason option").all_inner_texts()
    assert any(text.startswith("Usually orders every … days; last ordered … days ago") for text in options)


def test_a_click_on_a_heading_sorts_and_another_turns_it_round(show):
    shown = show(html())
    frame = listings.full(50).listed.iloc[:-5]
    heading = shown.page.locator("th[data-key=value_at_risk]")
    heading.locator("button").click()
    assert names(shown) == list(frame.sort_values("value_at_risk", ascending=False)["name"])
    assert heading.get_attribute("aria-sort") == "descending"
    heading.locator("button").click()
    assert names(shown) == list(frame.sort_values("value_at_risk")["name"])


def test_the_drawer_tells_what_is_known_of_a_customer(show):
    shown, one = show(html()), listings.full(50).listed.iloc[1]
    shown.page.locator(ROWS).nth(1).click()
    told = shown.page.locator("#drawer").inner_text()
    for wanted in (
        one["name"],
        one["customer_id"],
        one["email"],
        one["reason_1"],
        one["reason_3"],
        one["action"],
    ):
        assert wanted in told
    assert f"{one['churn_probability']:.1%}" in told
    assert f"£{one['expected_value']:,.2f}" in told
    assert "Personal message, no offer" in told
    assert "Mail opened" in told
    assert shown.page.locator("#drawer .events li").count() == 13
    for wanted in (one["lever"], one["action_who"], "day 14", "2 times, £23.00", "Risk over time"):
        assert wanted in told


def test_the_drawer_tells_reasons_to_act_on_from_context(show):
    shown = show(html())
    shown.page.locator(ROWS).nth(1).click()
    reasons = shown.page.locator("#drawer .reasons li").all_inner_texts()
    assert ["context" in text for text in reasons] == [True, False, True]


def test_segments_are_counted_list_by_list(show):
    table = show(html()).page.locator(".segments table")
    assert table.locator("thead th").all_inner_texts() == [
        "Segment",
        "18 Dec 2017",
        "25 Dec 2017",
        "1 Jan 2018",
    ]
    assert table.locator("tbody tr").last.all_inner_texts()[0].split() == ["All", "904", "912", "920"]


def test_the_keys_are_enough(show):
    shown = show(html())
    keys, focused = shown.page.keyboard, shown.page.locator(":focus")
    keys.press("/")
    assert focused.get_attribute("id") == "search"
    shown.page.locator("#table tbody button").first.focus()
    keys.press("ArrowDown")
    keys.press("Enter")
    assert shown.page.locator("#drawer-title").inner_text() == called()[1]
    keys.press("ArrowRight")
    assert shown.page.locator("#drawer-title").inner_text() == called()[2]
    keys.press("Escape")
    assert not shown.page.locator("#drawer").is_visible()
    assert focused.inner_text() == called()[2]


def test_the_slider_tells_what_each_length_does(show):
    shown, found = show(html()), listings.full(50).what_if
    shown.page.locator("#slider").focus()
    shown.page.keyboard.press("End")
    last = found.iloc[-1]
    assert shown.page.locator("#chosen").inner_text() == f"{last['length']:,.0f} customers"
    assert f"£{last['profit']:,.0f}" in shown.page.locator("#outcome").inner_text()
    shown.page.locator("#jumps button").last.click()
    best = found.loc[found["profit"].idxmax()]
    assert shown.page.locator("#chosen").inner_text() == f"{best['length']:,.0f} customers"


def test_who_is_new_is_one_click_away(show):
    shown = show(html())
    shown.page.locator(".moves button").first.click()
    assert names(shown) == called(change="new")
    assert "Left the list: 12" in shown.page.locator("#changes").inner_text()


def test_thousands_are_drawn_a_hundred_at_a_time_and_stay_quick(show):
    shown = show(html(2000))
    assert shown.page.locator(ROWS).count() == 100
    shown.page.locator("#forth").click()
    assert shown.page.locator("#page").inner_text() == "Page 2 of 20"
    assert names(shown)[0] == called(rows=2000)[100]
    began = time.perf_counter()
    shown.page.locator("#search").fill("berg")
    assert time.perf_counter() - began < 2


def test_paper_has_every_row_of_the_selection_and_no_controls(show):
    shown = show(html(300))
    shown.page.emulate_media(media="print")
    shown.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert shown.page.locator(ROWS).count() == 295
    assert not shown.page.locator("#tools").is_visible()
    assert shown.page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    shown.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert shown.page.locator(ROWS).count() == 100


def test_a_name_that_is_markup_is_only_text(show):
    frame = listings.frame(3).assign(name=listings.NASTY, reason_1=listings.NASTY, owner=listings.NASTY)
    shown = show(page(listings.listing(frame, name=listings.NASTY, notes=(listings.NASTY,))))
    assert names(shown) == [listings.NASTY] * 3
    shown.page.locator(ROWS).first.click()
    assert shown.page.locator("#drawer-title").inner_text() == listings.NASTY


def test_a_list_with_little_in_it_has_a_page_too(show):
    frame = listings.frame(3)[["rank", "customer_id", "churn_probability", "risk_band", "group", "reason_1"]]
    shown = show(page(listings.listing(frame, currency=None)))
    assert shown.page.locator(".card").count() == 2
    shown.page.locator(ROWS).first.click()
    assert shown.page.locator("#drawer-title").inner_text() == frame["customer_id"][0]


def test_on_a_first_list_nobody_is_marked_new(show):
    shown = show(page(listings.listing(listings.frame(3).assign(change="new"))))
    assert [text.strip() for text in shown.page.locator("td.rank").all_inner_texts()] == ["1", "2", "3"]
    assert shown.page.locator("#filter-change").count() == 0


def test_an_empty_list_says_so(show):
    shown = show(page(listings.listing(listings.frame(0))))
    assert shown.page.locator("#nothing").inner_text() == "There is nobody on this list."


def test_a_narrow_screen_is_not_wider_than_itself(show):
    shown = show(html(), width=390, height=844)
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("drawer", [False, True], ids=["page", "drawer"])
@pytest.mark.parametrize("width", [1440, 390])
def test_a_scan_finds_nothing_that_keeps_anybody_out(show, drawer, width):
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        missing("axe-playwright-python")
    shown = show(html(), width=width, reduced_motion="reduce")
    if drawer:
        shown.page.locator(ROWS).first.click()
    found = Axe().run(shown.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []
