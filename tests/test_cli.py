"""The command line: what it prints where, and its exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from typer.testing import CliRunner

import retain
from retain.cli import app
from retain.errors import ConfigError, Locked, Refused, RetainError, Unavailable

HEAVY = {
    "duckdb",
    "lightgbm",
    "matplotlib",
    "mlflow",
    "numpy",
    "optuna",
    "pandas",
    "pyarrow",
    "scipy",
    "sklearn",
}


LIST = [{"rank": 1, "customer_id": "00123", "reason_1": "No order", "reason_2": "", "group": "contact"}]


@dataclass(frozen=True)
class Result:
    """A result of the Python interface, small."""

    document: dict[str, object]
    folder: Path = Path("output/shop/lists/2011-09-01")

    def to_json(self):
        return self.document

    def lines(self):
        return [f"{key}: {value}" for key, value in self.document.items()]

    def first(self, count):
        return LIST[:count]


@dataclass(frozen=True)
class Config:
    """As much of a config as the log asks for."""

    secrets: tuple[str, ...] = ("hunter2",)


@dataclass(frozen=True)
class Project:
    """A project that answers with what it was asked, or fails."""

    failure: BaseException | None = None
    config: Config = Config()

    def check(self, as_of=None, write=False):
        print("a library that prints")  # noqa: T201 - the point of one test
        if self.failure:
            raise self.failure
        return Result({"as_of": as_of, "auc": float("nan")})

    def write_features(self, path, as_of=None):
        return Result({"path": path, "as_of": as_of})

    def predict(self, as_of=None, model=None, force=False, accept=None):
        return Result({"as_of": as_of, "model": model, "force": force, "accept": accept})

    def weekly(self, as_of=None, force=False, accept=None):
        return Result({"as_of": as_of, "force": force, "accept": accept})


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run a command against a fake project, in an empty folder that has one config."""
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text("name: shop\n")

    def _run(*arguments, failure=None):
        api = ModuleType("retain.api")
        api.open = lambda config, **_: Project(failure)
        monkeypatch.setitem(sys.modules, "retain.api", api)
        monkeypatch.setattr(retain, "api", api, raising=False)
        return CliRunner().invoke(app, list(arguments))

    return _run


def test_help_imports_nothing_heavy():
    code = (
        "import sys\n"
        "sys.argv = ['retain', '--help']\n"
        "from retain.cli import main\n"
        "try:\n    main()\n"
        "finally:\n    print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "predict" in done.stdout
    assert not HEAVY & set(done.stderr.split())


def test_a_result_is_sentences_on_stdout(run):
    done = run("features", "--out", "f.csv", "--as-of", "2011-09-01")
    assert (done.exit_code, done.stdout) == (0, "path: f.csv\nas_of: 2011-09-01\n")


def test_json_is_the_only_thing_on_stdout(run):
    done = run("check", "--json", "--as-of", "2011-09-01")
    assert json.loads(done.stdout) == {"as_of": "2011-09-01", "auc": None}
    assert "a library that prints" in done.stderr


def test_predict_ends_with_the_first_to_call(run):
    done = run("predict", "--model", "challenger", "--force")
    assert "model: challenger" in done.stdout
    assert "First to call" in done.stdout
    assert "00123" in done.stdout


def test_a_column_in_which_nobody_has_anything_is_not_shown(run):
    headings = next(line for line in run("predict").stdout.splitlines() if "Customer" in line)
    assert re.findall(r"\w+", headings) == ["Customer", "Why"]


def test_predict_json_has_no_table(run):
    asked = {"as_of": None, "model": None, "force": False, "accept": None}
    assert json.loads(run("predict", "--json").stdout) == asked


def test_why_a_list_is_published_all_the_same_reaches_the_project(run):
    done = run("weekly", "--json", "--accept", "a holiday", "--as-of", "2011-09-01")
    assert json.loads(done.stdout) == {"as_of": "2011-09-01", "force": False, "accept": "a holiday"}


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (ConfigError("x"), 2),
        (Refused("x"), 3),
        (Locked("x"), 4),
        (Unavailable("x"), 1),
        (RetainError("x"), 1),
    ],
)
def test_an_expected_failure_is_one_sentence_and_its_code(run, failure, code):
    done = run("check", "--json", failure=failure)
    assert (done.exit_code, done.stdout) == (code, "")
    assert "error: x\n" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_defect_keeps_its_traceback(run):
    done = run("check", failure=ZeroDivisionError())
    assert done.exit_code == 1
    assert isinstance(done.exception, ZeroDivisionError)


def test_a_failure_is_logged_with_its_exit_code_and_without_secrets(run):
    lines = run("check", failure=Refused("the feed hunter2 stopped")).stderr.splitlines()
    (failure,) = [json.loads(line) for line in lines if '"error"' in line]
    assert (failure["event"], failure["exit_code"], failure["kind"]) == ("the feed *** stopped", 3, "Refused")


def test_every_line_of_the_log_has_the_run_of_the_command(run):
    logged = [json.loads(line) for line in run("check").stderr.splitlines() if line.startswith("{")]
    assert [line["event"].partition(":")[0] for line in logged] == ["begun", "project", "done"]
    assert len({line["run_id"] for line in logged}) == 1
    assert {line.get("command", "check") for line in logged} == {"check"}


def test_quiet_logs_no_more_than_what_is_wrong(run):
    assert run("check", "-q").stderr == "a library that prints\n"


def test_an_interrupt_exits_with_130(run):
    assert run("check", failure=KeyboardInterrupt()).exit_code == 130


def test_a_wrong_date_is_a_usage_mistake(run):
    done = run("check", "--as-of", "2011-13-01")
    assert done.exit_code == 2
    assert "2011-13-01" in done.stderr


def test_an_unknown_option_is_a_usage_mistake(run):
    assert run("check", "--configg", "shop.yaml").exit_code == 2


def test_the_only_config_need_not_be_named(run):
    assert run("check").exit_code == 0


def test_of_two_configs_one_must_be_named(run):
    Path("other.yaml").touch()
    Path("configs").mkdir()
    for name in ("a.yaml", "b.yaml", "actions.yaml"):
        (Path("configs") / name).touch()
    done = run("check")
    assert done.exit_code == 2
    assert "configs/a.yaml, configs/b.yaml, other.yaml, shop.yaml\n" in done.stderr


def test_the_only_config_here_need_not_be_named_beside_the_examples(run):
    Path("configs").mkdir()
    for name in ("completejourney.yaml", "example.yaml"):
        (Path("configs") / name).touch()
    assert run("check").exit_code == 0


def test_without_a_config_one_must_be_named(run):
    Path("shop.yaml").unlink()
    done = run("check")
    assert done.exit_code == 2
    assert "--config" in done.stderr


def test_a_date_reaches_the_project_as_a_date(run, monkeypatch):
    seen = []
    monkeypatch.setattr(Project, "check", lambda self, as_of=None, **_: seen.append(as_of) or Result({}))
    run("check", "--as-of", "2011-09-01")
    assert seen == [date(2011, 9, 1)]


def test_the_version_is_that_of_the_distribution(run):
    assert run("--version").stdout.strip() == version("retain")
