"""Buy-till-you-die models: how customers order and, unseen, stop ordering; fitted by maximum likelihood.

A customer's history is x repeat orders, the last of them t_x after the first order (0 without any), watched
until T after the first order. The individual likelihoods depend on nothing else, so

    P(no order in the next H | x, t_x, T) = L(x, t_x, T + H) / L(x, t_x, T)

is exact for both models. It is not 1 - P(alive): a live customer may well order nothing for H.

BG/NBD: Fader, Hardie and Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2).
Pareto/NBD: Schmittlein, Morrison and Colombo (1987), Management Science 33(1), with the likelihood as in
Fader and Hardie (2005), A Note on Deriving the Pareto/NBD Model and Related Expressions, its integral left as
an integral: the difference of two hypergeometric functions in closed form loses all digits for customers with
many orders.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult, minimize
from scipy.special import expit, gammaln

from retain.learning import ended_days

Vector = NDArray[np.float64]

START_ROWS = 2_000
FIT_ROWS = 20_000
BOUND = 7.0
ROUGH, FINE = 1e-7, 1e-12
CENTRE = 1e-8
PIECE = 20_000
DIGITS = 38.0  # exp(-38) of a number is lost in it
_NODES, _NODE_WEIGHTS = np.polynomial.legendre.leggauss(40)


@dataclass(frozen=True)
class Histories:
    """Distinct histories and how many customers have each."""

    x: Vector
    t_x: Vector
    T: Vector
    count: Vector

    @classmethod
    def of(cls, x: Any, t_x: Any, T: Any, *, count: Any = 1.0) -> Histories:
        """Group equal histories."""
        rows = pd.DataFrame({"x": x, "t_x": t_x, "T": T, "count": count}, dtype=np.float64)
        if not (rows.notna().all(axis=None) and (rows["x"] >= 0).all() and (rows["t_x"] <= rows["T"]).all()):
            raise ValueError("a history needs x >= 0 and t_x <= T, none of them missing")
        unique = rows.groupby(["x", "t_x", "T"], as_index=False)["count"].sum()
        return cls(*(unique[name].to_numpy() for name in ("x", "t_x", "T", "count")))

    def sample(self, most: int, *, seed: int) -> Histories:
        """At most so many histories, drawn by their counts."""
        if len(self.x) <= most:
            return self
        rng = np.random.default_rng(seed)
        drawn = rng.multinomial(most, self.count / self.count.sum())
        kept = drawn > 0
        return Histories(self.x[kept], self.t_x[kept], self.T[kept], drawn[kept].astype(float))

    def in_units_of(self, length: float) -> Histories:
        """The same with another unit of time."""
        return Histories(self.x, self.t_x / length, self.T / length, self.count)


@dataclass(frozen=True)
class BuyTillYouDie(ABC):
    """Two pairs of positive parameters: of ordering (a gamma over customers) and of stopping."""

    rates: ClassVar[tuple[int, ...]]
    """The positions of the parameters that are measured in units of time."""

    @abstractmethod
    def log_likelihood(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        """The log-likelihood of each history; times in the unit the model was fitted in."""

    def no_order_probability(self, x: Vector, t_x: Vector, T: Vector, *, horizon: float) -> Vector:
        """P(no order in (T, T + horizon]) for each history; in pieces, to keep memory small."""
        pieces = [slice(at, at + PIECE) for at in range(0, len(x), PIECE)]
        logs = [self._log_silence(x[at], t_x[at], T[at], horizon=horizon) for at in pieces]
        return np.asarray(np.exp(np.concatenate([np.empty(0), *logs])))

    def _log_silence(self, x: Vector, t_x: Vector, T: Vector, *, horizon: float) -> Vector:
        later = self.log_likelihood(x, t_x, T + horizon)
        return np.asarray(np.minimum(later - self.log_likelihood(x, t_x, T), 0.0))

    @classmethod
    def fit(cls, histories: Histories, *, seed: int = 0) -> Self:
        """Maximum likelihood from several starts; a seeded sample where there are very many histories."""
        unit = float(np.average(histories.T, weights=histories.count)) or 1.0
        scaled = histories.in_units_of(unit).sample(FIT_ROWS, seed=seed)
        few = scaled.sample(START_ROWS, seed=seed)
        rough = [cls._climb(few, start, tolerance=ROUGH) for start in cls._starts(few)]
        best = cls._climb(scaled, min(rough, key=lambda found: float(found.fun)).x, tolerance=FINE)
        values = np.exp(best.x)
        values[list(cls.rates)] *= unit
        return cls(*(float(value) for value in values))

    @classmethod
    def _starts(cls, histories: Histories) -> list[Vector]:
        """Logarithms of parameters; each with the mean order rate that the data have."""
        repeat = np.average(histories.x, weights=histories.count) / np.average(
            histories.T, weights=histories.count
        )
        shapes = ((0.5, 0.5, 1.0), (1.0, 1.0, 5.0), (3.0, 0.3, 0.3))
        return [np.log([r, r / max(repeat, 1e-3), third, fourth]) for r, third, fourth in shapes]

    @classmethod
    def _climb(cls, histories: Histories, start: Vector, *, tolerance: float) -> OptimizeResult:
        """The best logarithms from a start; CENTRE holds them where the data leave them open."""
        total = histories.count.sum()

        def loss(logs: Vector) -> float:
            each = cls(*np.exp(logs)).log_likelihood(histories.x, histories.t_x, histories.T)
            return float(CENTRE * (logs @ logs) - histories.count @ each / total)

        return minimize(
            loss,
            np.clip(start, -BOUND, BOUND),
            method="L-BFGS-B",
            bounds=[(-BOUND, BOUND)] * len(start),
            options={"ftol": tolerance, "gtol": 1e-7, "maxiter": 200},
        )


@dataclass(frozen=True)
class BgNbd(BuyTillYouDie):
    """Orders come at a gamma(r, alpha) rate; after each repeat order a beta(a, b) chance of stopping."""

    r: float
    alpha: float
    a: float
    b: float

    rates: ClassVar[tuple[int, ...]] = (1,)

    def log_likelihood(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        """Equation 6 of the paper, in logarithms."""
        r, alpha, a, b = astuple(self)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        common += gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        alive = -(r + x) * np.log(alpha + T)
        repeat = x > 0
        stopped = np.log(a / np.where(repeat, b + x - 1, 1.0)) - (r + x) * np.log(alpha + t_x)
        return np.asarray(common + np.where(repeat, np.logaddexp(alive, stopped), alive))


@dataclass(frozen=True)
class ParetoNbd(BuyTillYouDie):
    """Orders come at a gamma(r, alpha) rate until an unseen end, itself due at a gamma(s, beta) rate."""

    r: float
    alpha: float
    s: float
    beta: float

    rates: ClassVar[tuple[int, ...]] = (1, 3)

    def log_likelihood(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        """Either alive until T, or ended somewhere between the last order and T."""
        r, alpha, s, beta = astuple(self)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        return np.asarray(common + np.logaddexp(self._log_alive(x, T), self._log_ended(x, t_x, T)))

    def alive_probability(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        """P(the unseen end is not before T)."""
        return np.asarray(expit(self._log_alive(x, T) - self._log_ended(x, t_x, T)))

    def expected_orders(self, x: Vector, t_x: Vector, T: Vector, *, horizon: float) -> Vector:
        """The mean number of orders in (T, T + horizon] (equation 41 of Fader and Hardie 2005)."""
        return self.alive_probability(x, t_x, T) * self._orders_if_alive(x, T, horizon=horizon)

    def orders_if_staying(
        self, x: Vector, t_x: Vector, T: Vector, *, near: float, horizons: Sequence[float]
    ) -> list[Vector]:
        """E[orders in each horizon | at least one within the `near` days that it begins with].

        By total expectation; in pieces, to keep memory small.
        """
        pieces = [slice(at, at + PIECE) for at in range(0, max(len(x), 1), PIECE)]
        found = [self._staying(x[at], t_x[at], T[at], near=near, horizons=horizons) for at in pieces]
        return [np.concatenate(parts) for parts in zip(*found, strict=True)]

    def _staying(
        self, x: Vector, t_x: Vector, T: Vector, *, near: float, horizons: Sequence[float]
    ) -> list[Vector]:
        """All that is dear, the two integrals, once for every horizon."""
        ended, later = self._log_ended_by(x, t_x, (T, T + near))
        alive, still = self._log_alive(x, T), self._log_alive(x, T + near)
        none = np.exp(np.minimum(np.logaddexp(still, later) - np.logaddexp(alive, ended), 0.0))
        now, then = expit(alive - ended), expit(still - later)
        found = []
        for horizon in horizons:
            orders = now * self._orders_if_alive(x, T, horizon=horizon)
            if horizon > near:
                orders -= none * then * self._orders_if_alive(x, T + near, horizon=horizon - near)
            found.append(np.asarray(orders / np.maximum(1 - none, 1e-9)))
        return found

    def _log_ended_by(self, x: Vector, t_x: Vector, ends: Sequence[Vector]) -> list[Vector]:
        """`_log_ended` at each of the ends; by tables of days where these serve."""
        parameters = (self.r, self.alpha, self.s, self.beta)
        if ended_days.serves(parameters, x, t_x, ends):
            return ended_days.log_ended(parameters, x, t_x, ends)
        return [self._log_ended(x, t_x, T) for T in ends]

    def _log_alive(self, x: Vector, T: Vector) -> Vector:
        """The logarithm of the likelihood of living until T, but for what every history has in common."""
        r, alpha, s, beta = astuple(self)
        return np.asarray(-(r + x) * np.log(alpha + T) - s * np.log(beta + T))

    def _orders_if_alive(self, x: Vector, T: Vector, *, horizon: float) -> Vector:
        r, alpha, s, beta = astuple(self)
        log_shrunk = np.log((beta + T) / (beta + T + horizon))
        return np.asarray((r + x) / (alpha + T) * (beta + T) * _expm1_over(log_shrunk, s - 1))

    def _log_ended(self, x: Vector, t_x: Vector, T: Vector) -> Vector:
        """log of s times the integral of (alpha + u)^-(r + x) (beta + u)^-(s + 1) over u from t_x to T.

        It is the integral in Fader and Hardie (2005), of which the two hypergeometric functions there are the
        difference. Over w = log((m + u) / (m + t_x)), m being the smaller of alpha and beta, the integrand is
        log-concave, is smooth at whatever distance the other one is (it has no pole within pi of the axis),
        and is cut off where no double would tell the rest from nothing: Gauss and Legendre then find twelve
        digits. No term is negative, so nothing cancels.
        """
        r, alpha, s, beta = astuple(self)
        orders, end = (alpha, r + x), (beta, s + 1 + 0 * x)
        (near, steep), (far, other) = (orders, end) if alpha <= beta else (end, orders)
        near, far = near + t_x, far + t_x
        length = _length(steep, other, near / far, np.log1p((T - t_x) / near))
        w = length[:, None] * ((1 + _NODES) / 2)
        logs = (1 - steep)[:, None] * w - other[:, None] * np.log1p((near / far)[:, None] * np.expm1(w))
        top = logs.max(axis=1)
        integral = length / 2 * (np.exp(logs - top[:, None]) @ _NODE_WEIGHTS)
        with np.errstate(divide="ignore"):  # a customer whose last order is at T: no time to end in
            return np.asarray(top + np.log(s * integral) + (1 - steep) * np.log(near) - other * np.log(far))


def _length(steep: Vector, other: Vector, ratio: Vector, whole: Vector) -> Vector:
    """Up to where exp((1 - steep) w) (1 + ratio (exp(w) - 1))^-other has all its digits, at most `whole`.

    Either factor may be what ends it; where the first one rises, the second has to make up for that as well.
    """
    with np.errstate(divide="ignore", over="ignore"):
        by_first = DIGITS / np.maximum(steep - 1, 0)
        fall = DIGITS + np.maximum(1 - steep, 0) * whole
        by_second = np.log1p(np.expm1(fall / other) / ratio)
    return np.asarray(np.minimum(whole, np.minimum(by_first, by_second)))


def _expm1_over(log_base: Vector, power: float) -> Vector:
    """(1 - base^power) / power, also where the power is zero."""
    return np.asarray(-np.expm1(power * log_base) / power if power else -log_base)
