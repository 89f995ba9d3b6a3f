"""Lifecycle flows: who came, stayed, came back and went from one period to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Flows:
    """Customers of a period against those of the period before (Amplitude, Lifecycle).

    new: with a row in it, the first ever. current: in it and in the one before. resurrected: in it, not in
    the one before, but earlier. dormant: in the one before, not in it.
    """

    new: int
    current: int
    resurrected: int
    dormant: int

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Flows:
        """From a row of `population.counted`."""
        return cls(*(int(row[name]) for name in ("new", "current", "resurrected", "dormant")))

    @property
    def active(self) -> int:
        """Customers with a row in the period."""
        return self.new + self.current + self.resurrected

    @property
    def active_before(self) -> int:
        """Customers with a row in the period before."""
        return self.current + self.dormant
