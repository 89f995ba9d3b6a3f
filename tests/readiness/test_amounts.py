"""Amounts far from the others, below zero, and taken back."""

from __future__ import annotations

import shops
from inspections import in_orders
from retain.readiness.findings import Level

HEAD = "who,at,paid\n"
GOOD = "".join(f"c{i},2020-01-{1 + i % 28:02d} 09:00,{5 + i % 20}\n" for i in range(400))
PAID = {**shops.ORDERS, "amount": "paid"}


def amounts(folder, rows, code):
    return in_orders(folder, HEAD + rows, code, columns=PAID)


def test_an_amount_far_beyond_the_others_is_shown(tmp_path):
    (one,) = amounts(tmp_path, GOOD + "x,2020-01-05 09:15,168469.6\n", "outliers")
    assert "the largest is 168,469.60" in one.says
    assert one.example["who"] == "x"


def test_a_large_amount_is_no_outlier(tmp_path):
    assert not amounts(tmp_path, GOOD + "x,2020-01-05 09:15,400\n", "outliers")


def test_an_order_taken_back_on_its_day_is_named(tmp_path):
    back = "x,2020-01-05 09:15,168469.6\nx,2020-01-05 09:27,-168469.6\ny,2020-01-05 10:00,-3\n"
    (one,) = amounts(tmp_path, GOOD + back, "taken-back")
    assert "168,469.60 of customer x, placed at 2020-01-05 09:15 and cancelled at 09:27" in one.says
    assert one.count == 1


def test_a_return_on_a_later_day_is_none_that_was_taken_back(tmp_path):
    later = "x,2020-01-05,7\nx,2020-01-06,-7\n"
    assert not amounts(tmp_path, GOOD + later, "taken-back")
    (one,) = amounts(tmp_path, GOOD + later, "negative-amounts")
    assert one.count == 1


def test_signs_turned_round_are_an_error(tmp_path):
    rows = "".join(f"c{i},2020-01-{1 + i % 28:02d},-5\n" for i in range(200))
    (one,) = amounts(tmp_path, rows, "mostly-negative")
    assert one.level is Level.ERROR


def test_many_zeros_are_told(tmp_path):
    (one,) = amounts(tmp_path, GOOD + "c1,2020-01-05,0\n" * 40, "zero-amounts")
    assert one.count == 40


def test_without_amounts_nothing_is_said_of_them(tmp_path):
    assert not in_orders(tmp_path, HEAD + GOOD + "x,2020-01-05,-9\n", "negative-amounts")
