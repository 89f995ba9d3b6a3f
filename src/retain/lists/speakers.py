"""Which feature speaks for the risk: families by what they add to it, each through one of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retain.learning.feature import FeatureColumn

SLOTS = 3
# A contribution in log-odds; less moves the odds by under one percent and is no reason.
LEAST = 0.01

Floats = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]


def strongest(
    given: Floats,
    sayable: Mask,
    *,
    families: Sequence[str],
    fitness: Floats | None = None,
    actionable: Mask | None = None,
) -> NDArray[np.intp]:
    """The columns that speak, (rows, 3), the strongest family first; -1 where there are no more.

    A family speaks through its fittest column, by default the one that adds most. Where no family of the
    three speaks through an actionable column, the strongest one that does takes the last place.
    """
    able = np.zeros(given.shape[1], dtype=bool) if actionable is None else actionable
    raising = sayable & (given > LEAST)
    fit = np.where(raising, given, -np.inf) if fitness is None else fitness
    names, family = np.unique(np.asarray(families, dtype=str), return_inverse=True)
    size = (len(given), max(len(names), SLOTS))
    best, total = np.full(size, -1, dtype=np.intp), np.full(size, -np.inf)
    for number in range(len(names)):
        members = np.flatnonzero(family == number)
        best[:, number] = members[fit[:, members].argmax(axis=1)]
        speaks = raising[:, members].any(axis=1)
        total[speaks, number] = given[np.ix_(speaks, members)].sum(axis=1)
    order = np.argsort(-total, axis=1, kind="stable")
    ranked = np.take_along_axis(np.where(np.isneginf(total), -1, best), order, axis=1)
    return _first_three(ranked, np.where(ranked >= 0, able[ranked], False))


def fitness(given: Floats, sayable: Mask, *, columns: Sequence[FeatureColumn], worse: Mask) -> Floats:
    """How fit each column is to speak for its family, (rows, columns); -inf where it may not.

    First an actionable column that is worse than the customer's own normal, as the feature files list them:
    which of several that say the same has the larger contribution is an accident of the seed. It must belong
    to the kind of activity that adds most. Failing that an actionable column that adds to the risk, then any,
    by what its feature adds over all windows.
    """
    actionable = np.array([column.actionable for column in columns], dtype=bool)
    raising = sayable & (given > LEAST)
    concept = _summed(np.where(raising, given, 0.0), [f"{c.family}/{c.feature}/{c.kind}" for c in columns])
    kind = _summed(given, [f"{c.family}/{c.kind}" for c in columns])
    most = max(float(np.abs(given).sum(axis=1).max(initial=0.0)), 1.0)
    by_size = np.where(raising, 2 * most * actionable + concept + 1e-6 * given, -np.inf)
    listed = -np.arange(len(columns)) / max(len(columns), 1)
    return np.where(sayable & worse & actionable & (kind > LEAST), 8 * most + kind + listed * 1e-6, by_size)


def _summed(given: Floats, group: Sequence[str]) -> Floats:
    """(rows, columns) the sum of each column's group."""
    _, number = np.unique(np.asarray(group, dtype=str), return_inverse=True)
    members = np.equal.outer(number, np.unique(number)).astype(float)
    return np.asarray((given @ members)[:, number])


def _first_three(ranked: NDArray[np.intp], actionable: Mask) -> NDArray[np.intp]:
    first = ranked[:, :SLOTS].copy()
    lacking = np.flatnonzero(~actionable[:, :SLOTS].any(axis=1) & actionable.any(axis=1))
    first[lacking, -1] = ranked[lacking, actionable[lacking].argmax(axis=1)]
    return first
