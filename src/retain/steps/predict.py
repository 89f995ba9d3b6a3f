"""Predicting: the champion scores every eligible customer, and the list is published whole."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

import retain
from retain.errors import ConfigError, Refused
from retain.events.checks import unusable_notes
from retain.events.duckdb import Events
from retain.learning.dataset import Dataset, MatrixSpec, build
from retain.learning.feature import Feature
from retain.lists import feedback, files, history, holdout, publish
from retain.lists.history import Past
from retain.lists.history_store import Place
from retain.project import Definitions
from retain.reports import excel, list_page
from retain.reports.listing import from_manifest
from retain.steps.earlier import Earlier
from retain.steps.forget import expire
from retain.steps.listing import Drawn, draw
from retain.steps.lives import lives
from retain.steps.past import earlier_lists, remembered
from retain.steps.reading import churn_definition, missing_inputs, read
from retain.steps.results import PredictResult
from retain.steps.rules import Rules, read_rules
from retain.steps.run import Run, chosen_features, peak_memory
from retain.steps.watched import left_for_watch
from retain.tracking import Loaded, load


def predict(run: Run, *, as_of: date | None, model: str | None, force: bool) -> PredictResult:
    """Score the eligible customers as of a day and publish the list."""
    lists, kept = run.config.output / "lists", remembered(run)
    with run.step("Loading the model"):
        champion = load(run.config, model or "champion", output=run.config.output)
    _require_same_churn(run, champion)
    features = chosen_features(Definitions.from_sources(champion.sources), champion.metadata.get("features"))
    rules = read_rules(run, features)
    with tempfile.TemporaryDirectory() as scratch:
        rejects = Path(scratch, "rejects")
        with read(run, as_of=as_of, rejects=rejects, duplicates=True) as events:
            day = events.summary.as_of
            earlier = earlier_lists(run, kept, as_of=day)
            past = history.past(kept, as_of=day)
            made_from = _fingerprint(run, champion, events, rules=rules, earlier=earlier, past=past)
            standing = None if force else publish.already_published(lists, as_of=day, fingerprint=made_from)
            if standing is not None:
                return _standing(run, kept, past, standing)
            dataset = _matrix(run, champion, events, features)
            drawn = draw(run, champion, events, dataset, rules=rules, earlier=earlier, past=past)
            told = lives(run, events, drawn.listed, earlier=earlier)
            watched = left_for_watch(run, champion, dataset, scores=drawn.scores, listed=drawn.listed)
            manifest = {**_manifest(run, champion, events, drawn), "watch": watched, "fingerprint": made_from}
        with run.step("Publishing the list"):
            written = {**_files(run, drawn, manifest, told), **files.copies(rejects, under="rejects")}
            known = {**manifest, "run_id": run.id}
            remember = partial(_remember, run, kept, past, known, drawn.listed, scores=drawn.scores)
            published = publish.publish(
                lists,
                written,
                as_of=day,
                run_id=run.id,
                manifest=manifest,
                force=force,
                together=lambda link: remember(then=link),
            )
        manifest = publish.manifest(published.path)
    expire(run)
    return PredictResult(published.path, drawn.listed, manifest, drawn.what_if, already=published.already)


def _standing(run: Run, kept: Place, past: Past, standing: publish.Published) -> PredictResult:
    """The list that stands; what a killed run did not get to remember of it is remembered now."""
    manifest = publish.manifest(standing.path)
    listed = files.read(standing.path / "at_risk.parquet")
    if not history.recorded(kept, as_of=past.as_of, run_id=manifest["run_id"]):
        scores = pd.read_parquet(standing.path / "scores.parquet")
        _remember(run, kept, past, manifest, listed, scores=scores)
    what_if = pd.read_parquet(standing.path / "what_if.parquet")
    return PredictResult(standing.path, listed, manifest, what_if, already=True)


def _remember(
    run: Run,
    kept: Place,
    past: Past,
    manifest: Mapping[str, Any],
    listed: pd.DataFrame,
    *,
    scores: pd.DataFrame,
    then: Callable[[], None] | None = None,
) -> None:
    """Keep the list, the tiers, and who was assigned to which group; without a holdout nobody was.

    then: see `history.record`.
    """
    assigned = holdout.newly_assigned(
        listed, campaign=run.config.campaign.name, as_of=past.as_of, assignments=past.assignments
    )
    history.record(
        kept,
        history.Entry.of(manifest, published_at=run.now),
        listed=listed,
        assignments=assigned if run.config.listing.holdout else assigned.iloc[:0],
        tiers=scores[["customer_id", "tier"]] if "tier" in scores else None,
        scores=scores,
        then=then,
    )


def _files(
    run: Run, drawn: Drawn, manifest: Mapping[str, Any], told: Mapping[str, Any]
) -> dict[str, publish.Writer]:
    """What is published beside the manifest and the rejects."""
    bom, table = run.config.listing.bom, run.config.tables.customers
    shown = from_manifest(
        drawn.listed,
        manifest,
        notes=drawn.notes,
        families=drawn.families,
        steps=drawn.steps,
        what_if=drawn.what_if,
        left=drawn.gone,
        **told,
    )
    return {
        "at_risk.html": list_page.file(shown),
        "at_risk.xlsx": excel.workbook(shown),
        "skipped.csv": files.table(drawn.skipped, bom=bom),
        feedback.FILE: feedback.template(drawn.listed, show=table.show if table else (), bom=bom),
        "at_risk.parquet": files.parquet(drawn.listed),
        "at_risk.csv": files.call_list(drawn.listed, bom=bom),
        "scores.parquet": files.parquet(drawn.scores),
        "what_if.parquet": files.parquet(drawn.what_if),
    }


def _matrix(run: Run, champion: Loaded, events: Events, features: Sequence[Feature]) -> Dataset:
    """The champion's columns, made by the definitions that are stored with it."""
    spec = MatrixSpec.from_json(champion.spec)
    lacking = missing_inputs(spec, run, events)
    if lacking:
        raise ConfigError(
            f"the model (version {champion.version}) was trained with {', '.join(lacking)}, which the config "
            "no longer has; put it back, or run `retain train`"
        )
    return build(
        events, features, spec, cutoffs=[events.summary.as_of], labelled=False, progress=run.progress
    )


def _require_same_churn(run: Run, champion: Loaded) -> None:
    trained, asked = champion.metadata.get("churn"), run.config.churn.model_dump(mode="json")
    if trained is not None and trained != asked:
        differ = [key for key in asked if trained.get(key) != asked[key]]
        changed = [f"{key}: {trained.get(key)} -> {asked[key]}" for key in differ]
        raise Refused(
            f"the champion (version {champion.version}) predicts another kind of churn "
            f"({'; '.join(changed)}); run `retain train` first"
        )


def _fingerprint(
    run: Run, champion: Loaded, events: Events, *, rules: Rules, earlier: Earlier, past: Past
) -> str:
    inputs = {name: [file.sha256 for file in files] for name, files in events.summary.files.items()}
    return publish.fingerprint(
        {
            "inputs": inputs,
            "as_of": str(events.summary.as_of),
            "model": [champion.run_id, champion.version],
            "config": run.config.public(),
            "rules": rules.digest,
            "earlier": earlier.run_ids,
            "past": past.digest,
            "retain": retain.__version__,
        }
    )


def _manifest(run: Run, champion: Loaded, events: Events, drawn: Drawn) -> dict[str, Any]:
    listed, scores = drawn.listed, drawn.scores
    spec = MatrixSpec.from_json(champion.spec)
    unseen = [kind for kind in events.kinds if kind not in spec.layout.kinds]
    vanished = [kind for kind in spec.layout.kinds if kind not in events.kinds]
    notes = list(unusable_notes(events.summary))
    notes += [f"activity: kind '{kind}' was not there in training and is not used" for kind in unseen]
    notes += [f"activity: kind '{kind}' was there in training and has vanished" for kind in vanished]
    notes += [champion.warning] if champion.warning else []
    notes += [*drawn.notes, *drawn.facts["holdout"].values()]
    return {
        "as_of": str(events.summary.as_of),
        "name": run.config.name,
        "churn": churn_definition(run),
        "counts": {
            "eligible": len(scores),
            "listed": len(listed),
            "held_out": int((listed["group"] == holdout.HOLDOUT).sum()),
            "skipped": len(drawn.skipped),
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
        **drawn.facts,
        "value": champion.metadata.get("value"),
        "definitions": champion.metadata.get("digest"),
        "kinds": {"unseen_in_training": unseen, "vanished": vanished},
        "inputs": events.summary.inputs(),
        "config": run.config.public(),
        "notes": notes,
        "retain": retain.__version__,
        "stages": run.progress.stages,
        "peak_memory_bytes": peak_memory(),
    }
