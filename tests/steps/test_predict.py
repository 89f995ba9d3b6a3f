"""Predicting: whose model, which rows, what is published, and what a second run changes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow.parquet as pq
import pytest

import corner_shop
from retain.errors import ConfigError, Refused, UsageError
from retain.lists.ranking import COLUMNS
from retain.project import load_definitions

pytestmark = pytest.mark.slow  # MLflow and a trained model


def _scores(result):
    frame = pd.read_parquet(result.folder / "scores.parquet")
    return frame.set_index("customer_id")["churn_probability"]


def _bytes(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_eligible_customer_is_scored_and_the_list_is_ranked(trained):
    listed, scores = trained.listed.at_risk, _scores(trained.listed)
    assert set(scores.index) == set(trained.project.features().frame["customer_id"])
    assert scores.between(0, 1).all()
    assert listed["rank"].tolist() == list(range(1, len(listed) + 1))
    assert set(COLUMNS) <= set(listed.columns)


def test_ids_dates_owners_and_what_to_show_are_those_of_the_tables(trained):
    first = pd.read_parquet(trained.listed.folder / "at_risk.parquet").iloc[0]
    row = pq.read_schema(trained.listed.folder / "at_risk.parquet")
    assert str(row.field("last_order").type) == str(row.field("as_of").type) == "date32[day]"
    assert len(first["customer_id"]) == 4
    assert first["owner"] in ("anna", "bob")
    assert first["name"] == f"N{int(first['customer_id'])}"
    assert (corner_shop.NEWEST - first["last_order"]).days == first["days_since_last"]


def test_every_listed_customer_has_a_reason(trained):
    assert (trained.listed.at_risk["reason_1"] != "").all()


def test_the_manifest_says_where_every_number_came_from(trained):
    manifest = json.loads((trained.listed.folder / "manifest.json").read_text())
    assert manifest["as_of"] == str(corner_shop.NEWEST)
    assert manifest["churn"].startswith("a customer counts with a row in orders")
    assert manifest["counts"]["eligible"] == len(_scores(trained.listed))
    assert manifest["model"]["version"] == trained.result.version
    assert manifest["model"]["run_id"] == trained.result.run_id
    assert manifest["definitions"] == load_definitions(corner_shop.ROOT).digest
    assert manifest["kinds"] == {"unseen_in_training": [], "vanished": []}
    assert set(manifest["stages"]["Reading orders"]) == {"seconds", "peak_memory_bytes"}
    assert {"retain", "run_id", "fingerprint", "files", "config"} <= set(manifest)


def test_the_manifest_names_each_input_with_its_rows_newest_time_and_hash(trained):
    inputs = trained.listed.manifest["inputs"]
    orders, (file,) = inputs["orders"], inputs["orders"]["files"]
    assert (orders["anonymous"], orders["rejected"]) == (1, {"time cannot be read": 1})
    assert orders["newest"].startswith("2019-06-09")
    content = (trained.folder / "orders.csv").read_bytes()
    assert (file["path"], file["sha256"]) == ("orders.csv", hashlib.sha256(content).hexdigest())
    assert inputs["customers"]["files"][0]["path"] == "people.csv"


def test_unusable_rows_are_published_beside_the_list(trained):
    (row,) = pq.read_table(trained.listed.folder / "rejects" / "orders.parquet").to_pylist()
    assert (row["at"], row["reject_reason"]) == ("31/02/2019", "time cannot be read")


def test_the_hashes_of_the_manifest_are_those_of_the_files(trained):
    for name, file in trained.listed.manifest["files"].items():
        content = (trained.listed.folder / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (file["sha256"], file["bytes"])


def test_a_second_run_changes_nothing_and_says_so(trained):
    before = _bytes(trained.folder / "output")
    again = trained.project.predict()
    assert again.already
    assert _bytes(trained.folder / "output") == before
    pd.testing.assert_frame_equal(again.at_risk, trained.listed.at_risk)


def test_force_publishes_the_same_list_anew(trained, tmp_path):
    project = trained.elsewhere(tmp_path)
    first, second = project.predict(), project.predict(force=True)
    assert (first.already, second.already) == (False, False)
    assert first.manifest["run_id"] != second.manifest["run_id"]
    assert len(list((tmp_path / "lists" / ".versions").iterdir())) == 2
    assert _scores(second).equals(_scores(trained.listed))


def test_a_list_older_than_retention_days_loses_its_people_once_it_is_published_and_that_is_told(copy):
    listed = copy(retention_days=30).predict()
    as_of = listed.manifest["as_of"]
    assert listed.to_json()["retention"]["lists"] == [as_of]
    assert listed.lines()[-1] == f"retention_days: erased everybody from the list of {as_of}"
    assert [path.name for path in listed.folder.iterdir()] == ["manifest.json"]


def test_a_new_row_makes_a_new_list(copy, tmp_path):
    project = copy()
    before = _scores(project.predict())
    corner_shop.add(tmp_path / "orders.csv", "0002,2019-06-09,5,food")
    after = project.predict()
    assert not after.already
    assert _scores(after)["0002"] < before["0002"]


def test_rows_at_or_after_the_as_of_are_not_seen(copy, tmp_path):
    project, day = copy(), date(2019, 5, 21)
    before = _scores(project.predict(as_of=day))
    corner_shop.add(
        tmp_path / "orders.csv", "0001,2019-05-21,1e12,food", "0002,2019-05-22,-3,new", "9,2019-06-01,1,a"
    )
    corner_shop.add(tmp_path / "visits.csv", "0001,2019-05-21,surprise")
    after = project.predict(as_of=day)
    assert _scores(after).equals(before)
    assert after.manifest["kinds"]["unseen_in_training"] == []


def test_the_definitions_stored_with_the_model_are_used(trained, tmp_path):
    project = trained.elsewhere(tmp_path)
    nothing = replace(project.definitions, sources={}, digest="other")
    listed = replace(project, definitions=nothing).predict()
    assert _scores(listed).equals(_scores(trained.listed))
    assert listed.manifest["definitions"] == project.definitions.digest


def test_kinds_that_came_or_went_since_training_are_reported(copy, tmp_path):
    project = copy()
    visits = (tmp_path / "visits.csv").read_text()
    (tmp_path / "visits.csv").write_text(visits.replace("call", "chat"))
    listed = project.predict()
    assert listed.manifest["kinds"] == {"unseen_in_training": ["chat"], "vanished": ["call"]}
    assert any("kind 'chat' was not there in training" in line for line in listed.lines())
    assert any("kind 'call' was there in training and has vanished" in line for line in listed.lines())


def test_an_attribute_value_that_training_did_not_see_is_scored(copy, tmp_path):
    project = copy()
    people = (tmp_path / "people.csv").read_text()
    (tmp_path / "people.csv").write_text(people.replace(",U,", ",Mars,"))
    with pytest.raises(Refused, match=r"country: 5\d\.\d% of the customers have a value unseen in training"):
        project.predict()
    listed = project.predict(accept="a branch on Mars")
    assert len(_scores(listed)) == len(project.features().frame)


def test_a_customer_who_is_in_no_customers_table_is_listed_all_the_same(copy, tmp_path):
    project = copy()
    (tmp_path / "people.csv").write_text("who,country,csm,name\n0001,U,anna,N1\n")
    assert project.predict().at_risk["owner"].isna().any()


def test_before_any_training_the_command_to_run_is_named(shop):
    with pytest.raises(UsageError, match=r"was ever trained here: run `retain train` first"):
        shop(customers=20).predict()


def test_a_version_that_is_not_there_is_named_beside_those_that_are(trained):
    with pytest.raises(UsageError, match=r"no model version '99'; it has: 1, champion"):
        trained.project.predict(model="99")


def test_a_version_may_be_named_by_number(trained, tmp_path):
    listed = trained.elsewhere(tmp_path).predict(model=str(trained.result.version))
    assert _scores(listed).equals(_scores(trained.listed))


def test_another_kind_of_churn_than_the_model_predicts_is_refused(copy):
    with pytest.raises(
        Refused, match=r"another kind of churn \(horizon: 20 -> 30; active_within: 40 -> 60\)"
    ):
        copy(churn={"horizon": 30}).predict()


def test_a_table_that_the_model_needs_must_still_be_in_the_config(copy):
    tables = {name: table for name, table in corner_shop.TREE["tables"].items() if name != "activity"}
    with pytest.raises(ConfigError, match=r"was trained with tables\.activity\.columns\.customer"):
        copy(tables=tables).predict()


def test_a_folder_that_cannot_be_written_is_named(trained, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"file.*`output` in the config"):
        trained.elsewhere(tmp_path / "file").predict()


def test_the_manifest_keeps_what_watch_compares_later(trained):
    kept = trained.listed.manifest["watch"]
    counts = trained.listed.manifest["counts"]
    assert kept["churn"] == trained.project.config.churn.model_dump(mode="json")
    assert kept["estimated"]["customers"] == kept["population"]["customers"] == counts["eligible"]
    assert kept["estimated"]["listed"] == counts["listed"]
    assert all(sum(column["bins"]) == counts["eligible"] for column in kept["population"]["columns"].values())
