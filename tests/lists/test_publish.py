"""Whole or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from retain.errors import Locked, Unavailable, UsageError
from retain.lists.publish import publish, settle
from retain.lists.published import Published, already_published

AUGUST, SEPTEMBER = date(2011, 8, 1), date(2011, 9, 1)
FILES = ("at_risk.csv", "scores.parquet", "rejects/orders.parquet")
WRITTEN = tuple(f"wrote {name}" for name in (*FILES, "manifest.json"))
STAGES = ("started", *WRITTEN, "renamed", "linked", "latest")
KILLED = """
import os
import signal
import sys
from datetime import date
from pathlib import Path
from retain.lists.publish import publish

def die(stage):
    if stage == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

files = {name: lambda path: path.write_text("new") for name in sys.argv[3:]}
manifest = {"fingerprint": "new"}
publish(Path(sys.argv[1]), files, as_of=date(2011, 9, 1), run_id="new", manifest=manifest, step=die)
"""


def put(folder: Path, run_id: str, *, as_of: date = SEPTEMBER, inputs: str = "same", **options) -> Published:
    files = {name: lambda path: path.write_text(run_id) for name in FILES}
    manifest = {"fingerprint": inputs, "as_of": as_of}
    return publish(folder, files, as_of=as_of, run_id=run_id, manifest=manifest, **options)


def hashes(folder: Path) -> dict[str, str]:
    """Every file below, by what it holds; dot entries of .versions are leftovers, not lists."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def leftovers(folder: Path) -> list[str]:
    return [path.name for path in (folder / ".versions").iterdir() if path.name.startswith(".")]


def test_only_the_owner_and_the_group_may_read_a_list(tmp_path):
    version = put(tmp_path, "one").version
    assert {(version / name).stat().st_mode & 0o777 for name in FILES} == {0o640}


def test_the_date_and_latest_lead_to_the_version(tmp_path):
    published = put(tmp_path, "one")
    assert (tmp_path / "2011-09-01").readlink() == Path(".versions/one")
    assert (tmp_path / "latest").readlink() == Path("2011-09-01")
    assert published == Published(tmp_path / "2011-09-01", tmp_path / ".versions/one", "one", already=False)
    assert leftovers(tmp_path) == []


def test_the_manifest_carries_hash_and_size_of_every_file(tmp_path):
    version = put(tmp_path, "one").version
    manifest = json.loads((version / "manifest.json").read_text())
    digest = hashlib.sha256(b"one").hexdigest()
    assert manifest["files"] == {name: {"sha256": digest, "bytes": 3} for name in FILES}
    assert (manifest["run_id"], manifest["as_of"]) == ("one", "2011-09-01")
    assert list(manifest) == sorted(manifest)


def test_the_folder_can_be_moved(tmp_path):
    put(tmp_path / "here", "one")
    shutil.move(tmp_path / "here", tmp_path / "there")
    assert (tmp_path / "there/latest/at_risk.csv").read_text() == "one"


def test_the_same_inputs_change_nothing(tmp_path):
    put(tmp_path, "one")
    before = hashes(tmp_path)
    again = put(tmp_path, "two")
    assert (again.already, again.run_id) == (True, "one")
    assert hashes(tmp_path) == before


def test_force_publishes_a_new_version(tmp_path):
    put(tmp_path, "one")
    assert not put(tmp_path, "two", force=True).already
    assert (tmp_path / "2011-09-01/at_risk.csv").read_text() == "two"
    assert (tmp_path / ".versions/one/at_risk.csv").read_text() == "one"


def test_other_inputs_publish_a_new_version(tmp_path):
    put(tmp_path, "one")
    assert put(tmp_path, "two", inputs="other").run_id == "two"


def test_a_damaged_list_is_published_again(tmp_path):
    put(tmp_path, "one")
    (tmp_path / "latest/at_risk.csv").write_text("edited by hand")
    assert already_published(tmp_path, as_of=SEPTEMBER, fingerprint="same") is None
    assert put(tmp_path, "two").run_id == "two"


def test_whether_a_list_stands_can_be_asked_before_the_work(tmp_path):
    assert already_published(tmp_path, as_of=SEPTEMBER, fingerprint="same") is None
    put(tmp_path, "one")
    assert already_published(tmp_path, as_of=SEPTEMBER, fingerprint="same").run_id == "one"
    assert already_published(tmp_path, as_of=SEPTEMBER, fingerprint="other") is None
    assert already_published(tmp_path, as_of=AUGUST, fingerprint="same") is None


def test_latest_never_moves_back(tmp_path):
    put(tmp_path, "september")
    put(tmp_path, "august", as_of=AUGUST)
    assert (tmp_path / "latest/at_risk.csv").read_text() == "september"
    assert (tmp_path / "2011-08-01/at_risk.csv").read_text() == "august"


def test_latest_is_put_right_where_a_run_died_before_it(tmp_path):
    put(tmp_path, "august", as_of=AUGUST)
    put(tmp_path, "september")
    (tmp_path / "latest").unlink()
    (tmp_path / "latest").symlink_to("2011-08-01")
    settle(tmp_path)
    assert (tmp_path / "latest/at_risk.csv").read_text() == "september"
    settle(tmp_path / "of nobody yet")


def test_what_writes_the_list_down_elsewhere_makes_the_link(tmp_path):
    seen = []

    def together(link):
        seen.append((tmp_path / "2011-09-01").exists())
        link()
        seen.append((tmp_path / "2011-09-01/at_risk.csv").read_text())

    put(tmp_path, "one", together=together)
    assert seen == [False, "one"]


@pytest.mark.parametrize("linked", [False, True])
def test_where_the_list_is_not_written_down_elsewhere_the_day_keeps_its_list(tmp_path, linked):
    def together(link):
        if linked:
            link()
        raise Unavailable("the database went away")

    for inputs, standing in (("first", None), ("second", "one")):
        with pytest.raises(Unavailable, match="went away"):
            put(tmp_path, f"failed {inputs}", inputs=inputs, together=together)
        if standing is None:
            assert not (tmp_path / "2011-09-01").is_symlink()
            put(tmp_path, "one")
    assert (tmp_path / "latest/at_risk.csv").read_text() == "one"
    assert leftovers(tmp_path) == []


def test_latest_moves_on(tmp_path):
    put(tmp_path, "august", as_of=AUGUST)
    put(tmp_path, "september")
    assert (tmp_path / "latest/at_risk.csv").read_text() == "september"


@pytest.mark.parametrize("stage", STAGES)
def test_a_killed_run_leaves_a_whole_list_and_the_next_clears_up(tmp_path, stage):
    put(tmp_path, "old", inputs="old")
    before = hashes(tmp_path / "2011-09-01")
    command = [sys.executable, "-c", KILLED, str(tmp_path), stage, *FILES]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    swapped = stage in ("linked", "latest")
    assert (hashes(tmp_path / "2011-09-01") == before) is not swapped
    assert hashes(tmp_path / "latest") == hashes(tmp_path / "2011-09-01")
    next_run = put(tmp_path, "new", inputs="new")
    assert next_run.already is swapped
    assert hashes(tmp_path / "latest").keys() == before.keys()
    assert leftovers(tmp_path) == []


def test_a_run_killed_before_latest_is_finished_by_the_next(tmp_path):
    put(tmp_path, "one")
    (tmp_path / "latest").unlink()
    assert put(tmp_path, "two").already
    assert (tmp_path / "latest/at_risk.csv").read_text() == "one"


@pytest.mark.parametrize("stage", STAGES[:5])
def test_a_failing_run_removes_what_it_began(tmp_path, stage):
    put(tmp_path, "old", inputs="old")
    before = hashes(tmp_path)

    def fail(at: str) -> None:
        if at == stage:
            raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="a defect"):
        put(tmp_path, "new", inputs="new", step=fail)
    assert hashes(tmp_path) == before
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, Unavailable), (errno.EROFS, UsageError)])
def test_a_disk_that_will_not_write_is_a_sentence(tmp_path, number, kind):
    put(tmp_path, "old", inputs="old")
    before = hashes(tmp_path)

    def full(path: Path) -> None:
        raise OSError(number, os.strerror(number), str(path))

    with pytest.raises(kind, match=f"at_risk.csv: {os.strerror(number)}. The earlier list stands"):
        publish(tmp_path, {"at_risk.csv": full}, as_of=SEPTEMBER, run_id="x", manifest={"fingerprint": "new"})
    assert hashes(tmp_path) == before


def test_a_link_that_cannot_be_made_leaves_no_version(tmp_path, monkeypatch):
    put(tmp_path, "old", inputs="old")
    before = hashes(tmp_path)

    def full(self: Path, target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self))

    monkeypatch.setattr(Path, "symlink_to", full)
    with pytest.raises(Unavailable, match="Free some space"):
        put(tmp_path, "new", inputs="new")
    assert hashes(tmp_path) == before


def test_a_file_in_the_way_of_the_folder_is_a_sentence(tmp_path):
    (tmp_path / "lists").write_text("a file")
    with pytest.raises(UsageError, match="`output` in the config must name a folder"):
        put(tmp_path / "lists", "one")


@pytest.mark.parametrize("name", ["2011-09-01", "latest"])
def test_a_real_folder_in_the_way_of_the_link_is_left_alone(tmp_path, name):
    (tmp_path / name).mkdir()
    (tmp_path / name / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not a link that retain made"):
        put(tmp_path, "one")
    assert (tmp_path / name / "mine.txt").read_text() == "mine"
    assert list((tmp_path / ".versions").iterdir()) == []


def test_a_run_id_is_used_once(tmp_path):
    put(tmp_path, "one")
    with pytest.raises(UsageError, match="each run needs a run id of its own"):
        put(tmp_path, "one", inputs="other")
    assert (tmp_path / "latest/at_risk.csv").read_text() == "one"


def test_two_runs_do_not_publish_at_once(tmp_path):
    put(tmp_path, "old", inputs="old")
    other = os.open(tmp_path / ".versions", os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    with pytest.raises(Locked, match="Another run is publishing"):
        put(tmp_path, "new", inputs="new")
    os.close(other)
    assert put(tmp_path, "new", inputs="new").run_id == "new"
