"""What a person sees: lines in a log, a table at the end."""

from __future__ import annotations

import datetime

import pytest
from rich.console import Console
from rich.progress import Progress as RichProgress

from retain.progress import Silent
from retain.terminal import Bars, Lines, progress, show_table


def test_a_long_step_is_one_line():
    lines, times = [], iter([0.0, 2.5])
    with Lines(lines.append, clock=lambda: next(times)).step("Reading orders") as step:
        step.advance(1_000)
        step.advance(234)
    assert lines == ["Reading orders: 1,234 (2.5 s)"]


def test_a_short_step_is_no_line():
    lines = []
    with Lines(lines.append).step("Reading orders"):
        pass
    assert lines == []


@pytest.mark.parametrize("total", [None, 10])
def test_a_bar_is_full_when_its_step_ends(total):
    bars = RichProgress(console=Console(quiet=True))
    with Bars(bars).step("Reading orders", total=total) as step:
        step.advance(10)
    assert bars.finished


def test_quiet_shows_nothing():
    with progress(quiet=True) as steps:
        assert steps == Silent()


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
