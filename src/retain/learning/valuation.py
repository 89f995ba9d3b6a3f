"""What a customer is worth: models of spending tested on a later cutoff, and the better one put to use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from retain.learning.scorer import ordered
from retain.learning.spend_horizon import SpendHorizon
from retain.learning.spending import NEEDED, BuyTillYouDieSpend, HistoricMean

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset
    from retain.learning.model import Model

Vector = NDArray[np.float64]

HISTORIC, BTYD = "historic_mean", "btyd_gamma_gamma"
CRITERION = (
    "the lowest mean Tweedie deviance (power 1.5) at the test cutoff among those who stayed: of the scores "
    "that only the true mean makes best, one that neither the largest customers nor the smallest decide alone"
)
POWER = 1.5
TOP = 0.2
MOST_ROWS = 200_000
FEWEST = 50


@dataclass(frozen=True)
class ValueFigures:
    """How good a prediction of spending was.

    total_ratio: predicted / spent, all customers together. rank_correlation: Spearman's. top_20: share of
    the true top fifth that the predicted top fifth holds. deviance: see `CRITERION`.
    """

    total_ratio: float
    rank_correlation: float
    top_20: float
    deviance: float


@dataclass(frozen=True)
class ValueReport:
    """What was compared at which cutoff, and which was chosen (None: nobody has a value)."""

    chosen: str | None
    horizon: int
    learnt_horizon: int | None = None
    cutoff: date | None = None
    customers: int = 0
    figures: Mapping[str, ValueFigures] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As the manifest keeps it."""
        return {
            "chosen": self.chosen,
            "criterion": CRITERION,
            "horizon": self.horizon,
            "learnt_horizon": self.learnt_horizon,
            "cutoff": None if self.cutoff is None else str(self.cutoff),
            "customers": self.customers,
            "figures": {name: asdict(found) for name, found in self.figures.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class ValueModel:
    """Expected revenue over `horizon` days, net of returns, of a customer who stays.

    onward: where the estimator learnt fewer days, what says how a customer's orders go on after them.
    """

    name: str
    estimator: Any
    columns: tuple[str, ...]
    horizon: int
    onward: BuyTillYouDieSpend | None = None

    def predict(self, X: pd.DataFrame) -> Vector:
        """Never below zero."""
        X = ordered(X, self.columns)
        expected = np.maximum(self.estimator.predict(X), 0.0)
        return np.asarray(
            expected if self.onward is None else expected * self.onward.growth(X, to=self.horizon)
        )


def fit_value(dataset: Dataset, *, model: Model, horizon: SpendHorizon, seed: int) -> Valuation:
    """Test `model` against the historic mean and buy-till-you-die, and refit the best on all that is known.

    dataset: built with `spend_horizon=horizon.days`, labelled.
    """
    if not has_amounts(dataset.X):
        return Valuation(None, ValueReport(None, horizon.asked, notes=(NO_AMOUNTS,)))
    shop = _Workshop(model, horizon, dataset.horizon, seed)
    known = dataset.rows(~np.isnan(_spent(dataset)))
    if not len(_staying(known)):
        return Valuation(None, ValueReport(None, horizon.asked, notes=(NOBODY_STAYED,)))
    newest: date = known.cutoff.max().astype("datetime64[D]").item()
    past = known.rows(known.cutoff + np.timedelta64(horizon.days, "D") <= np.datetime64(newest))
    figures = shop.tested(past, known.at(newest))
    chosen = min(figures, key=lambda name: figures[name].deviance, default=HISTORIC)
    notes = horizon.notes if figures else (*horizon.notes, UNTESTED)
    report = ValueReport(
        chosen=chosen,
        horizon=horizon.asked,
        learnt_horizon=horizon.days,
        cutoff=newest if figures else None,
        customers=len(_staying(known.at(newest))) if figures else 0,
        figures=figures,
        notes=notes,
    )
    return Valuation(shop.value(chosen, known), report)


@dataclass(frozen=True)
class Valuation:
    """A model of value (None where there is none) and what was found in testing it."""

    model: ValueModel | None
    report: ValueReport


NO_AMOUNTS = (
    "There are no amounts of orders (tables.orders.columns.amount), so no customer has a value: the list is "
    "ranked by churn probability and is as long as can be called."
)
NOBODY_STAYED = "No complete horizon of spending holds a customer who stayed, so no customer has a value."
UNTESTED = (
    "The history is too short to test a model of spending on a later cutoff: the historic mean is used, "
    "untested."
)


def has_amounts(X: pd.DataFrame) -> bool:
    """Whether the features say what customers spend."""
    return all(name in X.columns for name in NEEDED)


@dataclass(frozen=True)
class _Workshop:
    """Makes each kind of spending model."""

    model: Model
    horizon: SpendHorizon
    churn_horizon: int
    seed: int

    def tested(self, past: Dataset, latest: Dataset) -> dict[str, ValueFigures]:
        """Each model of `past` on those of `latest` who stayed; nothing where either holds too few."""
        test = _staying(latest)
        if min(len(_staying(past)), len(test)) < FEWEST or not np.maximum(_spent(test), 0).any():
            return {}
        names = (self.model.name, HISTORIC, BTYD)
        return {name: figures(_spent(test), self.fitted(name, past).predict(test.X)) for name in names}

    def value(self, name: str, rows: Dataset) -> ValueModel:
        """The model of that name from all rows, for the horizon asked for."""
        columns, asked = tuple(rows.X.columns), self.horizon.asked
        if name == HISTORIC:
            return ValueModel(name, HistoricMean(horizon=asked).fit(rows.X), columns, asked)
        onward = None if asked == self.horizon.days else self.fitted(BTYD, rows)
        return ValueModel(name, self.fitted(name, rows), columns, asked, onward)

    def fitted(self, name: str, rows: Dataset) -> Any:
        """The estimator of that name; buy-till-you-die from everyone at the newest cutoff."""
        if name == HISTORIC:
            return HistoricMean(horizon=self.horizon.days).fit(rows.X)
        if name == BTYD:
            everyone = rows.X[rows.cutoff == rows.cutoff.max()]
            return self._btyd().fit(everyone)
        stayed = _sampled(_staying(rows), seed=self.seed)
        return self._trees().fit(stayed.X, _spent(stayed))

    def _btyd(self) -> BuyTillYouDieSpend:
        return BuyTillYouDieSpend(
            horizon=self.horizon.days, churn_horizon=self.churn_horizon, random_state=self.seed
        )

    def _trees(self) -> Any:
        estimator = self.model.build()
        taken = estimator.get_params()
        offered = {"random_state": self.seed, "horizon": self.horizon.days}
        return estimator.set_params(**{name: value for name, value in offered.items() if name in taken})


def figures(spent: ArrayLike, predicted: ArrayLike) -> ValueFigures:
    """How a prediction compares with what was spent; sums below zero count as nothing."""
    y, m = np.maximum(np.asarray(spent, float), 0.0), np.maximum(np.asarray(predicted, float), 0.0)
    return ValueFigures(
        total_ratio=float(m.sum() / y.sum()),
        rank_correlation=_correlation(_ranks(y), _ranks(m)),
        top_20=_shared_top(y, m),
        deviance=_deviance(y, m),
    )


def _ranks(values: Vector) -> Vector:
    """Of equal values the mean of their places."""
    return np.asarray(pd.Series(values).rank(), float)


def _correlation(a: Vector, b: Vector) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 0.0


def _shared_top(y: Vector, m: Vector) -> float:
    count = max(1, int(len(y) * TOP))
    true, predicted = (np.argsort(-one, kind="stable")[:count] for one in (y, m))
    return float(np.isin(true, predicted).mean())


def _deviance(y: Vector, m: Vector) -> float:
    """A prediction of nothing counts as a thousandth of the mean, or one of them would decide all."""
    m = np.maximum(m, 1e-3 * y.mean())
    a, b = 1 - POWER, 2 - POWER
    return float(2 * np.mean(y**b / (a * b) - y * m**a / a + m**b / b))


def _spent(rows: Dataset) -> Vector:
    if rows.spent is None:
        raise ValueError("the rows do not say what was spent: build them with spend_horizon")
    return rows.spent


def _staying(rows: Dataset) -> Dataset:
    if rows.churned is None:
        raise ValueError("the rows do not say who churned: build them with labelled=True")
    return rows.rows(~rows.churned)


def _sampled(rows: Dataset, *, seed: int) -> Dataset:
    if len(rows) <= MOST_ROWS:
        return rows
    return rows.rows(np.sort(np.random.default_rng(seed).permutation(len(rows))[:MOST_ROWS]))
