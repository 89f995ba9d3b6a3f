"""How a source's own columns become times, numbers and customers."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest

from retain.errors import ConfigError
from shops import ORDERS, orders, rejects, seen

AMOUNT = {**ORDERS, "amount": "paid"}


def _days(folder, times, **keys):
    """The business's day of each time, None where it cannot be read."""
    lines = "".join(f"{number},{at}\n" for number, at in enumerate(times))
    found = seen(orders(folder, f"who,at\n{lines}fine,2001-01-01\n", gates={"max_missing": 1}, **keys))
    return [found[str(number)][0][0] if str(number) in found else None for number in range(len(times))]


def test_times_that_are_read(tmp_path):
    times = [
        "2020-01-05",
        "2020-1-5",
        "2020/01/05",
        "  2020-01-05 ",
        "2020-01-05 23:59:59.999",
        "2020-01-05T23:59",
        "2020-01-05T23:30:00Z",
        "2020-01-05T23:30:00.000000000Z",
        "2020-01-06 00:30:00+02:00",
        "2020-01-06T00:30:00+0200",
        "2020-01-06 00:30:00 +0200",
        "2020-01-05 20:30:00-03",
        "2020-01-05 23:30:00 UTC",
        "2020-01-06 00:30 Europe/Berlin",
    ]
    assert _days(tmp_path, times) == ["2020-01-05"] * len(times)


def test_a_time_that_could_be_misread_is_not_read(tmp_path):
    odd = [
        "05.01.2020",
        "2020-02-30",
        "2020-01-05 11:30:00 PM",
        "2020-01-05 25:00",
        "soon",
        "1577836800",
        "infinity",
    ]
    assert _days(tmp_path, odd) == [None] * len(odd)
    assert {row["at"]: row["reject_reason"] for row in rejects(tmp_path)} == dict.fromkeys(
        odd, "time cannot be read"
    )


@pytest.mark.parametrize("zone", [None, "UTC"])
@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_parquet_times_of_any_unit_are_moved_to_the_business(tmp_path, unit, zone):
    content = pa.table({"who": ["a"], "at": pa.array([datetime(2020, 1, 6, 3)], pa.timestamp(unit, tz=zone))})
    events = orders(tmp_path, content, name="o.parquet", naive="UTC", timezone="America/New_York")
    assert seen(events) == {"a": [("2020-01-05", None)]}


def test_a_table_in_utc_has_the_days_of_a_business_in_new_york(tmp_path):
    days = {
        "2017-03-10 04:59:00": "2017-03-09",  # 23:59 in New York, in winter
        "2017-03-10 05:00:00": "2017-03-10",
        "2017-03-12 05:00:00": "2017-03-12",  # the day the clock goes forward begins in winter
        "2017-03-13 03:59:00": "2017-03-12",
        "2017-03-13 04:00:00": "2017-03-13",  # and ends in summer, after 23 hours
        "2017-11-05 04:00:00": "2017-11-05",  # the day it goes back has 25 hours
        "2017-11-06 04:59:00": "2017-11-05",
        "2017-11-06 05:00:00": "2017-11-06",
        "2017-11-06": "2017-11-06",  # a date is a day, whatever the table's timezone
    }
    assert _days(tmp_path, days, naive="UTC", timezone="America/New_York") == list(days.values())


@pytest.mark.parametrize("keys", [{}, {"naive": "America/New_York"}])
def test_naive_times_are_the_business_s_own_unless_the_table_says_otherwise(tmp_path, keys):
    days = {
        "2017-03-10 23:59:00": "2017-03-10",
        "2017-03-12 02:30:00": "2017-03-12",  # a time that no clock showed
        "2017-11-05 01:30:00": "2017-11-05",  # a time that came twice
        "2017-11-06 04:59:00Z": "2017-11-05",  # one that names its zone is converted all the same
    }
    assert _days(tmp_path, days, timezone="America/New_York", **keys) == list(days.values())


def test_a_date_column_is_not_moved(tmp_path):
    content = {"who": ["a"], "at": [date(2020, 1, 5)]}
    events = orders(tmp_path, content, name="o.parquet", naive="UTC", timezone="America/New_York")
    assert seen(events) == {"a": [("2020-01-05", None)]}


@pytest.mark.parametrize("extreme", [-(9 * 10**16), 9_223_372_036_854_775_806])
def test_a_time_that_no_calendar_has_is_set_aside(tmp_path, extreme):
    at = pa.array([1_577_836_800_000_000, extreme], pa.timestamp("us"))
    events = orders(
        tmp_path, pa.table({"who": ["a", "b"], "at": at}), name="o.parquet", gates={"max_missing": 1}
    )
    assert events.summary.table("orders").rejected == {"time cannot be read": 1}


@pytest.mark.parametrize(
    ("ids", "written"),
    [
        (["00123", "12346.0"], ["00123", "12346.0"]),
        (["Ünal", "株式会社"], ["Ünal", "株式会社"]),
        (["O'Brien", 'the "Shop"'], ["O'Brien", 'the "Shop"']),
        ([7, 2**62], ["4611686018427387904", "7"]),
        ([7.0, 12346.0], ["12346.0", "7.0"]),
    ],
)
def test_ids_survive_as_written(tmp_path, ids, written):
    content = {"who": ids, "at": [datetime(2020, 1, 5)] * 2}
    assert list(seen(orders(tmp_path, content, name="orders.parquet"))) == written


def test_csv_ids_are_text(tmp_path):
    found = seen(orders(tmp_path, "who,at\n00123,2020-01-05\n12346.0,2020-01-05\n1e5,2020-01-05\n"))
    assert list(found) == ["00123", "12346.0", "1e5"]


@pytest.mark.parametrize("nobody", [[None, None], ["", " "], [float("nan"), None]])
def test_rows_without_a_customer_are_anonymous(tmp_path, nobody):
    somebody = 7.0 if isinstance(nobody[0], float) else "7.0"
    content = {"who": [somebody, *nobody], "at": [datetime(2020, 1, 5)] * 3}
    events = orders(tmp_path, content, name="orders.parquet")
    assert events.summary.table("orders").anonymous == 2
    assert list(seen(events)) == ["7.0"]


@pytest.mark.parametrize(
    ("paid", "number"),
    [
        (pa.array([5]), 5.0),
        (pa.array([5], pa.uint8()), 5.0),
        (pa.array([Decimal("5.25")]), 5.25),
        (pa.array([0.1 + 0.2]), 0.3),
        (pa.array(["5.25"]), 5.25),
        (pa.array([168469.60]), 168469.6),
        (pa.array([1e12]), 1e12),
    ],
)
def test_amounts_are_kept_to_the_ten_thousandth(tmp_path, paid, number):
    content = pa.table({"who": ["a"], "at": [datetime(2020, 1, 5)], "paid": paid})
    assert seen(orders(tmp_path, content, name="orders.parquet", columns=AMOUNT))["a"] == [
        ("2020-01-05", number)
    ]


@pytest.mark.parametrize("paid", [[time(5)], [[1.0]], [{"x": 1}], [b"5"], [datetime(2020, 1, 5)]])
def test_a_column_of_the_wrong_type_is_no_amount(tmp_path, paid):
    content = {"who": ["a"], "at": [datetime(2020, 1, 5)], "paid": paid}
    with pytest.raises(
        ConfigError, match=r"^tables\.orders\.columns\.amount: 'paid' holds .*, which is no number"
    ):
        orders(tmp_path, content, name="orders.parquet", columns=AMOUNT)


@pytest.mark.parametrize("at", [5, 1577836800.0, time(5), True])
def test_a_column_of_the_wrong_type_is_no_time(tmp_path, at):
    with pytest.raises(
        ConfigError, match=r"^tables\.orders\.columns\.time: 'at' holds .*, which is no time; give"
    ):
        orders(tmp_path, {"who": ["a"], "at": [at]}, name="orders.parquet")


STRANGE = [
    "select",
    "a b",
    'quoted "x"',
    "it's",
    "customer",
    "time",
    "code",
    "number",
    "label",
    "line",
    "orders",
]


@pytest.mark.parametrize("column", STRANGE)
def test_a_column_may_have_any_name(tmp_path, column):
    content = {"who": ["a", "a"], "at": [datetime(2020, 1, 5), None], column: [5.0, 7.0]}
    columns = {**ORDERS, "amount": column}
    events = orders(tmp_path, content, name="o.parquet", columns=columns, gates={"max_missing": 1})
    assert seen(events) == {"a": [("2020-01-05", 5.0)]}
    assert rejects(tmp_path) == [{"who": "a", "at": None, column: 7.0, "reject_reason": "time is missing"}]


def test_columns_without_a_role_may_have_any_names(tmp_path):
    others = {
        column: ["x", "y"] for column in [*STRANGE, "tab", "day", "known", "gone", "labels", "raw_orders"]
    }
    content = {"who": ["a"] * 2, "at": [datetime(2020, 1, 5)] * 2, "paid": [5.0] * 2, **others}
    events = orders(tmp_path, content, name="o.parquet", columns=AMOUNT)
    assert seen(events) == {"a": [("2020-01-05", 5.0)] * 2}
    assert events.summary.table("orders").duplicates == 0


@pytest.mark.parametrize("column", ["customer", "time", "select"])
def test_a_role_may_be_played_by_a_column_of_any_name(tmp_path, column):
    content = {column: ["a"], "at": [datetime(2020, 1, 5)]}
    events = orders(tmp_path, content, name="orders.parquet", columns={"customer": column, "time": "at"})
    assert seen(events) == {"a": [("2020-01-05", None)]}


@pytest.mark.parametrize("column", ["retain_time", "Retain_Customer", "retain_reason", "retain_whom"])
def test_the_names_that_retain_keeps_are_refused(tmp_path, column):
    content = {"who": ["a"], "at": [datetime(2020, 1, 5)], column: ["x"]}
    with pytest.raises(ConfigError, match=f"retain keeps the names {column.lower()} for itself"):
        orders(tmp_path, content, name="orders.parquet")
