"""The speed and memory of retain on generated events, against its targets, a bare scan, pandas and Polars.

make bench                             features at 1, 2 and 10 million events, predict at 10, the search
make bench ARGS=--full                 all targets: features and predict at 50 million too
python benchmarks/bench.py --full --write docs/speed.md     and its tables into the page
python benchmarks/bench.py --only predict,sort,boosters --events 10e6
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from measure import DATA, Measured, measure
from page import machine, tables, written
from targets import MILLION, NAMES, Report, Run, millions

HERE = Path(__file__).resolve().parent
SEED = 1
ROAD = ("sort", "boosters", "predict")
FEATURES = ("floor", "one", "twelve")

DEFAULT: tuple[Run, ...] = (
    *((task, MILLION) for task in ("one", "twelve")),
    *((task, 2 * MILLION) for task in ("one", "pandas", "polars", "equality", "polars_equality")),
    *((task, 2 * MILLION) for task in ("search", "plain_search", "plain_trees")),
    *((task, 10 * MILLION) for task in (*FEATURES, *ROAD)),
)
FULL: tuple[Run, ...] = (
    *DEFAULT,
    *(("pandas", 10 * MILLION), ("equality", 10 * MILLION)),
    *((task, 50 * MILLION) for task in ("floor", "one", *ROAD)),
)
QUICK: tuple[Run, ...] = (("floor", 3_000), ("equality", 3_000))


def run(plan: Sequence[Run], *, repeat: int = 1) -> Report:
    """Measure one after another; of several runs the least CPU and the highest peak count."""
    runs: dict[Run, Measured] = {}
    failed: dict[Run, str] = {}
    for task, events in plan:
        if "polars" in task and find_spec("polars") is None:
            _tell("Polars is not installed (pip install polars): it is left out")
            continue
        folder = generated(events)
        _tell(f"{NAMES[task]}, {millions(events)} events …")
        try:
            runs[task, events] = _typical([measure(task, folder) for _ in range(repeat)])
        except subprocess.CalledProcessError:  # it has said why on standard error
            failed[task, events] = "failed"
    return Report(runs, failed)


def generated(events: int) -> Path:
    """The folder with so many events, made where it is not there yet or the generator has changed."""
    digest = sha256((HERE / "generate.py").read_bytes()).hexdigest()[:8]
    folder = DATA / f"{events}-{digest}"
    if not (folder / "config.yaml").exists():
        _tell(f"generating {millions(events)} events …")
        for stale in DATA.glob(f"{events}-*"):
            shutil.rmtree(stale)
        command = [sys.executable, str(HERE / "generate.py"), str(folder)]
        options = ["--events", str(events), "--customers", str(customers(events)), "--seed", str(SEED)]
        subprocess.run([*command, *options], stdout=subprocess.DEVNULL, check=True)
    return folder


def customers(events: int) -> int:
    """Six for each hundred events."""
    return events * 6 // 100


def table(report: Report) -> str:
    """The report as text."""
    lines = [f"{'':30}{'events':>8}{'CPU-s':>9}{'start-up':>10}{'peak GB':>9}{'rows':>13}"]
    for (task, events), one in report.runs.items():
        figures = f"{one.cpu:9.2f}{one.startup:10.2f}{one.peak / 1e9:9.2f}{one.result['rows']:13,}"
        lines.append(f"{NAMES[task]:30}{millions(events):>8}{figures}")
    lines.append("")
    for check in report.checks:
        verdict = "ok" if check.ok else "MISSED"
        lines.append(f"{verdict:8}{check.what}: {check.found} ({check.allowed})")
    return "\n".join(lines)


def document(report: Report) -> str:
    """The report as JSON."""
    runs = [{"events": events, **asdict(one)} for (_, events), one in report.runs.items()]
    checks = [asdict(check) for check in report.checks]
    return json.dumps({"machine": machine(), "runs": runs, "checks": checks}, indent=2)


def _typical(runs: Sequence[Measured]) -> Measured:
    least = min(runs, key=lambda run: run.cpu)
    return Measured(least.task, least.cpu, least.startup, max(run.peak for run in runs), least.result)


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _plan(given: argparse.Namespace) -> Sequence[Run]:
    plan: Sequence[Run] = QUICK if given.quick else FULL if given.full else DEFAULT
    if given.events is not None:
        plan = tuple((task, int(given.events)) for task in (given.only or FEATURES))
    return [one for one in plan if given.only is None or one[0] in given.only]


def main() -> int:
    """Measure, print, and give 1 where a target is missed or a number differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="3,000 events: only that the numbers are right")
    which.add_argument("--full", action="store_true", help="every target; half an hour")
    which.add_argument("--events", type=float, help="one size only, such as 50e6")
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"of {', '.join(NAMES)}")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each measurement, the best counts")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", type=Path, help="put the tables into this page")
    given = parser.parse_args()
    before = os.getloadavg()[0]
    report = run(_plan(given), repeat=given.repeat)
    print(document(report) if given.json else table(report))
    if given.write is not None:
        command = f"python benchmarks/bench.py {' '.join(sys.argv[1:])}"
        page = given.write.read_text(encoding="utf-8")
        given.write.write_text(written(page, tables(report, command=command, load=before)), encoding="utf-8")
    return 0 if all(check.ok for check in report.checks) else 1


if __name__ == "__main__":
    sys.exit(main())
