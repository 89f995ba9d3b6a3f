"""How far the tasks are: what they have finished is shown while this process waits for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from retain.events.spark.tasks import Batches
from retain.progress import Step

if TYPE_CHECKING:
    from pyspark import Accumulator, SparkContext

SECONDS = 0.3
"""How often is looked."""


@dataclass(frozen=True)
class Told:
    """Work on a partition that tells when it is done. finished: an accumulator; None where there is none."""

    work: Callable[[Iterable[pa.RecordBatch]], Batches]
    finished: Any

    def batches(self, given: Iterable[pa.RecordBatch]) -> Batches:
        """What the work gives."""
        yield from self.work(given)
        if self.finished is not None:
            self.finished.add(1)


def counter(context: SparkContext | None) -> Accumulator[int] | None:
    """An accumulator for finished partitions; a session of Spark Connect has none."""
    return None if context is None else context.accumulator(0)


@contextmanager
def shown(finished: Accumulator[int] | None, step: Step, *, total: int) -> Iterator[None]:
    """Advance the step by the partitions that are finished while the block waits for them.

    total: of the partitions; one that is made again, as its executor was lost, is counted once more.
    """
    if finished is None:
        yield
        return
    over = Event()
    watch = Thread(target=_watch, args=(finished, step, total, over), daemon=True)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


def _watch(finished: Accumulator[int], step: Step, total: int, over: Event) -> None:
    seen, last = 0, False
    while not last:
        last = over.wait(SECONDS)
        now = min(finished.value, total)
        if now > seen:
            step.advance(now - seen)
        seen = now
