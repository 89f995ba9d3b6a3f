"""The benches themselves: the data can be made again, and retain's numbers are those of plain pandas."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> dict[str, ModuleType]:
    """The benches import one another as the scripts they are."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    import bench
    import generate
    import measure

    return {"bench": bench, "generate": generate, "measure": measure}


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
    found = modules["measure"].equality(tmp_path)()
    assert found["differences"] == {}
    assert found["columns"] > 100


def test_a_number_that_is_off_is_named(modules: dict[str, ModuleType]) -> None:
    ours = pd.DataFrame({"orders": [1.0, 2.0], "mean_gap": [3.0, None]}, index=["a", "b"])
    theirs = pd.DataFrame({"orders": [1.0, 2.5], "mean_gap": [3.0, None]}, index=["a", "b"])
    assert modules["measure"].differences(ours, ours) == {}
    assert modules["measure"].differences(ours, theirs) == {"orders": "1 rows; b: 2.0 here, 2.5 in pandas"}


def test_a_missing_customer_is_named(modules: dict[str, ModuleType]) -> None:
    ours = pd.DataFrame({"orders": [1.0, 2.0]}, index=["a", "b"])
    found = modules["measure"].differences(ours, ours.loc[["a"]])
    assert found == {"customers": "1 are on one side only: b"}


def test_a_budget_that_is_exceeded_is_missed(modules: dict[str, ModuleType]) -> None:
    measured = modules["measure"].Measured
    bench = modules["bench"]
    million = bench.MILLION
    report = bench.Report(
        {
            ("one", million): measured("one", cpu=1.0, startup=1.0, peak=10**8),
            ("one", 10 * million): measured("one", cpu=6.0, startup=1.0, peak=10**9),
            ("twelve", 10 * million): measured("twelve", cpu=14.5, startup=1.0, peak=10**9),
        }
    )
    found = [(check.what, check.ok) for check in report.checks]
    assert found == [
        ("one cutoff, 10 M", True),
        ("twelve cutoffs, 10 M", False),
        ("twelve cutoffs, 10 M", True),
        ("one cutoff, growth from 1 M to 10 M", True),
    ]


def test_a_budget_is_as_much_larger_as_the_machine_is_slower(modules: dict[str, ModuleType]) -> None:
    measured, bench = modules["measure"].Measured, modules["bench"]
    events = 10 * bench.MILLION
    report = bench.Report(
        {
            ("floor", events): measured("floor", cpu=2.3, startup=0.1, peak=10**8),
            ("one", events): measured("one", cpu=12.0, startup=2.0, peak=10**9),
            ("twelve", events): measured("twelve", cpu=29.0, startup=2.0, peak=10**9),
        }
    )
    found = {check.what: (check.ok, check.allowed) for check in report.checks if "CPU" in check.found}
    said = "15.0: 7.5 where the bare scan takes 1.15, not 2.30"
    assert found == {"one cutoff, 10 M": (True, said), "twelve cutoffs, 10 M": (False, found_twelve(said))}


def found_twelve(said: str) -> str:
    return said.replace("15.0: 7.5", "30.0: 15.0")


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
