"""Copying the definitions out for editing."""

from __future__ import annotations

import pytest

from retain.errors import UsageError
from retain.starter import copy_definitions


@pytest.fixture
def source(tmp_path):
    """A project with one file a folder, and a cache."""
    for name in (
        "features/recency.py",
        "features/__pycache__/recency.pyc",
        "models/gbm.py",
        "configs/shop.yaml",
    ):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path / "source"


def test_the_three_folders_are_copied_without_caches(source, tmp_path):
    copy_definitions(source, tmp_path / "mine")
    copied = sorted(
        str(p.relative_to(tmp_path / "mine")) for p in (tmp_path / "mine").rglob("*") if p.is_file()
    )
    assert copied == ["configs/shop.yaml", "features/recency.py", "models/gbm.py"]


def test_nothing_is_overwritten(source, tmp_path):
    (tmp_path / "mine/models").mkdir(parents=True)
    with pytest.raises(UsageError, match="models exists already; nothing was copied"):
        copy_definitions(source, tmp_path / "mine")
    assert not (tmp_path / "mine/features").exists()


def test_a_file_is_not_a_folder(source, tmp_path):
    (tmp_path / "mine").touch()
    with pytest.raises(UsageError, match="is a file"):
        copy_definitions(source, tmp_path / "mine")
