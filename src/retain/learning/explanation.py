"""What moves a model: the features that count most, in all and in each band of risk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from retain.learning.feature import FeatureColumn
from retain.learning.scorer import Floats, Scorer

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset

ROWS = 1000  # customers whose contributions make the importance
ROWS_OF_A_BAND = 300
DRIVERS = 5  # of a band
LOWEST_BAND = "low"
CLEAR = 0.3  # rank correlation from which a direction is named


@dataclass(frozen=True)
class Importance:
    """A feature's part in all: `size` is the mean size of its contributions to the log-odds (SHAP).

    direction: rank correlation of value and contribution; near 1 more of it raises the risk, near -1 it
    lowers it. values, contributions: one a sampled customer, NaN where a value is not known.
    """

    column: FeatureColumn
    size: float
    direction: float
    values: Floats
    contributions: Floats

    @property
    def says(self) -> str:
        """The direction in words."""
        if self.column.categorical or abs(self.direction) < CLEAR or np.isnan(self.direction):
            return "depends"
        return "more raises risk" if self.direction > 0 else "more lowers risk"


@dataclass(frozen=True)
class Driver:
    """What a feature adds to the log-odds of a band's average customer beyond the average of all.

    typical, overall: the feature's median in the band and among all customers.
    """

    column: FeatureColumn
    contribution: float
    typical: float
    overall: float


@dataclass(frozen=True)
class Band:
    """The customers of a risk band, and what makes them so. Rates are NaN in an empty band."""

    name: str
    customers: int
    predicted: float
    churned: float
    drivers: tuple[Driver, ...]


@dataclass(frozen=True)
class Explanation:
    """Of one model at one cutoff; `features` from the greatest, `bands` from the highest."""

    model: str
    rows: int
    features: tuple[Importance, ...]
    bands: tuple[Band, ...]

    def to_json(self) -> dict[str, Any]:
        """The figures as a document, without the sampled customers."""
        return {
            "model": self.model,
            "rows": self.rows,
            "importance": [
                {"feature": one.column.name, "importance": one.size, "direction": one.says}
                for one in self.features
            ],
            "bands": [
                {
                    "band": band.name,
                    "customers": band.customers,
                    "predicted": band.predicted,
                    "churned": band.churned,
                    "drivers": [
                        {"feature": d.column.name, "contribution": d.contribution, "median": d.typical}
                        for d in band.drivers
                    ],
                }
                for band in self.bands
            ],
        }


def explain(
    scorer: Scorer, tested: Dataset, p: Floats, *, bands: Mapping[str, float], seed: int
) -> Explanation | None:
    """Explain a model on the customers of a test; None where the model cannot explain itself.

    p: what it gave them. bands: the probability from which each band begins; `low` is below all.
    """
    if not scorer.explains or not len(p):
        return None
    generator = np.random.default_rng(seed)
    named = {column.name: column for column in tested.columns}
    columns = [named.get(name, FeatureColumn(name, "", name)) for name in scorer.columns]
    sample = _sampled(np.arange(len(p)), ROWS, generator)
    rows = tested.X.iloc[sample][list(scorer.columns)]
    given = scorer.contributions(rows)
    described = [
        _band(scorer, tested, p, name=name, members=members, columns=columns, usual=given.mean(axis=0),
              generator=generator)
        for name, members in _members(p, bands)
    ]  # fmt: skip
    return Explanation(scorer.model, len(sample), _importances(columns, rows, given), tuple(described))


def _importances(columns: list[FeatureColumn], rows: pd.DataFrame, given: Floats) -> tuple[Importance, ...]:
    size = np.abs(given).mean(axis=0)
    values = rows.to_numpy(float)
    return tuple(
        Importance(
            columns[i], float(size[i]), _direction(values[:, i], given[:, i]), values[:, i], given[:, i]
        )
        for i in np.argsort(-size, kind="stable")
        if size[i] > 0
    )


def _direction(values: Floats, given: Floats) -> float:
    known = np.isfinite(values)
    if len(np.unique(values[known])) < 2 or len(np.unique(given[known])) < 2:
        return float("nan")
    value, contribution = (pd.Series(each[known]).rank() for each in (values, given))
    return float(value.corr(contribution))


def _members(p: Floats, bands: Mapping[str, float]) -> list[tuple[str, NDArray[np.intp]]]:
    """The customers of each band, the highest first."""
    descending = sorted(bands.items(), key=lambda band: -band[1])
    thresholds = np.array([threshold for _, threshold in descending])
    number = (p[:, None] < thresholds).sum(axis=1)
    names = [*(name for name, _ in descending), LOWEST_BAND]
    return [(name, np.flatnonzero(number == i)) for i, name in enumerate(names)]


def _band(
    scorer: Scorer,
    tested: Dataset,
    p: Floats,
    *,
    name: str,
    members: NDArray[np.intp],
    columns: list[FeatureColumn],
    usual: Floats,
    generator: np.random.Generator,
) -> Band:
    if not len(members):
        return Band(name, 0, float("nan"), float("nan"), ())
    sample = _sampled(members, ROWS_OF_A_BAND, generator)
    beyond = scorer.contributions(tested.X.iloc[sample]).mean(axis=0) - usual
    strongest = np.argsort(-np.abs(beyond), kind="stable")[:DRIVERS]
    drivers = tuple(
        Driver(
            columns[i],
            float(beyond[i]),
            float(tested.X[columns[i].name].iloc[members].median()),
            float(tested.X[columns[i].name].median()),
        )
        for i in strongest
        if beyond[i]
    )
    happened = np.asarray(tested.churned, bool)[members]
    return Band(name, len(members), float(p[members].mean()), float(happened.mean()), drivers)


def _sampled(rows: NDArray[np.intp], most: int, generator: np.random.Generator) -> NDArray[np.intp]:
    return np.sort(generator.permutation(rows)[:most])
