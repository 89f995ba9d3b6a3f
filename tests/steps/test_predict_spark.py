"""The road on a real Spark: the list that one machine makes, by the same definitions and champion."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

import corner_shop
import sparks
from retain.events.spark import gather

pytestmark = pytest.mark.slow  # MLflow, a trained model and Spark


AS_OF = corner_shop.NEWEST - timedelta(days=6)
"""Some rows come later."""


@pytest.fixture(scope="module")
def nasty(trained, tmp_path_factory):
    """The trained shop's tables in a folder where everything is wrong that can be; how to open it there."""
    folder = tmp_path_factory.mktemp("nasty week")
    for file in trained.folder.glob("*.csv"):
        shutil.copy(file, folder)
    return folder, sparks.nasty_week(folder)


@pytest.fixture(scope="module")
def here(trained, nasty, store_uri):
    """Its list by the model of the trained shop, made on one machine."""
    folder, keys = nasty
    project = corner_shop.opened(folder, store=store_uri, **keys)
    return replace(trained, folder=folder, project=project, listed=project.predict(as_of=AS_OF))


@pytest.fixture(scope="module")
def there(trained, nasty, spark, store_uri):
    """The same list by `engine: spark`, in several partitions; scores go to a folder, too."""
    folder, keys = nasty
    own = {"output": str(folder / "afar"), "publish": {"scores": str(folder / "scores")}, "engine": "spark"}
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(gather, "FEWEST_ROWS", 500)
        project = corner_shop.opened(folder, store=store_uri, **keys, **own)
        yield replace(trained, folder=folder, project=project, listed=project.predict(as_of=AS_OF))


def _scores(trained):
    return pd.read_parquet(trained.listed.folder / "scores.parquet")


def _sorted(frame):
    return frame.sort_values(list(frame.columns), ignore_index=True)


def test_everybody_is_scored_the_same(here, there):
    ours, theirs = _scores(here), _scores(there)
    assert ours["customer_id"].tolist() == theirs["customer_id"].tolist()
    assert sum(ours["customer_id"].str.startswith("whale")) == 1
    pd.testing.assert_frame_equal(ours, theirs, check_exact=False, atol=1e-6)


def test_the_list_is_the_same_to_the_last_reason(here, there):
    ours, theirs = (one.listed.at_risk.drop(columns="run_id") for one in (here, there))
    assert len(theirs) == len(ours) > 10
    pd.testing.assert_frame_equal(ours, theirs, atol=1e-6)
    skipped = [(one.listed.folder / "skipped.csv").read_text() for one in (here, there)]
    assert skipped[0] == skipped[1]


@pytest.mark.parametrize("table", ["orders", "activity"])
def test_the_same_rows_are_set_aside_and_counted(here, there, table):
    ours, theirs = (one.listed.manifest["inputs"][table] for one in (here, there))
    counted = ("rows", "used", "anonymous", "rejected")
    assert {key: ours[key] for key in counted} == {key: theirs[key] for key in counted}
    files = [one.listed.folder / "rejects" / f"{table}.parquet" for one in (here, there)]
    rejects = [_sorted(pd.read_parquet(file)) for file in files]
    pd.testing.assert_frame_equal(*rejects)
    assert len(rejects[0]) == sum(ours["rejected"].values()) > 10


def test_what_drift_is_judged_by_is_the_same(here, there):
    ours, theirs = (one.listed.manifest["watch"]["population"] for one in (here, there))
    assert ours == theirs


def test_the_scores_are_written_once_however_often_the_list_is_made(there):
    again = there.project.predict(as_of=AS_OF, force=True)
    rows = pd.read_parquet(there.folder / "scores")
    assert rows["customer_id"].is_unique
    assert set(rows["customer_id"]) == set(_scores(there)["customer_id"])
    assert set(rows["run_id"]) == {again.manifest["run_id"]}
    assert {str(day) for day in rows["as_of"]} == {again.manifest["as_of"]}


@pytest.fixture
def table(spark, there):
    """A table of scores in Spark's catalog, with some of 1900."""
    name = "default.scores_of_long_ago"
    rows = spark.read.parquet(str(there.folder / "scores")).limit(3)
    old = rows.selectExpr("* EXCEPT (as_of)", "DATE '1900-01-01' AS as_of")
    old.write.partitionBy("as_of").saveAsTable(name)
    yield name
    spark.sql(f"DROP TABLE {name}")


def test_a_week_on_spark_learns_from_the_same_rows_and_publishes_a_list(trained, copy, table):
    own = {"publish": {"scores": f"spark://{table}"}, "retention_days": 36_500}
    project = copy(name="shop_on_spark", engine="spark", **own)
    done = project.weekly(as_of=corner_shop.NEWEST, force=True)
    assert done.trained is not None
    assert done.trained.rows == trained.result.rows
    here, there = (one.metrics["rfm_logit"]["log_loss"] for one in (trained.result, done.trained))
    assert there == pytest.approx(here, abs=1e-9)
    assert list(done.listed.at_risk["customer_id"]) == list(trained.listed.at_risk["customer_id"])
    (told,) = done.listed.expired.notes
    assert told in done.lines()
    assert told.startswith(
        f"the scores of 1900-01-01 are older than retention_days and still in spark://{table}"
    )
    assert told.endswith(f"ALTER TABLE {table} DROP IF EXISTS PARTITION (as_of='1900-01-01')")
