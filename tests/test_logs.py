"""The log: what a line holds, and what is never in one."""

from __future__ import annotations

import json
import logging

import pytest

from retain.logs import LoggedSteps, logging_to_stderr


@pytest.fixture
def lines(capsys):
    """The log so far, as documents."""
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_line_is_one_json_object_that_begins_with_when_what_and_which_run(lines):
    with logging_to_stderr("r1", terminal=False, quiet=False) as log:
        log.info("begun", command="weekly")
    (line,) = lines()
    assert list(line) == ["timestamp", "level", "event", "run_id", "command"]
    assert (line["event"], line["run_id"], line["command"]) == ("begun", "r1", "weekly")
    assert line["timestamp"].endswith("Z")


def test_a_step_is_a_line_with_its_seconds_and_what_it_did(lines):
    begin = logging_to_stderr("r1", terminal=False, quiet=False)
    with begin as log, LoggedSteps(log).step("Reading orders") as step:
        step.advance(1_000)
        step.advance(234)
    (line,) = lines()
    assert (line["event"], line["done"]) == ("Reading orders", 1_234)
    assert line["seconds"] >= 0


def test_what_any_module_warns_of_is_in_the_log_with_the_run(lines):
    with logging_to_stderr("r1", terminal=False, quiet=True):
        logging.getLogger("retain.tracking").warning("the server stayed away", extra={"tries": 3})
        logging.getLogger("retain.tracking").info("not asked for")
    (line,) = lines()
    assert (line["level"], line["tries"], line["run_id"]) == ("warning", 3, "r1")


@pytest.mark.parametrize("terminal", [True, False])
def test_no_secret_gets_into_a_line(capsys, terminal):
    with logging_to_stderr("r1", terminal=terminal, quiet=False) as log:
        log.secrets.known = ("hunter2",)
        try:
            raise ValueError("hunter2")
        except ValueError:
            said = "postgresql://ann:letmein@db/shop and hunter2"
            logging.getLogger("retain").exception(said, extra={"token": "hunter2"})
    shown = capsys.readouterr().err
    assert "ann" in shown
    assert "hunter2" not in shown
    assert "letmein" not in shown


def test_on_a_terminal_a_warning_is_a_line_for_people_and_the_rest_is_left_to_the_bars(capsys):
    with logging_to_stderr("r1", terminal=True, quiet=False) as log:
        log.info("begun")
        log.failed("said anyway")
        logging.getLogger("retain").warning("the server stayed away")
    (line,) = capsys.readouterr().err.splitlines()
    assert "the server stayed away" in line
    assert not line.startswith("{")


def test_afterwards_the_logger_is_as_it_was(capsys):
    logger = logging.getLogger("retain")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with logging_to_stderr("r1", terminal=False, quiet=False):
        pass
    assert (logger.level, logger.propagate, list(logger.handlers)) == before
