"""What is kept of a training, whether a tested model was made or an untested rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from retain.events.tables import Summary
from retain.learning.dataset import Dataset
from retain.learning.horizon_test import CurveReport
from retain.learning.horizons import RiskCurve
from retain.learning.recipe import Recipe
from retain.learning.refits import Expectation
from retain.learning.scorer import Floats, Scorer
from retain.learning.valuation import Valuation
from retain.reports import card
from retain.steps.reading import churn_definition
from retain.steps.run import Run
from retain.steps.watched import reference
from retain.tracking import Package, TrainingRecord


@dataclass(frozen=True)
class Made:
    """A model or rule, made and about to be registered.

    promoted: whether it becomes the champion. rows: those it learnt from. seen: those of the newest cutoff,
    with its probabilities `p` of them. cutoff: where it was tested; empty where it was not. metrics: by
    model, documents of figures. importance: of each column to it. curve: the risk at other
    horizons, and how good that is. notes: sentences, the reasons first.
    """

    label: str
    promoted: bool
    scorer: Scorer
    recipe: Recipe
    rows: Dataset
    seen: Dataset
    p: Floats
    notes: tuple[str, ...]
    cutoff: str = ""
    worth: Valuation | None = None
    expectation: Expectation | None = None
    metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    importance: tuple[tuple[str, float], ...] = ()
    curve: tuple[RiskCurve, CurveReport | None] | None = None

    @property
    def name(self) -> str:
        """The model's, in models/."""
        return self.recipe.model


def training_record(
    run: Run,
    summary: Summary,
    made: Made,
    *,
    pictures: Mapping[str, bytes] | None = None,
    importance: tuple[tuple[str, float], ...] = (),
) -> TrainingRecord:
    """All of it, as the tracker takes it. pictures, importance: of what was tested, promoted or not."""
    return TrainingRecord(
        package=_package(run, summary, made),
        champion=made.promoted,
        example=made.rows.X.tail(5),
        metrics={name: _numbers(found) for name, found in made.metrics.items()},
        params=_params(run, made),
        fingerprints={table.name: table.to_json() for table in summary.tables},
        importance=importance,
        pictures=pictures or {},
        tags={**_identity(run, summary, made), "churn": churn_definition(run)},
        notes=made.notes,
        card=_card(run, summary, made),
    )


def _identity(run: Run, summary: Summary, made: Made) -> dict[str, str]:
    return {
        "model": made.name,
        "label": made.label,
        "cutoff": made.cutoff,
        "data_end": str(summary.end),
        "digest": run.definitions.digest,
    }


def _package(run: Run, summary: Summary, made: Made) -> Package:
    worth, expected = made.worth, made.expectation
    kept = reference(made.seen, made.p, columns=made.scorer.columns, importance=made.importance)
    return Package(
        scorer=made.scorer,
        value=worth.model if worth else None,
        curve=made.curve[0] if made.curve else None,
        spec=made.rows.spec.to_json(),
        sources=dict(run.definitions.sources),
        metadata={
            **_identity(run, summary, made),
            "churn": run.config.churn.model_dump(mode="json"),
            "features": run.config.features,
            "recipe": made.recipe.to_json(),
            "value": worth.report.to_json() if worth else None,
            "expectation": expected.to_json() if expected else None,
            "reference": kept,
            "horizons": made.curve[1].to_json() if made.curve and made.curve[1] else None,
        },
    )


def _params(run: Run, made: Made) -> dict[str, Any]:
    return {
        "model": made.name,
        "rows": len(made.rows),
        "cutoffs": len(set(made.rows.cutoff.tolist())),
        "calibration": made.recipe.calibration,
        **made.recipe.params,
        **run.config.churn.model_dump(mode="json"),
        **run.config.training.model_dump(mode="json"),
    }


def _card(run: Run, summary: Summary, made: Made) -> str:
    """The model card: what the version may and may not be used for."""
    return card.write(
        card.Subject(
            name=run.config.name,
            model=made.name,
            label=made.label,
            doc=run.definitions.models[made.name].doc,
            churn=churn_definition(run),
            metrics=made.metrics,
            tables={table.name: table.to_json() for table in summary.tables},
            rows=len(made.rows),
            recipe=made.recipe.to_json(),
            importance=made.importance,
            notes=made.notes,
        )
    )


def _numbers(document: Mapping[str, Any]) -> dict[str, float]:
    return {key: float(value) for key, value in document.items() if isinstance(value, int | float)}
