"""One measurement in a process of its own: CPU seconds, peak memory and what came out.

python benchmarks/measure.py twelve .bench/10000000
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # imported where they are used: what a measurement imports counts as its start-up
    from retain.events.duckdb.engine import Events
    from retain.learning.dataset import Dataset
    from retain.learning.feature import Feature

PROJECT = Path(__file__).resolve().parents[1]
DATA = PROJECT / ".bench"


@dataclass(frozen=True)
class Measured:
    """What one measurement took and gave.

    cpu: CPU seconds (user and system, all threads) of the work; startup: those of the imports before.
    peak: bytes. result: what the task found.
    """

    task: str
    cpu: float
    startup: float
    peak: int
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def whole(self) -> float:
        """CPU seconds of the process."""
        return self.cpu + self.startup


def measure(task: str, folder: Path) -> Measured:
    """Do the task on the events in `folder` in a fresh process."""
    command = [sys.executable, str(Path(__file__).resolve()), task, str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment())
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def environment() -> dict[str, str]:
    """That of a user of this checkout: modules are compiled once, and threads that wait do not spin."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    ours = {"PYTHONPYCACHEPREFIX": str(DATA / "bytecode"), "PYTHONPATH": str(PROJECT / "src")}
    return {"OMP_WAIT_POLICY": "passive", **kept, **ours}


def floor(folder: Path) -> Callable[[], dict[str, Any]]:
    """The least that anything could do: one scan with count, sum and max by customer."""
    import duckdb

    every = f"""SELECT customer_id, ordered_at AS moment, amount FROM '{folder}/orders.parquet'
        UNION ALL SELECT customer_id, "at", value FROM '{folder}/activity.parquet'"""

    def work() -> dict[str, Any]:
        query = f"SELECT customer_id, count(*), sum(amount), max(moment) FROM ({every}) GROUP BY customer_id"
        return {"rows": duckdb.sql(query).to_arrow_table().num_rows}

    return work


def one(folder: Path) -> Callable[[], dict[str, Any]]:
    """The features of all customers at one cutoff, the newest: what a prediction needs."""
    from generate import END

    return _streamed(folder, cutoffs=lambda events: (END,), labelled=False)


def twelve(folder: Path) -> Callable[[], dict[str, Any]]:
    """The labelled features at the twelve training cutoffs."""
    return _streamed(folder, cutoffs=training_days, labelled=True)


def pandas(folder: Path) -> Callable[[], dict[str, Any]]:
    """The same columns as `one` in plain pandas."""
    import plain_pandas
    from generate import ACTIVE_WITHIN, END

    def work() -> dict[str, Any]:
        made = plain_pandas.features(folder, cutoff=END, active_within=ACTIVE_WITHIN)
        return {"rows": len(made), "columns": made.shape[1]}

    return work


def polars(folder: Path) -> Callable[[], dict[str, Any]]:
    """The same columns as `one` in Polars."""
    import plain_polars
    from generate import ACTIVE_WITHIN, END

    def work() -> dict[str, Any]:
        made = plain_polars.features(folder, cutoff=END, active_within=ACTIVE_WITHIN)
        return {"rows": len(made), "columns": made.width - 1}

    return work


TASKS = {
    **dict.fromkeys(("floor", "one", "twelve", "pandas", "polars"), "measure"),
    **dict.fromkeys(("equality", "polars_equality"), "equal"),
    **dict.fromkeys(("sort", "boosters", "predict"), "road"),
    **dict.fromkeys(("search", "plain_search", "plain_trees"), "searches"),
}
"""Where each task is: a function of a folder of events that gets ready, and gives the work to be measured."""


def definitions() -> tuple[Feature, ...]:
    """The features of the checkout (not its models, whose imports are no part of this)."""
    from retain.project import Definitions

    files = sorted((PROJECT / "features").glob("*.py"))
    sources = {f"features/{file.name}": file.read_text(encoding="utf-8") for file in files}
    return Definitions.from_sources(sources).features


def opened(folder: Path) -> Events:
    """The events in `folder`, read as they stand at the end."""
    from generate import END

    from retain import config
    from retain.events.duckdb.engine import open_events
    from retain.events.duckdb.sources import inspect

    return open_events(config.load(folder / "config.yaml", inspect=inspect), as_of=END)


def training_days(events: Events) -> tuple[date, ...]:
    """The training cutoffs, oldest first."""
    from retain.learning.cutoffs import training_cutoffs

    config, summary = events.config, events.summary
    return training_cutoffs(config.training, config.churn, start=summary.start, end=summary.end).all


def _streamed(
    folder: Path, *, cutoffs: Callable[[Events], Sequence[date]], labelled: bool
) -> Callable[[], dict[str, Any]]:
    from retain.learning.matrix import fit_spec
    from retain.learning.snapshots import snapshots

    features = definitions()

    def work() -> dict[str, Any]:
        with opened(folder) as events:
            parts = snapshots(events, features, fit_spec(events), cutoffs=cutoffs(events), labelled=labelled)
            return _summed_up(parts)

    return work


def _summed_up(parts: Iterable[Dataset]) -> dict[str, Any]:
    """Rows, columns and a checksum; every part is dropped as soon as it is counted."""
    import numpy as np

    rows, columns, checksum, churners = 0, 0, 0, 0
    for part in parts:
        block = np.ascontiguousarray(part.X.to_numpy().T)
        rows, columns = rows + len(part), len(block)
        checksum ^= int(np.bitwise_xor.reduce(block.reshape(-1).view(np.uint32)))
        churners += 0 if part.churned is None else int(part.churned.sum())
    return {"rows": rows, "columns": columns, "checksum": checksum, "churners": churners}


def cpu_seconds() -> float:
    """CPU seconds of this process so far, all its threads and ended children included."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak_bytes() -> int:
    """The most memory this process held.

    From /proc where there is one: getrusage also counts what the parent held when it started us.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="utf-8").splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    """Do the task named on the command line and print the measurement as JSON."""
    task, folder = sys.argv[1], Path(sys.argv[2])
    work = getattr(import_module(TASKS[task]), task)(folder)
    startup = cpu_seconds()
    result = work()
    cpu, peak = cpu_seconds() - startup, peak_bytes()
    cpu, peak = result.pop("cpu", cpu), result.pop("peak", peak)  # of a process that the task began
    print(json.dumps(asdict(Measured(task, cpu, startup, peak, result))))


if __name__ == "__main__":
    main()
