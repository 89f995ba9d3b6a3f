"""What pyproject.toml, constraints.txt and the package say about each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import retain

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = dict(re.findall(r"^([\w-]+)==([^\s;]+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
NEEDED = [
    *PROJECT["project"]["dependencies"],
    *(each for extra in PROJECT["project"]["optional-dependencies"].values() for each in extra),
    *PROJECT["dependency-groups"]["dev"],
]


def test_the_package_knows_its_version():
    assert retain.__version__ == PROJECT["project"]["version"]


@pytest.mark.parametrize("text", NEEDED)
def test_every_dependency_has_a_lowest_version_and_a_pin_above_it(text):
    needed = Requirement(text)
    assert any(bound.operator == ">=" for bound in needed.specifier)
    assert Version(PINS[needed.name.lower()]) in needed.specifier


def test_every_public_name_is_there():
    assert sorted(retain.__all__) == sorted(name for name in retain.__all__ if hasattr(retain, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = retain.no_such_name
