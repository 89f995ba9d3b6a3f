"""Predicting: the champion scores every eligible customer, and the list is published whole."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

import retain
from retain.errors import ConfigError, Refused
from retain.events.checks import unusable_notes
from retain.events.duckdb import Events
from retain.learning.dataset import Dataset, MatrixSpec, build
from retain.lists import files, publish, ranking, reasons, scoring
from retain.project import Definitions
from retain.steps.reading import churn_definition, missing_inputs, read
from retain.steps.results import PredictResult
from retain.steps.run import Run, chosen_features, peak_memory
from retain.tracking import Loaded, load


def predict(run: Run, *, as_of: date | None, model: str | None, force: bool) -> PredictResult:
    """Score the eligible customers as of a day and publish the list."""
    lists = run.config.output / "lists"
    with run.step("Loading the model"):
        champion = load(run.config, model or "champion")
    _require_same_churn(run, champion)
    with tempfile.TemporaryDirectory() as scratch:
        rejects = Path(scratch, "rejects")
        with read(run, as_of=as_of, rejects=rejects, duplicates=True) as events:
            day = events.summary.as_of
            made_from = _fingerprint(run, champion, events)
            standing = None if force else publish.already_published(lists, as_of=day, fingerprint=made_from)
            if standing is not None:
                return _standing(lists, day, standing)
            listed, scores, manifest = _listed(run, champion, events)
        with run.step("Publishing the list"):
            published = publish.publish(
                lists,
                {
                    "at_risk.parquet": files.parquet(listed),
                    "at_risk.csv": files.call_list(listed),
                    "scores.parquet": files.parquet(scores),
                    **files.copies(rejects, under="rejects"),
                },
                as_of=day,
                run_id=run.id,
                manifest={**manifest, "fingerprint": made_from},
                force=force,
            )
    return PredictResult(published.path, listed, publish.manifest(published.path), already=published.already)


def _standing(lists: Path, day: date, standing: publish.Published) -> PredictResult:
    manifest = publish.manifest(standing.path)
    return PredictResult(
        standing.path, pd.read_parquet(standing.path / "at_risk.parquet"), manifest, already=True
    )


def _listed(run: Run, champion: Loaded, events: Events) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """The list, every customer's scores, and what the manifest says of them."""
    dataset = _matrix(run, champion, events)
    listing = run.config.listing
    scores = scoring.scores(dataset, champion.scorer, bands=listing.bands.model_dump(), progress=run.progress)
    first = ranking.first_to_call(scores, size=listing.size, capacity=listing.capacity)
    why = reasons.reasons(
        dataset.X.iloc[first],
        dataset.columns,
        scorer=champion.scorer,
        facts=dataset.facts.iloc[first],
        progress=run.progress,
    )
    day = events.summary.as_of
    listed = ranking.at_risk(
        scores,
        dataset.facts,
        listed=first,
        reasons=why,
        provenance=ranking.Provenance(day, _labelled_version(champion), run.id),
        people=_people(events, dataset.customer_id[first]),
    )
    return listed, scores, _manifest(run, champion, events, listed, scores)


def _labelled_version(champion: Loaded) -> str:
    """The version as the list shows it: a rule is called so."""
    return f"{champion.version} (rule)" if champion.label == "rule" else str(champion.version)


def _matrix(run: Run, champion: Loaded, events: Events) -> Dataset:
    """The champion's columns, made by the definitions that are stored with it."""
    spec = MatrixSpec.from_json(champion.spec)
    lacking = missing_inputs(spec, run, events)
    if lacking:
        raise ConfigError(
            f"the model (version {champion.version}) was trained with {', '.join(lacking)}, which the config "
            "no longer has; put it back, or run `retain train`"
        )
    features = chosen_features(Definitions.from_sources(champion.sources), champion.metadata.get("features"))
    return build(
        events, features, spec, cutoffs=[events.summary.as_of], labelled=False, progress=run.progress
    )


def _people(events: Events, ids: Any) -> pd.DataFrame:
    return events.facts([str(one) for one in ids]).drop(columns="opted_out", errors="ignore").reset_index()


def _require_same_churn(run: Run, champion: Loaded) -> None:
    trained, asked = champion.metadata.get("churn"), run.config.churn.model_dump(mode="json")
    if trained is not None and trained != asked:
        differ = [key for key in asked if trained.get(key) != asked[key]]
        changed = [f"{key}: {trained.get(key)} -> {asked[key]}" for key in differ]
        raise Refused(
            f"the champion (version {champion.version}) predicts another kind of churn "
            f"({'; '.join(changed)}); run `retain train` first"
        )


def _fingerprint(run: Run, champion: Loaded, events: Events) -> str:
    inputs = {name: [file.sha256 for file in files] for name, files in events.summary.files.items()}
    return publish.fingerprint(
        {
            "inputs": inputs,
            "as_of": str(events.summary.as_of),
            "model": [champion.run_id, champion.version],
            "config": run.config.public(),
            "retain": retain.__version__,
        }
    )


def _manifest(
    run: Run, champion: Loaded, events: Events, listed: pd.DataFrame, scores: pd.DataFrame
) -> dict[str, Any]:
    spec = MatrixSpec.from_json(champion.spec)
    unseen = [kind for kind in events.kinds if kind not in spec.layout.kinds]
    vanished = [kind for kind in spec.layout.kinds if kind not in events.kinds]
    notes = list(unusable_notes(events.summary))
    notes += [f"activity: kind '{kind}' was not there in training and is not used" for kind in unseen]
    notes += [f"activity: kind '{kind}' was there in training and has vanished" for kind in vanished]
    return {
        "as_of": str(events.summary.as_of),
        "name": run.config.name,
        "churn": churn_definition(run),
        "counts": {
            "eligible": len(scores),
            "listed": len(listed),
            "bands": {str(k): int(v) for k, v in scores["risk_band"].value_counts().items()},
            "expected_churners": round(float(scores["churn_probability"].sum()), 1),
        },
        "model": {
            "name": champion.metadata.get("model"),
            "label": champion.label,
            "version": champion.version,
            "run_id": champion.run_id,
            "trained_at_cutoff": champion.metadata.get("cutoff"),
        },
        "ranked_by": "churn_probability",
        "definitions": champion.metadata.get("digest"),
        "kinds": {"unseen_in_training": unseen, "vanished": vanished},
        "inputs": events.summary.inputs(),
        "config": run.config.public(),
        "notes": notes,
        "retain": retain.__version__,
        "stages": run.progress.stages,
        "peak_memory_bytes": peak_memory(),
    }
