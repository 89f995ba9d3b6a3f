"""The weekly job on a small shop: from nothing to a list, again, and with what goes wrong beside it."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

import corner_shop
from retain import weekly as job
from retain.api import Project
from retain.errors import Locked, Refused, UsageError
from retain.events.duckdb import engine
from retain.lists import published
from retain.lock import held
from retain.steps import predict
from retain.steps.expiry import Expired
from retain.steps.run import Run
from retain.weekly_again import nothing_left
from retain.weekly_results import WeeklyResult

pytestmark = pytest.mark.slow  # whole weekly runs

TODAY = corner_shop.NEWEST
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Shop:
    """A shop on a Monday."""

    folder: Path
    project: Project
    first: WeeklyResult

    def at(self, moment: datetime, **steps) -> WeeklyResult:
        """The job as it would run at a moment."""
        run = replace(self.project._run(), now=moment)
        return job.weekly(run, **steps)


@pytest.fixture(scope="module")
def monday(tmp_path_factory, store_uri):
    """The first run there ever was, at noon of the day after the newest order."""
    folder = tmp_path_factory.mktemp("monday")
    corner_shop.write(folder)
    project = corner_shop.opened(folder, store=store_uri, name="monday")
    first = job.weekly(replace(project._run(), now=NOON))
    return Shop(folder, project, first)


@pytest.fixture
def shop(monday, tmp_path):
    """The shop after its first run, put back as it was afterwards."""
    shutil.copytree(monday.folder, tmp_path / "before", symlinks=True)
    yield monday
    shutil.rmtree(monday.folder)
    shutil.copytree(tmp_path / "before", monday.folder, symlinks=True)


def _files(folder):
    """All but what is kept to be faster the next time."""
    files = (path for path in folder.rglob("*") if path.is_file() and ".cache" not in path.parts)
    return {path: path.read_bytes() for path in files}


def _broken(*_, **__):
    raise ZeroDivisionError("a defect")


def test_the_first_run_trains_and_publishes_the_list_of_today(monday):
    first = monday.first
    assert first.as_of == TODAY
    assert first.retrained_because == "no model was trained yet"
    assert first.trained.alias == "champion"
    assert first.listed.folder.name == str(TODAY)
    assert not first.already


def test_a_week_without_a_training_reads_the_tables_once(shop, monkeypatch):
    readings, open_events = [], engine.open_events

    def counted(config, **options):
        readings.append(options["as_of"])
        return open_events(config, **options)

    monkeypatch.setattr(engine, "open_events", counted)
    again = shop.at(NOON, force=True)
    assert not again.already
    assert again.trained is None
    assert readings == [TODAY]


def test_what_it_says_is_also_a_document(monday):
    document = json.loads(json.dumps(monday.first.to_json(), default=str))
    assert document["as_of"] == str(TODAY)
    assert document["trained_version"] == document["train"]["version"]
    assert document["predict"]["counts"]["listed"] == len(monday.first.listed.at_risk)
    assert monday.first.lines()[0] == "Retrained: no model was trained yet"


def test_the_second_run_changes_nothing_and_says_so(shop):
    before = _files(shop.folder)
    again = shop.at(NOON + timedelta(hours=1))
    assert again.already
    assert again.lines()[0].startswith("already published: ")
    assert (again.trained, again.watched) == (None, None)
    assert _files(shop.folder) == before


def test_force_makes_the_list_anew_without_another_training(shop):
    again = shop.at(NOON, force=True)
    assert not again.already
    assert again.retrained_because is None
    assert again.listed.manifest["run_id"] != shop.first.listed.manifest["run_id"]


def test_a_feed_that_stopped_is_noticed_by_the_calendar(shop):
    with pytest.raises(Refused, match=r"the newest row of orders is of 2019-06-09, 15 days before"):
        shop.at(NOON + timedelta(days=14))
    runs = shop.project.history().to_json()["runs"]
    assert [(run["as_of"], run["why"] is None) for run in runs] == [("2019-06-24", False), (str(TODAY), True)]


def test_a_source_that_is_not_there_is_refused(shop):
    (shop.folder / "orders.csv").unlink()
    with pytest.raises(Refused, match=r"Nothing was published: tables\.orders\.source: there is no file"):
        shop.at(NOON + timedelta(days=1))


def test_rows_that_cannot_be_used_are_refused(shop):
    corner_shop.add(shop.folder / "visits.csv", *["0001,some day,visit"] * 2_000)
    with pytest.raises(Refused, match=r"Nothing was published: activity: .*cannot be used"):
        shop.at(NOON)


def test_a_clock_that_went_back_is_refused(shop):
    with pytest.raises(
        Refused, match=r"by the clock it is 2019-06-07 in UTC, but there is a list of 2019-06-10"
    ):
        shop.at(NOON - timedelta(days=3))


def test_a_training_that_fails_leaves_the_champion_and_a_warning(shop, monkeypatch):
    monkeypatch.setattr(job, "train", _broken)
    monkeypatch.setattr(job, "due", lambda run, day: "the test says so")
    result = shop.at(NOON, force=True)
    said = "retraining failed: ZeroDivisionError: a defect"
    assert (result.trained, result.retrained_because) == (None, "the test says so")
    assert said in result.warnings
    assert said in result.listed.manifest["notes"]
    assert result.listed.manifest["model"]["version"] == shop.first.trained.version


def test_a_training_that_is_turned_down_is_a_warning(shop, monkeypatch):
    def turned_down(*_, **__):
        raise Refused("version 2 was not promoted.")

    monkeypatch.setattr(job, "train", turned_down)
    monkeypatch.setattr(job, "due", lambda run, day: "the test says so")
    assert "retraining: version 2 was not promoted." in shop.at(NOON, force=True).warnings


@pytest.mark.parametrize("step", ["check", "watch"])
def test_a_side_step_that_fails_never_loses_the_list(shop, monkeypatch, step):
    monkeypatch.setattr(job, step, _broken)
    result = shop.at(NOON, force=True)
    assert not result.already
    assert f"{step} failed: ZeroDivisionError: a defect" in result.warnings


def test_a_side_step_for_which_there_is_no_room_is_a_warning(shop, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job, "check", full)
    assert "check: [Errno 28] No space left on device" in shop.at(NOON, force=True).warnings


@pytest.fixture
def noted(shop):
    """The shop with a fresh note of its list: putting it back has made other files of its files."""
    assert shop.at(NOON).already
    return shop


def _quickly(shop, moment=NOON):
    return nothing_left(replace(shop.project._run(), now=moment), as_of=None)


def test_a_job_with_nothing_left_to_do_is_known_without_reading_a_table(noted, monkeypatch):
    read = noted.at(NOON)
    monkeypatch.setattr(engine, "open_events", lambda *_, **__: pytest.fail("the tables were read"))
    again = _quickly(noted)
    assert again.to_json() == read.to_json()
    assert again.lines() == read.lines()


def test_a_changed_table_another_day_or_an_untold_list_is_not_taken_for_nothing(noted):
    assert _quickly(noted) is not None
    assert _quickly(noted, NOON + timedelta(days=1)) is None
    kept = (noted.folder / "output" / job.FILE).read_text()
    (noted.folder / "output" / job.FILE).unlink()
    assert _quickly(noted) is None
    (noted.folder / "output" / job.FILE).write_text(kept)
    corner_shop.add(noted.folder / "orders.csv", "0001,2019-03-01,5,food")
    assert _quickly(noted) is None


def test_a_notice_that_was_not_sent_is_tried_again_though_nothing_else_is_left(shop):
    store, away = shop.project.config.tracking_uri, ["json://127.0.0.1:9/"]
    notifying = replace(
        shop, project=corner_shop.opened(shop.folder, store=store, name="monday", notify=away)
    )
    notifying.at(NOON, force=True)
    read = notifying.at(NOON)
    assert "notification to" in read.warnings[0]
    assert _quickly(notifying).warnings == read.warnings


def test_what_a_killed_run_did_not_tell_the_next_one_does(shop, monkeypatch):
    told = []
    monkeypatch.setattr(job, "tell", lambda run, **what: told.append(what) or ())
    (shop.folder / "output" / job.FILE).unlink()
    result = shop.at(NOON)
    assert result.already
    assert told[0]["listed"].folder == shop.first.listed.folder
    assert (shop.folder / "output" / job.FILE).exists()


def test_a_list_that_a_killed_run_did_not_remember_the_next_one_does(shop):
    (shop.folder / "output" / "history.duckdb").unlink()
    shop.at(NOON)
    (run,) = shop.project.history().to_json()["runs"]
    assert run["run_id"] == shop.first.listed.manifest["run_id"]


def test_the_team_is_told_of_a_refusal(shop, monkeypatch):
    told = []
    monkeypatch.setattr(job, "tell", lambda run, **what: told.append(what) or ())
    with pytest.raises(Refused):
        shop.at(NOON + timedelta(days=14))
    assert told[0]["listed"] is None
    assert "the newest row of orders is of 2019-06-09" in told[0]["refused"]


def test_the_team_is_told_what_is_too_old_and_out_of_reach(shop, monkeypatch):
    told, older = [], Expired(TODAY, notes=("the scores of 1900 are still there",))
    monkeypatch.setattr(job, "tell", lambda run, **what: told.append(what) or ())
    monkeypatch.setattr(predict, "expire", lambda run, *, unreached: older)
    shop.at(NOON, force=True)
    assert "the scores of 1900 are still there" in told[0]["warnings"]


def test_a_notice_that_fails_is_a_warning(shop, monkeypatch):
    monkeypatch.setattr(job, "tell", lambda run, **_: ("notification to notify[1] failed: away",))
    result = shop.at(NOON, force=True)
    assert "notification to notify[1] failed: away" in result.warnings


def test_two_runs_do_not_go_side_by_side(shop):
    with held(shop.project.config.output, command="weekly", run_id="r1"):
        with pytest.raises(Locked, match=rf"`retain weekly` \(process {os.getpid()} on "):
            shop.project.weekly(as_of=TODAY)
        with pytest.raises(Locked):
            shop.project.predict()


def test_nor_does_what_changes_history_or_champion_beside_a_run(shop, tmp_path):
    said = tmp_path / "said.csv"
    said.write_text("customer_id,contacted_at\n0001,2019-06-09\n")
    before = _files(shop.folder)
    with held(shop.project.config.output, command="weekly", run_id="r1"):
        for command in (lambda: shop.project.feedback(said), shop.project.rollback):
            with pytest.raises(Locked, match=r"^`retain weekly` .*; wait until it is done and run again\.$"):
                command()
    changed = {path for path, content in _files(shop.folder).items() if content != before.get(path)}
    assert changed <= {shop.project.config.output / ".lock"}
    assert shop.project.feedback(said).new == 1
    with pytest.raises(UsageError, match="took over from no other version"):
        shop.project.rollback()


def test_the_champion_of_a_past_day_is_asked_for(shop):
    listed = shop.project.predict(as_of=TODAY, model="asof", force=True)
    assert listed.manifest["model"]["version"] == shop.first.trained.version
    with pytest.raises(UsageError, match=r"run `retain train --as-of 2019-05-21` for one"):
        shop.project.predict(as_of=date(2019, 5, 21), model="asof")


def test_every_run_has_an_id_of_its_own(shop):
    first, second = (shop.project._run() for _ in range(2))
    assert isinstance(first, Run)
    assert first.id != second.id
    assert published.newest(shop.folder / "output" / "lists").name == str(TODAY)
