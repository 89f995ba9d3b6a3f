"""Faults: what a weekly run leaves behind when it is killed, or when something around it breaks.

python benchmarks/faults.py --kills 50

A small business has last week's list. Again and again this week's run is broken: killed (SIGKILL) at the
beginning or end of a step or after a random time, or given a full disk, a folder that it may not write, a
source that is gone or cut short, a clock that stepped. Then must hold: the newest list is last week's or this
week's, each file as its manifest says; and the next undisturbed run publishes this week's, loses no other,
and the history has exactly the lists that stand.

Runs are forked from this process after its imports, so that one takes seconds.
"""

from __future__ import annotations

import argparse
import ctypes
import hashlib
import json
import os
import pickle
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
from retain.lists import history, publish
from retain.progress import SilentStep

ROOT = Path(__file__).parent.parent
TODAY = date(2019, 6, 17)
LAST_WEEK = TODAY - timedelta(days=7)
NOON = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
CONFIG = """\
name: faults
output: {folder}/output
tables:
  orders:
    source: orders.parquet
    columns: {{customer: who, time: at, amount: paid}}
churn: {{horizon: 20}}
training: {{cutoffs: 3, every: 20, trials: 0, retrain_every: 7}}
model: rfm_logit
features: [recency, frequency, monetary]
gates: {{min_customers: 50, min_churners: 10, max_customer_change: 9, max_drift: 9}}
mlflow: {{tracking_uri: "sqlite:///{folder}/mlflow.db"}}
"""
CAPABILITIES_OF_ROOT = (
    0b1110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER: root reads and writes anything
)

Break = Callable[[Path], None]


@dataclass(frozen=True)
class Fault:
    """Something that breaks. before: done to the folder; within: in the process of the run; after: put right.

    codes: the exit codes it may have; a killed run has -9.
    """

    name: str
    codes: frozenset[int]
    before: Break = lambda folder: None
    within: Break = lambda folder: None
    after: Break = lambda folder: None
    moment: datetime = NOON
    kill_after: float | None = None
    kill_at: int | None = None


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


def business(folder: Path) -> None:
    """A shop of 240 customers who come at a pace of their own until they stop; orders up to yesterday."""
    folder.mkdir(parents=True)
    generator, rows = np.random.default_rng(3), []
    for who in range(240):
        day, pace = generator.integers(0, 110), generator.choice([4, 9, 16])
        end = min(167, day + generator.exponential(90))
        while day < end:
            rows.append((f"{who:04d}", int(day), round(float(generator.lognormal(3, 0.5)), 2)))
            day += max(1.0, generator.exponential(pace))
    who, days, paid = zip(*rows, strict=True)
    at = np.datetime64("2019-01-01") + np.array(days).astype("timedelta64[D]")
    table = pa.table({"who": who, "at": pa.array(at.astype("datetime64[us]")), "paid": paid})
    pq.write_table(table, folder / "orders.parquet")


def opened(folder: Path, progress: Any = None) -> Project:
    """The business in a folder."""
    config = folder / "faults.yaml"
    config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    return retain.open(config, project=ROOT, progress=progress, look=False)


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
    every = publish.every(lists)
    known = history.runs(history.path_in(folder / "output"))
    published = known[known["why"].isna()]
    return Seen(
        lists={path.name: path.resolve().name for path in every},
        damaged=tuple(path.name for path in every if _damaged(path)),
        latest=(lists / "latest").resolve().name,
        remembered={
            str(day.date()): run for day, run in zip(published["as_of"], published["run_id"], strict=True)
        },
        leftovers=tuple(path.name for path in (lists / ".versions").glob(".*")),
    )


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


def forked(work: Callable[[], Any], *, kill_after: float | None = None) -> tuple[int, Any]:
    """Run in a process of its own: its exit code (-9 where it was killed), and what it gave."""
    there, back = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(there)
        os._exit(_answered(work, back))
    os.close(back)
    timer = threading.Timer(kill_after, os.kill, (child, signal.SIGKILL)) if kill_after is not None else None
    if timer:
        timer.start()
    with os.fdopen(there, "rb") as answer:
        given = answer.read()
    _, status = os.waitpid(child, 0)
    if timer:
        timer.cancel()
    return os.waitstatus_to_exitcode(status), pickle.loads(given) if given else None


def _answered(work: Callable[[], Any], back: int) -> int:
    """The child's part: 0 and the answer, or 1 and a traceback."""
    try:
        with os.fdopen(back, "wb") as answer:
            pickle.dump(work(), answer)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def tried(fault: Fault, base: Path) -> list[str]:
    """Break a run and let the next one repair it: what should not be, as sentences."""
    folder = fresh(base)
    before = _looked(folder)
    fault.before(folder)

    def broken() -> int:
        fault.within(folder)
        return weekly(folder, moment=fault.moment, progress=Deadly(fault.kill_at))

    status, code = forked(broken, kill_after=fault.kill_after)
    code = status if status else code
    fault.after(folder)
    wrong = [] if code in fault.codes else [f"exit code {code}, expected {sorted(fault.codes)}"]
    wrong += _standing(before, _looked(folder), code)
    status, code = forked(lambda: weekly(folder))
    if status or code:
        return [*wrong, f"the next run ended with {status or code}"]
    return [*wrong, *_repaired(before, _looked(folder))]


def _looked(folder: Path) -> Seen:
    status, found = forked(lambda: seen(folder))
    if status:
        sys.exit(f"{folder} cannot be looked at")
    return found


def _standing(before: Seen, now: Seen, code: int) -> Iterator[str]:
    """Right after the fault: last week's list or this week's, whole."""
    if now.damaged:
        yield f"damaged lists: {', '.join(now.damaged)}"
    lost = {day for day, run in before.lists.items() if now.lists.get(day) != run}
    if lost:
        yield f"lists lost or changed: {', '.join(sorted(lost))}"
    if code == 0 and str(TODAY) not in now.lists:
        yield "exit code 0 without a list"
    if now.latest not in now.lists.values():
        yield f"latest leads to {now.latest}, which is no list"
    strangers = {day: run for day, run in now.remembered.items() if now.lists.get(day) != run}
    if strangers:
        yield f"the history has lists that do not stand: {strangers}"


def _repaired(before: Seen, now: Seen) -> Iterator[str]:
    """After the next run: nothing is missing and nothing lies about."""
    if now.damaged:
        yield f"damaged lists after the next run: {', '.join(now.damaged)}"
    if set(now.lists) != {*before.lists, str(TODAY)}:
        yield f"lists after the next run: {', '.join(sorted(now.lists))}"
    if now.latest != now.lists.get(str(TODAY)):
        yield "latest is not this week's list after the next run"
    if now.remembered != now.lists:
        yield f"the history has {now.remembered}, published are {now.lists}"
    if now.leftovers:
        yield f"leftovers: {', '.join(now.leftovers)}"


def fresh(base: Path) -> Path:
    """The business as it was kept, in the one place where its models are looked for."""
    folder = base.with_name("shop")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(base, folder, symlinks=True)
    return folder


def prepared(base: Path) -> float:
    """Make the business and its list of last week; the seconds that this week's run takes."""
    folder = base.with_name("shop")
    business(folder)
    status, code = forked(lambda: weekly(folder, as_of=LAST_WEEK, moment=NOON - timedelta(days=7)))
    if status or code:
        sys.exit(f"last week's list was not published: {status or code}")
    folder.rename(base)
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


def kills(count: int, *, steps: int, seconds: float, seed: int) -> Iterator[Fault]:
    """Half at a step's beginning or end, spread over the run; half after a random time."""
    generator = np.random.default_rng(seed)
    for place in np.linspace(1, steps, count // 2).round().astype(int):
        yield Fault(f"killed at {place} of {steps}", frozenset({-9}), kill_at=int(place))
    for delay in generator.uniform(0, seconds, count - count // 2):
        yield Fault(f"killed after {delay:.2f} s", frozenset({-9, 0}), kill_after=float(delay))


def faults(work: Path) -> Iterator[Fault]:
    """Everything else."""
    for limit in (2_000, 20_000, 60_000, 150_000):
        yield Fault(f"no file may grow beyond {limit:,} bytes", frozenset({0, 1, 2}), within=_limited(limit))
    yield from _full_disks(work)
    yield Fault("the lists may not be written", frozenset({2}), _read_only, _humble, _writable)
    yield Fault("the source is gone", frozenset({3}), _take_away, after=_bring_back)
    yield Fault("the source is cut short", frozenset({3}), _cut, after=_bring_back)
    yield Fault("the clock went back ten days", frozenset({3}), moment=NOON - timedelta(days=10))
    yield Fault("the clock went ahead a year", frozenset({3}), moment=NOON + timedelta(days=365))
    yield Fault("the clock steps back during the run", frozenset({0}), within=_clock_steps)


def _limited(size: int) -> Break:
    """As a full disk looks to one process: writing beyond the size fails."""

    def limit(folder: Path) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return limit


def _full_disks(work: Path) -> Iterator[Fault]:
    """A disk of its own for the output that is full, where this machine lets us mount one."""
    place = work / "probe"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        print("  (no disk of its own can be mounted here: full disks are limits on files only)")
        return
    subprocess.run(["umount", place], check=True)
    for spare in (0, 30_000, 200_000):
        name = f"the disk is full but for {spare:,} bytes"
        yield Fault(name, frozenset({0, 1, 2}), _on_a_full_disk(spare), after=_off_the_full_disk)


def _on_a_full_disk(spare: int) -> Break:
    def mount(folder: Path) -> None:
        output, aside = folder / "output", folder / "aside"
        output.rename(aside)
        output.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", output], check=True)
        shutil.copytree(aside, output, symlinks=True, dirs_exist_ok=True)
        free = shutil.disk_usage(output).free
        (output / "ballast").write_bytes(bytes(max(free - spare, 0)))

    return mount


def _off_the_full_disk(folder: Path) -> None:
    output, aside = folder / "output", folder / "aside"
    (output / "ballast").unlink()
    shutil.rmtree(aside)
    shutil.copytree(output, aside, symlinks=True)
    subprocess.run(["umount", output], check=True)
    output.rmdir()
    aside.rename(output)


def _read_only(folder: Path) -> None:
    (folder / "output" / "lists" / ".versions").chmod(0o555)


def _writable(folder: Path) -> None:
    (folder / "output" / "lists" / ".versions").chmod(0o755)


def _humble(folder: Path) -> None:
    """Take from root what lets it write where it may not (capset(2)); others have it not."""
    if os.geteuid():
        return
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.capget(header, sets)
    sets[0] &= ~CAPABILITIES_OF_ROOT
    if libc.capset(header, sets):
        sys.exit("root cannot give up its capabilities here")


def _take_away(folder: Path) -> None:
    (folder / "orders.parquet").rename(folder / "orders.away")


def _cut(folder: Path) -> None:
    whole = (folder / "orders.parquet").read_bytes()
    _take_away(folder)
    (folder / "orders.parquet").write_bytes(whole[: len(whole) // 2])


def _bring_back(folder: Path) -> None:
    (folder / "orders.away").replace(folder / "orders.parquet")


def _clock_steps(folder: Path) -> None:
    """Every look at the clock is an hour before the one before."""
    moments = iter(NOON - timedelta(hours=hours) for hours in range(1_000_000))
    began = time.time()
    seconds = iter(range(1_000_000))
    time.time = lambda: began - 3600 * next(seconds)
    clock = type(
        "Clock", (datetime,), {"now": classmethod(lambda cls, tz=None: next(moments).astimezone(tz))}
    )
    for module in list(sys.modules.values()):
        if getattr(module, "__name__", "").startswith("retain") and hasattr(module, "datetime"):
            with suppress(AttributeError):
                module.datetime = clock


def main() -> None:
    """Break runs; end with 1 where one left what it should not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faults whose name holds this")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        work = Path(scratch)
        base = work / "base"
        seconds, steps = prepared(base), steps_of(base)
        print(f"an undisturbed run: {seconds:.1f} s, {steps // 2} steps")
        every = [*kills(given.kills, steps=steps, seconds=seconds, seed=given.seed), *faults(work)]
        chosen = [fault for fault in every if given.only in fault.name]
        wrong = sum(_told(fault, tried(fault, base)) for fault in chosen)
    print(f"{len(chosen) - wrong} passed, {wrong} failed")
    sys.exit(1 if wrong else 0)


def _told(fault: Fault, wrong: list[str]) -> bool:
    print(f"  {fault.name}: {'; '.join(wrong) or 'ok'}", flush=True)
    return bool(wrong)


if __name__ == "__main__":
    main()
