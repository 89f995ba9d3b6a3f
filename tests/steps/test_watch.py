"""Watching past lists: what became of them, what contacting brought, what drifts."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from typer.testing import CliRunner

import corner_shop
from past_lists import AS_OF, MONDAYS, TABLES, customers, put, written
from retain.cli import app
from retain.errors import UsageError

pytestmark = pytest.mark.slow  # trainings and lists

LISTS = (date(2019, 4, 29), date(2019, 5, 6), date(2019, 6, 3))


@pytest.fixture(scope="module")
def planted(tmp_path_factory, store_uri):
    """Three weeks of lists whose contacts keep 0.3 of those who would churn; nobody recorded any."""
    people = customers()
    folder = tmp_path_factory.mktemp("planted")
    project = written(folder, people, store=store_uri, name="planted")
    return people, project, project.watch(as_of=AS_OF)


@pytest.fixture(scope="module")
def watched(trained, tmp_path_factory):
    """The trained shop with three lists, two of them over."""
    project = trained.elsewhere(tmp_path_factory.mktemp("watched"))
    for day in LISTS:
        project.predict(as_of=day)
    return project, project.watch()


def test_what_became_of_each_customer_is_what_the_tables_say(planted):
    people, _, found = planted
    by_week = people.groupby("week")["stayed"]
    assert [one.everyone.total.churned for one in found.outcomes] == [
        int((~stayed).sum()) for _, stayed in by_week
    ]
    assert [one.over for one in found.outcomes] == [day + timedelta(days=20) for day in MONDAYS]


def test_the_planted_effect_is_recovered_from_the_files(planted):
    found = planted[2].effect
    assert found.intended.difference.value == pytest.approx(0.165, abs=0.06)
    assert found.intended.difference.low > 0
    assert found.treated is None
    assert [one.name for one in found.actions] == ["Write personally"]


def test_without_a_model_drift_is_not_known_and_the_note_says_so(planted):
    assert planted[2].drift is None
    assert any("No model serves yet" in note for note in planted[2].notes)


def test_feedback_says_who_was_contacted(tmp_path, store_uri):
    people = customers(count=100)
    project = written(tmp_path, people, store=store_uri, name="told")
    called = people[people["group"] == "contact"].iloc[:150]
    lines = [f"{one.customer_id},{one.week + timedelta(days=2)},phone" for one in called.itertuples()]
    (tmp_path / "feedback.csv").write_text("\n".join(["customer_id,contacted_at,channel", *lines]))
    project.feedback(tmp_path / "feedback.csv")
    found = project.watch(as_of=AS_OF)
    assert found.effect.treated.groups.contacted == 150
    assert sum(one.contacted.customers for one in found.outcomes) == 150
    assert sum(one.untouched.total.customers for one in found.outcomes) == 150


def test_a_broken_list_is_an_alert_and_the_others_are_judged(tmp_path, store_uri):
    project = written(tmp_path, customers(count=30), store=store_uri, name="broken")
    (project.config.output / "lists" / str(MONDAYS[1]) / "scores.parquet").write_bytes(b"PAR1")
    found = project.watch(as_of=AS_OF)
    assert [one.as_of for one in found.outcomes] == [MONDAYS[0], MONDAYS[2]]
    assert any("The list of 2019-02-11 cannot be judged" in alert for alert in found.alerts)


def test_each_list_is_judged_by_what_it_meant_by_churn(tmp_path, store_uri):
    people = customers(count=60)
    written(tmp_path, people, store=store_uri, name="meant")
    longer = corner_shop.opened(tmp_path, store=store_uri, name="meant", churn={"horizon": 25}, tables=TABLES)
    found = longer.watch(as_of=AS_OF)
    assert [one.over - one.as_of for one in found.outcomes] == [timedelta(days=20)] * 3
    assert any("meant another churn than the config" in note for note in found.notes)


def test_lists_that_are_not_over_are_named_with_their_day(watched):
    _, found = watched
    assert [one.as_of for one in found.outcomes] == [*LISTS[:2]]
    assert [(one.as_of, one.over) for one in found.waiting] == [(LISTS[2], date(2019, 6, 23))]
    assert any("2019-06-03 (on 2019-06-23)" in line for line in found.lines())


def test_what_was_promised_is_what_the_list_kept(watched):
    project, found = watched
    for one in found.outcomes:
        kept = json.loads((project.config.output / "lists" / str(one.as_of) / "manifest.json").read_text())
        assert one.everyone.promised.to_json() == pytest.approx(kept["watch"]["estimated"])


def test_the_champions_training_and_the_newest_list_are_compared(watched):
    drift = watched[1].drift
    assert drift.cutoff == "2019-05-21"
    assert drift.customers_now == watched[1].waiting[0].promised.customers
    assert any(one.meaning.startswith("Days since the last order") for one in drift.features)


def test_as_of_an_earlier_day_later_lists_are_not_there(watched):
    found = watched[0].watch(as_of=date(2019, 5, 20))
    assert ([one.as_of for one in found.outcomes], [one.as_of for one in found.waiting]) == (
        [LISTS[0]],
        [LISTS[1]],
    )


def test_the_document_and_the_page_are_left(watched):
    project, _ = watched
    found = project.watch()
    document = json.loads((project.config.output / "watch.json").read_text())
    assert document == json.loads(json.dumps(found.to_json()))
    assert [one["as_of"] for one in document["lists"]] == ["2019-04-29", "2019-05-06"]
    assert {"alerts", "retrain_because", "effect", "drift", "waiting"} <= set(document)
    assert "<h1>What became of the lists of" in (project.config.output / "watch.html").read_text()


def test_before_any_list_the_command_to_run_is_named(trained, tmp_path):
    found = trained.elsewhere(tmp_path / "new").watch()
    assert found.lines()[0] == "Nothing was published yet: run `retain predict`."
    assert (found.effect, found.drift, found.retrain_because) == (None, None, None)


def test_a_folder_that_cannot_be_written_is_named(planted, tmp_path):
    (tmp_path / "file").touch()
    project = planted[1]
    config = project.config.model_copy(update={"output": tmp_path / "file" / "below"})
    with pytest.raises(UsageError, match="cannot be written"):
        type(project)(config, project.folder, project.definitions).watch(as_of=AS_OF)


def test_a_list_published_again_counts_once(tmp_path, store_uri):
    people = customers(count=30, weeks=1)
    project = written(tmp_path, people, store=store_uri, name="again")
    put(project, MONDAYS[0], people)
    found = project.watch(as_of=AS_OF)
    assert found.effect.intended.groups.contacted + found.effect.intended.groups.held == 30


def test_without_feedback_those_to_be_contacted_are_apart(planted):
    """Contacting worked, so fewer churned than expected: of all, not of those whom nobody called."""
    people, _, found = planted
    contact = people["group"] == "contact"
    assert sum(one.contacted.customers for one in found.outcomes) == contact.sum()
    assert all(one.everyone.ratio[2] < 1 for one in found.outcomes)
    assert all(one.untouched.ratio[1] < 1 < one.untouched.ratio[2] for one in found.outcomes)
    assert (found.alerts, found.retrain_because) == ((), None)
    assert "no feedback was recorded" in found.contacted_means


def test_when_far_more_churn_than_expected_the_next_weekly_run_trains(tmp_path, store_uri):
    people = customers(count=200, kept=0.0, weeks=1)
    people["stayed"] = people["stayed"] & (people.index % 3 == 0)
    found = written(tmp_path, people, store=store_uri, name="worse").watch(as_of=AS_OF)
    assert found.retrain_because.startswith(
        "The list of 2019-02-04 expected 34 of 57 customers not contacted"
    )
    assert found.alerts == (found.retrain_because,)
    assert json.loads(found.path.read_text())["retrain_because"] == found.retrain_because
    assert any(line.startswith("The next weekly run trains: ") for line in found.lines())


def test_the_command_prints_the_document(tmp_path, store_uri):
    written(tmp_path, customers(count=30), store=store_uri, name="printed")
    asked = ["watch", "-c", str(tmp_path / "shop.yaml"), "--project", str(corner_shop.ROOT), "-q"]
    found = CliRunner().invoke(app, [*asked, "--as-of", str(AS_OF), "--json"])
    assert found.exit_code == 0
    assert json.loads(found.stdout) == json.loads((tmp_path / "output" / "watch.json").read_text())
    assert CliRunner().invoke(app, [*asked, "--as-of", "2019-02-20"]).stdout.count("Not known yet") == 1
