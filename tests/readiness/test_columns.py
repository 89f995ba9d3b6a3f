"""What every column holds, and which ones tell nothing."""

from __future__ import annotations

import shops
from inspections import found, look, source
from retain.readiness.columns import profile
from retain.readiness.findings import Level

ROWS = "who,at,paid,shop,note\na,2020-01-01,10,x,\nb,2020-01-02,9,x, \nc,2020-01-03,,x,hi\n"
COLUMNS = {**shops.ORDERS, "category": "shop"}


def columns(folder, content=ROWS, **keys):
    events = shops.orders(folder, content, columns=COLUMNS, **keys)
    return {column.name: column for column in profile(source(events), events.summary.table("orders"))}


def test_a_column_is_counted_and_its_ends_are_told(tmp_path):
    at = columns(tmp_path)["at"]
    assert (at.rows, at.missing, at.distinct, at.low, at.high) == (
        3,
        0,
        3,
        "2020-01-01",
        "2020-01-03",
    )


def test_numbers_written_as_text_are_ordered_as_numbers(tmp_path):
    paid = columns(tmp_path)["paid"]
    assert (paid.low, paid.high, paid.missing) == ("9", "10", 1)


def test_blank_text_is_missing(tmp_path):
    assert columns(tmp_path)["note"].missing == 2


def test_mapped_columns_come_first_with_their_role(tmp_path):
    found = columns(tmp_path)
    assert [column.role for column in found.values()] == ["customer", "time", "category", None, None]


def test_not_a_number_is_missing(tmp_path):
    made = {"who": ["a", "b"], "at": ["2020-01-01"] * 2, "paid": [float("nan"), 2.0], "shop": ["x", "y"]}
    assert columns(tmp_path, made, name="orders.parquet")["paid"].missing == 1


def test_a_column_that_is_always_the_same_is_told_if_it_is_used(tmp_path):
    inspection = look(shops.orders(tmp_path, ROWS, columns=COLUMNS))
    (one,) = found(inspection, "constant")
    assert (one.where, one.level) == ("orders.shop", Level.ADVICE)
    assert inspection.columns["orders"][2].to_json()["constant"]


def test_a_column_that_is_mostly_empty_is_told_if_it_is_used(tmp_path):
    columns = {**shops.ORDERS, "category": "note"}
    (one,) = found(look(shops.orders(tmp_path, ROWS, columns=columns)), "poorly-filled")
    assert "2 of 3 rows (66.7%) have no note" in one.says


def test_what_is_there_for_the_caller_is_not_shown(tmp_path):
    shops.write(tmp_path / "o.csv", "who,at\na,2020-01-01\n")
    shops.write(tmp_path / "p.csv", "who,mail,land\na,ann@example.org,UK\na,bob@example.org,UK\n")
    events = shops.opened(
        tmp_path,
        orders={"source": "o.csv", "columns": shops.ORDERS},
        customers={"source": "p.csv", "columns": {"customer": "who"}, "show": ["mail"]},
    )
    inspection = look(events)
    mail = next(column for column in inspection.columns["customers"] if column.name == "mail")
    assert (mail.low, mail.high) == (None, None)
    assert found(inspection, "repeated-customers")[0].example == {"who": "a", "land": "UK"}


def test_columns_of_lists_are_counted(tmp_path):
    made = {"who": ["a", "b"], "at": ["2020-01-01"] * 2, "shop": ["x", "y"], "tags": [["p"], None]}
    tags = columns(tmp_path, made, name="orders.parquet")["tags"]
    assert (tags.missing, tags.distinct, tags.low) == (1, 1, None)
