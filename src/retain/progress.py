"""How long steps tell that they are getting on; the bars themselves belong to the command line."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Protocol


class Step(Protocol):
    """One step under way."""

    def advance(self, amount: float = 1) -> None:
        """Say that `amount` more units are done."""


class Progress(Protocol):
    """Where steps are announced.

    >>> with progress.step("Reading orders", total=None) as step:  # doctest: +SKIP
    ...     step.advance(10_000)
    """

    def step(self, name: str, total: float | None = None) -> AbstractContextManager[Step]:
        """Begin a step; it ends with the block. `total` is None where its length is not known."""


@dataclass(frozen=True)
class SilentStep:
    """A step nobody watches."""

    def advance(self, amount: float = 1) -> None:
        """Nothing to show."""


@dataclass(frozen=True)
class Silent:
    """Shows nothing: the default of the Python interface, and of --quiet."""

    def step(self, name: str, total: float | None = None) -> AbstractContextManager[Step]:
        """Begin a step that shows nothing."""
        return nullcontext(SilentStep())
