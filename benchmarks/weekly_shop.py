"""A small business whose weekly run is broken again and again, and what then stands in its folder.

Runs are forked from this process after its imports, so that one takes seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import retain
import retain.weekly
from retain.api import Project
from retain.errors import RetainError
from retain.lists import history, published
from retain.lists.history_store import Place
from retain.progress import SilentStep

ROOT = Path(__file__).parent.parent
TODAY = date(2019, 6, 17)
LAST_WEEK = TODAY - timedelta(days=7)
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
CONFIG = """\
name: faults
output: {folder}/output
tables:
  orders: {{{orders}, columns: {{customer: who, time: at, amount: paid}}}}
churn: {{horizon: 20}}
training: {{cutoffs: 3, every: 20, trials: 0, retrain_every: 7}}
model: rfm_logit
features: [recency, frequency, monetary]
gates: {{min_customers: 50, min_churners: 10, max_customer_change: 9, max_drift: 9}}
mlflow: {{tracking_uri: "sqlite:///{folder}/mlflow.db"}}
{more}
"""
FILES = ("source: orders.parquet", "")
"""What the config says of the orders, and what else it says."""

Beside = tuple[float, Callable[[int], None]]


@dataclass(frozen=True)
class Seen:
    """What stands in a folder: the run of each list, the lists that are damaged, those the history has."""

    lists: dict[str, str]
    damaged: tuple[str, ...]
    latest: str
    remembered: dict[str, str]
    leftovers: tuple[str, ...]


@dataclass
class Deadly:
    """A progress that kills the process at the n-th beginning or end of a step."""

    at: int | None
    passed: int = 0

    @contextmanager
    def step(self, name: str, total: float | None = None) -> Iterator[Any]:
        """Count twice."""
        self._pass()
        yield SilentStep()
        self._pass()

    def _pass(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)


def orders() -> pa.Table:
    """Of 240 customers who come at a pace of their own until they stop; the newest are of yesterday."""
    generator, rows = np.random.default_rng(3), []
    for who in range(240):
        day, pace = generator.integers(0, 110), generator.choice([4, 9, 16])
        end = min(167, day + generator.exponential(90))
        while day < end:
            rows.append((f"{who:04d}", int(day), round(float(generator.lognormal(3, 0.5)), 2)))
            day += max(1.0, generator.exponential(pace))
    who, days, paid = zip(*rows, strict=True)
    at = np.datetime64("2019-01-01") + np.array(days).astype("timedelta64[D]")
    return pa.table({"who": who, "at": pa.array(at.astype("datetime64[us]")), "paid": paid})


def opened(folder: Path, progress: Any = None) -> Project:
    """The business in a folder."""
    return retain.open(folder / "faults.yaml", project=ROOT, progress=progress, look=False)


def weekly(folder: Path, *, as_of: date | None = None, moment: datetime = NOON, progress: Any = None) -> int:
    """The job as a command line runs it: the exit code."""
    project = opened(folder, progress)
    try:
        with project._alone("weekly") as run:
            retain.weekly.weekly(replace(run, now=moment), as_of=as_of)
    except RetainError as failure:
        return failure.exit_code
    return 0


def seen(folder: Path) -> Seen:
    """Look at what stands."""
    lists = folder / "output" / "lists"
    every = [lists / str(day) for day in published.dated(lists)]
    place = history.place_of(opened(folder).config)
    known = history.runs(place)
    remembered = known[known["why"].isna()]
    return Seen(
        lists={path.name: path.resolve().name for path in every},
        damaged=(*(path.name for path in every if _damaged(path)), *_differing(place, lists)),
        latest=(lists / "latest").resolve().name,
        remembered={
            str(day.date()): run for day, run in zip(remembered["as_of"], remembered["run_id"], strict=True)
        },
        leftovers=tuple(path.name for path in (lists / ".versions").glob(".*")),
    )


def _differing(place: Place, lists: Path) -> Iterator[str]:
    """The tables of the newest list in a database that are not those of its files."""
    found = history.published_before(place, date.max)
    if found is None:
        return
    run = history.runs(place).query("why.isna()")["run_id"].iloc[0]
    for frame, name in zip(found, ("at_risk", "scores"), strict=True):
        file = lists / ".versions" / run / f"{name}.parquet"
        there = pq.read_table(file)["customer_id"].to_pylist() if file.exists() else []
        if sorted(frame["customer_id"]) != sorted(there):
            yield f"{name} in the database"


def _damaged(folder: Path) -> bool:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    if manifest["run_id"] != folder.resolve().name:
        return True
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    if there != {*manifest["files"], "manifest.json"}:
        return True
    return any(
        hashlib.sha256((folder / name).read_bytes()).hexdigest() != file["sha256"]
        for name, file in manifest["files"].items()
    )


def forked(work: Callable[[], Any], *, beside: Beside | None = None) -> tuple[int, Any]:
    """Run in a process of its own: its exit code (-9 where it was killed), and what it gave.

    beside: done with its process number after so many seconds, if it still runs.
    """
    there, back = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(there)
        os._exit(_answered(work, back))
    os.close(back)
    timer = threading.Timer(beside[0], beside[1], (child,)) if beside else None
    if timer:
        timer.start()
    with os.fdopen(there, "rb") as answer:
        given = answer.read()
    _, status = os.waitpid(child, 0)
    if timer:
        timer.cancel()
        timer.join()
    return os.waitstatus_to_exitcode(status), pickle.loads(given) if given else None


def _answered(work: Callable[[], Any], back: int) -> int:
    """The child's part: 0 and the answer, or 1 and a traceback."""
    try:
        with os.fdopen(back, "wb") as answer:
            pickle.dump(work(), answer)
    except BaseException:  # a child has nobody above it to tell
        traceback.print_exc()
        return 1
    return 0


def fresh(base: Path) -> Path:
    """The business as it was kept, in the one place where its models are looked for."""
    folder = base.with_name("shop")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder, symlinks=True)
    return folder


def prepared(base: Path, *, says: tuple[str, str] = FILES) -> None:
    """Make the business and its list of last week."""
    folder = base.with_name("shop")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    where, more = says
    config = CONFIG.format(folder=folder, orders=where, more=more)
    (folder / "faults.yaml").write_text(config, encoding="utf-8")
    pq.write_table(orders(), folder / "orders.parquet")
    status, code = forked(lambda: weekly(folder, as_of=LAST_WEEK, moment=NOON - timedelta(days=7)))
    if status or code:
        sys.exit(f"last week's list was not published: {status or code}")
    folder.rename(base)


def undisturbed(base: Path) -> float:
    """The seconds that this week's run takes."""
    folder, began = fresh(base), time.monotonic()
    status, code = forked(lambda: weekly(folder))
    if status or code:
        sys.exit(f"this week's list was not published: {status or code}")
    return time.monotonic() - began


def steps_of(base: Path) -> int:
    """How many beginnings and ends of steps this week's run has."""
    folder = fresh(base)

    def counted() -> int:
        progress = Deadly(None)
        weekly(folder, progress=progress)
        return progress.passed

    return int(forked(counted)[1])


def looked(folder: Path) -> Seen:
    status, found = forked(lambda: seen(folder))
    if status:
        sys.exit(f"{folder} cannot be looked at")
    return found
