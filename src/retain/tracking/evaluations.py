"""An evaluation as nested MLflow runs: one for the whole, and in it one a model, with a step a fold."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlflow.entities import Metric, Param
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from retain.tracking.store import Settings, Store, connected, running

LONGEST_PARAM = 500
MEAN = "mean."
"""What stands before a figure's name where it is averaged over the folds."""

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class EvaluationRecord:
    """What is kept of an evaluation.

    folds: each model's figures, one mapping a fold, the oldest first. averages: each model's over the
    folds. metrics: of the evaluation as a whole. files: what is kept with it, by name.
    """

    name: str
    folds: Mapping[str, Sequence[Numbers]]
    averages: Mapping[str, Numbers]
    metrics: Numbers = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def log_evaluation(config: Settings, record: EvaluationRecord) -> str:
    """Keep the evaluation; gives the id of the run that holds the others."""
    with connected(config) as store, running(store, record.name, record.tags) as parent:
        _log(store, parent, [_metrics(record.metrics, 0)], record.params)
        with tempfile.TemporaryDirectory() as folder:
            for name, text in record.files.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            store.client.log_artifacts(parent, folder)
        for model, folds in record.folds.items():
            tags = {"model": model, MLFLOW_PARENT_RUN_ID: parent}
            with running(store, model, tags) as child:
                averages = {f"{MEAN}{name}": value for name, value in record.averages[model].items()}
                steps = [_metrics(numbers, step) for step, numbers in enumerate(folds, start=1)]
                _log(store, child, [*steps, _metrics(averages, len(folds))], {"model": model})
        return parent


def _metrics(numbers: Numbers, step: int) -> list[Metric]:
    now = int(time.time() * 1000)
    return [Metric(name, value, now, step) for name, value in numbers.items()]


def _log(store: Store, run_id: str, batches: Sequence[list[Metric]], params: Mapping[str, Any]) -> None:
    """One request a batch: MLflow takes a thousand figures in one."""
    shown = [Param(key, str(value)[:LONGEST_PARAM]) for key, value in params.items()]
    store.client.log_batch(run_id, params=shown)
    for metrics in batches:
        store.client.log_batch(run_id, metrics=metrics)
