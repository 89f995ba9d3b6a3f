"""A training as an MLflow run: what went in, what came out, and the model as a registered version."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from retain.tracking.packaging import Package, save
from retain.tracking.pointer import CHAMPION
from retain.tracking.registry import CHALLENGER, promote
from retain.tracking.store import Settings, Store, connected, running

LONGEST_PARAM = 500
LONGEST_TAG = 8000  # what every MLflow store takes


class PublicSettings(Settings, Protocol):
    """Where to keep things, and the configuration as it may be shown."""

    def public(self) -> dict[str, Any]:
        """The configuration without its secrets."""


@dataclass(frozen=True)
class TrainingRecord:
    """What is kept of a training.

    champion: whether the model becomes the champion, else it is the challenger. example: a few feature
    rows. metrics: by model, then by figure. params: anything that prints. fingerprints: of the data, as
    JSON. pictures: PNG files by name. tags: what is shown beside a version (label, churn, cutoff, digest).
    notes: sentences for whoever asks why. card: the model card, Markdown.
    """

    package: Package
    champion: bool
    example: pd.DataFrame
    metrics: Mapping[str, Mapping[str, float]]
    params: Mapping[str, Any] = field(default_factory=dict)
    fingerprints: Any = None
    importance: tuple[tuple[str, float], ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    card: str = ""


@dataclass(frozen=True)
class Registered:
    """Where a training went."""

    run_id: str
    version: int
    alias: str


def log_training(config: PublicSettings, record: TrainingRecord) -> Registered:
    """Keep the training as a run and its model as a new version; the alias moves last."""
    name = f"train {record.tags.get('cutoff', '')}".strip()
    with connected(config) as store, running(store, name, record.tags) as run_id:
        _log_numbers(store, run_id, record)
        with tempfile.TemporaryDirectory() as folder:
            _write_files(Path(folder), config, record)
            save(record.package, Path(folder, "model"), example=record.example, run_id=run_id)
            store.client.log_artifacts(run_id, folder)
        version = _register(store, run_id, record)
        if record.champion:
            promote(store, version)
        else:
            store.client.set_registered_model_alias(store.name, CHALLENGER, str(version))
        return Registered(run_id, version, CHAMPION if record.champion else CHALLENGER)


def _log_numbers(store: Store, run_id: str, record: TrainingRecord) -> None:
    now = int(time.time() * 1000)
    figures = {f"{model}.{name}": v for model, found in record.metrics.items() for name, v in found.items()}
    metrics = [Metric(key, value, now, 0) for key, value in figures.items()]
    params = [Param(key, str(value)[:LONGEST_PARAM]) for key, value in record.params.items()]
    told = {"notes": "\n".join(record.notes), "mlflow.note.content": record.card}  # MLflow shows the note
    tags = [RunTag(key, text[:LONGEST_TAG]) for key, text in told.items() if text]
    store.client.log_batch(run_id, metrics=metrics, params=params, tags=tags)


def _write_files(folder: Path, config: PublicSettings, record: TrainingRecord) -> None:
    texts = {
        "config.json": _json(config.public()),
        "data.json": _json(record.fingerprints),
        "metrics.json": _json(record.metrics),
        "metadata.json": _json(record.package.metadata),
        "importance.csv": "\n".join(["feature,importance", *(f"{f},{v:.6g}" for f, v in record.importance)]),
        **{f"definitions/{name}": text for name, text in record.package.sources.items()},
    }
    if record.card:
        texts["card.md"] = record.card
    files = {name: text.encode() for name, text in texts.items()}
    files |= {f"curves/{name}": picture for name, picture in record.pictures.items()}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, default=str)


def _register(store: Store, run_id: str, record: TrainingRecord) -> int:
    try:
        store.client.get_registered_model(store.name)
    except MlflowException:
        store.client.create_registered_model(store.name)
    source = f"{store.client.get_run(run_id).info.artifact_uri}/model"
    version = store.client.create_model_version(
        store.name, source, run_id=run_id, tags=dict(record.tags), description="\n".join(record.notes) or None
    )
    return int(version.version)
