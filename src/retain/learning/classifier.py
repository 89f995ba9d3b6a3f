"""The churn classifier: randomised boosted trees and a logistic regression that correct each other."""

from __future__ import annotations

from copy import copy
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from lightgbm import Dataset
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from retain.learning.components import (
    Floats,
    TreeSettings,
    best_tree_count,
    coded,
    disjoint_folds,
    grow,
    log_rows,
    tree_data,
    vocabularies,
)
from retain.learning.forest import Forest
from retain.learning.kept import Kept

FOLDS = 3
FEW = 100
FIXED_TREES = 100
MOST_TREES = 500


class ChurnClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The mean log-odds of boosted `extra_trees` and of a logistic regression on signed logarithms.

    Either one alone is best on some businesses and poor on others; their mean was never far from the best
    on any measured set. Missing values are information. Columns of category or text type, and those named
    in `categorical_features`, are categories; a value unseen in training counts as missing.

    n_estimators: how many trees; "auto" asks folds of the training rows, disjoint in the `groups` given to
        `fit` (customers), unless the rarer class has under 100 rows, where the answer would be noise.
    num_leaves, min_child_samples: None takes them from the number of rows: fewer leaves for fewer rows.
    l2, ridge: how strongly the leaves and the coefficients are drawn to zero, in rows.
    blend: the share of the trees, 0 to 1.
    """

    _forest: Forest | None = None

    def __init__(
        self,
        *,
        n_estimators: int | Literal["auto"] = "auto",
        num_leaves: int | None = None,
        learning_rate: float = 0.05,
        min_child_samples: int | None = None,
        l2: float = 10.0,
        ridge: float = 10.0,
        blend: float = 0.5,
        categorical_features: list[str] | None = None,
        random_state: int | np.random.RandomState | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.num_leaves = num_leaves
        self.learning_rate = learning_rate
        self.min_child_samples = min_child_samples
        self.l2 = l2
        self.ridge = ridge
        self.blend = blend
        self.categorical_features = categorical_features
        self.random_state = random_state
        self.n_jobs = n_jobs

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        kept: Kept | None = None,
    ) -> Self:
        """Fit on rows of features; rows of one group (a customer) stay together in the inner folds.

        kept: what an earlier fit made of the very same rows, taken from it where it is there.
        """
        self._learn_categories(X)
        values, labels = validate_data(self, self._coded(X), y, **_MATRIX)
        churned = self._encode_classes(labels)
        weight = _check_sample_weight(sample_weight, values, dtype=np.float64, ensure_non_negative=True)
        group = np.arange(len(values)) if groups is None else np.asarray(groups)
        if not weight.all():
            values, churned, weight, group = (part[weight > 0] for part in (values, churned, weight, group))
        _check_two_classes(churned)
        self._fit_parts(values, churned, weight=weight, group=group, kept=kept or Kept())
        return self

    def by_columns(self) -> Self:
        """The same classifier for very many rows: it gives the same numbers (`Forest`)."""
        check_is_fitted(self)
        quick = copy(self)
        quick._forest = Forest(self.booster_)
        return quick

    def decision_function(self, X: Any) -> Floats:
        """Log-odds of the second class, `classes_[1]`."""
        values = self._values(X)
        trees = self._margin_of_trees(values)
        return self.blend * trees + (1 - self.blend) * self.loglinear_.margin(values)

    def predict_proba(self, X: Any) -> Floats:
        """Probabilities of both classes, (rows, 2)."""
        churn = expit(self.decision_function(X))
        return np.column_stack([1 - churn, churn])

    def predict(self, X: Any) -> NDArray[Any]:
        """The likelier class."""
        likelier = (self.decision_function(X) > 0).astype(int)
        return np.asarray(self.classes_[likelier])

    def contributions(self, X: Any) -> Floats:
        """What each feature adds to `expected_value_` to make the log-odds, (rows, features); exact SHAP."""
        values = self._values(X)
        trees = self._trees(values, pred_contrib=True)[:, :-1]
        return self.blend * trees + (1 - self.blend) * self.loglinear_.contributions(values)

    @property
    def feature_importances_(self) -> Floats:
        """Shares that sum to one: the trees' gain and the logistic regression's coefficients, blended."""
        check_is_fitted(self)
        gain = np.asarray(self.booster_.feature_importance("gain"), dtype=np.float64)
        size = np.bincount(
            self.loglinear_.design.owner, weights=self.loglinear_.importances, minlength=self.n_features_in_
        )
        return self.blend * _shares(gain) + (1 - self.blend) * _shares(size)

    def _fit_parts(
        self, values: Floats, churned: NDArray[np.bool_], *, weight: Floats, group: NDArray[Any], kept: Kept
    ) -> None:
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        categorical = self._categorical_positions()
        settings = self._settings(churned, weight, seed=seed)
        data = kept.once(
            ("trees", *categorical),
            lambda: tree_data(values, churned, weight=weight, categorical=categorical),
        )
        self.n_estimators_ = self._tree_count(data, settings, churned=churned, group=group)
        self.booster_ = grow(data, settings, trees=self.n_estimators_)
        rows = kept.once(
            ("logistic", seed, *categorical),
            lambda: log_rows(values, churned, weight=weight, categorical=categorical, seed=seed),
        )
        self.loglinear_ = rows.fit(self.ridge)
        root = float(self._trees(values[:1], pred_contrib=True)[0, -1])
        self.expected_value_ = self.blend * root + (1 - self.blend) * self.loglinear_.intercept

    def _settings(self, churned: NDArray[np.bool_], weight: Floats, *, seed: int) -> TreeSettings:
        """Few rows: trees of few leaves, each with a larger share of the rows."""
        size = weight.sum()
        rate = weight @ churned / size
        least = self.min_child_samples if self.min_child_samples is not None else np.clip(size / 100, 5, 100)
        leaves = self.num_leaves if self.num_leaves is not None else int(np.clip(np.sqrt(size) / 8, 4, 31))
        return TreeSettings(
            num_leaves=leaves,
            learning_rate=self.learning_rate,
            leaf_weight=float(least * rate * (1 - rate)),
            l2=self.l2,
            seed=seed,
            threads=self._threads(),
        )

    def _margin_of_trees(self, values: Floats) -> Floats:
        if self._forest is None:
            return self._trees(values, raw_score=True)
        return self._forest.raw(values, threads=self._threads())

    def _trees(self, values: Floats, **what: bool) -> Floats:
        return np.asarray(self.booster_.predict(values, num_threads=self._threads(), **what))

    def _tree_count(
        self, data: Dataset, settings: TreeSettings, *, churned: NDArray[np.bool_], group: NDArray[Any]
    ) -> int:
        if self.n_estimators != "auto":
            return self.n_estimators
        if min(churned.sum(), (~churned).sum()) < FEW:
            return FIXED_TREES
        folds = disjoint_folds(group, seed=settings.seed, folds=FOLDS)
        return best_tree_count(data, settings, most=MOST_TREES, folds=folds)

    def _learn_categories(self, X: Any) -> None:
        named = self.categorical_features or []
        self.categories_ = vocabularies(X, named) if isinstance(X, pd.DataFrame) else {}
        absent = sorted(set(named) - set(self.categories_))
        if absent:
            raise ValueError(f"categorical_features names columns that X does not have: {', '.join(absent)}")

    def _categorical_positions(self) -> list[int]:
        names = list(getattr(self, "feature_names_in_", []))
        return [names.index(column) for column in self.categories_]

    def _coded(self, X: Any) -> Any:
        if isinstance(X, pd.DataFrame) and set(self.categories_) <= set(X.columns):
            return coded(X, self.categories_)
        return X

    def _values(self, X: Any) -> Floats:
        check_is_fitted(self)
        return np.asarray(validate_data(self, self._coded(X), reset=False, **_MATRIX))

    def _encode_classes(self, labels: NDArray[Any]) -> NDArray[np.bool_]:
        check_classification_targets(labels)
        kind = type_of_target(labels, input_name="y")
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_, number = np.unique(labels, return_inverse=True)
        return np.asarray(number == 1)

    def _threads(self) -> int:
        return 0 if self.n_jobs is None or self.n_jobs < 1 else self.n_jobs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags


_MATRIX: dict[str, Any] = {"dtype": [np.float32, np.float64], "ensure_all_finite": "allow-nan"}


def _check_two_classes(churned: NDArray[np.bool_]) -> None:
    if churned.all() or not churned.any():
        raise ValueError("ChurnClassifier needs rows of two classes; all rows with weight are of one class")


def _shares(sizes: Floats) -> Floats:
    return np.asarray(sizes / max(sizes.sum(), np.finfo(float).tiny))
