"""Training: snapshots, the honest test, the gate, the refit, the registered version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from retain.errors import ConfigError, Refused, ShortHistory
from retain.events.checks import unusable_notes
from retain.events.engine import Events
from retain.events.tables import Summary
from retain.learning import gate, training
from retain.learning.contract_value import AMOUNT, contract_valuation
from retain.learning.cutoffs import Cutoffs
from retain.learning.dataset import Dataset
from retain.learning.feature import TABLES
from retain.learning.matrix import fit_spec
from retain.learning.model import Model
from retain.learning.spend_horizon import SpendHorizon
from retain.learning.terms import terms
from retain.learning.training import Trained
from retain.learning.valuation import Valuation, ValueReport, fit_value, has_amounts
from retain.reports.plots import curves, importance, png
from retain.steps.definition import left_out_notes
from retain.steps.incumbent import Incumbent, find_incumbent
from retain.steps.reading import churn_definition, cutoffs, read, spend_days, training_sample
from retain.steps.results import TrainResult
from retain.steps.risk_curve import curve_notes, lived_rows, risk_curve
from retain.steps.run import Run
from retain.steps.sentences import require_sayable
from retain.steps.training_record import Made, training_record
from retain.steps.training_rows import training_rows
from retain.steps.untested import serve_untested
from retain.tracking import Registered, log_training, require_answering

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
        require_sayable(run, fit_spec(events))
        try:
            found = cutoffs(run, events.summary)
        except ShortHistory as why:
            return serve_untested(run, events, why)
        material = _gathered(run, events, found)
    trained = training.train(
        material.dataset,
        models=models,
        chosen=run.config.model,
        config=run.config,
        terms=terms(run.config, material.dataset.fairly(), material.spending),
        progress=run.progress,
        journals=run.config.output / "search",
    )
    decision = _decide(run, trained, material.incumbent, promote=promote)
    with run.step("Learning what customers are worth"):
        worth = _valuation(run, material)
    serves = decision.champion
    curve = risk_curve(run, material.lived, run.definitions.models[serves], trained.recipes[serves])
    notes = (*material.notes, *trained.notes, *worth.report.notes, *curve_notes(curve))
    made = replace(_made(material, trained, decision, worth, notes), curve=curve)
    registered = _registered(run, material.summary, trained, made)
    return _result(run, material, trained, decision, registered, notes)


@dataclass(frozen=True)
class _Material:
    """What is learnt from: the rows, the days of spending they tell, the champion's own try at them."""

    summary: Summary
    dataset: Dataset
    spending: SpendHorizon
    incumbent: Incumbent | None
    lived: Dataset | None
    notes: tuple[str, ...]


def _gathered(run: Run, events: Events, found: Cutoffs) -> _Material:
    summary = events.summary
    spending = spend_days(run, summary, found)
    sample = training_sample(run, events, found.all)
    dataset = training_rows(run, events, found.all, spend_horizon=spending.days, sample=sample)
    asked = {"spend_horizon": spending.days, "sample": sample}
    incumbent = find_incumbent(run, events, dataset, cutoffs=found.all, **asked)
    sampled = sample.note(run.config.training.max_rows)
    notes = (*unusable_notes(summary), *found.notes, *left_out_notes(dataset.left_out), *sampled)
    lived = lived_rows(run, events, dataset, sample=sample)
    return _Material(summary, dataset, spending, incumbent, lived, notes)


def tested_models(run: Run) -> Mapping[str, Model]:
    """The configured model, and what it must beat. Raises ConfigError for a name that is not in models/."""
    models = run.definitions.models
    if run.config.model not in models:
        raise ConfigError(
            f"model: there is no {run.config.model} in models/; there are: {', '.join(sorted(models))}"
        )
    if models[run.config.model].predicts != "churn":
        raise ConfigError(f"model: {run.config.model} in models/ does not predict churn")
    beside = [name for name, model in speaking(run).items() if model.rule or name == BESIDE]
    return {name: models[name] for name in dict.fromkeys([run.config.model, *beside])}


def speaking(run: Run) -> dict[str, Model]:
    """The models that have anything to say about this kind of churn and these tables."""
    tables, when = run.config.tables, run.config.churn.when
    there = [name for name in TABLES if getattr(tables, name)]
    models = run.definitions.models.items()
    return {name: model for name, model in models if model.speaks_of(when) and model.reads(there)}


def _valuation(run: Run, material: _Material) -> Valuation:
    """What customers are worth, by the best model of it; nothing where models/ has none."""
    if not has_amounts(material.dataset.X) and AMOUNT in material.dataset.X:
        return contract_valuation(run.config.value.horizon)
    model = run.definitions.models.get("value")
    if model is None:
        note = "models/ defines no `value`: nobody's value is known"
        return Valuation(None, ValueReport(None, material.spending.asked, notes=(note,)))
    rows, seed = material.dataset.fairly(), run.config.training.seed
    return fit_value(rows, model=model, horizon=material.spending, seed=seed)


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


def _made(
    material: _Material,
    trained: Trained,
    decision: gate.Decision,
    worth: Valuation,
    notes: tuple[str, ...],
) -> Made:
    """What the gate decided for, as it is registered."""
    name = decision.champion
    return Made(
        label=decision.label,
        promoted=decision.promote,
        scorer=trained.scorers[name],
        recipe=trained.recipes[name],
        rows=material.dataset,
        seen=material.dataset.at(trained.cutoff),
        p=trained.test.predictions[name],
        notes=(*decision.reasons, *notes),
        cutoff=str(trained.cutoff),
        worth=worth,
        metrics=_figures(trained),
        importance=trained.importance if name == trained.chosen else (),
    )


def _registered(run: Run, summary: Summary, trained: Trained, made: Made) -> Registered:
    with run.step("Registering the model"):
        pictures = curves(trained.test)
        if trained.importance:
            pictures["importance.png"] = png(importance(trained.importance))
        record = training_record(run, summary, made, pictures=pictures, importance=trained.importance)
        return log_training(run.config, record)


def _result(
    run: Run,
    material: _Material,
    trained: Trained,
    decision: gate.Decision,
    registered: Registered,
    notes: tuple[str, ...],
) -> TrainResult:
    """Raises Refused where nothing was promoted."""
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
        left_out=material.dataset.left_out,
    )


def _figures(trained: Trained) -> dict[str, dict[str, Any]]:
    return {name: found.to_json() for name, found in trained.metrics.items()}
