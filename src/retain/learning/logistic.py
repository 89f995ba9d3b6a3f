"""Logistic regression by penalised likelihood, of the same rows at one penalty after the other.

Newton's method, whose one dear part is the curvature. From the solution at one penalty to that at another it
hardly changes: it is taken anew only where a step with the old one no longer gets nine tenths of the way (the
chord method: Kelley, "Iterative Methods for Linear and Nonlinear Equations", SIAM 1995, chapter 5).
A solution depends on the rows and the penalty alone, not on which penalties were asked for before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

Floats = NDArray[Any]

REFERENCE = 10.0
"""The penalty that is solved first; the others begin from there."""
TOLERANCE = 1e-12  # of the slope, a row of weight 1
SLOW = 0.1
MOST_STEPS = 100
MOST_HALVINGS = 30
PIECE = 4_000  # rows at once: a cache holds them
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class LogisticRows:
    """Rows of a design without intercept, (rows, columns) float64; outcomes, bool; weights above zero."""

    matrix: Floats
    outcomes: NDArray[np.bool_]
    weight: Floats

    def fit(self, ridge: float) -> Floats:
        """(columns + 1,) the coefficients, and at the end the intercept, which is not penalised.

        They minimise weight @ -log p(outcomes) + ridge / 2 |coefficients|^2. ridge: above zero.
        """
        if ridge == REFERENCE:
            return self._reference.at
        return self._descended(self._reference.at, self._beside, ridge=ridge).at

    @cached_property
    def _reference(self) -> _Point:
        nowhere = np.zeros(self.matrix.shape[1] + 1)
        return self._descended(nowhere, self._curvature(np.zeros(len(self.matrix))), ridge=REFERENCE)

    @cached_property
    def _beside(self) -> Floats:
        """The curvature at the reference."""
        return self._curvature(self._reference.margin)

    def _descended(self, start: Floats, curvature: Floats, *, ridge: float) -> _Point:
        """The lowest point. curvature: of somewhere near the start."""
        penalty = np.append(np.full(len(start) - 1, ridge), 0.0)
        here, before = self._point(start, penalty), np.inf
        factor = self._factor(curvature, penalty)
        for _ in range(MOST_STEPS):
            slope = self._slope(here, penalty)
            steepest = np.abs(slope).max()
            if steepest <= TOLERANCE * self.weight.sum():
                break
            if steepest > SLOW * before:
                factor = self._factor(self._curvature(here.margin), penalty)
            lower = self._lower(here, cho_solve(factor, -slope), penalty)
            if lower is None:
                break
            here, before = lower, steepest
        return here

    def _lower(self, here: _Point, step: Floats, penalty: Floats) -> _Point | None:
        """Where the step leads, or half of it, or a quarter …; None where nothing is lower."""
        for halvings in range(MOST_HALVINGS):
            there = self._point(here.at + step / 2**halvings, penalty)
            if there.loss <= here.loss + ROUNDING * abs(here.loss):
                return there
        return None

    def _point(self, at: Floats, penalty: Floats) -> _Point:
        margin = self.matrix @ at[:-1] + at[-1]
        unlikely = np.logaddexp(0, np.where(self.outcomes, -margin, margin))
        return _Point(at, margin, float(self.weight @ unlikely + penalty @ at**2 / 2))

    def _slope(self, here: _Point, penalty: Floats) -> Floats:
        beyond = self.weight * (expit(here.margin) - self.outcomes)
        return np.asarray(np.append(beyond @ self.matrix, beyond.sum()) + penalty * here.at)

    def _curvature(self, margin: Floats) -> Floats:
        """The second derivatives of the likelihood, (columns + 1, columns + 1)."""
        p = expit(margin)
        spread = np.sqrt(self.weight * p * (1 - p))
        total = np.zeros((self.matrix.shape[1] + 1,) * 2)
        for rows in self._pieces():
            scaled = np.column_stack([self.matrix[rows], np.ones(len(spread[rows]))]) * spread[rows, None]
            total += scaled.T @ scaled
        return total

    def _pieces(self) -> Iterator[slice]:
        return (slice(start, start + PIECE) for start in range(0, len(self.matrix), PIECE))

    def _factor(self, curvature: Floats, penalty: Floats) -> Any:
        """Of a matrix that has one, even where all rows are sure."""
        return cho_factor(curvature + np.diag(penalty + ROUNDING * self.weight.sum()))


@dataclass(frozen=True, eq=False)
class _Point:
    """at: coefficients and intercept. margin: (rows,) log-odds. loss: what is minimised."""

    at: Floats
    margin: Floats
    loss: float
