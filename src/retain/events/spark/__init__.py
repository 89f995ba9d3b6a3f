"""Events on many machines: Spark brings whole customers together, and each chunk is read as on one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retain.lazy import lazily

if TYPE_CHECKING:
    from retain.events.spark.engine import Events, open_events

__all__ = ["Events", "open_events"]

# The engine is loaded where it is opened; the tasks import a few of the modules, and not that one.
__getattr__ = lazily(__name__, dict.fromkeys(__all__, "retain.events.spark.engine"))
