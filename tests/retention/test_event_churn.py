"""Customers who were lost to an event are not active after it."""

from __future__ import annotations

import shops
from ledgers import period, scope_of
from retain.progress import Silent
from retain.retention.measure import measure
from retain.retention.periods import Scope
from retain.retention.rates import Counts
from retain.retention.wording import Wording

APRIL = period("2019-04-01", "2019-04-30")
SCOPE = Scope.of(APRIL, by="month", as_of=APRIL.stop, reached=APRIL.stop, began=APRIL.start, active_within=20)


def counts(folder, *rows):
    """Those of April, of visits and what ends them."""
    lines = "\n".join(["who,at,what", "z,2019-01-01,visit", *rows, "z,2019-05-02,visit"])
    shops.write(folder / "log.csv", lines)
    table = {"source": "log.csv", "columns": {"customer": "who", "time": "at", "kind": "what"}}
    churn = {"when": "event", "table": "activity", "kinds": ["uninstall"]}
    with shops.opened(folder, activity=[table], churn=churn) as events:
        return measure(events, scope_of(events, APRIL), segment=None, progress=Silent()).whole.counts


def test_whoever_had_the_event_is_lost_at_once(tmp_path):
    rows = ("a,2019-03-25,visit", "b,2019-03-25,visit", "b,2019-04-20,visit", "b,2019-04-25,uninstall")
    assert counts(tmp_path, *rows) == Counts(start=2, new=0, end=0, kept=0)


def test_the_definition_names_the_event(tmp_path):
    churn = {"when": "event", "table": "activity", "kinds": ["uninstall"]}
    table = {"source": "log.csv", "columns": {"customer": "who", "time": "at", "kind": "what"}}
    words = Wording(shops.config(tmp_path, activity=[table], churn=churn), SCOPE)
    assert (
        words.active_at("a day")
        == "customers with activity in the 20 days before a day and no uninstall since"
    )


def test_an_event_before_the_start_leaves_nobody_to_lose(tmp_path):
    rows = ("a,2019-03-25,visit", "a,2019-03-28,uninstall", "b,2019-03-25,visit", "b,2019-03-25,uninstall")
    assert counts(tmp_path, *rows) == Counts(start=0, new=0, end=0, kept=0)


def test_a_visit_on_a_later_day_brings_back(tmp_path):
    rows = ("a,2019-03-25,visit", "a,2019-04-15,uninstall", "a,2019-04-16,visit")
    assert counts(tmp_path, *rows) == Counts(start=1, new=0, end=1, kept=1)


def test_an_event_at_the_start_is_not_seen_before_it(tmp_path):
    rows = ("a,2019-03-25,visit", "a,2019-04-01,uninstall")
    assert counts(tmp_path, *rows).start == 1
