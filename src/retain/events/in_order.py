"""Work done by several threads at once, handed out in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_order(work: Callable[[int], T], count: int, *, threads: int) -> Iterator[T]:
    """`work` of 0, 1, ... count - 1. No more is begun than there are threads before the first is handed out.

    What one raises is raised in its turn, and the rest is left undone.
    """
    threads = min(threads, count)
    if threads <= 1:
        yield from map(work, range(count))
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="retain-chunk")
    try:
        waiting = deque[Future[T]]()
        for number in range(count):
            waiting.append(pool.submit(work, number))
            if len(waiting) >= threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
