"""What a person at a terminal sees: bars while steps run, a table at the end. Progress goes to stderr."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from retain.logs import Log, LoggedSteps
from retain.progress import Progress, Silent, Step

WIDTH_OF_A_FILE = 140
"""Columns of a table that is not shown on a terminal."""


@dataclass(frozen=True)
class BarStep:
    """A step shown as a bar."""

    bars: RichProgress
    task: Any

    def advance(self, amount: float = 1) -> None:
        """Move the bar."""
        self.bars.advance(self.task, amount)


@dataclass(frozen=True)
class Bars:
    """Every step is a bar; a finished one stays, with the time it took."""

    bars: RichProgress

    @contextmanager
    def step(self, name: str, total: float | None = None) -> Iterator[Step]:
        """Show a bar until the block ends; it pulses where `total` is None."""
        task = self.bars.add_task(name, total=total)
        yield BarStep(self.bars, task)
        done = self.bars.tasks[self.bars.task_ids.index(task)].completed
        self.bars.update(task, total=done or 1, completed=done or 1)


def progress(log: Log, *, quiet: bool) -> AbstractContextManager[Progress]:
    """Bars on a terminal, lines in the log elsewhere, nothing when quiet."""
    if quiet:
        return nullcontext(Silent())
    return _bars(Console(stderr=True)) if log.terminal else nullcontext(LoggedSteps(log))


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with RichProgress(*columns, console=console) as bars:
        yield Bars(bars)


def show_table(title: str, columns: Mapping[str, str], rows: Sequence[Mapping[str, object]]) -> None:
    """Print `rows` to stdout; `columns` maps a key of a row to its heading."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDTH_OF_A_FILE)
    table = Table(title=title, title_justify="left")
    for key, heading in columns.items():
        table.add_column(heading, justify=_justify(row.get(key) for row in rows), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(key)) for key in columns))
    console.print(table)


def _justify(values: Any) -> Any:
    return "right" if all(value is None or isinstance(value, int | float) for value in values) else "left"


def _cell(value: object) -> str:
    if value is None or value != value:  # NaN and NaT differ from themselves
        return ""
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 1 else f"{value:,.0f}"
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)
