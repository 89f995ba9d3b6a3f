"""How well a list should do, told from its probabilities alone, before anybody knows who churned.

Were the probabilities right, each customer would churn with the one given, and every figure has an
expectation. That is confidence-based performance estimation (CBPE, as NannyML calls it). It holds as far as
the probabilities do, so it is kept with the list and set against the truth once that is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import entr, logit

Floats = NDArray[np.float64]
METHOD = "confidence-based performance estimation (CBPE)"
TINY = 1e-15


@dataclass(frozen=True)
class Estimate:
    """What probabilities promise; a figure that is not defined is NaN.

    log_loss_error: the standard deviation of the log loss that chance alone gives. listed, precision: how
    many customers the list has, and the share of them expected to churn if nobody is contacted.
    """

    customers: int
    churn_rate: float
    auc: float
    log_loss: float
    log_loss_error: float
    brier: float
    listed: int
    precision: float

    def to_json(self) -> dict[str, Any]:
        """As a document; what is undefined is null."""
        document = asdict(self)
        return {name: None if value != value else value for name, value in document.items()}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Estimate:
        """What `to_json` wrote."""
        told = ((each.name, document[each.name]) for each in fields(cls))
        found: dict[str, Any] = {name: float("nan") if value is None else value for name, value in told}
        return cls(**found)


def estimate(p: ArrayLike, listed: ArrayLike) -> Estimate:
    """What is to be expected of customers of these churn probabilities.

    listed: (rows,) who is on the list.
    """
    p, chosen = np.asarray(p, float), np.asarray(listed, bool)
    inside = np.clip(p, TINY, 1 - TINY)
    variance = p * (1 - p)
    return Estimate(
        customers=len(p),
        churn_rate=_mean(p),
        auc=expected_auc(p),
        log_loss=_mean(entr(inside) + entr(1 - inside)),
        log_loss_error=float(np.sqrt(variance @ np.square(logit(inside))) / len(p)) if len(p) else np.nan,
        brier=_mean(variance),
        listed=int(chosen.sum()),
        precision=_mean(p[chosen]),
    )


def expected_auc(p: ArrayLike) -> float:
    """The pairs of a churner above a stayer that are expected, over the pairs of both that are expected.

    Each customer i counts as p_i of a churner and 1 - p_i of a stayer; ties count half, and nobody is paired
    with themselves. NaN where no pair is expected.
    """
    value, group = np.unique(np.asarray(p, float), return_inverse=True)
    churners = np.bincount(group, weights=value[group], minlength=len(value))
    stayers = np.bincount(group, weights=1 - value[group], minlength=len(value))
    below = np.cumsum(stayers) - stayers
    with_themselves = float((value * stayers).sum())
    won = float(churners @ (below + stayers / 2)) - with_themselves / 2
    pairs = float(churners.sum() * stayers.sum()) - with_themselves
    return won / pairs if pairs > 0 else float("nan")


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")
