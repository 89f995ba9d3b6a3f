"""Whether a file is still the one that was read."""

from __future__ import annotations

import os
import time

import pytest

from retain.cache.stamps import SETTLED, from_json, stamped, to_json, unchanged


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "orders.csv"
    path.write_text("1234")
    return path


def later():
    """A moment at which the times of a file just written can be trusted."""
    return time.time() + SETTLED + 1


def test_a_file_that_nobody_touched_is_unchanged(file):
    assert unchanged(stamped([file]))
    assert unchanged(stamped([file], now=later()))


@pytest.mark.parametrize("settled", [True, False])
def test_another_content_of_the_same_size_and_time_is_noticed(file, settled):
    stamps, before = stamped([file], now=later() if settled else None), file.stat()
    file.write_text("5678")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert not unchanged(stamps)


def test_of_a_young_file_the_content_is_compared(file):
    (stamp,) = stamped([file]).values()
    assert stamp.sha256
    (stamp,) = stamped([file], now=later()).values()
    assert stamp.sha256 is None


def test_a_file_that_came_or_went_is_noticed(file, tmp_path):
    stamps = stamped([file, tmp_path / "none.csv"])
    assert unchanged(stamps)
    (tmp_path / "none.csv").write_text("")
    assert not unchanged(stamps)
    (tmp_path / "none.csv").unlink()
    file.unlink()
    assert not unchanged(stamps)


def test_stamps_survive_being_written_down(file, tmp_path):
    stamps = stamped([file, tmp_path / "none.csv"])
    assert from_json(to_json(stamps)) == stamps
