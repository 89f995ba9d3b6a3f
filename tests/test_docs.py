"""The README keeps up with the program."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from retain.cli import app

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = get_command(app).commands


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_in_the_readme(name):
    assert re.search(rf"^\| `retain {name}\b", README, re.MULTILINE)


@pytest.mark.parametrize("name", re.findall(r"^\| `retain (\w+)", README, re.MULTILINE))
def test_every_command_of_the_readme_exists(name):
    assert name in COMMANDS


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_has_help(name):
    command = COMMANDS[name]
    assert command.help
    assert all(option.help for option in command.params if option.param_type_name == "option")


def test_the_changelog_has_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_no_pin_carries_an_address():
    assert not re.search(r"://|file:|@ ", (ROOT / "constraints.txt").read_text())
