"""The page stands alone and says what the document says."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import backtests
from reports.test_evaluation import made, subject
from retain.learning.grade import grade
from retain.reports.evaluation_page import page

VOID = {"meta", "br", "circle", "path", "link", "img"}


class Balanced(HTMLParser):
    """Follows the tags, and keeps where they lead."""

    def __init__(self):
        super().__init__()
        self.open, self.links = [], []

    def handle_starttag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag


@cache
def html():
    found = backtests.found()
    return page(subject(), found, grade(found, seed=7))


def test_the_page_is_whole_and_needs_nothing_else():
    parser = Balanced()
    parser.feed(html())
    assert parser.open == []
    assert parser.links == []
    assert not re.search(r"https?://|@import|url\(|<script", html())


def test_what_the_user_wrote_is_escaped():
    assert "&lt;b&gt;left&lt;/b&gt;" in html()


def test_every_model_and_definition_is_there():
    for name in backtests.found().models:
        assert f">{name}</th>" in html()
    for definition in made()["definitions"].values():
        assert definition[:30] in html()


def test_each_fold_has_its_three_curves():
    for fold in backtests.found().folds:
        for curve in ("Reliability", "Gains", "Profit"):
            assert f'aria-label="{curve} at {fold.cutoff}"' in html()


def test_a_model_without_explanation_has_a_page_too():
    found = replace(backtests.found(), explanation=None)
    made = page(subject(), found, grade(found, seed=7))
    assert "What moves" not in made


def test_a_model_without_baselines_has_a_page_too():
    found = backtests.evaluated(names=(), folds=1)
    assert "Against the best baseline" not in page(subject(), found, grade(found, seed=7))


def test_a_short_history_claims_no_test_in_time():
    found = backtests.evaluated(backtests.rows(cutoffs=1), names=("prior",))
    made = page(subject(), found, grade(found, seed=7))
    assert "trained only on cutoffs" not in made
    assert "tested by models of the other customers" in made


def test_what_calibration_did_is_a_table():
    text = html()
    assert "What calibration did" in text
    for fold in backtests.found().calibration.folds:
        assert f'<th scope="row">{fold.cutoff}</th><td>{fold.method}</td>' in text
