"""Making a predicted probability mean what it says.

Every calibrator is increasing, so that a ranking survives it up to ties. Methods: sigmoid on log-odds
(Platt, "Probabilistic Outputs for Support Vector Machines", 1999), isotonic (Zadrozny and Elkan, KDD 2002)
and beta (Kull, Silva Filho and Flach, "Beta calibration", AISTATS 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit
from sklearn.isotonic import IsotonicRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

Floats = NDArray[np.float64]
Method = Literal["none", "sigmoid", "isotonic", "beta"]

METHODS: tuple[Method, ...] = ("none", "sigmoid", "beta", "isotonic")  # from the simplest
TINY = 1e-9
LEAST_SLOPE = 1e-3  # keeps the ranking where the outcome does not follow the score


class Calibrator(Protocol):
    """An increasing map from predicted to calibrated probabilities."""

    @property
    def method(self) -> Method:
        """The name it has in METHODS."""

    def apply(self, p: ArrayLike) -> Floats:
        """Calibrated probabilities."""


@dataclass(frozen=True)
class Uncalibrated:
    """Leaves probabilities alone."""

    method: Literal["none"] = "none"

    def apply(self, p: ArrayLike) -> Floats:
        """The same probabilities."""
        return np.asarray(p, float)


@dataclass(frozen=True)
class Sigmoid:
    """slope x log-odds + intercept."""

    slope: float
    intercept: float
    method: Literal["sigmoid"] = "sigmoid"

    def apply(self, p: ArrayLike) -> Floats:
        """Calibrated probabilities."""
        return np.asarray(expit(self.slope * logit(_inside(p)) + self.intercept))


@dataclass(frozen=True)
class Beta:
    """a log p - b log(1 - p) + intercept, with neither a nor b negative."""

    a: float
    b: float
    intercept: float
    method: Literal["beta"] = "beta"

    def apply(self, p: ArrayLike) -> Floats:
        """Calibrated probabilities."""
        p = _inside(p)
        return np.asarray(expit(self.a * np.log(p) - self.b * np.log1p(-p) + self.intercept))


@dataclass(frozen=True)
class Isotonic:
    """A rising line through `knots`; never 0 or 1, which no finite sample can support."""

    knots: tuple[float, ...]
    levels: tuple[float, ...]
    method: Literal["isotonic"] = "isotonic"

    def apply(self, p: ArrayLike) -> Floats:
        """Calibrated probabilities; beyond the outer knots, the outer levels."""
        return np.asarray(np.interp(np.asarray(p, float), self.knots, self.levels))


KINDS: dict[str, type[Any]] = {"none": Uncalibrated, "sigmoid": Sigmoid, "beta": Beta, "isotonic": Isotonic}


def to_json(calibrator: Calibrator) -> dict[str, Any]:
    """The calibrator as a document that `from_json` reads."""
    return asdict(calibrator)  # type: ignore[call-overload, no-any-return]  # all four are dataclasses


def from_json(document: dict[str, Any]) -> Calibrator:
    """The calibrator that `to_json` wrote."""
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in document.items()}
    calibrator: Calibrator = KINDS[document["method"]](**values)
    return calibrator


def fit(method: Method, p: ArrayLike, y: ArrayLike) -> Calibrator:
    """Fit one method to predictions of customers that the model has not seen."""
    p, y = np.asarray(p, float), np.asarray(y, float)
    if method == "none":
        return Uncalibrated()
    if method == "isotonic":
        return _fit_isotonic(p, y)
    inside = _inside(p)
    if method == "sigmoid":
        slope, intercept = _logistic([logit(inside)], y)
        return Sigmoid(slope, intercept)
    a, b, intercept = _logistic([np.log(inside), -np.log1p(-inside)], y)
    return Beta(a, b, intercept)


def _fit_isotonic(p: Floats, y: Floats) -> Isotonic:
    least = 1 / (2 * max(len(p), 1))
    regression = IsotonicRegression(out_of_bounds="clip").fit(p, y)
    levels = np.clip(regression.y_thresholds_, least, 1 - least)
    return Isotonic(tuple(map(float, regression.X_thresholds_)), tuple(map(float, levels)))


def _logistic(columns: Sequence[Floats], y: Floats) -> list[float]:
    """Likeliest slopes, none negative, and intercept.

    The outcomes are pulled in as Platt does, so that a perfect score keeps a finite slope.
    """
    churners = y.sum()
    target = np.where(y > 0, (churners + 1) / (churners + 2), 1 / (len(y) - churners + 2))
    design = np.column_stack([*columns, np.ones(len(y))])

    def loss(weights: Floats) -> tuple[float, Floats]:
        margin = design @ weights
        value = -(target * log_expit(margin) + (1 - target) * log_expit(-margin)).mean()
        return float(value), np.asarray(design.T @ (expit(margin) - target) / len(y))

    slopes = len(columns)
    start = np.append(np.ones(slopes), 0.0)
    bounds = [(LEAST_SLOPE / slopes, None)] * slopes + [(None, None)]
    with threadpool_limits(limits=1):  # on systems of three, threads make L-BFGS-B 50 times slower
        found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options={"ftol": 1e-12})
    return [float(weight) for weight in found.x]


def _inside(p: ArrayLike) -> Floats:
    return np.asarray(np.clip(np.asarray(p, float), TINY, 1 - TINY))
