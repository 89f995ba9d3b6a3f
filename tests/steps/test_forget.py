"""The receipt says what went."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

import listings
from retain.config import Config
from retain.errors import UsageError
from retain.lists import files, history, publish
from retain.progress import Silent
from retain.steps.forget import forget
from retain.steps.run import cache_of

DAY = date(2018, 1, 1)


@dataclass
class Run:
    """What of a run forgetting needs."""

    config: Config
    now: datetime = datetime(2018, 3, 1, 4, tzinfo=UTC)
    step: object = field(default_factory=lambda: Silent().step)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    config = Config.model_validate(
        {
            "name": "shop",
            "output": tmp_path,
            "tables": {"orders": {"source": "o.parquet", "columns": {"customer": "c", "time": "t"}}},
            "churn": {"horizon": 30},
        }
    )
    listed = listings.frame(6, held_out=1)
    manifest = {
        "as_of": DAY,
        "name": "shop",
        "fingerprint": "f",
        "churn": "none",
        "counts": {"eligible": 9},
        "model": {},
    }
    scored = pd.DataFrame({"customer_id": ["only scored", *listed["customer_id"]]})
    written = {"at_risk.parquet": files.parquet(listed), "scores.parquet": files.parquet(scored)}
    publish.publish(tmp_path / "lists", written, as_of=DAY, run_id="one", manifest=manifest)
    entry = history.Entry(DAY, "one", Run(config).now)
    none = pd.DataFrame({"customer_id": [], "campaign": [], "group": [], "assigned_on": []})
    history.record(history.path_in(tmp_path), entry, listed=listed, assignments=none.iloc[:0])
    return Run(config)


def test_the_receipt_says_what_went_and_of_whom_nothing_was_kept(run):
    whom = listings.frame(6, held_out=1)["customer_id"][0]
    receipt = forget(run, [whom, "nobody", whom])
    assert receipt.lists == {"2018-01-01": 2}
    assert receipt.history["members"] == 1
    assert receipt.strangers == ("nobody",)
    assert receipt.lines()[0] == "3 rows of 2 customers erased at 2018-03-01T04:00:00Z"
    assert receipt.to_json()["erased_at"] == "2018-03-01T04:00:00Z"
    assert forget(run, [whom]).strangers == (whom,)


def test_a_customer_who_was_scored_but_never_listed_is_no_stranger(run):
    receipt = forget(run, ["only scored"])
    assert (receipt.lists, receipt.strangers) == ({"2018-01-01": 1}, ())


def publishing(run, place):
    publish = run.config.publish.model_copy(update={"scores": str(place)})
    return replace(run, config=run.config.model_copy(update={"publish": publish}))


def test_published_scores_are_erased_where_they_are_a_folder(run, tmp_path):
    day = tmp_path / "scores" / "as_of=2018-01-01"
    day.mkdir(parents=True)
    rows = pd.DataFrame({"customer_id": ["x", "y"], "model_version": "1", "run_id": "r"})
    rows.to_parquet(day / "part-0.parquet")
    receipt = forget(publishing(run, tmp_path / "scores"), ["y"])
    assert (receipt.scores, receipt.strangers, receipt.to_json()["scores"]) == (1, (), 1)
    assert "  published scores: 1" in receipt.lines()
    assert pd.read_parquet(tmp_path / "scores")["customer_id"].tolist() == ["x"]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("spark://lake.crm.scores", r"erase them there: DELETE FROM lake\.crm\.scores WHERE customer_id IN"),
        ("s3a://lake/scores", r"published to s3a://lake/scores were NOT erased"),
    ],
)
def test_scores_elsewhere_are_said_to_be_as_they_were(run, place, told):
    receipt = forget(publishing(run, place), ["y"])
    assert receipt.to_json()["scores"] is None
    assert re.search(told, receipt.lines()[-1])


def test_nobody_is_no_customer(run):
    with pytest.raises(UsageError, match="Name the customers to forget"):
        forget(run, [" "])


def test_the_cache_is_emptied_whomever_it_names(run):
    cache_of(run.config).put("rows-1", lambda stream: stream.write(b"00123"))
    receipt = forget(run, ["00123"])
    assert "the cache, which holds rows of everybody, was emptied (1 files)" in receipt.notes
    assert not list(run.config.output.rglob("*.kept"))
