"""Columns that know the future are found out; what was known at sign-up is left alone."""

from __future__ import annotations

import numpy as np
import pytest

import shops
from inspections import found, look
from retain.readiness.findings import Level
from retain.readiness.foresight import _numbers, auc, foresight

DRAW = np.random.default_rng(1)
CHURNED = DRAW.random(400) < 0.3


def column(values):
    return np.array(list(values), dtype=object)


def test_a_value_that_only_the_lost_have_is_found_out():
    seen = foresight(column(np.where(CHURNED, "closed", "open")), False, CHURNED)
    assert seen.auc == 1
    assert (seen.rate, seen.others) in ((1, 0), (0, 1))


def test_what_only_the_lost_have_filled_is_found_out():
    seen = foresight(column("price" if gone else None for gone in CHURNED), False, CHURNED)
    assert seen.auc == 1


def test_a_number_that_follows_churn_is_found_out():
    numbers = CHURNED * 3 + DRAW.random(400)
    seen = foresight(column(numbers.tolist()), True, CHURNED)
    assert seen.auc > 0.99


def test_numbers_written_as_text_are_numbers():
    values, ordered = _numbers(column(["1.5", None, " ", "-2"]), text=True)
    assert (values.tolist(), ordered) == ([1.5, None, None, -2.0], True)
    assert _numbers(column(["a", "1"]), text=True)[1] is False


def test_what_has_nothing_to_do_with_churn_is_no_better_than_chance():
    seen = foresight(column(DRAW.choice(list("abcdef"), 400)), False, CHURNED)
    assert 0.4 < seen.auc < 0.6


def test_names_and_constants_are_not_judged():
    assert foresight(column(f"n{i}" for i in range(400)), False, CHURNED) is None
    assert foresight(column(["x"] * 400), False, CHURNED) is None


def test_the_area_is_the_chance_that_a_churner_scores_higher():
    assert auc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True])) == pytest.approx(3.5 / 4)


def people(folder, *, attributes, where=None):
    orders = "who,at,status\n" + "".join(f"c{i},2020-01-{1 + i % 28:02d},paid\n" for i in range(400))
    rows = (f"c{i},{'left' if gone else 'here'},{i % 3}\n" for i, gone in enumerate(CHURNED))
    shops.write(folder / "o.csv", orders)
    shops.write(folder / "p.csv", "who,mark,region\n" + "".join(rows))
    table = {"source": "o.csv", "columns": shops.ORDERS, **({"where": where} if where else {})}
    events = shops.opened(
        folder,
        orders=table,
        customers={"source": "p.csv", "columns": {"customer": "who"}, "attributes": attributes},
    )
    return look(events, churned={f"c{i}": bool(gone) for i, gone in enumerate(CHURNED)})


def test_an_attribute_that_knows_the_future_is_an_error(tmp_path):
    (one,) = found(people(tmp_path, attributes=["mark", "region"]), "knows-the-future")
    assert (one.level, one.where) == (Level.ERROR, "customers.mark")
    assert "AUC of 1.00" in one.says


def test_a_column_that_is_no_attribute_is_only_a_hint(tmp_path):
    (one,) = found(people(tmp_path, attributes=["region"]), "knows-the-future")
    assert one.level is Level.ADVICE


def test_a_condition_on_a_status_is_told(tmp_path):
    (one,) = found(people(tmp_path, attributes=[], where="status = 'paid'"), "where-knows-the-future")
    assert one.where == "orders.status"


def test_a_status_among_the_attributes_is_told_by_its_name(tmp_path):
    shops.write(tmp_path / "o.csv", "who,at\na,2020-01-01\n")
    shops.write(tmp_path / "p.csv", "who,status,marital_status\na,live,single\nb,x,y\n")
    events = shops.opened(
        tmp_path,
        orders={"source": "o.csv", "columns": shops.ORDERS},
        customers={
            "source": "p.csv",
            "columns": {"customer": "who"},
            "attributes": ["status", "marital_status"],
        },
    )
    assert [one.where for one in found(look(events), "changing-attribute")] == ["customers.status"]
