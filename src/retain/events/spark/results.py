"""Work sent to the tasks of Spark, and their results brought back."""

from __future__ import annotations

import io
import pickle
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import cloudpickle  # type: ignore[import-untyped]  # it ships no types

from retain.config.values import Section
from retain.events.spark.chunks import ChunkTask, Sent, Work

if TYPE_CHECKING:
    from pyspark import SparkContext

MODULES = "_retain_"
"""How the private packages that definitions are loaded under begin (`project`)."""


def joined(pieces: Iterable[Any]) -> Iterator[Any]:
    """The results whose pieces follow one another."""
    held: list[bytes] = []
    for row in pieces:
        held.append(row["piece"])
        if row["last"]:
            yield pickle.loads(b"".join(held))
            held = []


def on_disk() -> Any:
    """Where rows and results wait: on the disks of the executors, not in their memory."""
    from pyspark import StorageLevel

    return StorageLevel.DISK_ONLY


@contextmanager
def carried(context: SparkContext | None, task: ChunkTask) -> Iterator[Sent]:
    """The task for the tasks of Spark: each executor fetches it once, and frees it when the block is over.

    context: None where there is none (Spark Connect); the task then goes along with each task of Spark.
    """
    if context is None:
        yield Sent(pickled(task))
        return
    variable = context.broadcast(pickled(task))
    try:
        yield Sent(variable)
    finally:
        with suppress(Exception):  # Java may be gone, and the variable with it
            variable.destroy()


def pickled(task: ChunkTask) -> bytes:
    """It with what is no part of retain by value: the executors do not have the files of definitions."""
    with ExitStack() as stack:
        for module in _ours(task.work):
            stack.enter_context(_by_value(module))
        done = io.BytesIO()
        _Pickler(done).dump(task)
    return done.getvalue()


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Leaves behind what sections of the config remember beside their keys: passwords, to hide them."""

    def reducer_override(self, given: Any) -> Any:
        if isinstance(given, Section):
            return type(given).model_validate, (given.model_dump(by_alias=True),)
        return super().reducer_override(given)


def _ours(work: Work) -> Iterator[Any]:
    """The modules of definitions, and the one that the work itself is written in."""
    inner = getattr(work, "work", None)
    home = getattr(inner, "__module__", None) or type(inner).__module__
    for name, module in list(sys.modules.items()):
        if name.startswith(MODULES) or (name == home and not name.startswith(("retain.", "builtins"))):
            yield module


@contextmanager
def _by_value(module: Any) -> Iterator[None]:
    if module.__name__ in cloudpickle.list_registry_pickle_by_value():
        yield
        return
    cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        cloudpickle.unregister_pickle_by_value(module)
