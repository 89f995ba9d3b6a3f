"""Values counted in bins, so that two populations can be compared without keeping either."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10


@dataclass(frozen=True)
class Binning:
    """Bins [-inf, edge), [edge, next edge), …, [last edge, inf), and one for what is not known."""

    edges: tuple[float, ...]

    @classmethod
    def of(cls, values: ArrayLike) -> Binning:
        """Bins that hold about as many of the values each; a value of many customers has one of its own."""
        known = _known(values)
        distinct = np.unique(known)
        if len(distinct) <= BINS:
            return cls(tuple(distinct[1:].tolist()))
        tenths = np.quantile(known, np.arange(1, BINS) / BINS, method="inverted_cdf")
        repeated = tenths[1:][tenths[1:] == tenths[:-1]]
        after = np.searchsorted(distinct, repeated, side="right")
        edges = np.unique(np.concatenate([tenths, distinct[after[after < len(distinct)]]]))
        return cls(tuple(edges[edges > distinct[0]].tolist()))

    @classmethod
    def of_codes(cls, count: int) -> Binning:
        """One bin for each of the codes 0 to `count`."""
        return cls(tuple(float(code) for code in range(1, count + 1)))

    def counts(self, values: ArrayLike) -> tuple[int, ...]:
        """How many values each bin has; the last are the unknown ones."""
        every = np.asarray(values, float)
        known = _known(every)
        bins = np.searchsorted(np.array(self.edges), known, side="right")
        found = np.bincount(bins, minlength=len(self.edges) + 1)
        return (*found.tolist(), len(every) - len(known))

    def name(self, place: int) -> str:
        """A bin in words."""
        if place > len(self.edges):
            return "not known"
        if not self.edges:
            return "known"
        if place == 0:
            return f"below {_short(self.edges[0])}"
        if place == len(self.edges):
            return f"{_short(self.edges[-1])} or more"
        return f"{_short(self.edges[place - 1])} to below {_short(self.edges[place])}"


@dataclass(frozen=True)
class Counts:
    """The values of one column of a population. middle: their median, None where nothing is known."""

    bins: tuple[int, ...]
    middle: float | None

    @classmethod
    def of(cls, values: ArrayLike, binning: Binning) -> Counts:
        """Count the values."""
        known = _known(values)
        return cls(binning.counts(values), float(np.median(known)) if len(known) else None)

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {"bins": list(self.bins), "middle": self.middle}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Counts:
        """What `to_json` wrote."""
        return cls(tuple(document["bins"]), document["middle"])


def _known(values: ArrayLike) -> NDArray[np.float64]:
    every: NDArray[np.float64] = np.asarray(values, float)
    return every[~np.isnan(every)]


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
