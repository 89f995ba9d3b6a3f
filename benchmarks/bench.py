"""Speed and memory of the features on generated events, against their budgets, a bare scan and plain pandas.

make bench                             1, 2 and 10 million events
make bench ARGS=--full                 and 50 million, and pandas on 10 million
python benchmarks/bench.py --events 50e6
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path

from measure import PROJECT, Measured, measure

HERE = Path(__file__).resolve().parent
DATA = PROJECT / ".bench"
MILLION = 1_000_000
SEED = 1

Run = tuple[str, int]
"""A task and how many events it has."""

DEFAULT: tuple[Run, ...] = (
    *(("one", MILLION), ("twelve", MILLION)),
    *(("floor", 2 * MILLION), ("one", 2 * MILLION), ("twelve", 2 * MILLION), ("pandas", 2 * MILLION)),
    ("equality", 2 * MILLION),
    *(("floor", 10 * MILLION), ("one", 10 * MILLION), ("twelve", 10 * MILLION)),
)
FULL: tuple[Run, ...] = (
    *DEFAULT,
    *(("pandas", 10 * MILLION), ("equality", 10 * MILLION)),
    *(("floor", 50 * MILLION), ("one", 50 * MILLION)),
)
QUICK: tuple[Run, ...] = (("floor", 3_000), ("equality", 3_000))


@dataclass(frozen=True)
class Budget:
    """What a task on so many events may take, start-up included: CPU seconds, and bytes at the peak.

    floor: CPU seconds of the bare scan on the machine that the budget was set on. Another machine may
    take as many times the budget as its own bare scan takes of this.
    """

    task: str
    events: int
    cpu: float
    floor: float
    peak: float | None = None


BUDGETS = (
    Budget("one", 10 * MILLION, cpu=7.5, floor=1.15),
    Budget("twelve", 10 * MILLION, cpu=15.0, floor=1.15, peak=1.2e9),
    Budget("one", 50 * MILLION, cpu=30.0, floor=4.9, peak=2.5e9),
)
GROWTH = 11.0
"""How many times the CPU seconds of 1 million events 10 million may take, start-up left out."""


@dataclass(frozen=True)
class Check:
    """One thing that must hold."""

    what: str
    found: str
    allowed: str
    ok: bool


@dataclass(frozen=True)
class Report:
    """All measurements, and what follows from them."""

    runs: dict[Run, Measured] = field(default_factory=dict)
    failed: tuple[Run, ...] = ()

    @property
    def checks(self) -> list[Check]:
        """Every budget that was measured, the growth, the equality of the numbers, and what did not end."""
        return [*self._budgets(), *self._growth(), *self._equality(), *self._failures()]

    def cpu(self, task: str, events: int) -> float | None:
        """CPU seconds of the work; a cutoff's share for the twelve (`twelfth`)."""
        run = self.runs.get(("twelve" if task == "twelfth" else task, events))
        return None if run is None else run.cpu / (12 if task == "twelfth" else 1)

    def ratios(self) -> Iterator[tuple[str, int, float]]:
        """How many times the first task takes the CPU of the second, on the same events."""
        pairs = (("one", "floor"), ("twelve", "floor"), ("pandas", "one"), ("pandas", "twelfth"))
        for events in sorted({events for _, events in self.runs}):
            for over, under in pairs:
                above, below = self.cpu(over, events), self.cpu(under, events)
                if above is not None and below is not None:
                    yield f"{NAMES[over]} / {NAMES[under]}", events, above / below

    def _budgets(self) -> Iterator[Check]:
        for budget in BUDGETS:
            run = self.runs.get((budget.task, budget.events))
            if run is None:
                continue
            what = f"{NAMES[budget.task]}, {_millions(budget.events)}"
            floor = self.cpu("floor", budget.events)
            allowed, said = budget.cpu, f"{budget.cpu:.1f}"
            if floor is not None:
                allowed *= floor / budget.floor
                said = f"{allowed:.1f}: {said} where the bare scan takes {budget.floor}, not {floor:.2f}"
            yield Check(what, f"{run.whole:.1f} CPU-s", said, run.whole <= allowed)
            if budget.peak is not None:
                found, allowed = f"{run.peak / 1e9:.2f} GB", f"{budget.peak / 1e9:.1f}"
                yield Check(what, found, allowed, run.peak <= budget.peak)

    def _growth(self) -> Iterator[Check]:
        for task in ("one", "twelve"):
            small, large = self.cpu(task, MILLION), self.cpu(task, 10 * MILLION)
            if small is not None and large is not None:
                what = f"{NAMES[task]}, growth from 1 M to 10 M"
                yield Check(what, f"{large / small:.1f}-fold", f"{GROWTH:.0f}", large / small <= GROWTH)

    def _failures(self) -> Iterator[Check]:
        for task, events in self.failed:
            yield Check(f"{NAMES[task]}, {_millions(events)}", "failed", "an end", ok=False)

    def _equality(self) -> Iterator[Check]:
        for (task, events), run in self.runs.items():
            if task != "equality":
                continue
            wrong = run.result["differences"]
            found = "; ".join(f"{name}: {how}" for name, how in wrong.items()) or "equal"
            compared = f"{run.result['rows']:,} rows × {run.result['columns']} columns"
            yield Check(f"as pandas, {_millions(events)}, {compared}", found, "equal", not wrong)


NAMES = {
    "floor": "bare scan",
    "one": "one cutoff",
    "twelve": "twelve cutoffs",
    "twelfth": "each of twelve",
    "pandas": "pandas, one cutoff",
    "equality": "comparison with pandas",
}


def run(plan: Sequence[Run], *, repeat: int = 1) -> Report:
    """Measure one after another; of several runs the least CPU and the highest peak count."""
    runs: dict[Run, Measured] = {}
    failed: list[Run] = []
    for task, events in plan:
        folder = generated(events)
        _tell(f"{NAMES[task]}, {_millions(events)} events")
        try:
            runs[task, events] = _typical([measure(task, folder) for _ in range(repeat)])
        except subprocess.CalledProcessError:  # it has said why on standard error
            failed.append((task, events))
    return Report(runs, tuple(failed))


def generated(events: int) -> Path:
    """The folder with so many events, made where it is not there yet or the generator has changed."""
    digest = sha256((HERE / "generate.py").read_bytes()).hexdigest()[:8]
    folder = DATA / f"{events}-{digest}"
    if not (folder / "config.yaml").exists():
        _tell(f"generating {_millions(events)} events")
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
    for (task, events), run in report.runs.items():
        figures = f"{run.cpu:9.2f}{run.startup:10.2f}{run.peak / 1e9:9.2f}{run.result['rows']:13,}"
        lines.append(f"{NAMES[task]:30}{_millions(events):>8}{figures}")
    lines.append("")
    for what, events, times in report.ratios():
        lines.append(f"{what:38}{_millions(events):>8}{times:8.1f} times the CPU")
    lines.append("")
    for check in report.checks:
        verdict = "ok" if check.ok else "MISSED"
        lines.append(f"{verdict:8}{check.what}: {check.found} (allowed: {check.allowed})")
    return "\n".join(lines)


def document(report: Report) -> str:
    """The report as JSON."""
    runs = [{"events": events, **asdict(run)} for (_, events), run in report.runs.items()]
    ratios = [{"what": what, "events": events, "times": times} for what, events, times in report.ratios()]
    checks = [asdict(check) for check in report.checks]
    return json.dumps({"runs": runs, "ratios": ratios, "checks": checks}, indent=2)


def _typical(runs: Sequence[Measured]) -> Measured:
    least = min(runs, key=lambda run: run.cpu)
    return Measured(least.task, least.cpu, least.startup, max(run.peak for run in runs), least.result)


def _millions(events: int) -> str:
    return f"{events / MILLION:g} M" if events >= MILLION else f"{events:,}"


def _tell(what: str) -> None:
    print(what, "…", file=sys.stderr, flush=True)


def _plan(given: argparse.Namespace) -> Sequence[Run]:
    if given.events is not None:
        return tuple((task, int(given.events)) for task in ("floor", "one", "twelve"))
    return QUICK if given.quick else FULL if given.full else DEFAULT


def main() -> int:
    """Measure, print, and give 1 where a budget is missed or a number differs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--quick", action="store_true", help="3,000 events: only that the numbers are right")
    which.add_argument("--full", action="store_true", help="50 million events and pandas on 10 million too")
    which.add_argument("--events", type=float, help="one size only, such as 50e6")
    parser.add_argument("--repeat", type=int, default=1, help="runs of each measurement, the best counts")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    report = run(_plan(given), repeat=given.repeat)
    print(document(report) if given.json else table(report))
    return 0 if all(check.ok for check in report.checks) else 1


if __name__ == "__main__":
    sys.exit(main())
