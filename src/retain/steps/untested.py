"""A rule that needs no past churn, for a business too young to train or test anything on."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from retain.errors import ShortHistory
from retain.events.engine import Events
from retain.learning.calibration import Uncalibrated
from retain.learning.dataset import Dataset
from retain.learning.matrix import fit_spec
from retain.learning.recipe import Recipe
from retain.learning.refits import expectation
from retain.learning.scorer import Scorer
from retain.learning.snapshots import build
from retain.steps.reading import churn_definition
from retain.steps.results import TrainResult
from retain.steps.run import Run
from retain.steps.training_record import Made, training_record
from retain.tracking import log_training

RULE = "bg_nbd"
"""Buy-till-you-die is fitted to the order histories alone; no label is looked at."""


def serve_untested(run: Run, events: Events, why: ShortHistory) -> TrainResult:
    """Register the rule as champion, labelled `rule`, with how sure it is and what is missing for more.

    Raises `why` where models/ has no such rule, and where it does not speak of this kind of churn.
    """
    rule = run.definitions.models.get(RULE)
    if rule is None or not rule.speaks_of(run.config.churn.when):
        raise why
    rows = _rows(run, events)
    made = _made(run, rows, day=str(events.summary.as_of), why=why)
    with run.step("Registering the rule"):
        kept = log_training(run.config, training_record(run, events.summary, made))
    return TrainResult(
        version=kept.version,
        run_id=kept.run_id,
        alias=kept.alias,
        champion=RULE,
        label="rule",
        churn=churn_definition(run),
        metrics={},
        reasons=made.notes,
        notes=(),
        rows=len(rows),
        expectation=made.expectation,
    )


def _rows(run: Run, events: Events) -> Dataset:
    """The customers as they are: there is no cutoff whose horizon is over."""
    as_of = events.summary.as_of
    return build(
        events, run.features, fit_spec(events), cutoffs=[as_of], labelled=False, progress=run.progress
    )


def _made(run: Run, rows: Dataset, *, day: str, why: ShortHistory) -> Made:
    """The rule fitted to the customers, and what it expects of them."""
    seed = run.config.training.seed
    untrained = partial(_untrained, run)
    estimator = untrained().fit(rows.X, np.zeros(len(rows), dtype=bool))
    scorer = Scorer(RULE, estimator, Uncalibrated(), tuple(rows.X.columns))
    p = scorer.predict(rows.X)
    with run.step("Drawing customers again"):
        expected = expectation(untrained, rows.X, p, seed=seed)
    notes = (
        f"Not tested: {why}.",
        f"The rule {RULE} serves until then; how well is not known. {expected.says(day)}",
    )
    return Made(
        label="rule",
        promoted=True,
        scorer=scorer,
        recipe=Recipe(RULE),
        rows=rows,
        seen=rows,
        p=p,
        notes=notes,
        expectation=expected,
    )


def _untrained(run: Run) -> Any:
    config = run.config
    estimator = run.definitions.models[RULE].build()
    return estimator.set_params(horizon=config.churn.horizon, random_state=config.training.seed)
