"""What `engine: spark` takes at each stage, on this machine: CPU seconds, bytes shuffled, peak memory.

python benchmarks/spark_stages.py .bench/1000000-deb990ca [--cores 2]

CPU seconds are those of the driver, of Java and of the Python workers together, without starting them. The
events are checked, brought together by customer, made into features and scored, as `retain predict` does it,
and made into the rows of twelve cutoffs, as `retain train` does. What is made is summed up where it is made.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from generate import END
from measure import definitions, training_days

from retain.config import Config, load
from retain.config.spark import Spark
from retain.events.days import to_day
from retain.events.engine import Events, open_events
from retain.events.history import History
from retain.learning.classifier import ChurnClassifier
from retain.learning.matrix import fit_spec
from retain.learning.sampling import Sample
from retain.learning.snapshots import Snapshots, build

TREES, LEAVES = 200, 31
LEARNT_ROWS = 20_000
LISTED = 500


@dataclass(frozen=True)
class Stage:
    """One stage. cpu: CPU seconds; wall: seconds; shuffled: bytes written to shuffles; rows: what it gave."""

    name: str
    cpu: float
    wall: float
    shuffled: int
    rows: int


@dataclass(frozen=True)
class Counted:
    """How many rows a chunk has, and the sum of what is said of them: nothing large leaves the task."""

    snapshots: Snapshots
    model: Any = None

    def __call__(self, history: History) -> Iterator[tuple[int, float]]:
        for part in self.snapshots(history):
            said = part.X.to_numpy() if self.model is None else self.model.predict_proba(part.X)[:, 1]
            yield len(part), float(np.nansum(said, dtype=np.float64))


def spent() -> float:
    """CPU seconds of this process and all that it started, ended ones included."""
    me = psutil.Process()
    every = [me.cpu_times(), *(one.cpu_times() for one in me.children(recursive=True))]
    return float(sum(t.user + t.system + t.children_user + t.children_system for t in every))


def held() -> int:
    """Bytes that all these processes hold now, shared pages counted once."""
    me = psutil.Process()
    return sum(one.memory_full_info().pss for one in (me, *me.children(recursive=True)))


def shuffled() -> int:
    """Bytes that the session has written to shuffles so far."""
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession()
    if session is None:
        return 0
    executors = session.sparkContext._jsc.sc().statusStore().executorList(False)
    return sum(executors.apply(at).totalShuffleWrite() for at in range(executors.size()))


def staged(name: str, work: Callable[[], int]) -> Stage:
    """Do the work, and what it took."""
    cpu, began, written = spent(), time.perf_counter(), shuffled()
    rows = work()
    return Stage(name, spent() - cpu, time.perf_counter() - began, shuffled() - written, rows)


def stages(config: Config) -> Iterator[Stage]:
    """Each stage in its turn. The session is started, and workers with it, before the first."""
    session, held_events = started(config), list[Events]()
    try:
        yield staged("read and check", lambda: _opened(config, held_events))
        events = held_events[0]
        yield staged("bring together and sort", lambda: _gathered(events))
        one, twelve = (_snapshots(events, labelled=labelled) for labelled in (False, True))
        model, customers = fitted(events, one)
        ids = list(customers[:LISTED])
        yield staged("customers counted", lambda: events.count_customers(list(one.days)))
        yield staged("features at one cutoff", lambda: _counted(events, Counted(one)))
        yield staged(f"features, and scored by {TREES} trees", lambda: _counted(events, Counted(one, model)))
        yield staged("rows of twelve cutoffs", lambda: _counted(events, Counted(twelve)))
        listed = replace(one, sample=Sample(only=frozenset(ids)))
        yield staged(f"features of {LISTED} customers", lambda: _counted(events, Counted(listed), ids=ids))
    finally:
        for events in held_events:
            events.close()
        session.stop()


def started(config: Config) -> Any:
    """A session as retain makes it, with a worker that has imported what it needs."""
    from retain.events.scratch import scratch_folder
    from retain.events.spark.session import session

    return session(config, scratch=scratch_folder()).spark


def fitted(events: Events, snapshots: Snapshots) -> tuple[ChurnClassifier, Sequence[str]]:
    """A model of the size that ships, and the customers whose rows it learnt from."""
    some = Sample(min(1.0, LEARNT_ROWS / max(events.count_customers(list(snapshots.days)), 1)))
    rows = build(
        events, definitions(), snapshots.spec, cutoffs=[training_days(events)[-1]], labelled=True, sample=some
    )
    return ChurnClassifier(n_estimators=TREES, num_leaves=LEAVES).fit(rows.X, rows.churned), rows.customer_id


def _opened(config: Config, into: list[Events]) -> int:
    into.append(open_events(config, as_of=END))
    return sum(table.used for table in into[0].summary.tables)


def _gathered(events: Any) -> int:
    _ = events.gathered.rows
    return sum(table.used for table in events.summary.tables)


def _snapshots(events: Events, *, labelled: bool) -> Snapshots:
    spec = fit_spec(events)
    days = [to_day(day) for day in training_days(events)] if labelled else [to_day(END)]
    return Snapshots(
        columns=spec.columns(definitions()),
        spec=spec,
        churn=events.config.churn,
        days=tuple(days),
        end=to_day(events.summary.end),
        labelled=labelled,
    )


def _counted(events: Events, work: Counted, *, ids: Sequence[str] | None = None) -> int:
    return sum(rows for rows, _ in events.each(work, cutoffs=work.snapshots.days, ids=ids))


def main() -> None:
    """Print a table of the stages, and a line of JSON for each where asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="events and config, as generate.py writes them")
    parser.add_argument("--cores", type=int, default=2, help="tasks at a time")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    config = load(asked.folder / "config.yaml")
    config = config.model_copy(update={"engine": "spark", "spark": Spark(master=f"local[{asked.cores}]")})
    print(f"{'stage':<40} {'rows':>10} {'CPU-s':>8} {'rows/CPU-s':>11} {'wall':>7} {'shuffled MB':>12}")
    for stage in stages(config):
        rate = stage.rows / max(stage.cpu, 0.01)
        print(
            f"{stage.name:<40} {stage.rows:>10,} {stage.cpu:>8.1f} {rate:>11,.0f} {stage.wall:>7.1f} "
            f"{stage.shuffled / 1e6:>12.1f}"
        )
        if asked.json:
            print(json.dumps(asdict(stage)))
    print(f"held at the end: {held() / 1e9:.2f} GB")


if __name__ == "__main__":
    main()
