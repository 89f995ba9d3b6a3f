"""The predicted value without a list is the champion's."""

from __future__ import annotations

import pandas as pd
import pytest

from retain.steps import worth


def test_the_list_and_the_champion_say_the_same(trained, tmp_path):
    listed = trained.project.metrics().document["predicted_clv"]
    alone = trained.elsewhere(tmp_path).metrics().document["predicted_clv"]
    assert listed["list"] == str(trained.listed.manifest["as_of"])
    assert alone["version"] == trained.result.version
    assert alone["value"] == pytest.approx(listed["value"])
    assert "by the champion" in alone["population"]


def test_a_champion_that_has_seen_later_rows_is_not_asked(trained, tmp_path):
    day = pd.Timestamp(trained.listed.manifest["as_of"]) - pd.Timedelta(days=20)
    told = trained.elsewhere(tmp_path).metrics(as_of=day.date()).document["predicted_clv"]
    assert told["value"] is None
    assert told["why"].startswith(f"no list as of {day.date()} or earlier was published")


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    assert not worth._may_be_trained(f"sqlite:///{tmp_path}/none.db")
    assert worth._may_be_trained("http://mlflow.example")
    assert list(tmp_path.iterdir()) == []
