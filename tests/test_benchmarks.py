"""The benches themselves: the data can be made again, and retain's numbers are those of plain pandas."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The benches import one another as the scripts they are."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import bench
    import equal
    import generate
    import measure
    import page
    import targets

    loaded = (bench, equal, generate, measure, page, targets)
    return {module.__name__: module for module in loaded}


def test_the_same_seed_makes_the_same_events(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    frames = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        modules["generate"].generate(tmp_path / name, events=2_000, customers=200, seed=seed)
        frames.append(pd.read_parquet(tmp_path / name / "activity.parquet"))
    pd.testing.assert_frame_equal(frames[0], frames[1])
    assert not frames[0].equals(frames[2])


def test_as_many_events_are_made_as_asked_for(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    modules["generate"].generate(tmp_path, events=2_001, customers=200, seed=1)
    tables = [pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("orders", "activity")]
    assert sum(map(len, tables)) == 2_001
    assert tables[0]["ordered_at"].between("2022-01-01", "2024-01-01", inclusive="left").all()


def test_events_cut_into_slices_of_time_are_in_the_order_of_time(
    modules: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modules["generate"], "SLICE_EVENTS", 300)
    modules["generate"].generate(tmp_path, events=2_000, customers=200, seed=1)
    assert pd.read_parquet(tmp_path / "activity.parquet")["at"].is_monotonic_increasing


@pytest.mark.parametrize(("customers", "seed"), [(180, 1), (20, 2)])
def test_every_feature_and_label_is_the_one_that_plain_pandas_gives(
    modules: dict[str, ModuleType], tmp_path: Path, customers: int, seed: int
) -> None:
    modules["generate"].generate(tmp_path, events=3_000, customers=customers, seed=seed)
    found = modules["equal"].equality(tmp_path)()
    assert found["differences"] == {}
    assert found["columns"] > 100


def test_every_feature_is_the_one_that_polars_gives(modules: dict[str, ModuleType], tmp_path: Path) -> None:
    pytest.importorskip("polars")
    modules["generate"].generate(tmp_path, events=3_000, customers=60, seed=3)
    found = modules["equal"].polars_equality(tmp_path)()
    assert found["differences"] == {}
    assert found["columns"] > 100


def test_a_number_that_is_off_is_named(modules: dict[str, ModuleType]) -> None:
    ours = pd.DataFrame({"orders": [1.0, 2.0], "mean_gap": [3.0, None]}, index=["a", "b"])
    theirs = pd.DataFrame({"orders": [1.0, 2.5], "mean_gap": [3.0, None]}, index=["a", "b"])
    assert modules["equal"].differences(ours, ours) == {}
    assert modules["equal"].differences(ours, theirs) == {"orders": "1 rows; b: 2.0 here, 2.5 there"}


def test_a_missing_customer_is_named(modules: dict[str, ModuleType]) -> None:
    ours = pd.DataFrame({"orders": [1.0, 2.0]}, index=["a", "b"])
    found = modules["equal"].differences(ours, ours.loc[["a"]])
    assert found == {"customers": "1 are on one side only: b"}


def report(modules: dict[str, ModuleType], **cpu: float) -> Any:
    """What takes so many CPU seconds on 10 million events, at a peak of 1 GB."""
    measured = modules["measure"].Measured
    runs = {
        (task, 10_000_000): measured(task, one, startup=1.0, peak=10**9, result={"rows": 1})
        for task, one in cpu.items()
    }
    return modules["targets"].Report(runs)


def test_a_target_is_a_ratio_of_one_run(modules: dict[str, ModuleType]) -> None:
    found = report(modules, floor=1.0, twelve=9.0, pandas=12.0).checks
    assert [(check.what, check.found, check.ok) for check in found] == [
        ("CPU of twelve cutoffs / bare scan, 10 M", "9.00", False),
        ("CPU of pandas, one cutoff / each of twelve cutoffs, 10 M", "16.0", True),
        ("peak memory of twelve cutoffs, 10 M", "1.00 GB", False),
    ]


def test_predict_is_held_against_the_sort_and_the_churn_models_trees(modules: dict[str, ModuleType]) -> None:
    found = report(modules, sort=10.0, boosters=9.0, predict=21.0)
    found.runs["boosters", 10_000_000].result.update(churn=4.0, value=5.0)
    found.runs["predict", 10_000_000].result["again"] = {"seconds": 2.5, "cpu": 1.5}
    first, again = found.checks
    assert (first.found, first.ok) == ("1.50 (21.0 / (10.0 + 4.0); 1.11 with the value's trees)", True)
    assert (again.found, again.ok) == ("2.5 s, 1.5 CPU-s", False)


def test_growth_is_what_an_event_takes(modules: dict[str, ModuleType]) -> None:
    measured = modules["measure"].Measured
    runs = {("one", n): measured("one", cpu=cpu, startup=0, peak=0) for n, cpu in ((10**6, 1.0), (10**7, 12))}
    (check,) = modules["targets"].Report(runs).checks
    assert check.found == "+20% (1.00, 1.20 CPU-s a million)"
    assert not check.ok


def test_the_tables_take_the_place_of_those_before(modules: dict[str, ModuleType]) -> None:
    page = modules["page"]
    made = page.tables(report(modules, floor=1.0, twelve=9.0), command="bench.py", load=0.5)
    once = page.written(f"above\n{page.BEGIN}\nold\n{page.END}\nbelow\n", made)
    assert once.startswith("above\n")
    assert once.endswith("below\n")
    assert "old" not in once
    assert "| CPU of twelve cutoffs / bare scan, 10 M | 9.00 | at most 8 | **missed** |" in once
    assert page.written(once, made) == once


def test_a_measurement_that_fails_is_no_success(
    modules: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = modules["bench"]
    monkeypatch.setattr(bench, "generated", lambda events: tmp_path)
    report = bench.run([("floor", 1_000)])
    assert [(check.found, check.ok) for check in report.checks] == [("failed", False)]
    assert "MISSED  bare scan, 1,000: failed" in bench.table(report)


def test_the_quick_bench_prints_figures_and_passes() -> None:
    command = [sys.executable, str(BENCHMARKS / "bench.py"), "--quick", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert {run["task"] for run in document["runs"]} == {"floor", "equality"}
    assert all(run["cpu"] > 0 and run["peak"] > 0 for run in document["runs"])
