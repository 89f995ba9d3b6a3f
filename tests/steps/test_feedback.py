"""`retain feedback` and `retain history`, from the files to what they say."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pandas as pd
import pytest

import shops
from retain.errors import DataError
from retain.lists import history
from retain.lists.history import Entry, Refusal
from retain.progress import Silent
from retain.project import Definitions, ProjectFolder
from retain.steps.feedback import feedback, past_runs
from retain.steps.run import Run

NOW = datetime(2020, 1, 1, 4, tzinfo=UTC)
HEADER = "customer_id,contacted_at,channel,outcome,snooze_until,note\n"


@pytest.fixture
def run(tmp_path):
    config = shops.config(
        tmp_path, orders={"source": "orders.csv", "columns": shops.ORDERS}, output=str(tmp_path / "output")
    )
    return Run.begin(config, ProjectFolder(tmp_path, "here"), Definitions.from_sources({}), progress=Silent())


@pytest.fixture
def published(run):
    """A list with one customer to contact and one held out."""
    listed = pd.DataFrame({"customer_id": ["a", "b"], "rank": [1, 2], "group": ["contact", "holdout"]})
    assigned = listed[["customer_id", "group"]].assign(campaign="x", assigned_on=pd.Timestamp("2020-01-01"))
    entry = Entry(
        date(2020, 1, 1), "one", NOW, "gbm", "3", "model", eligible=1200, listed=2, held_out=1, skipped=None
    )
    history.record(history.path_in(run.config.output), entry, listed=listed, assignments=assigned)


def send(run, *lines):
    path = run.config.output.parent / "f.csv"
    path.write_text(HEADER + "\n".join(lines))
    return feedback(run, path)


@pytest.mark.usefixtures("published")
def test_sending_a_file_twice_records_it_once(run):
    lines = ["a,2020-01-02,phone,reached,,", "a,2020-01-03,mail,,,"]
    once = "Contacts: 2 new, 0 changed, 0 already known; customers: 1; lines not filled in: 0"
    assert send(run, *lines).lines() == [once]
    again = send(run, *lines)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 2)


@pytest.mark.usefixtures("published")
def test_with_one_mistake_nothing_is_recorded(run):
    with pytest.raises(DataError, match="line 3: contacted_at is empty"):
        send(run, "a,2020-01-02,phone,,,", "a,,phone,,,")
    assert len(history.past(history.path_in(run.config.output), as_of=date(2021, 1, 1)).contacts) == 0


@pytest.mark.usefixtures("published")
def test_the_never_listed_and_the_held_out_are_told(run):
    found = send(run, "zoe,2020-01-02,,,,", "b,2020-01-02,,,,", "a,,,,,")
    assert found.lines() == [
        "zoe was never on a list; recorded all the same",
        "b was held out of the last list they were on; contacting them blurs the comparison",
        "Contacts: 2 new, 0 changed, 0 already known; customers: 2; lines not filled in: 1",
    ]
    assert json.dumps(found.to_json())


def test_feedback_is_taken_before_the_first_list(run):
    assert send(run, "a,2020-01-02,phone,,,").new == 1


@pytest.mark.usefixtures("published")
def test_history_tells_of_lists_and_refusals(run):
    refusal = Refusal("two", NOW, "the newest row is 9 days old", date(2020, 1, 8))
    history.record_refusal(history.path_in(run.config.output), refusal)
    found = past_runs(run)
    assert found.lines() == [
        "2020-01-08  refused: the newest row is 9 days old",
        "2020-01-01  version 3 (gbm, a model): 2 listed, 1,200 eligible, 1 held out",
    ]
    newest, oldest = json.loads(json.dumps(found.to_json()))["runs"]
    assert (newest["as_of"], newest["listed"], newest["why"]) == ("2020-01-08", None, refusal.why)
    assert (oldest["published_at"], oldest["listed"], oldest["why"]) == ("2020-01-01T04:00:00", 2, None)


def test_before_the_first_list_history_says_what_to_do(run):
    assert past_runs(run).lines() == ["Nothing was published yet: run `retain predict`."]
