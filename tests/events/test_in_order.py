"""Several threads at once, results in order."""

from __future__ import annotations

import threading
import time

import pytest

from retain.events.in_order import in_order, processors


@pytest.mark.parametrize("threads", [1, 2, 5, 100])
def test_results_come_in_order_whoever_is_first(threads):
    def work(number):
        time.sleep(0.001 * (number % 3))
        return number

    assert list(in_order(work, 12, threads=threads)) == list(range(12))
    assert list(in_order(work, 0, threads=threads)) == []


def test_there_are_as_many_at_work_as_threads():
    both = threading.Barrier(2, timeout=20)
    assert len(list(in_order(lambda _: both.wait(), 2, threads=2))) == 2


def test_no_more_are_begun_than_there_are_threads():
    begun = []
    results = in_order(lambda number: begun.append(number) or number, 50, threads=3)
    assert next(results) == 0
    time.sleep(0.05)
    assert len(begun) <= 3


@pytest.mark.parametrize("threads", [1, 3])
def test_what_one_raises_comes_in_its_turn(threads):
    begun = []

    def work(number):
        begun.append(number)
        if number == 2:
            raise KeyError(number)
        return number

    results = in_order(work, 100, threads=threads)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError):
        next(results)
    assert len(begun) < 10


def test_at_least_one_processor_is_there():
    assert processors() >= 1
