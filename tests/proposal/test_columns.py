"""What a file's columns hold, before any config says so."""

from __future__ import annotations

from datetime import datetime

import pytest

import shops
from retain.events.duckdb.sources import looking
from retain.proposal.columns import look


def columns(folder, content, name="t.csv"):
    file = shops.write(folder / name, content)
    with looking(str(file)) as (types, query):
        return {column.name: column for column in look(types, query)}


def test_text_of_a_csv_is_told_apart(tmp_path):
    rows = "".join(f"c{i % 7},2020-01-{1 + i % 28:02d} 09:30,{i}.5,yes,x\n" for i in range(50))
    found = columns(tmp_path, "who,at,paid,flag,shop\n" + rows)
    assert (found["who"].is_text, found["who"].distinct) == (True, 7)
    assert (found["at"].is_time, found["at"].timed) == (True, 1)
    assert (found["paid"].is_number, found["paid"].fractional) == (True, 1)
    assert found["flag"].is_flag
    assert found["shop"].values == ("x",)


def test_typed_columns_are_told_apart(tmp_path):
    table = {
        "n": [1, 2, 3],
        "at": [datetime(2020, 1, 1)] * 3,
        "yes": [True, False, None],
        "x": [-1.5, 2.0, 3.0],
    }
    found = columns(tmp_path, table, name="t.parquet")
    assert found["n"].is_number
    assert (found["at"].is_time, found["at"].timed) == (True, 0)
    assert (found["yes"].is_flag, found["yes"].known) == (True, 2)
    assert found["x"].negative == pytest.approx(1 / 3)


@pytest.mark.parametrize("written", ["24/12/2023", "12/24/2023 10:15", "24.12.2023"])
def test_dates_with_a_number_above_twelve_are_times(tmp_path, written):
    assert columns(tmp_path, f"at,n\n{written},1\n{written},2\n")["at"].is_time


def test_dates_that_do_not_tell_which_is_the_day_are_ambiguous(tmp_path):
    at = columns(tmp_path, "at,n\n03/04/2023,1\n05/06/2023,2\n")["at"]
    assert (at.is_time, at.ambiguous) == (False, 1)


@pytest.mark.parametrize("written", ["$12.50", "1.234,50 €", "EUR 3,20"])
def test_money_that_is_no_number_is_told(tmp_path, written):
    paid = columns(tmp_path, f"paid;n\n{written};1\n")["paid"]
    assert (paid.is_number, paid.money) == (False, 1)


def test_plain_numbers_are_neither_times_nor_money(tmp_path):
    found = columns(tmp_path, "a,b\n20230104,7\n20230105,8\n20230106,9\n")
    assert found["a"].is_number
    assert (found["a"].times, found["a"].money) == (0, 0)


def test_unique_is_exact(tmp_path):
    ids = [f"c{i}" for i in range(5000)]
    assert columns(tmp_path, {"id": ids}, name="a.parquet")["id"].unique
    assert not columns(tmp_path, {"id": ids + ids[:500]}, name="b.parquet")["id"].unique


def test_an_empty_file_is_empty(tmp_path):
    assert columns(tmp_path, "a,b\n")["a"].known == 0
