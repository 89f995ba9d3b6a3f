"""Folders to spill to: one's own, and those that killed processes left."""

from __future__ import annotations

import os
import tempfile
import time

import pytest

from retain.errors import ConfigError
from retain.events import scratch

NO_PROCESS = 2**22 + 1


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left(place, name, *, hours):
    """A folder with a file that was last touched so long ago."""
    folder = place / name
    folder.mkdir()
    (folder / "spilled").touch()
    then = time.time() - 3600 * hours
    os.utime(folder, (then, then))
    return folder


def test_a_folder_names_its_process_and_is_for_nobody_else(place):
    folder = scratch.scratch_folder()
    assert folder.name.startswith(f"retain-{os.getpid()}-")
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_left_is_removed(place):
    folder = left(place, f"retain-{NO_PROCESS}-abc", hours=2)
    scratch.scratch_folder()
    assert not folder.exists()


def test_what_a_killed_process_of_this_machine_left_is_removed_at_once(place):
    mine = scratch.scratch_folder()
    killed = mine.rename(place / f"retain-{NO_PROCESS}-abc")
    scratch.scratch_folder()
    assert not killed.exists()


def test_a_young_folder_of_another_machine_stays(place):
    other = left(place, f"retain-{NO_PROCESS}-abc", hours=0)
    (other / scratch.OWNER).write_text("another-machine pid:[1]")
    scratch.scratch_folder()
    assert other.exists()


def test_the_folder_may_be_chosen_and_is_made(tmp_path):
    with scratch.scratch_space(tmp_path / "fast" / "disk") as folder:
        assert folder.parent == tmp_path / "fast" / "disk"


def test_a_place_that_cannot_be_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"^spill: .*file cannot be written: "):
        scratch.scratch_folder(tmp_path / "file")


@pytest.mark.parametrize(
    ("name", "hours"),
    [
        (f"retain-{os.getpid()}-abc", 2),
        (f"retain-{NO_PROCESS}-abc", 0.5),
        ("retain-mine-abc", 2),
        ("other", 2),
    ],
    ids=["its process lives", "it is young", "it names no process", "it is not retain's"],
)
def test_anything_else_stays(place, name, hours):
    folder = left(place, name, hours=hours)
    scratch.scratch_folder()
    assert (folder / "spilled").exists()


def test_a_space_is_gone_after_its_block():
    with scratch.scratch_space() as folder:
        (folder / "rows").write_text("personal")
    assert not folder.exists()
