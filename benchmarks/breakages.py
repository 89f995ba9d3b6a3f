"""What breaks around a weekly run: disks, folders, sources, clocks, a database."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from database import Database
from weekly_shop import NOON, Beside

from retain.lists import ledger

CAPABILITIES_OF_ROOT = 0b1110
"""CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER: to write where nobody may."""

Break = Callable[[Path], None]


@dataclass(frozen=True)
class Fault:
    """Something that breaks.

    before: done to the folder. within: done in the process of the run. beside: done while it runs, after so
    many seconds. after: puts it right. kill_at: the process is killed at this beginning or end of a step.
    codes: the exit codes it may have; a killed run has -9.
    """

    name: str
    codes: frozenset[int]
    before: Break = lambda folder: None
    within: Break = lambda folder: None
    after: Break = lambda folder: None
    moment: datetime = NOON
    beside: Beside | None = None
    kill_at: int | None = None


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


def of_database(database: Database, delays: Collection[float]) -> Iterator[Fault]:
    """What a run meets that reads from PostgreSQL and publishes to it."""

    def reset(folder: Path) -> None:
        database.reset()

    def kill(process: int) -> None:
        os.kill(process, signal.SIGKILL)

    for delay in delays:
        restart = (delay, lambda process: database.restart())
        name = f"PostgreSQL restarts after {delay:.2f} s"
        yield Fault(name, frozenset({0, 1}), reset, beside=restart)
        name = f"publishing to PostgreSQL, killed after {delay:.2f} s"
        yield Fault(name, frozenset({-9, 0}), reset, beside=(delay, kill))

    def stop(folder: Path) -> None:
        database.reset()
        database.stop()

    def start(folder: Path) -> None:
        database.start()

    yield Fault("PostgreSQL is away", frozenset({1, 3}), stop, after=start)
    for delay in delays:
        cut = (delay, lambda process: database.cut())
        yield Fault(f"PostgreSQL cuts all sessions after {delay:.2f} s", frozenset({0}), reset, beside=cut)
    name = "publishing to PostgreSQL, killed between the files' link and the commit"
    yield Fault(name, frozenset({-9}), reset, within=_killed_before_commit)
    name = "publishing to PostgreSQL, killed right after the commit"
    yield Fault(name, frozenset({-9}), reset, within=_killed_after_commit)


def _killed_before_commit(folder: Path) -> None:
    finish = ledger._Write.finish

    def deadly(write: ledger._Write) -> None:
        linking = write.then is not None
        finish(write)
        if linking:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger._Write.finish = deadly


def _killed_after_commit(folder: Path) -> None:
    flush = ledger.Ledger._flush

    def deadly(kept: ledger.Ledger, loaded: ledger.Loaded, write: ledger._Write) -> None:
        linking = write.then is not None
        flush(kept, loaded, write)
        if linking:
            os.kill(os.getpid(), signal.SIGKILL)

    ledger.Ledger._flush = deadly


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
