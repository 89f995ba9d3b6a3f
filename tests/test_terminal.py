"""What a person sees: bars, and a table at the end."""

from __future__ import annotations

import datetime

import pytest
from rich.console import Console
from rich.progress import Progress as RichProgress

from retain.logs import Log, LoggedSteps
from retain.progress import Silent
from retain.terminal import Bars, progress, show_table


@pytest.mark.parametrize("total", [None, 10])
def test_a_bar_is_full_when_its_step_ends(total):
    bars = RichProgress(console=Console(quiet=True))
    with Bars(bars).step("Reading orders", total=total) as step:
        step.advance(10)
    assert bars.finished


def test_quiet_shows_nothing():
    with progress(Log("r1", terminal=True), quiet=True) as steps:
        assert steps == Silent()


@pytest.mark.parametrize(("terminal", "kind"), [(True, Bars), (False, LoggedSteps)])
def test_steps_are_bars_on_a_terminal_and_lines_in_a_log(terminal, kind):
    with progress(Log("r1", terminal=terminal), quiet=False) as steps:
        assert isinstance(steps, kind)


def test_a_table_shows_dates_numbers_and_gaps(capsys):
    rows = [
        {"customer": "00123", "risk": 0.8234, "last": datetime.date(2011, 8, 30), "days": 2.0},
        {"customer": "7", "risk": float("nan"), "last": None, "days": 1234.0},
    ]
    show_table("First", {"customer": "Customer", "risk": "Risk", "last": "Last order", "days": "Days"}, rows)
    shown = capsys.readouterr().out
    for text in ("00123", "0.823", "2011-08-30", "1,234"):
        assert text in shown
    assert "nan" not in shown
