"""`retain metrics` where a customer is one by a contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

import corner_shop
import retain
import shops

ROWS = """who,from,to,paid,why,known,free
a,2019-01-05,,10,,,no
b,2019-01-10,2019-03-20,20,price,2019-03-20,no
c,2019-02-01,2019-03-05,30,card,2019-04-15,no
d,2019-03-10,,40,,,no
e,2019-01-20,2019-02-10,15,moved,2019-02-10,no
e,2019-03-15,,25,,,no
f,2019-02-10,2019-03-12,10,plan,2019-03-12,no
f,2019-03-12,,18,,,no
g,2019-02-10,,99,,,yes
h,2019-05-02,,5,,,no
"""
COLUMNS = {
    "customer": "who",
    "start": "from",
    "end": "to",
    "amount": "paid",
    "reason": "why",
    "known_at": "known",
}
MARCH = (date(2019, 3, 1), date(2019, 3, 31))


@pytest.fixture(scope="module")
def business(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contracts")
    shops.write(folder / "contracts.csv", ROWS)
    table = {"source": "contracts.csv", "columns": {**COLUMNS, "trial": "free"}}
    tree = {"tables": {"subscriptions": table}, "churn": {"when": "ended", "horizon": 30}}
    tree |= {"output": str(folder / "output"), "training": None, "model": None, "gates": None}
    config = corner_shop.config(folder, name="contracts", metrics={"involuntary": ["card"]}, **tree)
    return retain.open(config, project=corner_shop.ROOT)


@pytest.fixture(scope="module")
def march(business):
    return business.metrics(*MARCH, segment=None).document


def test_live_contracts_make_the_rate(march):
    crr = march["crr"]
    assert [crr[name] for name in ("S", "N", "E", "returned")] == [4, 1, 4, 1]  # abcf; d; adef; e
    assert crr["value"] == 75.0
    assert march["kept"]["value"] == 50.0


def test_recurring_revenue_moves_from_start_to_end(march):
    names = ("start", "new", "expansion", "reactivation", "contraction", "churned", "end")
    assert [march["mrr"][name] for name in names] == [70, 40, 8, 25, 0, 50, 93]
    assert march["nrr"]["value"] == pytest.approx(100 * (70 + 8 - 50) / 70)
    assert march["grr"]["value"] == pytest.approx(100 * 20 / 70)
    assert march["quick_ratio"]["value"] == pytest.approx(48 / 50)


def test_who_left_is_told_apart_by_the_reason(march):
    assert march["voluntary_churn"]["value"] == march["involuntary_churn"]["value"] == 25.0
    assert {one["reason"]: one["involuntary"] for one in march["end_reasons"]} == {
        "price": False,
        "card": True,
    }


def test_reasons_are_told_apart_in_every_segment(tmp_path):
    shops.write(tmp_path / "contracts.csv", ROWS)
    shops.write(tmp_path / "people.csv", "who,land\nb,North\nc,South\na,North\nf,South\n")
    tables = {
        "subscriptions": {"source": "contracts.csv", "columns": COLUMNS},
        "customers": {"source": "people.csv", "columns": {"customer": "who"}, "show": ["land"]},
    }
    churn = {"when": "ended", "horizon": 30}
    keys = {"output": str(tmp_path / "output"), "training": None, "model": None, "gates": None}
    config = corner_shop.config(
        tmp_path, tables=tables, churn=churn, metrics={"involuntary": ["card"]}, **keys
    )
    told = retain.open(config, project=corner_shop.ROOT).metrics(*MARCH, segment="land").document
    found = {one["segment"]: one["involuntary_churn"]["value"] for one in told["segments"]}
    assert found == {"North": 0.0, "South": 50.0, "(unknown)": 0.0}


def test_an_end_that_was_not_recorded_yet_is_not_known(business):
    told = business.metrics(*MARCH, as_of=date(2019, 4, 10)).document
    assert told["crr"]["E"] == 5  # c's end was recorded on 15 April
    assert told["mrr"]["churned"] == 20


def test_cohorts_are_of_contracts_and_their_revenue_is_recurring(business):
    told = business.metrics(date(2019, 1, 1), date(2019, 4, 30)).document
    cohorts = {one["cohort"]: one for one in told["cohorts"]}
    assert (cohorts["2019-01"]["size"], cohorts["2019-01"]["active"]) == (3, [3, 3, 3, 2])
    revenue = {one["cohort"]: one["revenue"] for one in told["revenue_cohorts"]}
    assert revenue["2019-01"] == [45, 30, 35, 35]
    assert "bring a month" in told["cohort_definitions"]["revenue_retention"]


def test_trials_are_contracts_where_the_config_says_so(business):
    metrics = business.config.metrics.model_copy(update={"trials": True})
    config = business.config.model_copy(update={"metrics": metrics})
    assert replace(business, config=config).metrics(*MARCH).document["crr"]["S"] == 5


def test_orders_are_absent_and_said_so(business, march):
    assert march["aov"]["value"] is None
    assert march["aov"]["why"] == "the config has no table of orders"
    assert any(
        line.startswith("Not known, as the config has no table of orders")
        for line in business.metrics(*MARCH).lines()
    )


def test_the_tables_hold_the_movements(business):
    found = business.metrics(*MARCH)
    assert list(found.tables["mrr"]["end"]) == [93, 93]
    assert set(found.tables) >= {"figures", "periods", "cohorts", "revenue_cohorts", "mrr", "end_reasons"}
