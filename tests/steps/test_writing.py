"""Files are written whole or not at all."""

from __future__ import annotations

import stat

import pytest

from retain.steps.writing import write, write_text


def test_the_text_is_there_for_the_owner_and_the_group(tmp_path):
    write_text(tmp_path / "new" / "a.txt", "ü")
    assert (tmp_path / "new" / "a.txt").read_bytes() == "ü".encode()
    assert stat.S_IMODE((tmp_path / "new" / "a.txt").stat().st_mode) == 0o640


def test_what_was_there_stays_where_writing_fails(tmp_path):
    file = tmp_path / "a.txt"
    write_text(file, "before")

    def broken(path):
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write(file, broken)
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    assert file.read_text() == "before"
