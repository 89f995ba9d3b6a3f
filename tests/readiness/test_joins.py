"""Tables that do not know each other's customers, and events before there was a customer."""

from __future__ import annotations

import shops
from inspections import found, look
from retain.readiness.findings import Level

ORDERS = "who,at\n" + "".join(f"{i:03d},2020-01-{1 + i % 28:02d}\n" for i in range(60))


def shop(folder, *, people=None, visits=None, **columns):
    shops.write(folder / "o.csv", ORDERS)
    tables = {"orders": {"source": "o.csv", "columns": shops.ORDERS}}
    if people is not None:
        shops.write(folder / "p.csv", people)
        tables["customers"] = {"source": "p.csv", "columns": {"customer": "who", **columns}}
    if visits is not None:
        shops.write(folder / "v.csv", visits)
        tables["activity"] = [{"source": "v.csv", "columns": shops.ORDERS}]
    return look(shops.opened(folder, **tables))


def test_tables_without_one_customer_in_common_are_an_error(tmp_path):
    (one,) = found(shop(tmp_path, visits="who,at\nx,2020-01-01\ny,2020-01-02\n"), "ids-do-not-join")
    assert (one.level, one.where) == (Level.ERROR, "activity.who")
    assert "none of the 2 customers is in orders" in one.says


def test_ids_written_otherwise_are_told(tmp_path):
    (one,) = found(shop(tmp_path, visits="who,at\n1,2020-01-01\n2.0,2020-01-02\n"), "ids-do-not-join")
    assert "2 would be found if case, blanks, leading zeros" in one.do


def test_some_strangers_are_counted(tmp_path):
    visits = "who,at\n" + "".join(f"{i:03d},2020-01-01\n" for i in range(40, 70))
    (one,) = found(shop(tmp_path, visits=visits), "ids-do-not-join")
    assert "10 of the 30 customers (33.3%) are not in orders, such as '060'" in one.says
    assert one.level is Level.ADVICE


def test_customers_of_whom_nothing_is_known_are_counted(tmp_path):
    people = "who\n" + "".join(f"{i:03d}\n" for i in range(20))
    (one,) = found(shop(tmp_path, people=people), "customers-without-row")
    assert (one.count, one.level) == (40, Level.ADVICE)
    (one,) = found(shop(tmp_path, people="who,quiet\n001,no\n", opted_out="quiet"), "customers-without-row")
    assert one.level is Level.WARNING


def test_events_before_the_customer_existed_are_an_error(tmp_path):
    people = "who,since\n" + "".join(f"{i:03d},2020-01-10\n" for i in range(60))
    (one,) = found(shop(tmp_path, people=people, since="since"), "before-customer")
    assert "of 60 rows" in one.says
    assert one.level is Level.ERROR
    assert one.example["at"] == "2020-01-01"


def test_events_on_the_day_of_sign_up_are_fine(tmp_path):
    people = "who,since\n" + "".join(f"{i:03d},2020-01-{1 + i % 28:02d} 23:00\n" for i in range(60))
    assert not found(shop(tmp_path, people=people, since="since"), "before-customer")


def test_a_sign_up_that_cannot_be_read_is_told(tmp_path):
    people = "who,since\n001,long ago\n002,2019-01-01\n003,\n"
    (one,) = found(shop(tmp_path, people=people, since="since"), "unusable-rows")
    assert (one.where, one.count) == ("customers.since", 1)
