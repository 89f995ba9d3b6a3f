"""Findings as documents and sentences, and the page that explains them."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

from retain.readiness.findings import CODES, Finding, Level, shown, worst_first

DOC = (Path(__file__).parents[2] / "docs/check.md").read_text()
ONE = Finding("outliers", Level.WARNING, "orders.paid", "a", "b", 1, {"at": datetime(2020, 1, 5), "paid": 5})


def test_every_kind_of_finding_is_explained():
    assert re.findall(r"^\| `([a-z-]+)` \|", DOC, re.MULTILINE) == list(CODES)


def test_the_worst_come_first():
    hint, error = Finding("a", Level.ADVICE, "", "", ""), Finding("b", Level.ERROR, "", "", "")
    assert worst_first([hint, ONE, error]) == (error, ONE, hint)


def test_a_finding_is_json():
    document = json.loads(json.dumps(ONE.to_json()))
    assert (document["level"], document["example"]) == ("warning", {"at": "2020-01-05 00:00:00", "paid": 5})


def test_an_example_is_a_line():
    assert ONE.example_line() == "at=2020-01-05, paid=5"
    assert (shown(None), shown(1234.5), shown(datetime(2020, 1, 5, 9, 30))) == (
        "(empty)",
        "1,234.50",
        "2020-01-05 09:30",
    )
    assert len(shown("x" * 99)) == 58
