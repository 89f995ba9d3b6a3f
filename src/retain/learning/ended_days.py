"""Pareto/NBD's integral over the unseen end, where times are whole days: summed by day, then looked up.

Of many customers nearly every history (x, t_x, T) is another, but the integrand depends on x and the day
alone: the sums over its days, from the last one backwards, serve all of them. A day is smooth enough for
Gauss and Legendre (error below 1e-10 where `serves` says so); the first one, near which both densities have
their pole, is halved again and again. The integrand falls, so a difference of two sums loses no more digits
than the number of days has: three or four of sixteen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
Parameters = tuple[float, float, float, float]

FEW = 5_000
"""Of fewer histories the tables would cost more than they save."""
LARGEST = 4_000_000
STEEPEST = 16.0
STEEPEST_AT_FIRST = 500.0
_HALVINGS = 8
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def serves(parameters: Parameters, x: Vector, t_x: Vector, ends: Sequence[Vector]) -> bool:
    """Whether days can be summed: many histories are in whole days, each smooth in the integrand.

    Within a day the logarithm of the integrand falls by less than (r + x) / (alpha + day) + (s + 1) / (beta +
    day), and nobody has ordered on more days than there were (x <= t_x).
    """
    r, alpha, s, beta = parameters
    smooth = (
        r / (alpha + 1) + (s + 1) / (beta + 1) < STEEPEST and r / alpha + (s + 1) / beta < STEEPEST_AT_FIRST
    )
    if not smooth or len(x) < FEW or (_size(x) + 1) * (_size(*ends) + 1) > LARGEST:
        return False
    return bool((x <= t_x).all() and all(_whole(part) for part in (x, t_x, *ends)))


def log_ended(parameters: Parameters, x: Vector, t_x: Vector, ends: Sequence[Vector]) -> list[Vector]:
    """For each of the ends T the logarithm of s times the integral over u from t_x to T.

    The integrand is (alpha + u)^-(r + x) (beta + u)^-(s + 1).
    """
    r, alpha, s, beta = parameters
    last = _size(*ends)
    sums = _sums(parameters, _size(x), last)
    row, at = x.astype(np.intp) * (last + 1), t_x.astype(np.intp)
    near, far = np.log(alpha + np.arange(last + 1)), np.log(beta + np.arange(last + 1))
    begun, scale = sums.take(row + at), -(r + x) * near[at] - (s + 1) * far[at]

    def until(T: Vector) -> Vector:
        end = T.astype(np.intp)
        ratio = np.exp(-(r + x) * near[end] - (s + 1) * far[end] - scale)
        with np.errstate(divide="ignore"):  # a customer whose last order is at T: no time to end in
            return np.asarray(scale + np.log(s * (begun - sums.take(row + end) * ratio)))

    return [until(T) for T in ends]


@lru_cache(maxsize=8)
def _sums(parameters: Parameters, most: int, last: int) -> Vector:
    """(most + 1, last + 1) for each x and day: the integral from there to the last day / the integrand."""
    r, alpha, s, beta = parameters
    x, days = np.arange(most + 1.0)[:, None], np.arange(last + 0.0)
    fall = (r + x) * np.log1p(1 / (alpha + days)) + (s + 1) * np.log1p(1 / (beta + days))
    kept, own = np.exp(-fall), _days(parameters, x, days)
    sums = np.zeros((most + 1, last + 1))
    for day in range(last - 1, -1, -1):
        sums[:, day] = own[:, day] + kept[:, day] * sums[:, day + 1]
    return sums


def _days(parameters: Parameters, x: Vector, days: Vector) -> Vector:
    """(x, days) the integral over each day / the integrand at its start."""
    found = np.empty((len(x), len(days)))
    found[:, :1] = _integrals(parameters, x, days[:1], *_halved())
    found[:, 1:] = _integrals(parameters, x, days[1:], (1 + _NODES) / 2, _WEIGHTS / 2)
    return found


def _integrals(parameters: Parameters, x: Vector, days: Vector, nodes: Vector, weights: Vector) -> Vector:
    r, alpha, s, beta = parameters
    total = np.zeros((len(x), len(days)))
    for node, weight in zip(nodes, weights, strict=True):  # one after the other, to keep memory small
        fall = (r + x) * np.log1p(node / (alpha + days)) + (s + 1) * np.log1p(node / (beta + days))
        total += weight * np.exp(-fall)
    return total


def _halved() -> tuple[Vector, Vector]:
    """Nodes and weights of a day in pieces, each half as long as the one after it."""
    edges = np.concatenate([[0.0], 0.5 ** np.arange(_HALVINGS, -1, -1)])
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + _NODES)).ravel(), (half * _WEIGHTS).ravel()


def _whole(values: Vector) -> bool:
    return bool((values == np.floor(values)).all())


def _size(*values: Vector) -> int:
    """The largest value, up to the next power of two: chunks of customers then mostly share a table."""
    return 1 << int(max(part.max() for part in values)).bit_length()
