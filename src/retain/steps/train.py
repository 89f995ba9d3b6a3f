"""Training: snapshots, the honest test, the gate, the refit, the registered version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from retain.errors import ConfigError, Refused, ShortHistory
from retain.events.checks import unusable_notes
from retain.events.tables import Summary
from retain.learning import gate, training
from retain.learning.cutoffs import Cutoffs
from retain.learning.dataset import Dataset, build, fit_spec
from retain.learning.model import Model
from retain.learning.training import Trained
from retain.learning.valuation import SpendHorizon, Valuation, ValueReport, fit_value, spend_horizon
from retain.reports import card
from retain.reports.plots import curves, importance, png
from retain.steps.definition import left_out_notes
from retain.steps.incumbent import Incumbent, find_incumbent
from retain.steps.reading import churn_definition, cutoffs, read, training_share
from retain.steps.results import TrainResult
from retain.steps.run import Run
from retain.steps.sentences import require_sayable
from retain.steps.untested import serve_untested
from retain.steps.watched import reference
from retain.tracking import Package, TrainingRecord, log_training, require_answering

BESIDE = "rfm_logit"
"""The simple model that every training is tested beside, besides the rules."""


def train(run: Run, *, as_of: date | None, promote: bool) -> TrainResult:
    """Train, test and register the configured model; a rule where the history is too short for that.

    Raises Refused, after the attempt is registered, where neither the model nor a rule beats chance, or
    the champion in place is better.
    """
    models = tested_models(run)
    with run.step("Reaching MLflow"):
        require_answering(run.config)
    with read(run, as_of=as_of, duplicates=True) as events:
        summary = events.summary
        require_sayable(run, fit_spec(events))
        try:
            found = cutoffs(run, summary)
        except ShortHistory as why:
            return serve_untested(run, events, why)
        spending = _spend_horizon(run, summary, found)
        share, sampled = training_share(run, events, found.all)
        dataset = build(
            events,
            run.features,
            fit_spec(events),
            cutoffs=found.all,
            labelled=True,
            spend_horizon=spending.days,
            share=share,
            progress=run.progress,
        )
        incumbent = find_incumbent(run, events, dataset, cutoffs=found.all, share=share)
    trained = training.train(
        dataset,
        models=models,
        chosen=run.config.model,
        config=run.config,
        progress=run.progress,
        journals=run.config.output / "search",
    )
    decision = _decide(run, trained, incumbent, promote=promote)
    with run.step("Learning what customers are worth"):
        worth = _valuation(run, dataset, spending)
    notes = (
        *unusable_notes(summary),
        *found.notes,
        *left_out_notes(dataset.left_out),
        *sampled,
        *trained.notes,
        *worth.report.notes,
    )
    with run.step("Registering the model"):
        record = _record(run, summary, dataset, trained, decision, worth, notes)
        registered = log_training(run.config, record)
    if not decision.promote:
        raise Refused("\n".join([f"version {registered.version} was not promoted.", *decision.reasons]))
    return TrainResult(
        version=registered.version,
        run_id=registered.run_id,
        alias=registered.alias,
        champion=decision.champion,
        label=decision.label,
        churn=churn_definition(run),
        metrics=_figures(trained),
        reasons=decision.reasons,
        notes=notes,
        rows=trained.rows,
        left_out=dataset.left_out,
    )


def tested_models(run: Run) -> Mapping[str, Model]:
    """The configured model, and what it must beat. Raises ConfigError for a name that is not in models/."""
    models = run.definitions.models
    if run.config.model not in models:
        raise ConfigError(
            f"model: there is no {run.config.model} in models/; there are: {', '.join(sorted(models))}"
        )
    if models[run.config.model].predicts != "churn":
        raise ConfigError(f"model: {run.config.model} in models/ does not predict churn")
    speaking = {name: model for name, model in models.items() if model.speaks_of(run.config.churn.when)}
    beside = [name for name, model in speaking.items() if model.rule or name == BESIDE]
    return {name: models[name] for name in dict.fromkeys([run.config.model, *beside])}


def _spend_horizon(run: Run, summary: Summary, found: Cutoffs) -> SpendHorizon:
    return spend_horizon(
        found.all, asked=run.config.value.horizon, churn_horizon=run.config.churn.horizon, end=summary.end
    )


def _valuation(run: Run, dataset: Dataset, spending: SpendHorizon) -> Valuation:
    """What customers are worth, by the best model of it; nothing where models/ has none."""
    model = run.definitions.models.get("value")
    if model is None:
        note = "models/ defines no `value`: nobody's value is known"
        return Valuation(None, ValueReport(None, spending.asked, notes=(note,)))
    return fit_value(dataset, model=model, horizon=spending, seed=run.config.training.seed)


def _decide(run: Run, trained: Trained, incumbent: Incumbent | None, *, promote: bool) -> gate.Decision:
    seed = run.config.training.seed
    decision = gate.decide(
        trained.test, chosen=trained.chosen, rules=trained.rules, gates=run.config.gates, seed=seed
    )
    if incumbent is not None:
        decision = gate.challenge(
            decision, trained.test, incumbent=incumbent.predictions, name=incumbent.name, seed=seed
        )
    if promote and not (decision.promote and decision.champion == trained.chosen):
        reasons = (*decision.reasons, "Promoted all the same (--promote).")
        by_rule = trained.chosen in trained.rules
        return gate.Decision(True, trained.chosen, "rule" if by_rule else "model", reasons)
    return decision


def _record(
    run: Run,
    summary: Summary,
    dataset: Dataset,
    trained: Trained,
    decision: gate.Decision,
    worth: Valuation,
    notes: tuple[str, ...],
) -> TrainingRecord:
    name = decision.champion
    recipe = trained.recipes[name]
    churn = run.config.churn
    return TrainingRecord(
        package=Package(
            scorer=trained.scorers[name],
            value=worth.model,
            spec=dataset.spec.to_json(),
            sources=dict(run.definitions.sources),
            metadata={
                "model": name,
                "label": decision.label,
                "churn": churn.model_dump(mode="json"),
                "features": run.config.features,
                "digest": run.definitions.digest,
                "cutoff": str(trained.cutoff),
                "data_end": str(summary.end),
                "recipe": recipe.to_json(),
                "value": worth.report.to_json(),
                "reference": reference(
                    dataset.at(trained.cutoff),
                    trained.test.predictions[name],
                    columns=trained.scorers[name].columns,
                    importance=trained.importance if name == trained.chosen else (),
                ),
            },
        ),
        champion=decision.promote,
        example=dataset.X.tail(5),
        metrics=_figures(trained, numbers=True),
        params={
            "model": name,
            "rows": trained.rows,
            "cutoffs": len(set(dataset.cutoff.tolist())),
            "calibration": recipe.calibration,
            **recipe.params,
            **run.config.churn.model_dump(mode="json"),
            **run.config.training.model_dump(mode="json"),
        },
        fingerprints={table.name: table.to_json() for table in summary.tables},
        importance=trained.importance,
        pictures=_pictures(trained),
        tags={
            "model": name,
            "label": decision.label,
            "churn": churn_definition(run),
            "cutoff": str(trained.cutoff),
            "data_end": str(summary.end),
            "digest": run.definitions.digest,
        },
        notes=(*decision.reasons, *notes),
        card=_card(run, summary, trained, decision, notes),
    )


def _pictures(trained: Trained) -> dict[str, bytes]:
    """The test's curves, and what the model looks at."""
    pictures = curves(trained.test)
    return pictures | ({"importance.png": png(importance(trained.importance))} if trained.importance else {})


def _card(
    run: Run, summary: Summary, trained: Trained, decision: gate.Decision, notes: tuple[str, ...]
) -> str:
    """The model card: what the version may and may not be used for."""
    name = decision.champion
    return card.write(
        card.Subject(
            name=run.config.name,
            model=name,
            label=decision.label,
            doc=run.definitions.models[name].doc,
            churn=churn_definition(run),
            metrics=_figures(trained),
            tables={table.name: table.to_json() for table in summary.tables},
            rows=trained.rows,
            recipe=trained.recipes[name].to_json(),
            importance=trained.importance if name == trained.chosen else (),
            notes=(*decision.reasons, *notes),
        )
    )


def _figures(trained: Trained, *, numbers: bool = False) -> dict[str, dict[str, Any]]:
    documents = {name: found.to_json() for name, found in trained.metrics.items()}
    if not numbers:
        return documents
    return {
        name: {key: float(value) for key, value in document.items() if isinstance(value, int | float)}
        for name, document in documents.items()
    }
