"""A list that stands, known without reading a table: only while nothing that it was made from has changed."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import corner_shop
import retain
from retain.errors import ConfigError
from retain.steps import predict as slow
from retain.steps import standing


@pytest.fixture(scope="module")
def listed(trained, tmp_path_factory):
    """A shop of its own that was predicted: its folder, the project and the list."""
    folder = tmp_path_factory.mktemp("standing")
    for file in trained.folder.glob("*.csv"):
        shutil.copy(file, folder)
    store = trained.project.config.tracking_uri
    rules = folder / "segments.yaml"
    shutil.copy(corner_shop.ROOT / "configs/segments.yaml", rules)
    project = corner_shop.opened(folder, store=store)
    return folder, project, project.predict()


@pytest.fixture
def shop(listed):
    """The same, with a fresh note of it; what the test changed in files is undone."""
    folder, project, result = listed
    kept = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file() and not file.is_symlink()}
    noted(project, result)
    assert standing.standing(project._run(), as_of=None) is not None
    yield folder, project, result
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink() and file not in kept:
            file.unlink()
    for file, content in kept.items():
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)


def noted(project, result):
    run = project._run()
    standing.keep(run, standing.mark(run, as_of=None), result)


def stands(project, as_of=None):
    return standing.standing(project._run(), as_of=as_of)


def test_predicting_again_reads_nothing_and_gives_the_same(shop, monkeypatch):
    _, project, _ = shop
    read = slow.predict(project._run(), as_of=None)
    monkeypatch.setattr(slow, "predict", lambda *_, **__: pytest.fail("the tables were read"))
    again = project.predict()
    assert again.to_json() == read.to_json()
    assert again.lines() == read.lines()
    assert again.first(3) == read.first(3)
    assert again.at_risk.equals(read.at_risk)


@pytest.mark.parametrize("asked", [{"force": True}, {"model": "champion"}, {"accept": "a holiday"}])
def test_who_asks_for_more_gets_it(shop, monkeypatch, asked):
    monkeypatch.setattr(slow, "predict", lambda *_, **__: "the slow way")
    monkeypatch.setattr(standing, "keep", lambda *_: None)
    assert shop[1].predict(**asked) == "the slow way"


def test_another_day_is_another_list(shop):
    assert stands(shop[1], as_of=corner_shop.NEWEST - timedelta(days=7)) is None


@pytest.mark.parametrize("file", ["orders.csv", "visits.csv", "people.csv", "segments.yaml"])
def test_a_file_of_the_same_size_and_time_is_another_file(shop, file):
    folder, project, _ = shop
    path, before = folder / file, (folder / file).stat()
    content = bytearray(path.read_bytes())
    content[-2] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert stands(project) is None


def test_rules_that_came_to_lie_beside_the_config_count(shop):
    folder, project, _ = shop
    shutil.copy(corner_shop.ROOT / "configs/actions.yaml", folder)
    assert stands(project) is None


def test_feedback_counts(shop):
    folder, project, result = shop
    someone = result.at_risk["customer_id"].iloc[0]
    (folder / "said.csv").write_text(
        f"customer_id,contacted_at,channel,outcome\n{someone},2019-06-01,phone,reached\n"
    )
    project.feedback(folder / "said.csv")
    assert stands(project) is None


def test_a_list_made_from_other_feedback_is_not_noted(shop):
    folder, project, result = shop
    someone = result.at_risk["customer_id"].iloc[0]
    (folder / "said.csv").write_text(
        f"customer_id,contacted_at,channel,outcome\n{someone},2019-06-01,phone,reached\n"
    )
    project.feedback(folder / "said.csv")
    noted(project, result)
    assert stands(project) is None


def test_a_store_that_only_mlflow_can_ask_is_asked_by_mlflow(shop):
    _, project, _ = shop
    mlflow = project.config.mlflow.model_copy(update={"tracking_uri": "http://localhost:1"})
    away = replace(project, config=project.config.model_copy(update={"mlflow": mlflow}))
    assert stands(away) is None


@pytest.mark.parametrize(
    "change", [{"timezone": "Asia/Tokyo"}, {"list": {"size": 3}}, {"gates": {"max_age_days": 1}}]
)
def test_the_config_counts(shop, change):
    folder, project, _ = shop
    tree = {"output": str(folder / "output"), "mlflow": {"tracking_uri": project.config.tracking_uri}}
    opened = retain.open(corner_shop.config(folder, **tree, **change), project=corner_shop.ROOT)
    assert stands(opened) is None


@pytest.mark.parametrize("change", [{"memory": "2GB"}, {"spill": "elsewhere"}, {"cache": {"size": "9MB"}}])
def test_by_which_means_a_list_is_made_does_not_count(shop, change):
    folder, project, _ = shop
    tree = {"output": str(folder / "output"), "mlflow": {"tracking_uri": project.config.tracking_uri}}
    opened = retain.open(corner_shop.config(folder, **tree, **change), project=corner_shop.ROOT)
    assert stands(opened) is not None
    assert slow.predict(opened._run(), as_of=None).already


def test_the_definitions_count(shop):
    _, project, _ = shop
    other = replace(project.definitions, digest="other")
    assert stands(replace(project, definitions=other)) is None


def test_a_damaged_list_does_not_stand(shop):
    _, project, result = shop
    file = (result.folder / "scores.parquet").resolve()
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert stands(project) is None


def test_another_list_beside_it_counts(shop):
    folder, project, _ = shop
    link = folder / "output/lists/2019-05-01"
    link.symlink_to(".versions/somewhere")
    try:
        assert stands(project) is None
    finally:
        link.unlink()


def test_a_day_that_is_not_over_by_the_clock_is_not_noted(shop):
    folder, project, result = shop
    for note in (folder / "output/.cache").glob("list-*.kept"):
        note.unlink()
    run = replace(project._run(), now=datetime(2019, 6, 1, tzinfo=UTC))
    standing.keep(run, standing.mark(run, as_of=None), result)
    assert stands(project) is None


def test_a_damaged_note_is_none(shop):
    folder, project, _ = shop
    for note in (folder / "output/.cache").glob("list-*.kept"):
        note.write_bytes(b"{}" + note.read_bytes())
    assert stands(project) is None


def test_what_is_looked_at_later_is_looked_at_before_the_tables_are_read(shop, monkeypatch):
    folder, project, _ = shop
    (folder / "people.csv").write_text("who,csm\n0001,anna\n")
    later = retain.open(project.config.path, project=corner_shop.ROOT, look="later")
    with pytest.raises(ConfigError, match=r"'country' is not a column of people\.csv"):
        later.predict()
