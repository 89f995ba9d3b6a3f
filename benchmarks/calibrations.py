"""Which calibration rule: the newest cutoff alone, or only what would have helped at past cutoffs too.

python benchmarks/calibrations.py --sets online_retail --models gbm,rfm_logit

At every cutoff that earlier ones can teach, a model is made as `retain train` would have made it, and its
probabilities are tested uncalibrated and with what either rule settles on. Rules are chosen at the earlier
cutoffs and confirmed at the newest three; the figures are in docs/experiments.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from measure import PROJECT
from recipes import rows_of
from sets import SHARED, chosen_sets

from retain.learning.calibration_choice import choose
from retain.learning.dataset import Dataset
from retain.learning.metrics import log_loss
from retain.learning.model import Model
from retain.learning.outcomes import newest_cutoff, outcomes, two_outcomes
from retain.learning.recipe import Workbench
from retain.project import load_definitions

CONFIRMED = 3  # the newest cutoffs
EVERY, YEAR = 30, 360


@dataclass(frozen=True)
class Tried:
    """At one cutoff: the methods of both rules, and the log loss of each less that without calibration."""

    cutoff: str
    newest_alone: tuple[str, float]
    shipped: tuple[str, float]


def tried(rows: Dataset, model: Model, bench: Workbench) -> Iterator[Tried]:
    """Both rules at every cutoff, the oldest first."""
    newest = np.datetime64(newest_cutoff(rows))
    rows = rows.rows((newest - rows.cutoff).astype(int) % EVERY == 0)
    for cutoff in np.unique(rows.cutoff):
        over = rows.cutoff + np.timedelta64(rows.horizon, "D") <= cutoff
        past = rows.rows(over & (rows.cutoff > cutoff - np.timedelta64(YEAR, "D")))
        if len(past) and two_outcomes(past):
            yield _tried(past, rows.rows(rows.cutoff == cutoff), model, bench)


def _tried(past: Dataset, latest: Dataset, model: Model, bench: Workbench) -> Tried:
    recipe, scorer = bench.find(model, past, at=newest_cutoff(past))
    unseen = bench._unseen(model, recipe.params, past, chosen=np.ones(len(past), bool))
    raw, churned = scorer.raw(latest.X), outcomes(latest)

    def change(calibrator: object) -> tuple[str, float]:
        return calibrator.method, log_loss(churned, calibrator.apply(raw)) - log_loss(churned, raw)

    alone = choose(unseen.newest, horizon=past.horizon)
    return Tried(str(newest_cutoff(latest)), change(alone), change(choose(unseen, horizon=past.horizon)))


def row(name: str, model: str, stage: str, found: list[Tried]) -> str:
    """A row of the table: each rule's mean change, the worst one, and its methods' first letters."""
    cells = []
    for rule in ("newest_alone", "shipped"):
        methods, changes = zip(*(getattr(one, rule) for one in found), strict=True)
        letters = "".join(method[0] for method in methods)
        cells.append(f"{np.mean(changes):+.4f} | {max(changes):+.4f} | {letters}")
    return f"| {name} | {model} | {stage} | {' | '.join(cells)} |"


def main() -> None:
    """Try and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=SHARED, help="the folder of the real sets")
    parser.add_argument("--sets", default="cdnow,online_retail,completejourney,generated")
    parser.add_argument("--models", default="gbm,rfm_logit", help="names in models/")
    given = parser.parse_args()
    models = load_definitions(PROJECT).models
    for chosen in chosen_sets(given.sets):
        rows = rows_of(chosen, given.data)
        for name in given.models.split(",") if rows is not None else ():
            found = list(tried(rows, models[name], Workbench(7)))
            stages = {"choosing": found[:-CONFIRMED], "newest": found[-CONFIRMED:]}
            for stage, part in stages.items():
                print(row(chosen.name, name, stage, part), flush=True)


if __name__ == "__main__":
    main()
