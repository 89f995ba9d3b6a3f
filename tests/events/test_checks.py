"""When a table is too poor to go on, and what is said of the rows left out."""

from __future__ import annotations

import pytest

from retain.errors import DataError
from retain.events.checks import refuse_unusable, unusable_notes, with_duplicates
from retain.events.days import to_date
from retain.events.tables import Summary, TableSummary


def _table(rows=100, anonymous=0, **rejected):
    used = rows - anonymous - sum(rejected.values())
    return TableSummary("orders", rows, used, anonymous, rejected, oldest=None, newest=None)


@pytest.mark.parametrize(
    "table", [_table(unreadable=20), _table(anonymous=90, unreadable=2), _table(anonymous=100)]
)
def test_a_table_with_up_to_a_fifth_unusable_is_used(table):
    refuse_unusable([table], max_missing=0.2)


@pytest.mark.parametrize("table", [_table(unreadable=15, missing=6), _table(anonymous=90, unreadable=3)])
def test_a_table_with_more_is_refused(table):
    with pytest.raises(DataError, match=r"orders: .* of 100 rows .* cannot be used .*gates\.max_missing"):
        refuse_unusable([table], max_missing=0.2)


def test_the_refusal_names_the_reasons_most_frequent_first():
    with pytest.raises(
        DataError, match=r"21 of 100 rows \(21%\) cannot be used \(missing: 15, unreadable: 6\)"
    ):
        refuse_unusable([_table(unreadable=6, missing=15)], max_missing=0.2)


def test_an_empty_table_is_no_unusable_one():
    refuse_unusable([_table(rows=0)], max_missing=0)


def _summary(table):
    return Summary((table,), as_of=to_date(10), start=to_date(0), end=to_date(10))


def test_notes_count_what_was_left_out():
    assert unusable_notes(_summary(_table(rows=1000, anonymous=249, unreadable=3))) == (
        "orders: 249 of 1,000 rows without a customer are left out",
        "orders: 3 rows set aside: unreadable",
    )


def test_duplicates_are_kept_with_the_orders():
    assert with_duplicates(_summary(_table()), {"orders": 7}).table("orders").duplicates == 7
