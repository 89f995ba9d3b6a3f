"""What the columns of a family depend on."""

from __future__ import annotations

import pytest

from retain.project import load_definitions
from retain.steps.family_sources import family_sources

ROOT = __import__("pathlib").Path(__file__).parents[2]
FILE = "features/a.py"


def of(text, **others):
    sources = {FILE: text} | {f"features/{name}.py": other for name, other in others.items()}
    return family_sources(sources, FILE)


def test_every_family_that_ships_is_known_to_depend_on_its_text_alone():
    sources = load_definitions(ROOT).sources
    for path in sources:
        if path.startswith("features/"):
            assert path in family_sources(sources, path)


@pytest.mark.parametrize("text", ["from .b import x", "from . import b", "from ..features import b"])
def test_what_it_imports_of_the_project_counts(text):
    assert list(of(text, b="from .c import y", c="y = 1", d="")) == [FILE, "features/b.py", "features/c.py"]


def test_files_may_import_one_another():
    assert list(of("from .b import x", b="from .a import y")) == [FILE, "features/b.py"]


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "import mylib.part",
        "from datetime import datetime",
        "from .gone import x",
        "import numpy as np\nx = np.random.rand()",
        "x = open('rates.csv')",
        "def f():\n    import requests",
        "exec('x = 1')",
    ],
)
def test_what_may_give_another_number_tomorrow_is_not_known(text):
    assert of(text) is None
