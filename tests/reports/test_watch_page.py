"""The page of `retain watch`: everything that was found is on it, escaped, and nothing is asked for."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import watches
from reports.test_evaluation_page import Balanced
from retain.reports.watch_page import page


@pytest.fixture(scope="module")
def found():
    return watches.result()


@pytest.fixture(scope="module")
def html(found):
    return page(found)


def text(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_every_list_is_on_the_page(found, html):
    told = text(html)
    for one in found.outcomes:
        assert f"{one.as_of} over {one.over}" in told
    assert f"{found.waiting[0].as_of} {found.waiting[0].over}" in told


def test_those_on_the_list_and_those_not_contacted_are_told_apart(found, html):
    one, told = found.outcomes[-1], text(html)
    for each in (one.listed, one.held, one.untouched.total):
        assert f"{each.customers} expected {each.expected:.1%} {each.actual:.1%}" in told
    assert f"{one.value_lost:,.0f} {one.value_lost_listed:,.0f} on list" in told
    assert "Value lost, GBP" in told


def test_alerts_and_the_reason_to_train_come_first(found, html):
    told = text(html)
    assert told.index(found.alerts[0]) < told.index(found.retrain_because) < told.index("Risk, and what came")


def test_the_effect_is_told_with_its_interval_and_named(found, html):
    one = found.effect.intended
    told = text(html)
    assert f"{100 * one.difference.value:+.1f} percentage points more stayed" in told
    assert f"{100 * one.difference.low:+.1f} to {100 * one.difference.high:+.1f}" in told
    assert f"{100 * one.smallest:.1f} points" in told
    for name in ("By intention to treat", "As treated", "Newcombe", "Klingenberg", "Qini curve"):
        assert name in told


def test_drift_is_told_in_plain_words(html):
    told = text(html)
    assert "Orders in the window (last 30 days) median 2, now 4" in told
    assert "orders_30d" not in told


def test_every_tag_is_closed_and_nothing_is_linked(html):
    parser = Balanced()
    parser.feed(html)
    assert parser.open == []
    assert parser.links == []
    assert "<script" not in html


def test_before_anything_was_published_the_page_says_so():
    told = text(page(watches.nothing()))
    assert "No alert" in told
    assert "Nobody was held out on a list whose outcome is known" in told
    assert "There is nothing to compare yet" in told


def test_what_is_markup_is_only_text():
    nasty = watches.NASTY
    effect = watches.result(1, count=60).effect
    actions = tuple(replace(one, name=nasty) for one in effect.actions)
    found = watches.result(
        1,
        name=nasty,
        churn=nasty,
        alerts=(nasty,),
        notes=(nasty,),
        retrain_because=nasty,
        drift=watches.drift(doc=nasty),
        effect=replace(effect, actions=actions),
    )
    assert "<script" not in page(found)


def test_a_list_of_whom_nobody_is_left_to_judge_has_dashes(found):
    one = found.outcomes[0]
    empty = replace(one.everyone.total, customers=0, expected=float("nan"), actual=float("nan"))
    nobody = replace(one, everyone=replace(one.everyone, total=empty))
    assert "–" in page(replace(found, outcomes=(nobody,)))
