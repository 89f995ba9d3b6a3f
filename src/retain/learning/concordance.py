"""Harrell's concordance: of two customers, how often the one with the higher risk was lost first."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

MOST = 3_000  # rows; of more, a sample: the pairs are counted one by one


def concordance(risk: ArrayLike, lost: ArrayLike, followed: ArrayLike, *, seed: int = 7) -> float:
    """The share of comparable pairs in the right order, ties in the risk counting half; NaN without pairs.

    lost: days until the loss, infinite for none seen; followed: days for which that is known. A pair is
    comparable where one was lost while the other was still there and followed (Harrell 1982).
    """
    risk, lost, followed = (np.asarray(one, float) for one in (risk, lost, followed))
    if len(risk) > MOST:
        rows = np.random.default_rng(seed).choice(len(risk), MOST, replace=False)
        risk, lost, followed = risk[rows], lost[rows], followed[rows]
    there = np.minimum(lost, followed)
    right = pairs = 0.0
    for one in np.flatnonzero(np.isfinite(lost)):
        later = there > lost[one]
        pairs += float(later.sum())
        right += float((risk[later] < risk[one]).sum() + 0.5 * (risk[later] == risk[one]).sum())
    return right / pairs if pairs else float("nan")
