"""How far the engine is in reading a table, told while it reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from retain.progress import SilentStep, Step

SECONDS = 0.2
"""Between two looks."""


class Connection(Protocol):
    """What of an engine's connection is needed; both may be called while another thread runs a query."""

    def execute(self, query: str) -> object:
        """Run a statement."""

    def query_progress(self) -> float:
        """The share of the running query that is done, 0 to 100; negative where it is not known."""


@contextmanager
def telling(connection: Connection, step: Step, *, rows: int | None) -> Iterator[None]:
    """Advance `step` by the rows read while the block runs a query over `rows` of them.

    Nothing is told where nobody watches, or where the rows are not known beforehand.
    """
    if rows is None or isinstance(step, SilentStep):
        yield
        return
    connection.execute("SET enable_progress_bar = true")  # else the engine does not count
    connection.execute("SET enable_progress_bar_print = false")
    over = threading.Event()
    told = [0.0]
    looker = threading.Thread(target=_look, args=(connection, step, rows, over, told), daemon=True)
    looker.start()
    try:
        yield
    finally:
        over.set()
        looker.join()
        connection.execute("SET enable_progress_bar = false")
    step.advance(rows - told[0])


def _look(connection: Connection, step: Step, rows: int, over: threading.Event, told: list[float]) -> None:
    while not over.wait(SECONDS):
        done = rows * min(connection.query_progress(), 100.0) // 100
        if done > told[0]:
            step.advance(done - told[0])
            told[0] = done
