"""Rolling origin: every model tested at several cutoffs, each time knowing only what was over by then.

Tashman, "Out-of-sample tests of forecasting accuracy", International Journal of Forecasting 16, 2000.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from retain.learning.bootstrap import Replicates, Terms, bootstrap_together, interval, mean_replicates
from retain.learning.calibration_effect import Calibrated, CalibrationEffect, calibration_effect
from retain.learning.comparison import Comparison
from retain.learning.explanation import Explanation, explain
from retain.learning.metrics import Metrics
from retain.learning.origins import Origin, origins
from retain.learning.outcomes import newest_cutoff, outcomes
from retain.learning.recipe import Recipe, Workbench
from retain.learning.scorer import Floats, Scorer
from retain.learning.terms import terms as configured
from retain.learning.tuning import Tuned, Tuning, tune
from retain.progress import Progress, Silent, Step

if TYPE_CHECKING:
    from retain.config import Config
    from retain.learning.dataset import Dataset
    from retain.learning.model import Model

T = TypeVar("T")

BASELINES = ("recency", "no_order", "own_gap", "rfm_logit", "bg_nbd", "pareto_nbd", "prior")
"""What a model is always tested beside."""

HIGHER_IS_BETTER = {"auc": True, "log_loss": False}
"""The figures in which the chosen model is compared with the best baseline."""


@dataclass(frozen=True)
class Fold:
    """The test at one cutoff.

    cutoffs: those that the models were trained on. rows: how many rows that were. days_away: days since
    each tested customer's last row of the table that defines churn. samples: every model's figures in the
    same resamples of the customers of all folds.
    """

    test: Comparison
    cutoffs: tuple[date, ...]
    rows: int
    days_away: Floats
    recipes: dict[str, Recipe]
    metrics: dict[str, Metrics]
    samples: dict[str, Replicates]

    @property
    def cutoff(self) -> date:
        """The day of the test."""
        return self.test.cutoff


@dataclass(frozen=True)
class Difference:
    """A figure of the chosen model less the best baseline's, of the same customers: in all, and by fold.

    `better` and `worse` are beyond the 95 % interval.
    """

    figure: str
    baseline: str
    mean: float
    interval: tuple[float, float]
    folds: tuple[tuple[float, tuple[float, float]], ...]

    @property
    def better(self) -> bool:
        """Whether the chosen model is clearly better."""
        low, high = self.interval
        return low > 0 if HIGHER_IS_BETTER[self.figure] else high < 0

    @property
    def worse(self) -> bool:
        """Whether the best baseline is clearly better."""
        low, high = self.interval
        return high < 0 if HIGHER_IS_BETTER[self.figure] else low > 0


@dataclass(frozen=True)
class Backtest:
    """Every model at every fold, the oldest first.

    skipped: the baselines that could not be tested, with the reason. calibration: what it did to the chosen
    model's probabilities. explanation: of the chosen model at the newest fold, where it can explain itself.
    """

    chosen: str
    folds: tuple[Fold, ...]
    terms: Terms
    skipped: Mapping[str, str]
    notes: tuple[str, ...]
    calibration: CalibrationEffect
    explanation: Explanation | None

    @property
    def models(self) -> tuple[str, ...]:
        """The chosen one, then the baselines."""
        return tuple(self.folds[0].metrics)

    def average(self, model: str) -> dict[str, float]:
        """Each figure's mean over the folds where it is defined."""
        found = [fold.metrics[model].numbers() for fold in self.folds]
        names = dict.fromkeys(name for numbers in found for name in numbers)
        return {name: float(np.mean([one[name] for one in found if name in one])) for name in names}

    def resampled(self, model: str) -> Replicates:
        """The mean of each figure over the folds, in every resample."""
        return mean_replicates([fold.samples[model] for fold in self.folds])

    def samples(self, model: str, figure: str) -> Floats:
        """The same of one figure."""
        return np.asarray(getattr(self.resampled(model), figure))

    def best_baseline(self, figure: str) -> str | None:
        """The baseline of the best average, chosen in hindsight: the hardest one to beat."""
        sign = 1 if HIGHER_IS_BETTER[figure] else -1
        found = {name: self.average(name).get(figure) for name in self.models if name != self.chosen}
        return max(
            (name for name, value in found.items() if value is not None),
            key=lambda name: sign * (found[name] or 0.0),
            default=None,
        )

    def difference(self, figure: str) -> Difference | None:
        """The chosen model less the best baseline; None where there is no baseline."""
        best = self.best_baseline(figure)
        if best is None:
            return None
        folds = []
        for fold in self.folds:
            ours, theirs = (getattr(fold.metrics[name], figure) for name in (self.chosen, best))
            samples = getattr(fold.samples[self.chosen], figure) - getattr(fold.samples[best], figure)
            folds.append((float(ours - theirs), interval(samples)))
        mean = self.average(self.chosen)[figure] - self.average(best)[figure]
        samples = self.samples(self.chosen, figure) - self.samples(best, figure)
        return Difference(figure, best, mean, interval(samples), tuple(folds))


def backtest(
    dataset: Dataset,
    *,
    models: Mapping[str, Model],
    chosen: str,
    config: Config,
    folds: int,
    terms: Terms | None = None,
    progress: Progress | None = None,
) -> Backtest:
    """Test the models at the newest `folds` cutoffs that earlier ones can teach.

    models: the chosen one first. terms: of the profit; those of the configuration for None. At each fold a
    model is found as `retain train` would have found it on that day: parameters, calibration, fit. Where
    history is too short for that, the test is at the newest cutoff on customers that the models had not
    seen. Raises DataError where nobody or everybody churns.
    """
    progress = progress or Silent()
    training = config.training
    found, notes = origins(dataset, training, folds)
    skipped: dict[str, str] = {}
    with progress.step("Testing models", total=len(found) * len(models)) as step:
        tester = _Tester(
            Workbench(training.seed), Tuning(training.trials, None, progress), models, chosen, skipped, step
        )
        tested = [tester.test(origin) for origin in found]
    terms = terms or configured(config, dataset)
    with progress.step("Drawing customers again"):
        measured = _measured(tested, terms, skipped=skipped, seed=training.seed)
        effect = calibration_effect([one.calibrated for one in tested], seed=training.seed)
    with progress.step("Explaining the model"):
        explanation = _explanation(found[-1], tested[-1], chosen, config)
    return Backtest(
        chosen=chosen,
        folds=measured,
        terms=terms,
        skipped=skipped,
        notes=(*notes, *(note for one in tested for note in one.notes)),
        calibration=effect,
        explanation=explanation,
    )


@dataclass(frozen=True)
class _Tested:
    """A fold before it is measured. rows: how many were learnt from. scorer, calibrated: the chosen model."""

    test: Comparison
    cutoffs: tuple[date, ...]
    rows: int
    days_away: Floats
    recipes: dict[str, Recipe]
    scorer: Scorer
    calibrated: Calibrated
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Tester:
    """Makes every model at a fold as training would. skipped: filled with the baselines that cannot be."""

    bench: Workbench
    tuning: Tuning
    models: Mapping[str, Model]
    chosen: str
    skipped: dict[str, str]
    step: Step

    def test(self, origin: Origin) -> _Tested:
        past, latest = origin.learnt(), origin.tested()
        chosen = self.models[self.chosen]
        tuned = Tuned() if origin.unseen else tune(self.bench, chosen, past, self.tuning)
        recipes, predictions, raw, scorers = {}, {}, {}, {}
        for name in self.models:
            params = tuned.params if name == self.chosen else {}
            made = self._made(name, origin, past=past, latest=latest, params=params)
            self.step.advance()
            if made is not None:
                recipes[name], scorers[name], (predictions[name], raw[name]) = made
        churned, method = outcomes(latest), recipes[self.chosen].calibration
        before, after = raw[self.chosen], predictions[self.chosen]
        return _Tested(
            test=Comparison(origin.cutoff, latest.horizon, latest.customer_id, churned, predictions),
            cutoffs=tuple(np.unique(past.cutoff).tolist()),
            rows=len(past.customer_id),
            days_away=latest.facts["days_since_last"].to_numpy(float),
            recipes=recipes,
            scorer=scorers[self.chosen],
            calibrated=Calibrated(origin.cutoff, method, latest.customer_id, churned, before, after),
            notes=tuple(f"At {origin.cutoff}: {note}" for note in tuned.notes),
        )

    def _made(
        self, name: str, origin: Origin, *, past: Dataset, latest: Dataset, params: dict[str, Any]
    ) -> tuple[Recipe, Scorer, tuple[Floats, Floats]] | None:
        """The model and what it predicts, calibrated and not; None for a baseline the tables do not allow."""
        model = self.models[name]
        try:
            recipe, scorer = self.bench.find(model, past, at=newest_cutoff(past), params=params)
        except ValueError as error:  # what a baseline raises for a matrix without the columns it reads
            if name == self.chosen:
                raise
            self.skipped[name] = str(error)
            return None
        if origin.unseen:
            return recipe, scorer, self.bench.unseen(model, recipe, past, at=origin.cutoff)
        raw = scorer.raw(latest.X)
        return recipe, scorer, (scorer.calibrator.apply(raw), raw)


def _measured(
    tested: Sequence[_Tested], terms: Terms, *, skipped: Collection[str], seed: int
) -> tuple[Fold, ...]:
    """Every fold with its figures, all on the same draws of customers."""
    tests = [replace(one.test, predictions=_without(one.test.predictions, skipped)) for one in tested]
    drawn = bootstrap_together([test.trial() for test in tests], terms=terms, seed=seed)
    return tuple(
        Fold(
            test=test,
            cutoffs=one.cutoffs,
            rows=one.rows,
            days_away=one.days_away,
            recipes=_without(one.recipes, skipped),
            metrics=test.measured(samples, terms),
            samples=samples,
        )
        for one, test, samples in zip(tested, tests, drawn, strict=True)
    )


def _without(found: Mapping[str, T], skipped: Collection[str]) -> dict[str, T]:
    return {name: value for name, value in found.items() if name not in skipped}


def _explanation(origin: Origin, tested: _Tested, chosen: str, config: Config) -> Explanation | None:
    return explain(
        tested.scorer,
        origin.tested(),
        tested.test.predictions[chosen],
        bands=config.listing.bands.model_dump(),
        seed=config.training.seed,
    )
