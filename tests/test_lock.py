"""The lock: who may run, who is told, and what a dead run leaves."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest

from retain import lock
from retain.errors import Locked, Unavailable, UsageError
from retain.lock import Holder, held, holder


@pytest.fixture
def cannot_lock(monkeypatch):
    """A file system that has no locks."""

    def flock(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", flock)


def put(folder, **changes):
    """A lock file as some other run wrote it."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    there = replace(Holder(os.getpid(), socket.gethostname(), now, "weekly", "r1"), **changes)
    (folder / lock.FILE).write_text(json.dumps(asdict(there)))


def test_the_second_run_is_told_who_holds_it(tmp_path):
    with held(tmp_path, command="weekly", run_id="r1"):
        here = rf"`retain weekly` \(process {os.getpid()} on {socket.gethostname()}, since 20.*, run r1\)"
        with pytest.raises(Locked, match=here), held(tmp_path, command="train", run_id="r2"):
            pass
        assert holder(tmp_path).run_id == "r1"


def test_it_is_free_again_afterwards_and_the_file_is_empty(tmp_path):
    for run in ("r1", "r2"):
        with held(tmp_path, command="weekly", run_id=run):
            pass
    assert (tmp_path / lock.FILE).read_text() == ""
    assert holder(tmp_path) is None


def test_it_is_free_again_after_a_failure(tmp_path):
    with pytest.raises(ZeroDivisionError), held(tmp_path, command="weekly", run_id="r1"):
        raise ZeroDivisionError
    with held(tmp_path, command="weekly", run_id="r2"):
        pass


def test_a_killed_run_leaves_no_lock(tmp_path):
    ready, other_end = os.pipe()
    child = os.fork()
    if child == 0:
        with held(tmp_path, command="weekly", run_id="r1"):
            os.write(other_end, b"1")
            time.sleep(60)
    os.read(ready, 1)
    with pytest.raises(Locked, match=f"process {child} "), held(tmp_path, command="train", run_id="r2"):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert holder(tmp_path).pid == child
    with held(tmp_path, command="train", run_id="r2"):
        assert holder(tmp_path).run_id == "r2"


@pytest.fixture
def soon(monkeypatch):
    """Nobody waits for long."""
    monkeypatch.setattr(lock, "PATIENCE", 0.3)
    monkeypatch.setattr(lock, "UNSIGNED", 0.3)


@pytest.mark.parametrize("command", sorted(lock.BRIEF))
def test_what_is_soon_done_is_waited_for(tmp_path, command, caplog):
    brief = ExitStack()
    brief.enter_context(held(tmp_path, command=command, run_id="r1"))
    done = threading.Timer(0.3, brief.close)
    done.start()
    with held(tmp_path, command="weekly", run_id="r2"):
        assert holder(tmp_path).run_id == "r2"
    done.join()
    (told,) = caplog.messages
    assert told.startswith(f"waiting for `retain {command}` (process {os.getpid()} on ")


@pytest.mark.usefixtures("soon")
def test_what_is_not_done_after_a_while_is_named(tmp_path):
    said = pytest.raises(Locked, match="`retain forget`")
    with held(tmp_path, command="forget", run_id="r1"), said, held(tmp_path, command="weekly", run_id="r2"):
        pass


@pytest.mark.usefixtures("soon")
def test_a_holder_who_has_not_signed_yet_is_waited_for_too(tmp_path):
    with (tmp_path / lock.FILE).open("w") as unsigned:
        fcntl.flock(unsigned, fcntl.LOCK_EX)
        began, said = time.monotonic(), pytest.raises(Locked, match=r"^Another run holds ")
        with said, held(tmp_path, command="weekly", run_id="r2"):
            pass
    assert time.monotonic() - began >= 0.3


@pytest.mark.parametrize(
    "dead",
    [
        {"pid": 2**22 + 1},
        {"born": "17"},
        {"host": "elsewhere", "start": (datetime.now(UTC) - timedelta(days=2)).isoformat()},
    ],
    ids=["no such process", "its number belongs to another", "long ago on another machine"],
)
def test_where_nothing_can_be_locked_a_dead_holder_makes_way(tmp_path, cannot_lock, dead):
    put(tmp_path, **dead)
    with held(tmp_path, command="train", run_id="r2"):
        assert holder(tmp_path).run_id == "r2"


@pytest.mark.parametrize("alive", [{}, {"host": "elsewhere"}], ids=["here", "on another machine"])
def test_where_nothing_can_be_locked_a_living_holder_is_believed(tmp_path, cannot_lock, alive):
    put(tmp_path, **alive)
    said = pytest.raises(Locked, match="If that run is dead, remove the file")
    with said, held(tmp_path, command="train", run_id="r2"):
        pass


def test_a_file_that_says_nothing_is_no_holder(tmp_path, cannot_lock):
    (tmp_path / lock.FILE).write_text("{")
    with held(tmp_path, command="train", run_id="r2"):
        assert holder(tmp_path).run_id == "r2"


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def pwrite(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", pwrite)
    said = pytest.raises(Unavailable, match="cannot be written: No space left on device")
    with said, held(tmp_path, command="train", run_id="r1"):
        pass


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    said = pytest.raises(UsageError, match=r"file.*`output` in the config")
    with said, held(tmp_path / "file", command="train", run_id="r1"):
        pass
