"""Reading and checking tables: what is used, what is set aside, what is not seen."""

from __future__ import annotations

import errno
from datetime import UTC, date, datetime, timedelta

import pytest

from retain.errors import ConfigError, DataError
from shops import NOW, ORDERS, orders, rejects, seen, write

AMOUNT = {**ORDERS, "amount": "paid"}


def _lines(*lines, header="who,at,paid"):
    return "\n".join([header, *lines, ""])


def test_unusable_rows_are_set_aside_with_the_reason(tmp_path):
    content = _lines(
        "a,2020-01-05,5",
        "a,,5",
        "a,yesterday,5",
        "a,2020-01-05,",
        "a,2020-01-05,five",
        "a,2020-01-05,nan",
        "a,2020-01-05,inf",
        "a,2020-01-05,1e14",
        "a,2099-01-01,5",
    )
    events = orders(tmp_path, content, columns=AMOUNT, gates={"max_missing": 1})
    assert seen(events) == {"a": [("2020-01-05", 5.0)]}
    table = events.summary.table("orders")
    assert (table.rows, table.used, table.unusable) == (9, 1, 8)
    assert table.rejected == {
        "time is missing": 1,
        "time cannot be read": 1,
        "amount is missing": 1,
        "amount is not a number": 4,
        "time lies in the future": 1,
    }


def test_rejects_hold_the_source_s_own_columns(tmp_path):
    content = _lines("a,2020-01-05,5,x", "a,2020-01-06,?,y", header="who,at,paid,till")
    orders(tmp_path, content, columns=AMOUNT, gates={"max_missing": 1})
    assert rejects(tmp_path) == [
        {"who": "a", "at": "2020-01-06", "paid": "?", "till": "y", "reject_reason": "amount is not a number"}
    ]


@pytest.mark.parametrize("torn", ["a", "a,2020-01-06", "a,2020-01-06,5,6,7"])
def test_torn_lines_are_set_aside(tmp_path, torn):
    good = ["a,2020-01-05,5"] * 9
    events = orders(tmp_path, _lines(*good[:4], torn, *good[4:]), columns=AMOUNT)
    assert len(seen(events)["a"]) == 9
    assert events.summary.table("orders").rejected == {"line cannot be read": 1}
    assert events.summary.table("orders").rows == 10
    assert [(row["csv_line"], row["reject_reason"]) for row in rejects(tmp_path)] == [
        (torn, "line cannot be read")
    ]


def test_a_line_in_another_encoding_is_set_aside(tmp_path):
    good = b"a,2020-01-05,5\n" * 9
    events = orders(
        tmp_path, b"who,at,paid\n" + good + "Müller,2020-01-05,5\n".encode("latin-1"), columns=AMOUNT
    )
    assert list(seen(events)) == ["a"]
    assert events.summary.table("orders").unusable == 1


def test_torn_lines_of_one_table_are_not_those_of_another(tmp_path):
    write(tmp_path / "visits.csv", "who,at\n" + "a,2020-01-05\n" * 9 + "a\n")
    visits = {"source": "visits.csv", "columns": ORDERS, "kind": "visit"}
    events = orders(tmp_path, "who,at\n" + "a,2020-01-05\n" * 9 + "a\na\n", activity=[visits])
    assert [table.unusable for table in events.summary.tables] == [2, 1]


def test_nothing_set_aside_leaves_no_file(tmp_path):
    orders(tmp_path, "who,at\na,2020-01-05\n")
    assert not (tmp_path / "rejects").exists()


def test_too_many_unusable_rows_stop_the_run_but_are_written(tmp_path):
    with pytest.raises(
        DataError, match=r"orders: 1 of 2 rows \(50%\) cannot be used \(time cannot be read: 1\)"
    ):
        orders(tmp_path, "who,at\na,2020-01-05\nb,x\n")
    assert len(rejects(tmp_path)) == 1


def test_anonymous_rows_never_stop_a_run(tmp_path):
    events = orders(tmp_path, "who,at\na,2020-01-05\n" + ",2020-01-05\n,never\n" * 50)
    table = events.summary.table("orders")
    assert (table.rows, table.used, table.anonymous, table.unusable) == (101, 1, 100, 0)
    assert not (tmp_path / "rejects").exists()


def test_a_table_of_nobody_is_told(tmp_path):
    with pytest.raises(DataError, match="orders: there is no usable row"):
        orders(tmp_path, "who,at\n,2020-01-05\n")


def test_a_row_dated_2099_does_not_move_the_as_of(tmp_path):
    events = orders(tmp_path, "who,at\n" + "a,2020-01-05\n" * 9 + "a,2099-01-01\n")
    assert (events.summary.as_of, events.summary.end) == (date(2020, 1, 6), date(2020, 1, 6))


def test_a_row_less_than_a_day_ahead_is_kept_but_does_not_move_the_as_of(tmp_path):
    ahead = NOW.replace(tzinfo=None) + timedelta(hours=23)
    events = orders(tmp_path, f"who,at\na,2020-01-05\na,{ahead}\n")
    assert events.summary.table("orders").unusable == 0
    assert events.summary.as_of == date(2020, 1, 6)


def test_now_is_told_in_the_business_s_own_time(tmp_path):
    """It is already tomorrow in Tokyo: a row of 8 in the morning there lies in the past."""
    late = datetime(2020, 1, 5, 23, 30, tzinfo=UTC)
    events = orders(tmp_path, "who,at\na,2020-01-06 08:00:00\n", now=late, timezone="Asia/Tokyo")
    assert events.summary.as_of == date(2020, 1, 7)


CONTENT = "who,at\na,2020-01-05 23:59:59\nb,2020-01-06\nc,2020-02-01\n"


def test_the_default_as_of_sees_every_row(tmp_path):
    events = orders(tmp_path, CONTENT)
    assert (events.summary.start, events.summary.as_of) == (date(2020, 1, 5), date(2020, 2, 2))
    assert list(seen(events)) == ["a", "b", "c"]


def test_rows_at_or_after_the_as_of_are_not_seen(tmp_path):
    events = orders(tmp_path, CONTENT, as_of="2020-01-06")
    assert seen(events, cutoff="2021-01-01") == {"a": [("2020-01-05", None)]}
    assert events.summary.table("orders").unusable == 0
    assert events.summary.end == date(2020, 1, 6)


def test_labels_are_complete_up_to_the_newest_row(tmp_path):
    assert orders(tmp_path, CONTENT, as_of="2020-05-01").summary.end == date(2020, 2, 2)


def test_an_as_of_before_everything_is_told(tmp_path):
    with pytest.raises(
        DataError, match=r"as-of 2020-01-05: no row of orders is older; the first is of 2020-01-05"
    ):
        orders(tmp_path, CONTENT, as_of="2020-01-05")


def test_the_as_of_is_that_of_the_table_that_defines_churn(tmp_path):
    write(tmp_path / "visits.csv", "who,at\na,2020-03-01\n")
    visits = {"source": "visits.csv", "columns": ORDERS}
    assert orders(tmp_path, CONTENT, activity=[visits]).summary.as_of == date(2020, 2, 2)
    by_visits = orders(tmp_path, CONTENT, activity=[visits], churn={"table": "activity"})
    assert by_visits.summary.as_of == date(2020, 3, 2)


def test_exact_duplicates_are_counted_and_kept(tmp_path):
    events = orders(tmp_path, _lines(*["a,2020-01-05,5"] * 3, "a,2020-01-05,6"), columns=AMOUNT)
    assert events.summary.table("orders").duplicates == 2
    assert seen(events) == {"a": [("2020-01-05", 5.0)] * 3 + [("2020-01-05", 6.0)]}


def test_columns_are_checked_when_reading_too(tmp_path):
    with pytest.raises(
        ConfigError, match=r"tables\.orders\.columns\.time: 'at' is not a column of orders\.csv"
    ):
        orders(tmp_path, "who,date\na,2020-01-05\n")


def test_a_torn_parquet_file_is_told(tmp_path):
    with pytest.raises(DataError, match=r"the tables cannot be read: .*o\.parquet"):
        orders(tmp_path, b"PAR1 and no more", name="o.parquet")


VISITS = {"source": "visits.csv", "columns": ORDERS}
MIXED = "who,at,what,score\na,2020-01-05,call,5\na,2020-01-06,,\na,2020-01-07,Log in,\nb,2020-03-01,later,1\n"


def _kinds(folder, *tables, content=MIXED, **keys):
    write(folder / "visits.csv", content)
    return orders(folder, "who,at\na,2020-01-05\na,2020-02-01\n", activity=list(tables), **keys)


def test_a_kind_is_what_the_config_says(tmp_path):
    events = _kinds(tmp_path, {**VISITS, "kind": "login"}, VISITS)
    assert events.summary.kinds == {"activity": 3, "login": 3}


def test_a_kind_may_be_a_column(tmp_path):
    by_column = {**VISITS, "columns": {**ORDERS, "kind": "what", "value": "score"}}
    events = _kinds(tmp_path, by_column)
    assert events.summary.kinds == {"Log in": 1, "call": 1, "unknown": 1}
    assert events.valued_kinds == {"call"}


def test_kinds_that_appear_only_after_the_as_of_are_not_known(tmp_path):
    by_column = {**VISITS, "columns": {**ORDERS, "kind": "what"}}
    assert "later" in _kinds(tmp_path, by_column, as_of="2020-03-02").kinds
    assert "later" not in _kinds(tmp_path, by_column, as_of="2020-03-01").kinds


def test_a_value_may_be_missing_but_not_be_words(tmp_path):
    table = {**VISITS, "columns": {**ORDERS, "value": "score"}}
    events = _kinds(
        tmp_path, table, content="who,at,score\na,2020-01-05,\na,2020-01-06,good\n", gates={"max_missing": 1}
    )
    assert events.summary.table("activity").rejected == {"value is not a number": 1}


def test_each_source_of_activity_has_rejects_of_its_own(tmp_path):
    write(tmp_path / "calls.csv", "who,at\na,never\na,2020-01-05\n")
    _kinds(tmp_path, VISITS, {"source": "calls.csv", "columns": ORDERS}, gates={"max_missing": 1})
    assert [row["at"] for row in rejects(tmp_path, "activity_1")] == ["never"]


PEOPLE = "id,land,boss,no,tel\na,GB,kim,true,1\na,DE,lee,false,2\nb,,,,\nghost,FR,kim,false,3\n"
CUSTOMERS = {
    "source": "people.csv",
    "columns": {"customer": "id", "owner": "boss", "opted_out": "no"},
    "attributes": ["land"],
    "show": ["tel"],
}


def _people(folder, content=PEOPLE, customers=CUSTOMERS):
    write(folder / "people.csv", content)
    return orders(folder, "who,at\na,2020-01-05\nb,2020-01-05\nnobody,2020-01-06\n", customers=customers)


def test_attributes_are_those_of_each_customer(tmp_path):
    (history,) = _people(tmp_path).stream()
    assert list(history.names) == ["a", "b", "nobody"]
    assert history.attributes["land"].to_pylist() == ["DE", None, None]


def test_facts_come_in_the_order_asked_for(tmp_path):
    facts = _people(tmp_path).facts(["nobody", "a"])
    assert list(facts.index) == ["nobody", "a"]
    assert facts.loc["a"].to_dict() == {"owner": "kim", "opted_out": "false", "tel": "1"}
    assert facts.loc["nobody"].isna().all()


def test_facts_without_a_customers_table_are_none(tmp_path):
    facts = orders(tmp_path, "who,at\na,2020-01-05\n").facts(["a"])
    assert facts.shape == (1, 0)


@pytest.mark.parametrize("column", ["code", "customer", "n", "order", "a b"])
def test_an_attribute_may_have_any_name(tmp_path, column):
    customers = {**CUSTOMERS, "columns": {"customer": "id"}, "attributes": [column], "show": [column]}
    events = _people(tmp_path, content=f"id,{column}\na,x\n", customers=customers)
    (history,) = events.stream()
    assert history.attributes[column].to_pylist() == ["x", None, None]
    assert events.attribute_values() == {column: [("x", 1)]}
    assert list(events.facts(["a"])[column]) == ["x"]


def test_a_column_may_be_shown_and_have_a_role(tmp_path):
    facts = _people(tmp_path, customers={**CUSTOMERS, "show": ["boss", "id"]}).facts(["a"])
    assert facts.iloc[0].to_dict() == {"owner": "kim", "opted_out": "false", "boss": "kim", "id": "a"}


def test_a_shown_column_named_as_a_role_is_shown_once(tmp_path):
    content = "id,owner,opted_out\na,kim,false\n"
    customers = {"source": "people.csv", "columns": {"customer": "id", "owner": "owner"}, "show": ["owner"]}
    facts = _people(tmp_path, content=content, customers=customers).facts(["a"])
    assert facts.iloc[0].to_dict() == {"owner": "kim"}


def test_the_name_that_retain_keeps_is_refused(tmp_path):
    content = "id,land,boss,no,tel,retain_customer\na,GB,kim,true,1,x\n"
    with pytest.raises(ConfigError, match=r"tables\.customers\.source: retain keeps the names"):
        _people(tmp_path, content=content)


def test_a_spill_folder_without_room_is_told(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    events = orders(tmp_path, "who,at\na,2020-01-05\n")
    monkeypatch.setattr("retain.events.buckets.os.pwrite", full)
    with pytest.raises(ConfigError, match=r"^spill: .* cannot be written: No space left on device$"):
        list(events.stream())
