"""The road on a real Spark: the list that one machine makes, by the same definitions and champion."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pandas as pd
import pytest

import corner_shop

pytestmark = pytest.mark.slow  # MLflow, a trained model and Spark


@pytest.fixture(scope="module")
def afar(trained, spark, store_uri, tmp_path_factory):
    """The trained shop's list made once more, with `engine: spark`; scores go to a folder, too."""
    folder = tmp_path_factory.mktemp("afar")
    for file in trained.folder.glob("*.csv"):
        shutil.copy(file, folder)
    publish = {"scores": str(folder / "scores")}
    project = corner_shop.opened(folder, store=store_uri, engine="spark", publish=publish)
    return replace(trained, folder=folder, project=project, listed=project.predict())


def _scores(trained):
    return pd.read_parquet(trained.listed.folder / "scores.parquet")


def test_everybody_is_scored_the_same(trained, afar):
    here, there = _scores(trained), _scores(afar)
    assert here["customer_id"].tolist() == there["customer_id"].tolist()
    pd.testing.assert_frame_equal(here, there, check_exact=False, atol=1e-6)


def test_the_list_is_the_same_to_the_last_reason(trained, afar):
    here, there = (one.listed.at_risk for one in (trained, afar))
    assert len(there) == len(here) > 10
    pd.testing.assert_frame_equal(here.drop(columns="run_id"), there.drop(columns="run_id"), atol=1e-6)


def test_the_same_rows_are_set_aside_and_counted(trained, afar):
    here, there = (one.listed.manifest["inputs"]["orders"] for one in (trained, afar))
    assert {key: here[key] for key in ("rows", "used", "anonymous", "rejected")} == {
        key: there[key] for key in ("rows", "used", "anonymous", "rejected")
    }


def test_what_drift_is_judged_by_is_the_same(trained, afar):
    here, there = (one.listed.manifest["watch"]["population"] for one in (trained, afar))
    assert here == there


def test_the_scores_are_written_once_however_often_the_list_is_made(afar):
    again = afar.project.predict(force=True)
    rows = pd.read_parquet(afar.folder / "scores")
    assert rows["customer_id"].is_unique
    assert set(rows["customer_id"]) == set(_scores(afar)["customer_id"])
    assert set(rows["run_id"]) == {again.manifest["run_id"]}
    assert {str(day) for day in rows["as_of"]} == {again.manifest["as_of"]}


def test_a_week_on_spark_learns_from_the_same_rows_and_publishes_a_list(trained, afar, store_uri):
    own = {"name": "shop_on_spark", "output": str(afar.folder / "weekly")}
    project = corner_shop.opened(afar.folder, store=store_uri, engine="spark", **own)
    done = project.weekly(as_of=corner_shop.NEWEST, force=True)
    assert done.trained is not None
    assert done.trained.rows == trained.result.rows
    here, there = (one.metrics["rfm_logit"]["log_loss"] for one in (trained.result, done.trained))
    assert there == pytest.approx(here, abs=1e-9)
    assert list(done.listed.at_risk["customer_id"]) == list(trained.listed.at_risk["customer_id"])
