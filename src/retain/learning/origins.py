"""Where a backtest stands: the cutoffs it tests at, and at each the rows that had something to teach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retain.errors import DataError
from retain.learning.outcomes import two_outcomes

if TYPE_CHECKING:
    from retain.config import Training
    from retain.learning.dataset import Dataset


@dataclass(frozen=True)
class Origin:
    """A cutoff to test at. past: the rows to learn from; unseen: all, each tested by models of the others."""

    cutoff: date
    dataset: Dataset
    past: NDArray[np.bool_]
    unseen: bool = False

    @property
    def here(self) -> NDArray[np.bool_]:
        """The rows of the cutoff."""
        return np.asarray(self.dataset.cutoff == np.datetime64(self.cutoff))

    @property
    def testable(self) -> bool:
        """Whether there are churners and others here."""
        return two_outcomes(self.tested())

    @property
    def taught(self) -> bool:
        """Whether there are churners and others to learn from."""
        return two_outcomes(self.learnt())

    def learnt(self) -> Dataset:
        """What may be learnt from."""
        rows = self.dataset.rows(self.past)
        return rows if self.unseen else rows.known_at(self.cutoff)

    def tested(self) -> Dataset:
        """What is tested."""
        return self.dataset.rows(self.here)


def origins(dataset: Dataset, training: Training, folds: int) -> tuple[tuple[Origin, ...], tuple[str, ...]]:
    """The newest `folds` cutoffs, the oldest first, of which all can be tested; and what must be said of it.

    At each may be learnt from what `retain train` has the day that its horizon is over: the newest
    `training.cutoffs` cutoffs, itself one of them, less those whose horizon was not over at the cutoff.
    Raises DataError where nobody or everybody churns.
    """
    if not len(dataset.cutoff):
        raise DataError("there is no customer at any complete cutoff to test on")
    found = [_origin(dataset, training, day) for day in np.unique(dataset.cutoff)[::-1][:folds]]
    able = tuple(one for one in reversed(found) if one.testable and one.taught)
    if able:
        return able, _fewer(able, folds)
    newest = found[0]
    if not newest.testable:
        raise DataError(f"nobody or everybody churns at {newest.cutoff}: there is nothing to test")
    return (replace(newest, past=np.ones(len(newest.past), bool), unseen=True),), (_short(newest),)


def _origin(dataset: Dataset, training: Training, day: np.datetime64) -> Origin:
    over = dataset.cutoff + np.timedelta64(dataset.settled, "D") <= day
    recent = dataset.cutoff > day - np.timedelta64(training.every * training.cutoffs, "D")
    return Origin(day.astype("datetime64[D]").item(), dataset, over & recent)


def _fewer(able: Sequence[Origin], folds: int) -> tuple[str, ...]:
    if len(able) == folds:
        return ()
    return (
        f"{len(able)} of the {folds} folds asked for can be tested: the others lack customers who churned "
        f"and who did not, there or at an earlier cutoff whose horizon of {able[0].dataset.horizon} days "
        "was over.",
    )


def _short(newest: Origin) -> str:
    return (
        f"No earlier cutoff's horizon of {newest.dataset.horizon} days was over at "
        f"{newest.cutoff}. The only test is therefore on customers that the models had not seen, not on a "
        "later time."
    )
