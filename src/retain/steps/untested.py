"""A rule that needs no past churn, for a business too young to train or test anything on."""

from __future__ import annotations

import numpy as np

from retain.errors import ShortHistory
from retain.events.duckdb import Events
from retain.learning.calibration import Uncalibrated
from retain.learning.dataset import build, fit_spec
from retain.learning.recipe import Recipe
from retain.learning.scorer import Scorer
from retain.steps.reading import churn_definition
from retain.steps.results import TrainResult
from retain.steps.run import Run
from retain.steps.watched import reference
from retain.tracking import Package, TrainingRecord, log_training

RULE = "bg_nbd"
"""Buy-till-you-die is fitted to the order histories alone; no label is looked at."""


def serve_untested(run: Run, events: Events, why: ShortHistory) -> TrainResult:
    """Register the rule as champion, labelled `rule`, with what is missing for more.

    Raises `why` where models/ has no such rule.
    """
    if RULE not in run.definitions.models:
        raise why
    as_of = events.summary.as_of
    rows = build(
        events, run.features, fit_spec(events), cutoffs=[as_of], labelled=False, progress=run.progress
    )
    estimator = run.definitions.models[RULE].build()
    estimator.set_params(horizon=run.config.churn.horizon, random_state=run.config.training.seed)
    estimator.fit(rows.X, np.zeros(len(rows), dtype=bool))
    reasons = (f"Not tested: {why}.", f"The rule {RULE} serves until then; how well is not known.")
    tags = {
        "model": RULE,
        "label": "rule",
        "churn": churn_definition(run),
        "cutoff": "",
        "data_end": str(events.summary.end),
        "digest": run.definitions.digest,
    }
    scorer = Scorer(RULE, estimator, Uncalibrated(), tuple(rows.X.columns))
    record = TrainingRecord(
        package=Package(
            scorer=scorer,
            spec=rows.spec.to_json(),
            sources=dict(run.definitions.sources),
            metadata={
                **tags,
                "churn": run.config.churn.model_dump(mode="json"),
                "features": run.config.features,
                "recipe": Recipe(RULE).to_json(),
                "reference": reference(rows, scorer.predict(rows.X), columns=scorer.columns, importance=()),
            },
        ),
        champion=True,
        example=rows.X.tail(5),
        metrics={},
        params={"model": RULE, "rows": len(rows), **run.config.churn.model_dump(mode="json")},
        fingerprints={table.name: table.to_json() for table in events.summary.tables},
        tags=tags,
        notes=reasons,
    )
    with run.step("Registering the rule"):
        kept = log_training(run.config, record)
    return TrainResult(
        version=kept.version,
        run_id=kept.run_id,
        alias=kept.alias,
        champion=RULE,
        label="rule",
        churn=churn_definition(run),
        metrics={},
        reasons=reasons,
        notes=(),
        rows=len(rows),
    )
