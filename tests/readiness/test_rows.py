"""Rows that are no good are told, with how many and one of them."""

from __future__ import annotations

import shops
from inspections import found, in_orders, look
from retain.readiness.findings import Level

HEAD = "who,at,paid\n"
GOOD = "".join(f"c{i},2020-01-{1 + i % 28:02d},5\n" for i in range(200))
PAID = {**shops.ORDERS, "amount": "paid"}


def test_rows_without_a_customer_are_counted_and_shown(tmp_path):
    (one,) = in_orders(tmp_path, HEAD + GOOD + ",2020-01-05,7\n" * 100, "no-customer", columns=PAID)
    assert "100 of 300 rows (33.3%) have no customer" in one.says
    assert (one.level, one.count, one.example["paid"]) == (Level.WARNING, 100, "7")


def test_a_few_guests_are_no_warning(tmp_path):
    (one,) = in_orders(tmp_path, HEAD + GOOD + ",2020-01-05,7\n", "no-customer", columns=PAID)
    assert one.level is Level.ADVICE


def test_unreadable_rows_are_told_by_reason(tmp_path):
    rows = HEAD + GOOD + "c1,soon,5\nc2,2020-01-05,much\n"
    says = {one.says for one in in_orders(tmp_path, rows, "unusable-rows", columns=PAID)}
    assert says == {"1 row is set aside: time cannot be read", "1 row is set aside: amount is not a number"}


def test_times_in_the_future_are_a_finding_of_their_own(tmp_path):
    (one,) = in_orders(tmp_path, HEAD + GOOD + "c1,2031-01-05,5\n", "future-times", columns=PAID)
    assert one.example["at"] == "2031-01-05"


def test_exact_duplicates_are_counted(tmp_path):
    (one,) = in_orders(tmp_path, HEAD + GOOD + "c1,2020-01-05,5\n" * 4, "duplicates", columns=PAID)
    assert (one.count, one.level) == (3, Level.WARNING)
    assert one.example == {"who": "c1", "at": "2020-01-05", "paid": "5"}


def test_lines_of_an_order_may_repeat(tmp_path):
    columns = {**PAID, "order": "paid"}
    (one,) = in_orders(tmp_path, HEAD + GOOD + "c1,2020-01-05,5\n" * 9, "duplicates", columns=columns)
    assert one.level is Level.ADVICE


def test_an_id_that_stands_for_nobody_is_found_by_its_name(tmp_path):
    (one,) = in_orders(
        tmp_path, HEAD + GOOD + "Guest,2020-01-05,5\n" * 5, "placeholder-customer", columns=PAID
    )
    assert "'Guest' has 5 rows" in one.says
    assert "who <> 'Guest'" in one.do


def test_an_id_that_stands_for_nobody_is_found_by_its_rows(tmp_path):
    (one,) = in_orders(
        tmp_path, HEAD + GOOD + "till,2020-01-05,5\n" * 40, "placeholder-customer", columns=PAID
    )
    assert "'till'" in one.says


def test_a_good_table_has_nothing_of_the_kind(tmp_path):
    codes = {one.code for one in look(shops.orders(tmp_path, HEAD + GOOD, columns=PAID)).findings}
    assert not codes & {"no-customer", "unusable-rows", "duplicates", "placeholder-customer", "future-times"}


def test_a_customer_with_two_rows_is_told(tmp_path):
    shops.write(tmp_path / "o.csv", HEAD + GOOD)
    shops.write(tmp_path / "p.csv", "who,country\nc1,UK\nc1,DE\n,UK\n")
    events = shops.opened(
        tmp_path,
        orders={"source": "o.csv", "columns": PAID},
        customers={"source": "p.csv", "columns": {"customer": "who"}, "attributes": ["country"]},
    )
    inspection = look(events)
    assert found(inspection, "repeated-customers")[0].example["who"] == "c1"
    assert found(inspection, "no-customer")[0].where == "customers.who"
