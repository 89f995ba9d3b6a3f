"""The bar of a table moves while the engine reads it, and ends at its rows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pytest

from retain.events.rows_read import telling
from retain.progress import SilentStep


@dataclass
class Counting:
    """A step that keeps every advance."""

    moves: list[float] = field(default_factory=list)

    def advance(self, amount: float = 1) -> None:
        self.moves.append(amount)


@dataclass
class Engine:
    """A connection whose query is at these shares, one a look."""

    shares: list[float]
    said: list[str] = field(default_factory=list)

    def execute(self, query: str) -> None:
        self.said.append(query)

    def query_progress(self) -> float:
        return self.shares.pop(0) if len(self.shares) > 1 else self.shares[0]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("retain.events.rows_read.SECONDS", 0.005)


def test_the_rows_are_told_while_they_are_read_and_all_at_the_end():
    step, engine = Counting(), Engine([-1.0, 25.0, 50.0])
    with telling(engine, step, rows=1_000):
        deadline = time.monotonic() + 5
        while sum(step.moves) < 500 and time.monotonic() < deadline:
            time.sleep(0.005)
    assert step.moves == [250, 250, 500]
    assert engine.said[-1] == "SET enable_progress_bar = false"


def test_nothing_is_asked_where_nobody_watches():
    engine = Engine([50.0])
    with telling(engine, SilentStep(), rows=1_000):
        pass
    assert engine.said == []


def test_nothing_is_told_of_rows_that_are_not_known():
    step = Counting()
    with telling(Engine([50.0]), step, rows=None):
        pass
    assert step.moves == []


def test_a_failing_query_tells_no_rows_it_did_not_read():
    step = Counting()
    with pytest.raises(ValueError, match="lost"), telling(Engine([-1.0]), step, rows=1_000):
        raise ValueError("lost")
    assert step.moves == []
