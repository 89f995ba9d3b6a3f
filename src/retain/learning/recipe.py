"""How a model is made: its parameters and calibration, found on past rows, repeatable on fresh ones."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from retain.learning.calibration import Method, fit
from retain.learning.calibration_choice import Unseen, choose, cross_fitted
from retain.learning.outcomes import outcomes
from retain.learning.scorer import Floats, Scorer, churn_probability

if TYPE_CHECKING:
    from retain.learning.dataset import Dataset
    from retain.learning.kept import Kept
    from retain.learning.model import Model

FOLDS = 5
MANY_ROWS = 300_000  # from here on fewer folds: their predictions are steady, their fits are dear
FOLDS_OF_MANY = 3
CHECKED = 20_000  # customers by whom past cutoffs say whether a calibration would have helped
AUTO = "auto"
WORTH_THREADS = 20_000_000  # values; a smaller table costs threads more in waiting than they do


@dataclass(frozen=True)
class Recipe:
    """Everything but the rows that decides what a model becomes."""

    model: str
    params: dict[str, Any] = field(default_factory=dict)
    calibration: Method = "none"

    def to_json(self) -> dict[str, Any]:
        """The recipe as a document."""
        return asdict(self)


@dataclass(frozen=True)
class Workbench:
    """Fits models, always the same way from the same seed."""

    seed: int

    def find(
        self, model: Model, rows: Dataset, *, at: date, params: dict[str, Any] | None = None
    ) -> tuple[Recipe, Scorer]:
        """Settle what `params` leaves open, on folds that share no customer; and the model it makes.

        at: the newest cutoff of `rows`, whose customers calibrate the model out of fold.
        """
        estimator = self.fitted(model, params or {}, rows)
        settled = {**(params or {}), **_settled(estimator)}
        chosen = _judging(rows, self._calibrating(rows, at=at))
        unseen = self._unseen(model, settled, rows, chosen=chosen)
        calibrator = choose(unseen, horizon=rows.horizon, score=model.rule)
        recipe = Recipe(model.name, settled, calibrator.method)
        return recipe, Scorer(model.name, estimator, calibrator, tuple(rows.X.columns))

    def make(self, model: Model, recipe: Recipe, rows: Dataset, *, at: date) -> Scorer:
        """The recipe's model from all of `rows`, calibrated out of fold on the customers at `at`."""
        estimator = self.fitted(model, recipe.params, rows)
        latest = self._unseen(model, recipe.params, rows, chosen=_judging(rows, _here(rows, at)))
        calibrator = fit(recipe.calibration, latest.p, latest.churned)
        return Scorer(model.name, estimator, calibrator, tuple(rows.X.columns))

    def unseen(self, model: Model, recipe: Recipe, rows: Dataset, *, at: date) -> tuple[Floats, Floats]:
        """Predictions at `at` by models that have not seen the customer: calibrated likewise, and not."""
        latest = self._unseen(model, recipe.params, rows, chosen=_here(rows, at))
        return cross_fitted(recipe.calibration, latest, latest), latest.p

    def _calibrating(self, rows: Dataset, *, at: date) -> NDArray[np.bool_]:
        """The rows that choose a calibration: all at `at`, and of many customers some at the others."""
        customer, names = pd.factorize(rows.customer_id, sort=True)
        some = np.random.default_rng(self.seed).permutation(len(names))[customer] < CHECKED
        return np.asarray(some | _here(rows, at))

    def _unseen(
        self, model: Model, params: dict[str, Any], rows: Dataset, *, chosen: NDArray[np.bool_]
    ) -> Unseen:
        """The chosen rows, each predicted by a model of all rows of the other customers."""
        folds = self._folds(rows)
        p = np.full(len(folds), np.nan)
        for fold in np.unique(folds[chosen]):
            estimator = self.fitted(model, params, rows.rows(folds != fold))
            held_out = chosen & (folds == fold)
            p[held_out] = churn_probability(estimator, rows.X[held_out])
        every = Unseen(p, outcomes(rows), rows.customer_id, rows.cutoff, folds)
        return every.rows(chosen)

    def _folds(self, rows: Dataset) -> NDArray[np.intp]:
        customer, names = pd.factorize(rows.customer_id, sort=True)
        count = FOLDS if len(customer) < MANY_ROWS else FOLDS_OF_MANY
        return np.asarray((np.random.default_rng(self.seed).permutation(len(names)) % count)[customer])

    def fitted(self, model: Model, params: dict[str, Any], rows: Dataset, *, kept: Kept | None = None) -> Any:
        """An estimator of the model, fitted to the rows by their weights; to fair ones if it takes none.

        The mean weight is 1: rows are not evidence of more than they are. kept: what an earlier fit made of
        these rows, for an estimator that takes it.
        """
        estimator = model.build(**params)
        estimator.set_params(**self._setting(estimator.get_params(), rows, given=params))
        taken = inspect.signature(estimator.fit).parameters
        if "sample_weight" not in taken:
            rows = rows.fairly()
        options: dict[str, Any] = {"groups": rows.customer_id} if "groups" in taken else {}
        if rows.weight is not None:
            options["sample_weight"] = rows.weight / rows.weight.mean()
        if "kept" in taken and kept is not None:
            options["kept"] = kept
        if "lives" in taken and rows.lives is not None:
            options["lives"] = rows.lives.apart(rows.cutoff)
        with threads(rows):
            return estimator.fit(rows.X, outcomes(rows), **options)

    def _setting(
        self, taken: Mapping[str, Any], rows: Dataset, *, given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the estimator must know of the run, as far as it takes it."""
        offered = {
            "horizon": rows.horizon,
            "random_state": self.seed,
            "categorical_features": [column.name for column in rows.columns if column.categorical],
        }
        return {name: value for name, value in offered.items() if name in taken and name not in given}


def threads(rows: Dataset) -> AbstractContextManager[Any]:
    """For work on these rows as many threads as there are, or one."""
    return nullcontext() if rows.X.size >= WORTH_THREADS else threadpool_limits(limits=1)


def _settled(estimator: Any) -> dict[str, Any]:
    """The parameters left to "auto", as the fit settled them (scikit-learn's trailing underscore)."""
    return {
        name: getattr(estimator, f"{name}_")
        for name, value in estimator.get_params().items()
        if isinstance(value, str) and value == AUTO and hasattr(estimator, f"{name}_")
    }


def _judging(rows: Dataset, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of these rows the fair ones, unless they are of one outcome only."""
    if rows.fair is None:
        return chosen
    fair = chosen & rows.fair
    return fair if 0 < int(outcomes(rows)[fair].sum()) < int(fair.sum()) else chosen


def _here(rows: Dataset, cutoff: date) -> NDArray[np.bool_]:
    return np.asarray(rows.cutoff == np.datetime64(cutoff))
