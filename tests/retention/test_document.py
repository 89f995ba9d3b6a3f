"""The document says what was measured."""

from __future__ import annotations

import json

import ledgers
from ledgers import Order, day, measured, period
from retain.retention.document import document
from retain.retention.measured import Figure

ROWS = [
    *ledgers.ENDS,
    Order("a", day("2019-02-05"), 10),
    Order("a", day("2019-03-05"), 30),
    Order("b", day("2019-03-19"), 20),
]


def told(first="2019-02-01", last="2019-04-30", **options):
    return document(measured(ROWS, period(first, last), **options), notes=["a note"], extra={})


def test_it_is_json_with_its_period_and_notes():
    found = json.loads(json.dumps(told(), allow_nan=False))
    assert (found["from"], found["to"], found["by"]) == ("2019-02-01", "2019-04-30", "month")
    assert found["notes"] == ["a note"]
    assert [one["name"] for one in found["periods"]] == ["2019-02", "2019-03", "2019-04"]


def test_every_period_has_its_rate_with_what_it_is_made_of():
    march = told()["periods"][1]["crr"]
    assert (march["S"], march["N"], march["E"]) == (0, 1, 1)
    april = told("2019-03-20", "2019-04-30")
    assert april["periods"][0]["name"] == "2019-03 (20 to 31)"
    assert april["crr"]["value"] == 0.0


def test_cohorts_hold_only_complete_cells():
    february = next(one for one in told()["cohorts"] if one["cohort"] == "2019-02")
    assert (february["size"], february["active"], february["retention"]) == (1, [1, 1, 0], [100, 100, 0])
    money = next(one for one in told()["revenue_cohorts"] if one["cohort"] == "2019-02")
    assert (money["revenue"], money["revenue_retention"]) == ([10, 30, 0], [100, 300, 0])
    assert money["revenue_per_customer"] == [10, 40, 40]


def test_what_was_counted_elsewhere_stands_among_the_figures():
    found = measured(ROWS, period("2019-02-01", "2019-02-28"))
    extra = {"predicted_clv": Figure(5.0, "3 customers", {"total": 15.0})}
    one = document(found, notes=[], extra=extra)["predicted_clv"]
    assert (one["value"], one["total"], one["unit"]) == (5.0, 15.0, "money")


def test_the_target_is_told_with_the_light():
    target = told(metrics={"target": 0.7, "minimum": 0.0})["target"]
    assert (target["target"], target["minimum"]) == (70, 0)
    assert "Green from 70 % on (metrics.target)" in target["definition"]
