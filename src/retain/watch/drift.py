"""Whether the customers scored now are still such customers as the model learnt from.

At training the newest cutoff's customers are counted in bins (`Reference`), at predicting those scored are
counted in the same bins (`Population`), and both are kept: comparing them needs neither population.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from retain.learning.feature import FeatureColumn
from retain.watch.binning import Binning, Counts
from retain.watch.shift import Shift, shift

OTHERS = "any other value"
MOST = 1.0
"""What one feature's move counts at most: that all customers are a month older each month says little."""
CLEAR = 0.15
"""Share by which a median must differ to tell of a move."""


@dataclass(frozen=True)
class Column:
    """A feature as the training saw it.

    meaning: what it holds, in plain words. weight: its part of what moves the model, 0 to 1; None where the
    model does not tell. labels: of a categorical feature's codes, from 0.
    """

    name: str
    meaning: str
    binning: Binning
    counts: Counts
    weight: float | None = None
    labels: tuple[str, ...] = ()

    def bin_name(self, place: int) -> str:
        """A bin in words."""
        return self.labels[place] if place < len(self.labels) else self.binning.name(place)

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "meaning": self.meaning,
            "edges": list(self.binning.edges),
            **self.counts.to_json(),
            "weight": self.weight,
            "labels": list(self.labels),
        }

    @classmethod
    def from_json(cls, name: str, document: Mapping[str, Any]) -> Column:
        """What `to_json` wrote."""
        return cls(
            name,
            document["meaning"],
            Binning(tuple(document["edges"])),
            Counts.from_json(document),
            document["weight"],
            tuple(document["labels"]),
        )


@dataclass(frozen=True)
class Reference:
    """The customers of the newest training cutoff. scores: of the probabilities they were given."""

    cutoff: str
    customers: int
    columns: tuple[Column, ...]
    scores: Column
    mean: float

    @classmethod
    def of(
        cls,
        X: pd.DataFrame,
        p: ArrayLike,
        *,
        columns: Sequence[FeatureColumn],
        cutoff: str,
        importance: Sequence[tuple[str, float]] = (),
        attributes: Mapping[str, Sequence[str]] | None = None,
    ) -> Reference:
        """Count the customers of a cutoff.

        X: their features. p: (rows,) their probabilities, from a model that had not seen their outcomes.
        importance: the part of each column, in any unit. attributes: the values behind the codes.
        """
        total = sum(size for _, size in importance)
        weights = {name: size / total for name, size in importance} if total else {}
        counted = tuple(
            _column(column, X[column.name], weight=weights.get(column.name, 0.0 if weights else None),
                    labels=(attributes or {}).get(column.name))
            for column in columns
            if column.name in X
        )  # fmt: skip
        probability = np.asarray(p, float)
        bins = Binning.of(probability)
        scores = Column("churn_probability", "Churn probability", bins, Counts.of(probability, bins))
        return cls(cutoff, len(X), counted, scores, float(probability.mean()))

    def count(self, X: pd.DataFrame, p: ArrayLike) -> Population:
        """Count other customers in the same bins; columns that `X` lacks are left out.

        p: of all of them. X: of all, or of a sample.
        """
        probability = np.asarray(p, float)
        return Population(
            customers=len(probability),
            columns={
                each.name: Counts.of(X[each.name], each.binning) for each in self.columns if each.name in X
            },
            scores=Counts.of(probability, self.scores.binning),
            mean=float(probability.mean()) if len(probability) else 0.0,
        )

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "cutoff": self.cutoff,
            "customers": self.customers,
            "columns": {column.name: column.to_json() for column in self.columns},
            "scores": self.scores.to_json(),
            "mean": self.mean,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Reference:
        """What `to_json` wrote."""
        return cls(
            document["cutoff"],
            document["customers"],
            tuple(Column.from_json(name, one) for name, one in document["columns"].items()),
            Column.from_json("churn_probability", document["scores"]),
            document["mean"],
        )


@dataclass(frozen=True)
class Population:
    """Customers counted in the bins of a reference. mean: of their churn probabilities."""

    customers: int
    columns: Mapping[str, Counts]
    scores: Counts
    mean: float

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "customers": self.customers,
            "columns": {name: counts.to_json() for name, counts in self.columns.items()},
            "scores": self.scores.to_json(),
            "mean": self.mean,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Population:
        """What `to_json` wrote."""
        return cls(
            document["customers"],
            {name: Counts.from_json(one) for name, one in document["columns"].items()},
            Counts.from_json(document["scores"]),
            document["mean"],
        )


@dataclass(frozen=True)
class Moved:
    """A feature and how far it moved. how: from what to what, in words."""

    name: str
    meaning: str
    weight: float | None
    shift: Shift
    how: str

    @property
    def matters(self) -> float:
        """The size of its move, at most `MOST`, times its part in the model where that is known."""
        return min(self.shift.size, MOST) * (1.0 if self.weight is None else self.weight)

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        told = {"feature": self.name, "meaning": self.meaning, "weight": self.weight, "how": self.how}
        return {**told, **self.shift.to_json()}


@dataclass(frozen=True)
class Drift:
    """Customers scored now against those of the training.

    features: from the one whose move matters most. features_size: the mean size of their moves, each at most
    `MOST`, weighted by their part in the model; of equal parts where the model tells none. scores: of the
    probabilities, whose means were `mean_before` and `mean_now`.
    """

    cutoff: str
    customers_before: int
    customers_now: int
    features: tuple[Moved, ...]
    features_size: float
    scores: Shift
    mean_before: float
    mean_now: float

    @property
    def moved(self) -> tuple[Moved, ...]:
        """The features that chance does not explain and that the model looks at."""
        return tuple(one for one in self.features if one.shift.level != "none" and one.matters > 0)

    def exceeds(self, limit: float) -> bool:
        """Whether the scores, or the features in all, moved by more than `limit` (gates.max_drift)."""
        scores = self.scores.psi > self.scores.critical and self.scores.size > limit
        return scores or self.features_size > limit

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "cutoff": self.cutoff,
            "customers_before": self.customers_before,
            "customers_now": self.customers_now,
            "features": [one.to_json() for one in self.features],
            "features_size": self.features_size,
            "scores": self.scores.to_json(),
            "mean_before": self.mean_before,
            "mean_now": self.mean_now,
        }


def compare(reference: Reference, now: Population) -> Drift:
    """How far the population moved from the reference."""
    compared = [column for column in reference.columns if column.name in now.columns]
    moved = [_moved(column, now.columns[column.name], tests=len(compared)) for column in compared]
    weights = np.array([1.0 if one.weight is None else one.weight for one in moved])
    certain = [one.shift.size if one.shift.psi > one.shift.critical else 0.0 for one in moved]
    sizes = np.minimum(certain, MOST)
    return Drift(
        cutoff=reference.cutoff,
        customers_before=reference.customers,
        customers_now=now.customers,
        features=tuple(sorted(moved, key=lambda one: -one.matters)),
        features_size=float(weights @ sizes / weights.sum()) if weights.any() else 0.0,
        scores=shift(reference.scores.counts.bins, now.scores.bins),
        mean_before=reference.mean,
        mean_now=now.mean,
    )


def _column(
    column: FeatureColumn, values: pd.Series[Any], *, weight: float | None, labels: Sequence[str] | None
) -> Column:
    binning = Binning.of(values) if labels is None else Binning.of_codes(len(labels))
    names = () if labels is None else (OTHERS, *labels)
    return Column(column.name, column.meaning, binning, Counts.of(values, binning), weight, names)


def _moved(column: Column, now: Counts, *, tests: int) -> Moved:
    moved = shift(column.counts.bins, now.bins, tests=tests)
    return Moved(column.name, column.meaning, column.weight, moved, _how(column, now))


def _how(column: Column, now: Counts) -> str:
    """The median's move where it is a clear one, else that of the bin whose share changed most."""
    before, after = column.counts.middle, now.middle
    if not column.labels and before is not None and after is not None and _clear(before, after):
        return f"median {_figure(before)}, now {_figure(after)}"
    shares = [np.array(bins, float) / max(sum(bins), 1) for bins in (column.counts.bins, now.bins)]
    place = int(np.argmax(np.abs(shares[1] - shares[0])))
    return f"{column.bin_name(place)}: {shares[0][place]:.0%}, now {shares[1][place]:.0%}"


def _clear(before: float, after: float) -> bool:
    return abs(after - before) > CLEAR * max(abs(before), abs(after))


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
