"""What fits to the same rows share, such as their bins: made by the first that asks, kept for the others."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Made = TypeVar("Made")


class Kept:
    """Belongs to one set of rows, as long as they are fitted with other parameters again and again."""

    def __init__(self) -> None:
        self._made: dict[Hashable, object] = {}

    def once(self, name: Hashable, make: Callable[[], Made]) -> Made:
        """What was made under this name, which must tell all but the rows that it depends on."""
        if name not in self._made:
            self._made[name] = make()
        return cast("Made", self._made[name])
