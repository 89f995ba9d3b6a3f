"""The list's page: what is in the file."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import listings
from retain.reports.english import ENGLISH
from retain.reports.list_page import EVENTS, document, embedded, file, page
from retain.reports.listing import Event, Listing, called, from_manifest, is_number


class Scripts(HTMLParser):
    """The scripts of a page, and what it links to."""

    def __init__(self):
        super().__init__()
        self.texts, self.links, self.inside = [], [], False

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href")]
        self.inside = tag == "script"
        if self.inside:
            self.texts.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.texts[-1] += data


def parsed(html: str) -> Scripts:
    scripts = Scripts()
    scripts.feed(html)
    return scripts


def data(listing: Listing):
    return json.loads(parsed(page(listing)).texts[0])


def frame_of(told) -> pd.DataFrame:
    return pd.DataFrame(told["rows"], columns=[each["key"] for each in told["columns"]])


def test_the_page_needs_nothing_but_itself():
    found = parsed(page(listings.full(50)))
    assert len(found.texts) == 2
    assert [link for link in found.links if not link.startswith("#")] == ["data:,"]
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp|innerHTML|eval\(", page(listings.full(50)))


def test_a_policy_forbids_every_host():
    assert "default-src 'none'" in page(listings.listing())


def test_the_numbers_are_those_of_the_frame():
    listing = listings.full(50)
    told, wanted = frame_of(data(listing)), listing.listed.iloc[:-5]
    for column, places in {
        "churn_probability": 4,
        "value_at_risk": 2,
        "expected_saving": 2,
        "usual_gap": 1,
    }.items():
        assert np.allclose(told[column], wanted[column], atol=0.51 * 10**-places, rtol=0)
    assert list(told["days_overdue"]) == list(wanted["days_overdue"])
    assert list(told["last_order"]) == [str(each.date()) for each in wanted["last_order"]]
    assert list(told["customer_id"]) == list(wanted["customer_id"])


def test_who_is_held_out_is_nowhere_in_the_page():
    listing = listings.full(50)
    html = page(listing)
    for email in listing.listed["email"].tail(5):
        assert f'"{email}"' not in html
    assert "5 more customers are held out" in html
    assert len(data(listing)["families"]) == len(data(listing)["timelines"]) == 45


def test_text_cannot_end_the_script_it_stands_in():
    frame = listings.frame(2).assign(name=listings.NASTY, customer_id=[listings.NASTY, "\u2028<!--"])
    listing = listings.listing(frame, name=listings.NASTY, notes=(listings.NASTY,), churn=listings.NASTY)
    found = parsed(page(listing))
    assert len(found.texts) == 2
    assert "alert" not in found.texts[1]
    assert frame_of(json.loads(found.texts[0]))["name"][0] == listings.NASTY
    assert "</script><script>alert" not in page(listing)


def test_what_is_embedded_reads_back():
    told = {"a": "<>&\u2028\u2029 ø", "b": [1, None, 0.5]}
    assert json.loads(embedded(told)) == told
    assert not set("<>&\u2028\u2029") & set(embedded(told))


def test_columns_without_anything_are_left_out():
    frame = listings.frame(3).assign(owner=None, action="", value_at_risk=np.nan)
    keys = [each["key"] for each in data(listings.listing(frame))["columns"]]
    assert not {"owner", "action", "value_at_risk", "group", "run_id"} & set(keys)
    assert "expected_saving" in keys


def test_unknown_is_null():
    frame = listings.frame(2).assign(
        usual_gap=[np.nan, 3.0], days_overdue=pd.Series([None, 4], dtype="Int64")
    )
    told = frame_of(data(listings.listing(frame)))
    assert list(told["usual_gap"].isna()) == [True, False]
    assert list(told["days_overdue"].isna()) == [True, False]


def test_equal_steps_are_kept_once():
    told = data(listings.full(50))
    assert len(told["plans"]) == 1
    assert told["plan"] == [0] * 45


def test_a_long_timeline_is_cut_at_its_oldest_end():
    events = [
        Event(listings.DAY.replace(year=2017, day=1 + n % 28, month=1 + n // 28), "order") for n in range(60)
    ]
    frame = listings.frame(1)
    told = data(listings.listing(frame, timelines={frame["customer_id"][0]: events}))["timelines"][0]
    assert (told["all"], len(told["events"])) == (60, EVENTS)
    assert told["events"][0][0] == (listings.DAY - events[-1].day).days


def test_an_event_says_only_what_there_is():
    frame, day = listings.frame(1), listings.DAY - timedelta(days=2)
    events = [Event(day, "login"), Event(day, "login", 3), Event(day, "order", 1, 20.0)]
    listing = listings.listing(
        frame, timelines={frame["customer_id"][0]: events}, happened={frame["customer_id"][0]: 90}
    )
    told = data(listing)
    assert told["timelines"] == [{"all": 90, "events": [[2, 0, 1, 20.0], [2, 1, 3], [2, 1]]}]
    assert told["kinds"] == [{"name": "Order", "money": True}, {"name": "Login", "money": False}]


def test_what_stands_behind_the_lists_columns_is_shown_where_people_look_for_it():
    frame = listings.frame(2).assign(lever="Ordering again: 8 % risk", tier="gold", act_on="1")
    columns = listings.listing(frame).columns
    assert columns[columns.index("segment") + 1] == "tier"
    assert columns[columns.index("reason_3") + 1 :][:4] == ["act_on", "lever", "lever_risk", "action"]
    assert columns[1:4] == ["customer_id", "name", "email"]
    assert columns[-3:] == ["as_of", "model_version", "run_id"]


def test_a_business_that_is_kept_by_activity_is_not_asked_for_orders():
    manifest = {
        "name": "app",
        "as_of": "2018-01-01",
        "churn": "gone",
        "counts": {"eligible": 9},
        "config": {"churn": {"table": "activity"}},
    }
    told = listings.frame(2).assign(reason_1="Not seen for 9 days", reason_2="", reason_3="")
    html = page(from_manifest(told, manifest))
    assert "Days since last seen" in html
    assert "last order" not in html.casefold()


def test_a_curve_without_money_has_no_money():
    frame = listings.what_if(100).assign(cost=np.nan, saved=np.nan, profit=np.nan)
    assert set(document(listings.listing(what_if=frame))["what_if"]) == {
        "length",
        "expected_churners",
        "contacts_wasted",
    }


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (["phone", "name"], "name"),
        (["first_name", "phone"], "first_name"),
        (["nickname", "Company"], "Company"),
        (["phone"], None),
    ],
)
def test_the_column_with_the_name_is_found(columns, name):
    assert called(columns) == name


def test_a_manifest_tells_the_rest():
    manifest = {
        "name": "shop",
        "as_of": "2018-01-01",
        "churn": "gone",
        "counts": {"eligible": 9},
        "model": {"name": "recency", "version": 4, "label": "rule"},
        "notes": ["careful"],
    }
    listing = from_manifest(listings.frame(2), manifest, currency="EUR")
    assert (listing.model, listing.rule, listing.eligible, listing.currency) == ("recency 4", True, 9, "EUR")
    assert "A simple rule made this list" in page(listing)
    assert "careful" in page(listing)


def test_another_language_is_one_catalogue():
    words = {key: f"¡{text}!" for key, text in ENGLISH.words.items()}
    html = page(listings.listing(texts=replace(ENGLISH, locale="es", words=words)))
    assert '<html lang="es">' in html
    assert "<h1>¡Customers at risk!</h1>" in html


def test_every_word_that_the_page_asks_for_is_in_the_catalogue():
    html = page(listings.full(50))
    script = parsed(html).texts[1]
    asked = set(re.findall(r'say\("(\w+)"', script))
    assert asked <= set(ENGLISH.words)


@pytest.mark.parametrize(
    ("value", "number"), [(1, True), (0.5, True), (True, False), ("1", False), (np.int64(1), True)]
)
def test_truths_and_texts_are_no_numbers(value, number):
    assert is_number(value) is number


def test_the_file_is_utf_8(tmp_path):
    file(listings.full(50))(tmp_path / "at_risk.html")
    assert "Sørensen" in (tmp_path / "at_risk.html").read_text(encoding="utf-8")


def test_a_business_may_have_a_tier_of_its_own():
    frame = listings.frame(2).assign(tier="A-customer")
    listing = listings.listing(frame, shown=frozenset({"tier"}))
    assert listing.columns[1:5] == ["customer_id", "name", "email", "tier"]
    assert listing.meaning("tier") == "From the customers table."
    assert "tier" in data(listing)["own"]


def test_a_rule_that_was_never_tested_says_so_and_what_it_expects():
    expected = {"customers": 1896, "churners": 135.4, "interval": [100.0, 157.0]}
    html = page(listings.listing(rule=True, expectation=expected))
    assert "the history is too short to train or test a model" in html
    assert "Of 1,896 customers it expects 135 to leave (95% interval 100 to 157)" in html
