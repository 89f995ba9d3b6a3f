"""The customers as they were at a cutoff: a `View`, from which no row at or after it can be reached."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from retain.events.rows import Integers, Rows
from retain.events.span import Span

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class View:
    """The chosen customers of a chunk as they were at midnight at the start of day `cutoff`.

    tables: the visible rows of each table. chosen: (rows,) positions of customers in the chunk.
    """

    cutoff: int
    tables: Mapping[str, Rows]
    kinds: Mapping[str, Rows]
    chosen: Integers
    made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def span(self, table: str, *, window: int | None = None, kind: str | None = None) -> Span:
        """The rows of `table` in the `window` days before the cutoff (None: all before it)."""
        return Span(self, table, self.rows(table, kind), window, 0, kind)

    def rows(self, table: str, kind: str | None = None) -> Rows:
        """The rows a span of this table and kind is made of; none where a kind has vanished."""
        if kind is None or kind in self.kinds:
            return self.tables[table] if kind is None else self.kinds[kind]
        return self.tables[table].take(np.zeros(0, dtype=np.int64))

    def position(self, table: str, kind: str | None, *, day: int | None) -> Integers:
        """(rows,) where the chosen customers' rows from `day` on begin (None: all of them)."""

        def made() -> Integers:
            rows = self.rows(table, kind)
            everyone = rows.starts[:-1] if day is None else rows.before(day)
            return everyone.take(self.chosen)

        return self.shared((table, kind, day), made)

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """What several words of several features need, made once."""
        made: T | None = self.made.get(key)
        if made is None:
            made = self.made[key] = make()
        return made
