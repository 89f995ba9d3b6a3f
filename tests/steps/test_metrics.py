"""`retain metrics` on the corner shop."""

from __future__ import annotations

import json
from datetime import date

import pandas as pd
import pytest
from typer.testing import CliRunner

import corner_shop
from retain.cli import app
from retain.errors import UsageError

FIRST, LAST = date(2019, 3, 1), date(2019, 5, 31)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("metrics")
    corner_shop.write(folder)
    return corner_shop.opened(folder, store="sqlite:///unused.db", name="metrics")


@pytest.fixture(scope="module")
def found(shop):
    return shop.metrics(FIRST, LAST, segment="country")


def orders(shop):
    frame = pd.read_csv(shop.config.path.parent / "orders.csv", dtype={"who": str})
    return frame.assign(at=pd.to_datetime(frame["at"]))


def test_retention_is_what_pandas_counts(shop, found):
    frame, within = orders(shop), pd.Timedelta(days=40)
    first = frame.groupby("who")["at"].min()
    start, stop = pd.Timestamp(FIRST), pd.Timestamp(LAST) + pd.Timedelta(days=1)
    seen = [frame["at"].between(t - within, t, inclusive="left") for t in (start, stop)]
    ends = [set(frame.loc[mask, "who"]) for mask in seen]
    new = {who for who in ends[1] if first[who] >= start}
    crr = found.document["crr"]
    assert [crr["S"], crr["N"], crr["E"]] == [len(ends[0]), len(new), len(ends[1])]
    assert crr["value"] == pytest.approx(100 * (len(ends[1]) - len(new)) / len(ends[0]))
    assert crr["value"] + found.document["churn_rate"]["value"] == pytest.approx(100)


def test_orders_are_what_pandas_counts(shop, found):
    frame = orders(shop)
    inside = frame[frame["at"].between(pd.Timestamp(FIRST), pd.Timestamp(LAST))]
    each = inside.groupby("who").size()
    told = found.document
    assert told["orders"]["value"] == len(inside)
    assert told["aov"]["value"] == pytest.approx(inside["paid"].mean())
    assert told["repeat_customer_rate"]["value"] == pytest.approx(100 * (each > 1).mean())
    assert told["purchase_frequency"]["value"] == pytest.approx(each.mean())


def test_every_figure_says_what_it_is_and_of_whom(found):
    figures = [each for each in found.document.values() if isinstance(each, dict) and "title" in each]
    assert len(figures) >= 13
    assert all(each["definition"] and each["source"] and each["unit"] for each in figures)
    assert all(each["population"] or each["why"] for each in figures)


def test_what_is_not_known_says_why(found):
    told = found.document["predicted_clv"]
    assert told["value"] is None
    assert told["why"] == "no list as of 2019-06-10 or earlier was published: run `retain predict`"


def test_the_newest_list_up_to_the_day_tells_the_predicted_value(shop, found):
    for day, value in (("2019-05-01", 10.0), ("2019-06-01", 30.0), ("2019-06-30", 99.0)):
        folder = shop.config.output / "lists" / day
        folder.mkdir(parents=True)
        scores = {"customer_id": ["0001", "0002", "0003"], "expected_value": [value, value + 0.0, None]}
        pd.DataFrame(scores).to_parquet(folder / "scores.parquet")
    found = shop.metrics(FIRST, LAST, segment="country").document
    told, parts = found["predicted_clv"], [one.get("predicted_clv") for one in found["segments"]]
    assert sum(one["total"] for one in parts if one) == told["total"]
    assert (told["value"], told["total"], told["list"]) == (30.0, 60.0, "2019-06-01")
    assert told["population"] == "2 customers eligible for the list of 2019-06-01"


def test_the_cohorts_of_the_segments_add_up_to_those_of_all(found):
    def cells(told):
        return {
            (one["cohort"], since): active
            for one in told["cohorts"]
            for since, active in enumerate(one["active"])
        }

    segments = [cells(one) for one in found.document["segments"]]
    assert len(segments) > 1
    for key, active in cells(found.document).items():
        assert sum(one.get(key, 0) for one in segments) == active
    long = found.tables["segment_cohorts"]
    assert long.groupby("cohort")["active"].sum().sum() == found.tables["cohorts"]["active"].sum()
    money = found.tables["segment_revenue_cohorts"]["revenue"].sum()
    assert money == pytest.approx(found.tables["revenue_cohorts"]["revenue"].sum())


def test_the_files_hold_what_was_returned(shop, found):
    again = shop.metrics(FIRST, LAST, segment="country")
    kept = json.loads(again.path.read_text())
    assert kept == json.loads(json.dumps(again.document))
    assert {path.stem for path in again.folder.iterdir()} == set(again.tables)
    periods = pd.read_csv(again.folder / "periods.csv")
    assert list(periods["name"]) == ["2019-03", "2019-04", "2019-05"]
    assert again.page.read_text().startswith("<!doctype html>")


def test_a_table_of_an_earlier_run_does_not_stay(shop):
    folder = shop.metrics(FIRST, LAST, segment="country").folder
    assert (folder / "segments.csv").is_file()
    assert not (shop.metrics(FIRST, LAST).folder / "segments.csv").exists()


def test_the_cohorts_sum_to_the_customers(shop, found):
    frame = orders(shop)
    sizes = [cohort["size"] for cohort in found.document["cohorts"]]
    assert sum(sizes) == frame.loc[frame["at"] <= pd.Timestamp(LAST), "who"].nunique()


def test_segments_are_the_values_of_the_column(found):
    segments = {one["segment"]: one for one in found.document["segments"]}
    assert set(segments) == {"U", "D"}
    assert sum(one["crr"]["S"] for one in segments.values()) == found.document["crr"]["S"]
    assert len(segments["U"]["periods"]) == 3


def test_as_of_a_day_only_what_was_there_is_seen(shop):
    told = shop.metrics(FIRST, LAST, as_of=date(2019, 5, 1)).document
    assert not told["complete"]
    assert [one["complete"] for one in told["periods"]] == [True, True, False]
    assert told["periods"][2]["orders"]["value"] == 0
    assert "the data end before 2019-05-01" in told["notes"][0]


@pytest.mark.parametrize(
    ("start", "end", "period"),
    [
        (None, None, ("2019-03-01", "2019-05-31")),  # 40 days of history are needed before it
        (None, date(2019, 4, 30), ("2019-03-01", "2019-04-30")),
        (date(2019, 2, 3), None, ("2019-02-03", "2019-05-31")),
        (date(2019, 6, 2), None, ("2019-06-02", "2019-06-09")),
    ],
)
def test_what_is_not_asked_for_is_the_newest_whole_months(shop, start, end, period):
    told = shop.metrics(start, end).document
    assert (told["from"], told["to"]) == period


def test_too_little_history_is_told(found):
    assert [one["remembered"] for one in found.document["periods"]] == [True, True, True]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"by": "week"}, "--by: 'week' is none of month, quarter, year"),
        ({"segment": "plan"}, "--segment: 'plan' is no column"),
    ],
)
def test_what_cannot_be_measured_is_refused(shop, options, message):
    with pytest.raises(UsageError, match=message):
        shop.metrics(FIRST, LAST, **options)


def test_the_command_prints_every_figure_with_its_definition(shop):
    config = str(shop.config.path)
    asked = ["metrics", "-c", config, "--from", str(FIRST), "--to", str(LAST), "--by", "quarter", "-q"]
    told = CliRunner().invoke(app, [*asked, "--project", str(corner_shop.ROOT)])
    assert told.exit_code == 0, told.output
    assert "Customer retention rate" in told.output
    assert "CRR = (E - N) / S x 100" in told.output


def test_json_is_one_document(shop):
    asked = ["metrics", "-c", str(shop.config.path), "--from", str(FIRST), "--to", str(LAST), "-q", "--json"]
    told = CliRunner().invoke(app, [*asked, "--project", str(corner_shop.ROOT)])
    found = json.loads(told.stdout)
    assert set(found["crr"]) >= {"value", "S", "N", "E", "definition", "population"}
    assert found["from"] == "2019-03-01"
    assert set(found["files"]) == {"json", "html", "csv"}
