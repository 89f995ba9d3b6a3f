"""The whole road from the command line: what a stranger types, and what is there afterwards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import corner_shop
from retain.cli import app

pytestmark = pytest.mark.slow  # the whole road

MODEL = '''
"""A model of the user's own: an estimator class defined in its file."""

import numpy as np
from retain import model
from sklearn.base import BaseEstimator, ClassifierMixin

class ShareOfGap(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.array([False, True])
        self.feature_names_in_ = np.asarray(X.columns, dtype=object)
        return self

    def predict_proba(self, X):
        odds = np.nan_to_num(X["gap_share"].to_numpy(float), nan=1.0) * X["days_since_last_order"] / 20
        churn = np.asarray(odds / (1 + odds))
        return np.column_stack([1 - churn, churn])

@model()
def share_of_gap():
    return ShareOfGap()
'''
ELSEWHERE = """
import sys
import mlflow.pyfunc, pandas as pd
scored = mlflow.pyfunc.load_model(sys.argv[1]).predict(pd.read_parquet(sys.argv[2]).set_index("customer_id"))
scored.to_parquet(sys.argv[3])
"""


@dataclass(frozen=True)
class Shop:
    """A project of the user's own beside tables, in a folder with a space and an umlaut in its name."""

    folder: Path
    store: str

    def run(self, *arguments: str) -> Result:
        """Run a command in the shop's folder."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            patch.setenv("RETAIN_TEST_STORE", self.store)
            done = CliRunner().invoke(app, [*arguments, "--config", "shop.yaml"])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    @property
    def latest(self) -> Path:
        """The newest list."""
        return self.folder / "output" / "road" / "lists" / "latest"

    def files(self) -> dict[Path, bytes]:
        """Everything in the folder."""
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def shop(tmp_path_factory, store_uri):
    folder = tmp_path_factory.mktemp("road") / "kleiner Lädchen"
    assert CliRunner().invoke(app, ["init", str(folder)]).exit_code == 0
    (folder / "models" / "share_of_gap.py").write_text(MODEL)
    corner_shop.write(folder)
    gates = {**corner_shop.TREE["gates"], "must_beat_baseline": False}
    tracking = {"tracking_uri": "${RETAIN_TEST_STORE}"}
    corner_shop.config(folder, name="road", model="share_of_gap", gates=gates, mlflow=tracking)
    return Shop(folder, store_uri)


@pytest.fixture(scope="module")
def walked(shop):
    """What the commands said, in the order in which a stranger types them."""
    features = ("features", "--out", "features.parquet", "--as-of", "2019-06-10", "-q")
    return {
        "too early": shop.run("predict"),
        "check": shop.run("check"),
        "features": shop.run(*features),
        "dataset": shop.run("dataset", "--out", "dataset.csv", "-q"),
        "train": shop.run("train", "--json"),
        "predict": shop.run("predict", "-q"),
    }


def test_before_training_there_is_nothing_to_predict_with(walked):
    assert (walked["too early"].exit_code, walked["too early"].stdout) == (2, "")
    assert "retain train" in walked["too early"].stderr


def test_every_other_step_is_done(walked):
    assert {name: done.exit_code for name, done in walked.items() if name != "too early"} == dict.fromkeys(
        ("check", "features", "dataset", "train", "predict"), 0
    )


def test_the_tables_are_ready(walked):
    assert "137 customers" in walked["check"].stdout
    assert "project: " in walked["check"].stderr


def test_the_training_rows_are_written(walked, shop):
    rows = pd.read_csv(shop.folder / "dataset.csv", nrows=5)
    assert rows.columns[:3].tolist() == ["customer_id", "cutoff", "churned"]


def test_training_registers_the_users_own_model(walked, shop):
    document = json.loads(walked["train"].stdout)
    found = [document[key] for key in ("champion", "label", "alias")]
    assert found == ["share_of_gap", "model", "champion"]
    assert "share_of_gap" in shop.run("models", "-q").stdout


def test_predicting_ends_with_the_first_to_call(walked, shop):
    done = walked["predict"]
    said = r"eligible customers listed as of 2019-06-10, by version \d+ \(share_of_gap, a model\)"
    assert re.search(said, done.stdout)
    assert "First to call" in done.stdout
    assert done.stderr == ""
    assert (shop.latest / "at_risk.csv").exists()


def test_predicting_again_changes_nothing(walked, shop):
    before = shop.files()
    done = shop.run("predict", "--json", "-q")
    assert json.loads(done.stdout)["already_published"] is True
    assert shop.files() == before


def test_force_publishes_a_new_version(walked, shop):
    before = shop.latest.resolve()
    assert shop.run("predict", "--force", "--json", "-q").exit_code == 0
    assert shop.latest.resolve() != before
    assert before.is_dir()


def test_no_secret_is_anywhere(walked, shop):
    assert [path.name for path, content in shop.files().items() if shop.store.encode() in content] == []


def test_a_fresh_process_elsewhere_scores_a_feature_frame_as_the_list_does(walked, shop, tmp_path):
    """Also the estimator class of the user's own file, which no path leads to."""
    from mlflow.tracking import MlflowClient

    version = json.loads(walked["train"].stdout)["version"]
    model = MlflowClient(shop.store).get_model_version_download_uri("road", str(version))
    code = [sys.executable, "-c", ELSEWHERE, model, str(shop.folder / "features.parquet"), "scored.parquet"]
    subprocess.run(code, cwd=tmp_path, check=True, capture_output=True)
    scored = pd.read_parquet(tmp_path / "scored.parquet")["churn_probability"]
    listed = pd.read_parquet(shop.latest / "scores.parquet").set_index("customer_id")
    pd.testing.assert_series_equal(scored, listed["churn_probability"], check_exact=True)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["predict", "--as-of", "2018-01-01"], 2, "no row of orders is older"),
        (["predict", "--as-of", "2031-01-01"], 3, "see whether the feed has stopped"),
        (["predict", "--as-of", "yesterday"], 2, "is not a date"),
        (["predict", "--model", "99"], 2, "has no model version '99'"),
        (["features", "--out", "features.txt"], 2, "must end in .parquet or .csv"),
        (["check", "--project", "nowhere"], 2, "is not a project"),
        (["dataset", "--out", "d.csv", "--as-of", "2019-01-20"], 2, "the history of 19 days"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(walked, shop, arguments, code, said):
    done = shop.run(*arguments, "--json")
    assert (done.exit_code, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
