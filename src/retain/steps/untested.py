"""A rule that needs no test, for a business too young to train or test anything on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from retain.errors import DataError, ShortHistory
from retain.events.engine import Events
from retain.learning.calibration import Uncalibrated
from retain.learning.contract_value import AMOUNT, contract_valuation
from retain.learning.dataset import Dataset
from retain.learning.event_churn import known_kinds
from retain.learning.matrix import fit_spec
from retain.learning.recipe import Recipe
from retain.learning.refits import Expectation, drawn, expectation
from retain.learning.scorer import Floats, Scorer, churn_probability
from retain.learning.snapshots import build
from retain.learning.tenure_rule import TENURES
from retain.learning.valuation import Valuation, has_amounts
from retain.steps.reading import churn_definition
from retain.steps.results import TrainResult
from retain.steps.run import Run
from retain.steps.training_record import Made, training_record
from retain.tracking import log_training

SILENT = "bg_nbd"
"""Buy-till-you-die is fitted to the histories of orders or activity alone; no label is looked at."""

LASTING = "tenure"
"""Kaplan-Meier by tenure is fitted to lives as far as they have gone; none need be over."""

MOST_DAYS = 60  # on which lives are looked at


def serve_untested(run: Run, events: Events, why: ShortHistory) -> TrainResult:
    """Register the rule as champion, labelled `rule`, with how sure it is and what is missing for more.

    Raises `why` where models/ has no such rule, or it does not speak of this kind of churn, and ShortHistory
    too where nobody has been lost yet, so that there is nothing to go by.
    """
    churn = run.config.churn
    name = SILENT if churn.when == "inactive" else LASTING
    rule = run.definitions.models.get(name)
    if rule is None or not rule.speaks_of(churn.when):
        raise why
    rows = _rows(run, events)
    fitted = _by_orders(run, rows) if name == SILENT else _by_lives(run, events, rows, why)
    made = _made(run, rows, fitted, name=name, day=str(events.summary.as_of), why=why)
    with run.step("Registering the rule"):
        kept = log_training(run.config, training_record(run, events.summary, made))
    return TrainResult(
        version=kept.version,
        run_id=kept.run_id,
        alias=kept.alias,
        champion=name,
        label="rule",
        churn=churn_definition(run),
        metrics={},
        reasons=made.notes,
        notes=(),
        rows=len(rows),
        expectation=made.expectation,
    )


@dataclass(frozen=True)
class _Fitted:
    """The rule, what it expects of the customers, and what it was fitted to, as sentences."""

    estimator: Any
    expected: Expectation
    notes: tuple[str, ...] = ()


def _rows(run: Run, events: Events) -> Dataset:
    """The customers as they are: there is no cutoff whose horizon is over."""
    as_of = events.summary.as_of
    return build(
        events, run.features, fit_spec(events), cutoffs=[as_of], labelled=False, progress=run.progress
    )


def _by_orders(run: Run, rows: Dataset) -> _Fitted:
    """The rule fitted to the customers' own orders."""
    nobody = np.zeros(len(rows), dtype=bool)
    untrained = partial(_untrained, run, SILENT)
    estimator = untrained().fit(rows.X, nobody)

    def again(generator: np.random.Generator) -> Floats:
        weight = drawn(generator, len(rows))
        return churn_probability(untrained().fit(rows.X, nobody, sample_weight=weight), rows.X)

    return _Fitted(estimator, _expected(run, again, churn_probability(estimator, rows.X)))


def _by_lives(run: Run, events: Events, rows: Dataset, why: ShortHistory) -> _Fitted:
    """The rule fitted to everybody who was a customer on some day of the history."""
    if not set(TENURES) & set(rows.X.columns):
        raise why
    if run.config.churn.when == "event":
        known_kinds(run.config.churn, events.kinds)
    past = _past(run, events)
    if past is None or past.lives is None or not np.isfinite(past.lives.lost).any():
        raise ShortHistory(f"{why}; and nobody has been lost yet, so that there is no rule to go by")
    lives, nobody = past.lives.apart(past.cutoff), np.zeros(len(past), dtype=bool)
    customer, names = pd.factorize(past.customer_id)
    untrained = partial(_untrained, run, LASTING)
    estimator = untrained().fit(past.X, nobody, lives=lives)

    def again(generator: np.random.Generator) -> Floats:
        weight = drawn(generator, len(names))[customer]
        return churn_probability(untrained().fit(past.X, nobody, weight, lives=lives), rows.X)

    expected = _expected(run, again, churn_probability(estimator, rows.X))
    supposes = "customers go on being lost as those before them were at the same tenure"
    told = _told(estimator, customers=len(names), horizon=run.config.churn.horizon)
    return _Fitted(estimator, replace(expected, supposes=supposes), (told,))


def _past(run: Run, events: Events) -> Dataset | None:
    """Who was a customer on days of the history, with nothing but their tenure; None where nobody was."""
    start, end = events.summary.start, events.summary.end
    apart = max(1, -(-(end - start).days // MOST_DAYS))
    days = [start + timedelta(days=number) for number in range(1, (end - start).days, apart)]
    features = [feature for feature in run.features if feature.name in TENURES]
    spec = replace(fit_spec(events), attributes={}, contract_attributes={})
    try:
        return build(events, features, spec, cutoffs=days, labelled=False, lived=True, progress=run.progress)
    except DataError:
        return None


def _told(estimator: Any, *, customers: int, horizon: int) -> str:
    survival = estimator.survival_
    lost, reach = int(survival.lost.sum()), survival.reach
    age = min(horizon, reach)
    low, high = survival.interval(age)
    told = (
        f"Kaplan-Meier by tenure, of {customers:,} customers of whom {lost:,} were lost: after {age} days "
        f"{float(survival.survival(age)):.1%} are still there (95% interval {low:.1%} to {high:.1%})."
    )
    return told + (
        f" Nobody was followed beyond a tenure of {reach} days: from there on it takes the mean rate of all, "
        f"{-np.expm1(-30 * survival.rate):.1%} in 30 days."
    )


def _expected(run: Run, again: Any, p: Floats) -> Expectation:
    with run.step("Drawing customers again"):
        return expectation(again, p, seed=run.config.training.seed)


def _made(run: Run, rows: Dataset, fitted: _Fitted, *, name: str, day: str, why: ShortHistory) -> Made:
    """The rule as it is registered."""
    scorer = Scorer(name, fitted.estimator, Uncalibrated(), tuple(rows.X.columns))
    notes = (
        f"Not tested: {why}.",
        f"The rule {name} serves until then; how well is not known. {fitted.expected.says(day)}",
        *fitted.notes,
    )
    return Made(
        label="rule",
        promoted=True,
        scorer=scorer,
        recipe=Recipe(name),
        rows=rows,
        seen=rows,
        p=scorer.predict(rows.X),
        notes=notes,
        expectation=fitted.expected,
        worth=_worth(run, rows),
    )


def _worth(run: Run, rows: Dataset) -> Valuation | None:
    """What the contracts that run bring in; None where nothing says what customers are worth."""
    if AMOUNT not in rows.X or has_amounts(rows.X):
        return None
    return contract_valuation(run.config.value.horizon)


def _untrained(run: Run, name: str) -> Any:
    """The rule, untrained, with what it takes of the run."""
    config, estimator = run.config, run.definitions.models[name].build()
    offered = {"horizon": config.churn.horizon, "random_state": config.training.seed}
    return estimator.set_params(**{key: offered[key] for key in offered if key in estimator.get_params()})
