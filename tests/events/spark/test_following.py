"""How far the tasks are is shown while they are at work."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, sleep

import pytest

from retain.events.spark import following
from retain.events.spark.following import Told, shown


@dataclass
class Finished:
    """As an accumulator, which another thread fills."""

    value: int = 0

    def add(self, amount: int) -> None:
        self.value += amount


@dataclass
class Seen:
    """A step that remembers."""

    amounts: list[float] = field(default_factory=list)

    def advance(self, amount: float = 1) -> None:
        self.amounts.append(amount)


def test_a_partition_counts_once_its_last_batch_is_made():
    finished = Finished()
    batches = Told(lambda given: iter(given), finished).batches([1, 2])
    assert (next(batches), finished.value) == (1, 0)
    assert (list(batches), finished.value) == ([2], 1)


def test_what_is_finished_is_shown_before_all_is(monkeypatch):
    monkeypatch.setattr(following, "SECONDS", 0.01)
    finished, step = Finished(), Seen()
    with shown(finished, step, total=3):
        finished.add(2)
        until = monotonic() + 10
        while not step.amounts and monotonic() < until:
            sleep(0.01)
        assert step.amounts == [2]
        finished.add(1)
    assert step.amounts == [2, 1]


def test_a_partition_that_is_made_again_is_not_too_many():
    finished, step = Finished(), Seen()
    with shown(finished, step, total=2):
        finished.add(5)
    assert sum(step.amounts) == 2


def test_an_error_ends_the_watch():
    with pytest.raises(ZeroDivisionError), shown(Finished(), Seen(), total=2):
        raise ZeroDivisionError


def test_without_an_accumulator_nothing_is_shown():
    step = Seen()
    with shown(None, step, total=2):
        list(Told(lambda given: iter(given), None).batches([1]))
    assert step.amounts == []
