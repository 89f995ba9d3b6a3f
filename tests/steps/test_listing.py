"""What a list carries over from the lists before it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

import corner_shop
from retain.lists.ranking import BESIDE, COLUMNS

pytestmark = pytest.mark.slow  # a trained model

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def weeks(trained, tmp_path_factory):
    """Two lists a week apart, half of the customers held out, everyone listed."""
    project = trained.elsewhere(tmp_path_factory.mktemp("weeks"))
    listing = project.config.listing.model_copy(update={"holdout": 0.5, "size": 60})
    project = replace(project, config=project.config.model_copy(update={"listing": listing}))
    return project.predict(as_of=corner_shop.NEWEST - WEEK), project.predict()


def skipped(result):
    return pd.read_csv(result.folder / "skipped.csv", dtype=str).set_index("customer_id")


def test_who_was_held_out_a_week_ago_is_left_alone_like_who_was_contacted(weeks):
    first, second = weeks
    held = set(first.at_risk.query("group == 'holdout'")["customer_id"])
    out = skipped(second)
    assert len(held) > 10
    assert not held & set(second.at_risk["customer_id"])
    assert set(out.index[out["reason"] == "held out"]) <= held
    assert second.manifest["skipped"]["held out"] == (out["reason"] == "held out").sum()


def test_nobody_who_was_held_out_is_told_to_have_left(weeks):
    first, second = weeks
    contacted = set(first.at_risk.query("group == 'contact'")["customer_id"])
    assert sum(second.manifest["left"].values()) <= len(contacted - set(second.at_risk["customer_id"]))


def test_segments_are_counted_over_time(weeks):
    first, second = weeks
    assert second.manifest["segments_before"] == [
        {"as_of": first.manifest["as_of"], **first.manifest["segments"]}
    ]
    assert first.manifest["segments_before"] == []


def test_the_page_tells_each_customers_life_and_risk(weeks):
    html = (weeks[1].folder / "at_risk.html").read_text(encoding="utf-8")
    assert '"timelines":[{"all":' in html
    assert f'"risks":[[["{corner_shop.NEWEST - WEEK}",' in html


def test_what_stands_behind_the_contracts_columns_is_known(weeks):
    frame = pd.read_parquet(weeks[1].folder / "at_risk.parquet")
    assert list(frame.columns) == [*COLUMNS[:19], "name", *COLUMNS[19:], *BESIDE]
    assert frame["action_who"].ne("").any()
    assert (frame["lever_risk"].dropna() < frame["churn_probability"][frame["lever_risk"].notna()]).all()


def test_contact_details_stand_beside_the_id_in_the_files_that_people_fill_or_read(weeks):
    for name in ("skipped.csv", "feedback_template.csv"):
        frame = pd.read_csv(weeks[1].folder / name, dtype=str)
        assert list(frame.columns)[:2] == ["customer_id", "name"]
        assert (frame["name"] == "N" + frame["customer_id"].astype(int).astype(str)).all()


def test_the_template_with_names_is_read_back(weeks, trained, tmp_path):
    template = pd.read_csv(weeks[1].folder / "feedback_template.csv", dtype=str)
    template.loc[0, "contacted_at"] = "2019-06-10"
    template.to_csv(tmp_path / "filled.csv", index=False)
    assert trained.elsewhere(tmp_path).feedback(tmp_path / "filled.csv").new == 1


def test_tiers_are_remembered(weeks):
    import duckdb

    with duckdb.connect(weeks[1].folder.parent.parent / "history.duckdb", read_only=True) as kept:
        known = dict(kept.sql("SELECT customer_id, arg_max(tier, since) FROM tiers GROUP BY 1").fetchall())
    scores = pd.read_parquet(weeks[1].folder / "scores.parquet")
    assert scores["tier"].tolist() == [known[one] for one in scores["customer_id"]]
