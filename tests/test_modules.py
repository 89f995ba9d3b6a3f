from __future__ import annotations

import sys
from pathlib import Path

import pytest

from retain.errors import ConfigError
from retain.modules import load_modules


def test_modules_are_loaded_from_text_under_a_private_name() -> None:
    modules = load_modules({"features/a.py": "x = 1"}, package="_tried_names")
    assert modules["features/a.py"].__name__ == "_tried_names.features.a"
    assert "features" not in sys.modules


def test_modules_may_import_one_another_relatively() -> None:
    sources = {"features/a.py": "from .b import x\nfrom ..models.c import y", "features/b.py": "x = 1"}
    modules = load_modules({**sources, "models/c.py": "y = 2"}, package="_tried_relative")
    assert (modules["features/a.py"].x, modules["features/a.py"].y) == (1, 2)


def test_loading_leaves_the_import_system_as_it_was() -> None:
    before = list(sys.meta_path), list(sys.path)
    load_modules({"features/a.py": ""}, package="_tried_traces")
    assert (sys.meta_path, sys.path) == before


def test_an_init_file_is_the_folder_itself() -> None:
    modules = load_modules({"features/__init__.py": "x = 1"}, package="_tried_init")
    assert modules["features/__init__.py"] is sys.modules["_tried_init.features"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\nx = undefined", r"/home/features/a\.py, line 2: NameError: name 'undefined' is not defined"),
        ("x = (", r"/home/features/a\.py, line 1: SyntaxError: "),
        ("from .none import x", r"a\.py, line 1: ModuleNotFoundError: No module named 'features\.none'"),
        ("import nowhere_at_all", r"line 1: ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ],
)
def test_a_file_that_cannot_be_imported_is_told_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        load_modules({"features/a.py": text}, package="_tried_failing", folder=Path("/home"))


def test_the_line_is_where_it_happened_not_where_it_was_imported() -> None:
    sources = {"features/a.py": "from .b import x", "features/b.py": "\n\nx = 1 / 0"}
    with pytest.raises(ConfigError, match=r"b\.py, line 3: ZeroDivisionError"):
        load_modules(sources, package="_tried_inner")


def test_nothing_of_a_failed_load_stays_behind() -> None:
    with pytest.raises(ConfigError):
        load_modules({"features/a.py": "", "features/b.py": "1 / 0"}, package="_tried_leftover")
    assert not [name for name in sys.modules if name.startswith("_tried_leftover")]
