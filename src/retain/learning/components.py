"""The parts of the churn classifier: coded categories, boosted trees, a logistic regression on logarithms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

Floats = NDArray[Any]
Fold = tuple[NDArray[np.intp], NDArray[np.intp]]

LOGISTIC_ROWS = 200_000
CHUNK = 50_000
PIECE = 4_000
RARE = 10.0


def vocabularies(frame: pd.DataFrame, named: Sequence[str]) -> dict[str, pd.Index[Any]]:
    """The known values of every categorical column: those of category or text type and those named."""
    return {
        str(column): _values(frame[column])
        for column, dtype in frame.dtypes.items()
        if column in named or isinstance(dtype, pd.CategoricalDtype | pd.StringDtype)
    }


def _values(column: pd.Series[Any]) -> pd.Index[Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        known: pd.Index[Any] = column.cat.categories
        return known
    seen: pd.Index[Any] = pd.Index(sorted(column.dropna().unique()))
    return seen


def coded(frame: pd.DataFrame, known: Mapping[str, pd.Index[Any]]) -> pd.DataFrame:
    """The frame with categories as their numbers; missing or unseen values as NaN."""
    if not known:
        return frame
    return frame.assign(**{column: _codes(frame[column], values) for column, values in known.items()})


def _codes(column: pd.Series[Any], values: pd.Index[Any]) -> Floats:
    codes = values.get_indexer(pd.Index(column)).astype(np.float32)
    codes[codes < 0] = np.nan
    return codes


def signed_log(values: Floats) -> Floats:
    """sign(v) log(1 + |v|): the scale on which counts, days and money are near linear in the log-odds."""
    return np.asarray(np.copysign(np.log1p(np.abs(values)), values), dtype=np.float64)


@dataclass(frozen=True)
class LogDesign:
    """How a matrix of features becomes the columns of the logistic regression, all of mean zero.

    Numbers as standardised signed logarithms (missing: the mean), one indicator for each column that had
    missing values, one column for each level of a category that is not rare.
    """

    numeric: NDArray[np.intp]
    mean: Floats
    scale: Floats
    gaps: NDArray[np.intp]
    levels: tuple[tuple[int, int], ...]
    centre: Floats

    @property
    def owner(self) -> NDArray[np.intp]:
        """The feature that each design column belongs to."""
        level_of = np.array([column for column, _ in self.levels], dtype=np.intp)
        return np.concatenate([self.numeric, self.gaps, level_of])

    def matrix(self, values: Floats) -> Floats:
        """The design columns, float64."""
        return np.hstack([self._numbers(values), self._flags(values) - self.centre])

    def _numbers(self, values: Floats) -> Floats:
        z = (signed_log(values[:, self.numeric]) - self.mean) / self.scale
        z[np.isnan(z)] = 0.0
        return z

    def _flags(self, values: Floats) -> Floats:
        known = [values[:, [column]] == code for column, code in self.levels]
        return np.hstack([np.isnan(values[:, self.gaps]), *known]).astype(np.float64)


def log_design(values: Floats, weight: Floats, categorical: Sequence[int]) -> LogDesign:
    """The design fitted on weighted rows."""
    numeric = np.setdiff1d(np.arange(values.shape[1]), np.asarray(categorical, dtype=np.intp))
    mean, scale = _moments(signed_log(values[:, numeric]), weight)
    design = LogDesign(
        numeric=numeric,
        mean=mean,
        scale=scale,
        gaps=numeric[np.isnan(values[:, numeric]).any(axis=0)],
        levels=tuple(_common_levels(values, weight, categorical)),
        centre=np.zeros(1),
    )
    flags = design._flags(values)
    return LogDesign(**{**vars(design), "centre": weight @ flags / weight.sum()})


def _moments(logs: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weighted mean and deviation of the known values; a column without spread gets scale 1."""
    known = ~np.isnan(logs)
    mass = np.maximum(weight @ known, np.finfo(float).tiny)
    mean = weight @ np.where(known, logs, 0.0) / mass
    scale = np.sqrt(weight @ np.where(known, logs - mean, 0.0) ** 2 / mass)
    return mean, np.where(scale > 1e-9 * (1 + np.abs(mean)), scale, 1.0)


def _common_levels(values: Floats, weight: Floats, categorical: Sequence[int]) -> Iterator[tuple[int, int]]:
    for column in categorical:
        known = ~np.isnan(values[:, column])
        mass = np.bincount(values[known, column].astype(np.intp), weights=weight[known])
        yield from ((column, int(code)) for code in np.flatnonzero(mass >= RARE))


@dataclass(frozen=True)
class LogLinear:
    """A logistic regression on a LogDesign."""

    design: LogDesign
    coefficients: Floats
    intercept: float

    def margin(self, values: Floats) -> Floats:
        """Log-odds: `design.matrix(values) @ coefficients + intercept`, in pieces that a cache holds."""
        starts = range(0, len(values), PIECE)
        return np.concatenate([np.empty(0), *(self._margin(values[at : at + PIECE]) for at in starts)])

    def _margin(self, values: Floats) -> Floats:
        """The design's columns are never laid side by side: that takes longer than all else."""
        design, numeric = self.design, self.design.numeric
        slopes, rest = np.split(self.coefficients, [len(numeric)])
        own = values if len(numeric) == values.shape[1] else values[:, numeric]
        logs, unknown = signed_log(own) - design.mean, np.isnan(own)
        logs[unknown] = 0.0
        total = logs @ (slopes / design.scale) + (self.intercept - design.centre @ rest)
        total += unknown[:, np.searchsorted(numeric, design.gaps)] @ rest[: len(design.gaps)]
        for (column, code), weight in zip(design.levels, rest[len(design.gaps) :], strict=True):
            total += weight * (values[:, column] == code)
        return np.asarray(total)

    def contributions(self, values: Floats) -> Floats:
        """What each feature adds to the intercept, (rows, features)."""
        starts = range(0, len(values), CHUNK)
        spread = np.zeros((len(self.coefficients), values.shape[1]))
        spread[np.arange(len(self.coefficients)), self.design.owner] = self.coefficients
        return np.vstack([self.design.matrix(values[at : at + CHUNK]) @ spread for at in starts])

    @property
    def importances(self) -> Floats:
        """The size of each design column's coefficient, one unit of spread being one deviation."""
        flags = np.sqrt(np.maximum(self.design.centre * (1 - self.design.centre), 0.0))
        sizes = np.abs(self.coefficients)
        return np.asarray(sizes * np.concatenate([np.ones(len(self.design.numeric)), flags]))


@dataclass(frozen=True, eq=False)
class LogRows:
    """Rows as the logistic regression reads them, whatever its penalty: their design is made once."""

    design: LogDesign
    matrix: Floats
    churned: NDArray[np.bool_]
    weight: Floats

    def fit(self, ridge: float) -> LogLinear:
        """By penalised likelihood."""
        model = LogisticRegression(C=1 / max(ridge, 1e-9), solver="newton-cholesky", tol=1e-8, max_iter=100)
        model.fit(self.matrix, self.churned, sample_weight=self.weight)
        return LogLinear(self.design, model.coef_[0], float(model.intercept_[0]))


def log_rows(
    values: Floats,
    churned: NDArray[np.bool_],
    *,
    weight: Floats,
    categorical: Sequence[int],
    seed: int,
) -> LogRows:
    """The rows with their design; a seeded sample where there are more than LOGISTIC_ROWS."""
    if len(values) > LOGISTIC_ROWS:
        rows = np.sort(np.random.default_rng(seed).choice(len(values), LOGISTIC_ROWS, replace=False))
        values, churned, weight = values[rows], churned[rows], weight[rows]
    design = log_design(values, weight, categorical)
    return LogRows(design, design.matrix(values), churned, weight)


@dataclass(frozen=True)
class TreeSettings:
    """What shapes the boosted trees; `leaf_weight` is the least p(1-p)-weighted row count of a leaf."""

    num_leaves: int
    learning_rate: float
    leaf_weight: float
    l2: float
    seed: int
    threads: int

    def parameters(self) -> dict[str, Any]:
        """For LightGBM; limits by weight, no bundles: so a weight of two is the row twice."""
        return {
            "objective": "binary",
            "extra_trees": True,
            "num_leaves": self.num_leaves,
            "max_depth": 8,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": 0,
            "min_data_in_bin": 1,
            "enable_bundle": False,
            "min_sum_hessian_in_leaf": self.leaf_weight,
            "lambda_l2": self.l2,
            "seed": self.seed,
            "num_threads": self.threads,
            "deterministic": True,
            "force_row_wise": True,  # a fifth to a third less CPU at 10,000 to 300,000 rows of 117 columns
            "verbosity": -1,
        }


def tree_data(
    values: Floats, churned: NDArray[np.bool_], *, weight: Floats, categorical: Sequence[int]
) -> lgb.Dataset:
    """The rows as LightGBM wants them; kept binnable for the folds of `best_tree_count`."""
    return lgb.Dataset(
        values,
        label=churned.astype(np.float32),
        weight=weight,
        categorical_feature=list(categorical),
        free_raw_data=False,
        params={"verbosity": -1, "min_data_in_bin": 1, "feature_pre_filter": False},
    )


def grow(data: lgb.Dataset, settings: TreeSettings, *, trees: int) -> lgb.Booster:
    """Boost a given number of trees."""
    return lgb.train(settings.parameters(), data, num_boost_round=trees)


def best_tree_count(data: lgb.Dataset, settings: TreeSettings, *, most: int, folds: Sequence[Fold]) -> int:
    """The number of trees at which the log loss of the folds' unseen rows is least."""
    history = lgb.cv(
        settings.parameters() | {"metric": "binary_logloss"},
        data,
        num_boost_round=most,
        folds=folds,
        callbacks=[lgb.early_stopping(50, verbose=False)],
    )
    losses = np.asarray(history["valid binary_logloss-mean"], dtype=np.float64)
    return int(losses.argmin()) + 1


def disjoint_folds(groups: NDArray[Any], *, seed: int, folds: int) -> list[Fold]:
    """Train and test row numbers with no group on both sides; a large table is split only once."""
    names, number = np.unique(groups, return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(names)) % folds)[number]
    used = 1 if len(groups) > LOGISTIC_ROWS else folds
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(used)]
