"""The folder of what is kept: whole files or none, bounded, never trusted unseen."""

from __future__ import annotations

import logging
import os
import time

import pytest

from retain.cache.folder import ABANDONED, UNUSED, CacheFolder


@pytest.fixture
def cache(tmp_path):
    return CacheFolder(tmp_path / "cache", 10_000)


def keep(cache, name, content=b"content"):
    cache.put(name, lambda stream: stream.write(content))


def age(cache, name, *, seconds):
    then = time.time() - seconds
    os.utime(cache.path / f"{name}.kept", (then, then))


def test_what_was_kept_is_found(cache):
    keep(cache, "rows", b"1234")
    assert bytes(cache.get("rows")) == b"1234"
    assert cache.get("others") is None


def test_nothing_at_all_can_be_kept(cache):
    keep(cache, "nothing", b"")
    assert bytes(cache.get("nothing")) == b""


@pytest.mark.parametrize(
    "damage", [lambda c: c[:-1], lambda c: b"x" + c[1:], lambda c: b"", lambda c: c + b"x"]
)
def test_a_damaged_file_is_no_file(cache, damage, caplog):
    keep(cache, "rows")
    file = cache.path / "rows.kept"
    file.write_bytes(damage(file.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert cache.get("rows") is None
    assert "was damaged, and is made anew" in caplog.text
    assert not file.exists()


def test_the_least_recently_used_go_first(cache):
    for name, seconds in (("old", 300), ("used", 200), ("young", 100)):
        keep(cache, name, b"x" * 4000) if name != "young" else None
        age(cache, name, seconds=seconds) if name != "young" else None
    cache.get("old")
    keep(cache, "young", b"x" * 4000)
    assert cache.get("used") is None
    assert cache.get("old") is not None
    assert cache.get("young") is not None


def test_a_file_larger_than_the_cache_is_not_kept_and_costs_no_other(cache):
    keep(cache, "rows")
    keep(cache, "giant", b"x" * 10_000)
    assert cache.get("giant") is None
    assert cache.get("rows") is not None


def test_what_nobody_asked_for_in_a_month_goes(cache):
    keep(cache, "rows")
    age(cache, "rows", seconds=UNUSED + 10)
    keep(cache, "others")
    assert cache.get("rows") is None


def test_a_writer_that_fails_leaves_what_was_there(cache):
    def fail(stream):
        stream.write(b"half")
        raise RuntimeError("killed")

    keep(cache, "rows")
    with pytest.raises(RuntimeError):
        cache.put("rows", fail)
    assert bytes(cache.get("rows")) == b"content"
    assert not list(cache.path.glob(".rows*"))


def test_what_a_killed_writer_left_is_removed_in_time(cache):
    keep(cache, "rows")
    left, writing = cache.path / ".rows.kept.1", cache.path / ".rows.kept.2"
    left.write_bytes(b"half")
    writing.write_bytes(b"half")
    os.utime(left, (time.time() - ABANDONED - 10,) * 2)
    keep(cache, "others")
    assert not left.exists()
    assert writing.exists()


def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = CacheFolder(tmp_path / "file", 1000)
    keep(cache, "rows")
    assert cache.get("rows") is None


def test_a_cache_of_no_size_keeps_nothing(tmp_path):
    cache = CacheFolder(tmp_path / "cache", 0)
    keep(cache, "rows")
    assert cache.get("rows") is None
    assert not cache.path.exists()


def test_git_and_backups_pass_over_it(cache):
    keep(cache, "rows")
    assert (cache.path / ".gitignore").read_text() == "*\n"
    assert (cache.path / "CACHEDIR.TAG").read_text().startswith("Signature: 8a477f597d28d172789f06886806bc55")


def test_dropping_removes_what_is_kept_and_nothing_else(cache):
    keep(cache, "rows")
    (cache.path / "notes.txt").write_text("mine")
    assert cache.drop() == 1
    assert cache.get("rows") is None
    assert (cache.path / "notes.txt").exists()


def test_a_file_in_use_outlives_its_removal(cache):
    keep(cache, "rows", b"1234")
    content = cache.get("rows")
    cache.drop()
    assert bytes(content) == b"1234"
