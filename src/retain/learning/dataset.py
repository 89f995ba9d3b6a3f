"""The feature matrix: one row per eligible customer and cutoff, with what became of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.blocks import block_of
from retain.learning.feature import FeatureColumn
from retain.learning.lifetimes import Lifetimes
from retain.learning.matrix import MatrixSpec

WEIGHT = "weight"
"""The column of a training table that says how many customers a row stands for."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows of eligible customers at cutoffs.

    customer_id: (rows,) str. cutoff: (rows,) datetime64[D]. churned: (rows,) or None where the horizon
    is not over. X: (rows, columns) float32, NaN for unknown. facts: what the list shows of a row,
    `last_order` (datetime64), `days_since_last` and `usual_gap` (days). spent: (rows,) what was spent in the
    `spend_horizon` days from the cutoff, net of returns; NaN where they are not over, None if not asked for.
    grace: days after the horizon until who churned is known. left_out: how many eligible customers are no
    rows, by why. weight: (rows,) how many customers a row stands for; fair: (rows,) whether it would be here
    whatever became of the customer: the fair rows of a cutoff are like everybody. Both None for 1 and all.
    lives: how long they were there, where churn comes on a day and the rows were built to tell.
    """

    customer_id: NDArray[np.object_]
    cutoff: NDArray[np.datetime64]
    churned: NDArray[np.bool_] | None
    X: pd.DataFrame
    columns: tuple[FeatureColumn, ...]
    spec: MatrixSpec
    horizon: int
    facts: pd.DataFrame
    spent: NDArray[np.float64] | None = None
    grace: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    weight: NDArray[np.float64] | None = None
    fair: NDArray[np.bool_] | None = None
    lives: Lifetimes | None = None

    def __len__(self) -> int:
        return len(self.customer_id)

    def rows(self, chosen: NDArray[Any]) -> Dataset:
        """The rows that a mask or positions choose."""
        return replace(
            self,
            customer_id=self.customer_id[chosen],
            cutoff=self.cutoff[chosen],
            churned=None if self.churned is None else self.churned[chosen],
            X=self.X.iloc[np.flatnonzero(chosen) if chosen.dtype == bool else chosen],
            facts=self.facts.iloc[np.flatnonzero(chosen) if chosen.dtype == bool else chosen],
            spent=None if self.spent is None else self.spent[chosen],
            weight=None if self.weight is None else self.weight[chosen],
            fair=None if self.fair is None else self.fair[chosen],
            lives=None if self.lives is None else self.lives.rows(chosen),
        )

    def fairly(self) -> Dataset:
        """The rows that are here whatever became of their customers: those to judge by."""
        return self if self.fair is None else replace(self.rows(self.fair), weight=None, fair=None)

    def at(self, cutoff: date) -> Dataset:
        """The rows of one cutoff."""
        return self.rows(self.cutoff == np.datetime64(cutoff))

    def before(self, cutoff: date) -> Dataset:
        """The rows whose outcome is known at `cutoff`, with what is known of their lives then."""
        over = self.cutoff + np.timedelta64(self.settled, "D") <= np.datetime64(cutoff)
        return self.rows(over).known_at(cutoff)

    def known_at(self, day: date) -> Dataset:
        """The same rows, their lives as far as `day` lets know."""
        if self.lives is None:
            return self
        days = (np.datetime64(day) - self.cutoff) / np.timedelta64(1, "D") - self.grace
        return replace(self, lives=self.lives.until(days))

    @property
    def settled(self) -> int:
        """Days after a cutoff until who churned is known."""
        return self.horizon + self.grace

    def frame(self) -> pd.DataFrame:
        """The rows as a table: customer_id, cutoff, churned and weight where they have them, the features."""
        leading = {"customer_id": self.customer_id, "cutoff": self.cutoff.astype("datetime64[s]")}
        if self.churned is not None:
            leading["churned"] = self.churned
        if self.weight is not None:
            leading[WEIGHT] = self.weight
        return pd.concat([pd.DataFrame(leading), self.X.reset_index(drop=True)], axis=1)


def joined(parts: list[Dataset]) -> Dataset:
    """The parts as one, its matrix a single block. Empties the list, so that no row is held twice."""
    first = parts[0]
    rest = replace(
        first,
        customer_id=np.concatenate([part.customer_id for part in parts]),
        cutoff=np.concatenate([part.cutoff for part in parts]),
        churned=None if first.churned is None else _concatenated(part.churned for part in parts),
        facts=pd.concat([part.facts for part in parts], ignore_index=True),
        spent=None if first.spent is None else _concatenated(part.spent for part in parts),
        weight=None if first.weight is None else _concatenated(part.weight for part in parts),
        fair=None if first.fair is None else _concatenated(part.fair for part in parts),
        left_out=added(part.left_out for part in parts),
        lives=None if first.lives is None else Lifetimes.joined(part.lives for part in parts if part.lives),
        X=first.X.iloc[:0].copy(),
    )
    columns, blocks = first.X.columns, [part.X.to_numpy().T for part in parts]
    parts.clear()
    del first
    return replace(rest, X=pd.DataFrame(block_of(blocks).T, columns=columns, copy=False))


def added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Counts of the same things, added up."""
    total: dict[str, int] = {}
    for one in counts:
        for why, count in one.items():
            total[why] = total.get(why, 0) + count
    return {why: count for why, count in total.items() if count}


def _concatenated(parts: Iterable[NDArray[Any] | None]) -> NDArray[Any]:
    return np.concatenate([part for part in parts if part is not None])
