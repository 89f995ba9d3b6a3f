"""The bench of quality: its tables say what the evaluations found, and its sets are what they claim."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The benches import one another as the scripts they are."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import quality
    import sets

    return {"quality": quality, "sets": sets}


def result(modules: dict[str, ModuleType]):
    figures = {"gbm": (0.5, 0.8), "recency": (0.6, 0.7)}
    folds = [
        {"cutoff": "2011-09-01", "model": name, "log_loss": loss, "auc": auc}
        for name, (loss, auc) in figures.items()
    ]
    summary = [{**one, "customers": 1_000.0, "churn_rate": 0.25} for one in folds]
    differences = [
        {
            "figure": figure,
            "baseline": "recency",
            "difference": value,
            "interval": [value - 0.02, value + 0.02],
            "better": True,
            "worse": False,
            "folds": [{"cutoff": "2011-09-01", "difference": value, "interval": [value, value]}],
        }
        for figure, value in (("log_loss", -0.1), ("auc", 0.1))
    ]
    change = {"uncalibrated": 0.51, "calibrated": 0.5, "difference": -0.01, "interval": [-0.02, -0.005]}
    same = {"uncalibrated": 0.03, "calibrated": 0.03, "difference": 0.0, "interval": [0.0, 0.0]}
    effect = {"log_loss": change, "ece": same}
    document = {
        "calibration": {
            "folds": [{"cutoff": "2011-09-01", "method": "sigmoid", **effect}],
            "mean": effect,
        },
        "config": {"churn": {"horizon": 60, "active_within": 120}},
        "folds": folds,
        "summary": [{key: value for key, value in one.items() if key != "cutoff"} for one in summary],
        "differences": differences,
        "grade": {"letter": "A", "why": "gbm beats the best simple rule."},
        "notes": ["a note"],
    }
    chosen = modules["sets"].Set("shop", "a shop", lambda data: {})
    return modules["quality"].Result(chosen, document, 12.0)


def test_each_metric_has_a_row_a_fold_and_a_mean_with_the_best_in_bold(modules):
    page = modules["quality"].report([result(modules)], None, command="make bench-quality")
    assert "| shop | 2011-09-01 | **0.5000** | 0.6000 | -0.1000 (-0.1000 to -0.1000) |" in page
    assert (
        "| **shop** | **mean** | **0.800** | 0.700 | +0.1000 (+0.0800 to +0.1200) against recency: better |"
        in page
    )


def test_what_calibration_did_is_told_a_fold_and_in_the_mean(modules):
    page = modules["quality"].report([result(modules)], None, command="make bench-quality")
    did = "0.5100 | 0.5000 | -0.0100 (-0.0200 to -0.0050) | 0.0300 | 0.0300 | 0 |"
    assert f"| shop | 2011-09-01 | sigmoid | {did}" in page
    assert f"| **shop** | **mean** |  | {did}" in page


def test_the_sets_and_their_grades_are_told(modules):
    page = modules["quality"].report([result(modules)], None, command="make bench-quality")
    assert "| shop | a shop | 60 / 120 days | 2011-09-01 | 1,000 | 25.0% | A | 12 |" in page
    assert "- **shop**: grade A: gbm beats the best simple rule.\n  - a note" in page


def test_only_the_models_asked_for_are_shown(modules):
    page = modules["quality"].report([result(modules)], ["gbm"], command="make bench-quality")
    assert "| set | cutoff | gbm | less the best baseline |" in page


def test_a_set_without_data_is_left_out(modules, tmp_path):
    (cdnow,) = modules["sets"].chosen_sets("cdnow")
    assert modules["sets"].write(cdnow, tmp_path, changes={}) is None


def test_a_set_becomes_a_config(modules, tmp_path, monkeypatch):
    monkeypatch.setattr(modules["sets"], "FOLDER", tmp_path / "bench")
    (tmp_path / "cdnow").mkdir()
    (tmp_path / "cdnow" / "transactions.parquet").touch()
    (cdnow,) = modules["sets"].chosen_sets("cdnow")
    path = modules["sets"].write(cdnow, tmp_path, changes={"model": "recency"})
    assert path == tmp_path / "bench" / "cdnow" / "config.yaml"
    assert "horizon: 90" in path.read_text()
    assert "model: recency" in path.read_text()


def test_an_unknown_set_is_named(modules):
    with pytest.raises(SystemExit, match="there is no set shop; there are: cdnow"):
        list(modules["sets"].chosen_sets("shop"))
