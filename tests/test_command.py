"""What every command has in common."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from retain.cli import app
from retain.command import Shown, on_a_project, report

COMMANDS = {each.callback.__name__ for each in app.registered_commands}
WITHOUT_A_PROJECT = {"demo", "init"}


@pytest.mark.parametrize("name", sorted(COMMANDS - WITHOUT_A_PROJECT))
def test_every_command_takes_the_same_four_options(name):
    told = CliRunner().invoke(app, [name, "--help"]).output
    assert all(option in told for option in ("--config", "--project", "--quiet", "--json"))


class Told:
    def to_json(self):
        return {"rows": 3, "share": float("nan")}

    def lines(self):
        return ["3 rows"]


def test_a_functions_own_options_become_the_commands():
    def count(project, times: int = 1):
        """Counts."""

    parameters = on_a_project(count).__signature__.parameters
    assert list(parameters) == ["config", "project", "times", "quiet", "as_json"]
    assert parameters["times"].default == 1


def test_what_is_needed_comes_first():
    def count(project, file: str, times: int = 1):
        """Counts."""

    assert next(iter(on_a_project(count).__signature__.parameters)) == "file"


def test_what_is_shown_comes_after_the_sentences(capsys):
    report(Shown(Told(), lambda: typer.echo("a table")), as_json=False)
    assert capsys.readouterr().out == "3 rows\na table\n"


def test_json_is_the_document_alone_and_has_null_for_nan(capsys):
    report(Shown(Told(), lambda: typer.echo("a table")), as_json=True)
    assert '"share": null' in capsys.readouterr().out
