"""What is older than `retention_days` loses its people, and what cannot be reached is told with its cure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import listings
from retain.config import Config
from retain.lists import files, history, personal, publish, published, score_folder
from retain.progress import Silent
from retain.steps.expiry import Expired, days_told, expire, kept_from

DAY = date(2018, 1, 1)
NOW = datetime(2018, 3, 1, 4, tzinfo=UTC)
KEPT_FROM = date(2018, 1, 30)


@dataclass
class Run:
    """What of a run expiring needs."""

    config: Config
    now: datetime = NOW
    step: object = field(default_factory=lambda: Silent().step)


def shop(folder: Path, **keys: object) -> Run:
    table = {"source": "o.parquet", "columns": {"customer": "c", "time": "t"}}
    tree = {"name": "shop", "output": folder, "tables": {"orders": table}, "churn": {"horizon": 30}}
    return Run(Config.model_validate({**tree, **keys}))


@pytest.fixture
def run(tmp_path):
    """A shop that keeps people for 30 days, with a list of two months ago and scores of three days."""
    run = shop(tmp_path, retention_days=30, publish={"scores": str(tmp_path / "scores")})
    listed = listings.frame(6, held_out=1)
    manifest = {"as_of": DAY, "name": "shop", "fingerprint": "f"}
    written = {"at_risk.parquet": files.parquet(listed)}
    publish.publish(tmp_path / "lists", written, as_of=DAY, run_id="one", manifest=manifest)
    none = pd.DataFrame({"customer_id": [], "campaign": [], "group": [], "assigned_on": []})
    history.record(
        history.path_in(tmp_path), history.Entry(DAY, "one", run.now), listed=listed, assignments=none
    )
    for day in (DAY, date(2018, 1, 29), KEPT_FROM):
        partition = tmp_path / "scores" / f"as_of={day}"
        partition.mkdir(parents=True)
        rows = pd.DataFrame({"customer_id": ["x"], "model_version": "1", "run_id": "r"})
        rows.to_parquet(partition / "part-0.parquet")
    return run


def test_lists_history_and_scores_older_than_the_days_lose_their_people(run):
    expired = expire(run)
    assert expired == Expired(KEPT_FROM, lists=(DAY,), scores=(DAY, date(2018, 1, 29)))
    assert published.manifest(run.config.output / "lists" / str(DAY))["expired"]
    assert not personal.known(history.path_in(run.config.output), listings.frame(6)["customer_id"].tolist())
    assert [path.name for path in (run.config.output / "scores").iterdir()] == [f"as_of={KEPT_FROM}"]
    assert expire(run) == Expired(KEPT_FROM)


def test_what_went_is_told_by_its_days(run):
    said = "the list of 2018-01-01, the published scores of 2 days from 2018-01-01 to 2018-01-29"
    assert expire(run).lines() == [f"retention_days: erased everybody from {said}"]
    assert expire(run).lines() == []
    assert json.loads(json.dumps(Expired(KEPT_FROM, (DAY,), notes=("n",)).to_json())) == {
        "before": "2018-01-30",
        "lists": ["2018-01-01"],
        "scores": [],
        "notes": ["n"],
    }


def test_who_keeps_people_for_ever_loses_nobody(run, tmp_path):
    ever = replace(run, config=run.config.model_copy(update={"retention_days": None}))
    assert (expire(ever), kept_from(ever)) == (None, None)
    assert len(list((tmp_path / "scores").iterdir())) == 3


def test_a_folder_that_cannot_be_changed_is_told_of_and_costs_no_list(run, monkeypatch):
    def denied(folder, *, before):
        raise PermissionError(13, "Permission denied", str(folder / f"as_of={DAY}"))

    monkeypatch.setattr(score_folder, "expire", denied)  # nobody can deny root anything
    expired = expire(run, unreached=["the table has older ones"])
    assert expired.lists == (DAY,)
    assert expired.notes[0] == "the table has older ones"
    assert expired.notes[1].startswith("the scores of days before 2018-01-30 were NOT all erased: /")
    assert expired.notes[1].endswith("as_of=2018-01-01: Permission denied")


@pytest.mark.parametrize("place", ["spark://lake.crm.scores", "s3a://lake/scores", None])
def test_what_is_elsewhere_is_left_to_those_who_can_look_there(tmp_path, place):
    run = shop(tmp_path, retention_days=30, publish={"scores": place})
    assert expire(run, unreached=["older there"]) == Expired(KEPT_FROM, notes=("older there",))


def test_days_are_told_in_short():
    assert days_told([DAY]) == "2018-01-01"
    weeks = [DAY + timedelta(days=7 * n) for n in range(3)]
    assert days_told(weeks) == "3 days from 2018-01-01 to 2018-01-15"
