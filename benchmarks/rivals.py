"""Recipes that the churn classifier was tried against (see docs/experiments.md); none of them ships."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import logit

from retain import ChurnClassifier
from retain.learning.components import Floats, TreeSettings, grow, log_rows, tree_data
from retain.learning.dataset import Dataset
from retain.learning.kept import Kept
from retain.learning.model import Model
from retain.learning.recipe import Workbench
from retain.learning.rules import BtydClassifier

PROCESSES = ("bg_nbd", "pareto_nbd")
SURE = 1e-4


@dataclass(frozen=True)
class PlainSettings(TreeSettings):
    """Splits at the best threshold of a feature, not at a random one."""

    def parameters(self) -> dict[str, Any]:
        """For LightGBM."""
        return super().parameters() | {"extra_trees": False}


class PlainTrees(ChurnClassifier):
    """The default without `extra_trees`."""

    def _settings(self, churned: NDArray[np.bool_], weight: Floats, *, seed: int) -> TreeSettings:
        return PlainSettings(**vars(super()._settings(churned, weight, seed=seed)))


class FromLogistic(ChurnClassifier):
    """Trees that correct the logistic regression: boosting starts from its log-odds."""

    def _fit_parts(
        self, values: Floats, churned: NDArray[np.bool_], *, weight: Floats, group: NDArray[Any], kept: Kept
    ) -> None:
        categorical = self._categorical_positions()
        settings = self._settings(churned, weight, seed=self.random_state)
        rows = log_rows(values, churned, weight=weight, categorical=categorical, seed=self.random_state)
        self.loglinear_ = rows.fit(self.ridge)
        data = tree_data(values, churned, weight=weight, categorical=categorical)
        data.set_init_score(self.loglinear_.margin(values))
        self.n_estimators_ = self._tree_count(data, settings, churned=churned, group=group)
        self.booster_ = grow(data, settings, trees=self.n_estimators_)

    def decision_function(self, X: Any) -> Floats:
        """Log-odds: the logistic's, and what the trees add."""
        values = self._values(X)
        return self.loglinear_.margin(values) + self._trees(values, raw_score=True)


class BtydAsFeatures(ChurnClassifier):
    """The default on more columns: the log-odds that buy-till-you-die models give."""

    def __init__(
        self,
        *,
        horizon: float | None = None,
        n_estimators: int | str = "auto",
        categorical_features: list[str] | None = None,
        random_state: int = 0,
    ) -> None:
        super().__init__(
            n_estimators=n_estimators, categorical_features=categorical_features, random_state=random_state
        )
        self.horizon = horizon

    def fit(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None, *, groups: ArrayLike | None = None
    ) -> Self:
        """Fit the processes, then the classifier."""
        self.processes_ = [BtydClassifier(process=one, horizon=self.horizon).fit(X, y) for one in PROCESSES]
        return super().fit(self._with_processes(X), y, sample_weight, groups=groups)

    def decision_function(self, X: Any) -> Floats:
        """Log-odds."""
        return super().decision_function(self._with_processes(X))

    def _with_processes(self, X: pd.DataFrame) -> pd.DataFrame:
        silent = {
            f"silent_{name}": logit(np.clip(one.predict_proba(X)[:, 1], SURE, 1 - SURE)).astype(np.float32)
            for name, one in zip(PROCESSES, self.processes_, strict=True)
        }
        return X.assign(**silent)


@dataclass(frozen=True)
class RecentWeigh(Workbench):
    """A row whose cutoff is `half_life` days older than the newest weighs half."""

    half_life: int = 182

    def fitted(self, model: Model, params: dict[str, Any], rows: Dataset) -> Any:
        """An estimator of the model, fitted to the weighted rows."""
        estimator = model.build(**params)
        estimator.set_params(**self._setting(estimator.get_params(), rows, given=params))
        age = (rows.cutoff.max() - rows.cutoff).astype(int)
        known = inspect.signature(estimator.fit).parameters
        options = {"groups": rows.customer_id} if "groups" in known else {}
        weight = 0.5 ** (age / self.half_life)
        return estimator.fit(rows.X, np.asarray(rows.churned, bool), weight, **options)
