"""How good the model is in a letter, against what a spreadsheet would do: "no order for N days"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retain.learning.backtest import Backtest, Fold
from retain.learning.bootstrap import REPLICATES, draws, interval
from retain.learning.gate import CLEARLY, beats_chance
from retain.learning.rules import candidate_days

Floats = NDArray[np.float64]
Letter = Literal["A", "B", "C", "none"]

MUCH = 1.1  # times the rule's accuracy on churners
DEFINITION = (
    "Accuracy on churners is the share of the customers who churned that is on a list. The rule lists "
    "whoever has no order for N days or more (N: the horizon, or halved until a month or less, what tells "
    "churners from others best at these same cutoffs). The model lists as many customers: those to whom it "
    "gives the highest probabilities. Both are averaged over the folds. A: the model finds at least a tenth "
    "more churners than the rule. B: it finds more. For both the 95% interval over resampled customers must "
    "lie above the rule. C: it does not. none: the model does not clearly beat chance."
)

OF_RULES = (
    "Accuracy on churners is the share of the customers who churned that is on a list. Each list names as "
    "many customers as churned: those to whom a model gives the highest probabilities. The rule is, of the "
    "simple rules tested beside the model, the one that finds the most churners at these same cutoffs. All "
    "are averaged over the folds. A: the model finds at least a tenth more churners than the rule. B: it "
    "finds more. For both the 95% interval over resampled customers must lie above the rule. C: it does "
    "not. none: the model does not clearly beat chance."
)
"""The same where contracts or events, not the days since a row, tell churn."""


@dataclass(frozen=True)
class Grade:
    """The letter, and why: the verdict as a clause, the evidence as sentences.

    days: N of the rule; NaN where it is another one. definition: of the letters. accuracy,
    rule_accuracy: the shares of churners found. gain, interval: how many times the rule's accuracy the
    model's is; NaN where the rule lists nobody.
    """

    letter: Letter
    verdict: str
    evidence: str
    days: float
    accuracy: float
    rule_accuracy: float
    gain: float
    interval: tuple[float, float]
    definition: str = DEFINITION

    @property
    def why(self) -> str:
        """Verdict and evidence."""
        return f"{self.verdict}: {self.evidence}"


def grade(found: Backtest, *, seed: int, rules: Sequence[str] | None = None) -> Grade:
    """Grade the chosen model of a backtest as DEFINITION says; against the best of `rules` as OF_RULES says.

    rules: the simple rules that speak of this kind of churn; None where "no order for N days" does.
    """
    rule = _no_order(found.folds) if rules is None else _best_of(found, rules)
    sizes = [round(float(listed.sum())) for listed in rule.lists]
    chosen = [fold.test.predictions[found.chosen] for fold in found.folds]
    lists = [(_top(p, size), theirs) for p, size, theirs in zip(chosen, sizes, rule.lists, strict=True)]
    ours, theirs = (_accuracy(found.folds, [pair[i] for pair in lists]) for i in (0, 1))
    bounds = interval(_gains(found.folds, lists, seed=seed))
    gain = ours / theirs if theirs > 0 else float("nan")
    letter, verdict = (
        _letter(gain, bounds)
        if beats_chance(found.resampled(found.chosen))
        else ("none", "does not clearly beat chance")
    )
    against = (
        f"On lists of the same length it finds {ours:.1%} of the churners, {rule.called} "
        f"{theirs:.1%}: {gain:.2f} times as many (95% interval {_shown(bounds)})."
        if theirs > 0
        else rule.otherwise
    )
    return Grade(
        letter,
        f"{found.chosen} {verdict}",
        f"{evidence(found)}. {against}",
        rule.days,
        ours,
        theirs,
        gain,
        bounds,
        DEFINITION if rules is None else OF_RULES,
    )


@dataclass(frozen=True)
class _Rule:
    """What the model is compared with; of each fold how much of each customer is on its list.

    otherwise: the sentence where it finds nobody.
    """

    called: str
    otherwise: str
    lists: list[Floats]
    days: float = float("nan")


def _no_order(folds: Sequence[Fold]) -> _Rule:
    days = _best_days(folds)
    called = f'the rule "no order for {days:g} days"'
    lists = [_away(fold, days).astype(float) for fold in folds]
    return _Rule(called, f"The{called[3:]} finds nobody here.", lists, days)


def _best_of(found: Backtest, rules: Sequence[str]) -> _Rule:
    """The rule that finds the most churners on lists as long as the churners are many."""
    told = [name for name in rules if name in found.models and _tells_apart(found.folds, name)]
    lists = {
        name: [_top(fold.test.predictions[name], fold.test.churners) for fold in found.folds] for name in told
    }
    otherwise = "No simple rule tells the customers apart here."
    if not lists:
        return _Rule("", otherwise, [np.zeros(len(fold.test.churned)) for fold in found.folds])
    best = max(lists, key=lambda name: _accuracy(found.folds, lists[name]))
    return _Rule(f'the best simple rule, "{best}",', otherwise, lists[best])


def _tells_apart(folds: Sequence[Fold], rule: str) -> bool:
    return any(np.ptp(fold.test.predictions[rule]) > 0 for fold in folds)


def _letter(gain: float, bounds: tuple[float, float]) -> tuple[Letter, str]:
    if np.isnan(gain):
        return "B", "clearly beats chance, and there is no rule to compare it with"
    if not bounds[0] > 1:
        return "C", "clearly beats chance, but not the best simple rule"
    if gain < MUCH:
        return "B", "beats the best simple rule"
    return "A", "beats the best simple rule by far"


def evidence(found: Backtest) -> str:
    """What the model did against chance, in numbers."""
    average = found.average(found.chosen)
    auc = _shown(interval(found.samples(found.chosen, "auc"), CLEARLY), ".3f")
    skill = _shown(interval(found.samples(found.chosen, "skill")), ".1%")
    return (
        f"AUC {average.get('auc', float('nan')):.3f} ({CLEARLY:.0%} interval {auc}; chance is 0.5), log loss "
        f"less than the churn rate's by {average.get('skill', float('nan')):.1%} (95% interval {skill})"
    )


def _best_days(folds: Sequence[Fold]) -> float:
    """The N of the best list: by the mean of the shares of churners and of others that it judges rightly."""

    def balanced(days: float) -> float:
        listed = [_away(fold, days) for fold in folds]
        found = [away[fold.test.churned].mean() for fold, away in zip(folds, listed, strict=True)]
        spared = [(~away)[~fold.test.churned].mean() for fold, away in zip(folds, listed, strict=True)]
        return float(np.mean(found) + np.mean(spared))

    return max(candidate_days(folds[0].test.horizon), key=balanced)


def _away(fold: Fold, days: float) -> NDArray[np.bool_]:
    return np.nan_to_num(fold.days_away, nan=-1.0) >= days


def _top(p: Floats, size: int) -> Floats:
    """1 for the `size` highest; customers of one score share what is left of the list."""
    scores, group, count = np.unique(-p, return_inverse=True, return_counts=True)
    before = np.cumsum(count) - count
    share = np.clip((size - before) / count, 0.0, 1.0)
    return np.asarray(share[group] if len(scores) else np.empty(0))


def _accuracy(folds: Sequence[Fold], lists: Sequence[Floats]) -> float:
    found = [listed[fold.test.churned].mean() for fold, listed in zip(folds, lists, strict=True)]
    return float(np.mean(found))


def _gains(folds: Sequence[Fold], lists: Sequence[tuple[Floats, Floats]], *, seed: int) -> Floats:
    """The ratio of the accuracies in resamples of the customers, the lists as they were."""
    churners = [fold.test.churned for fold in folds]
    who = [fold.test.customer_id[churned] for fold, churned in zip(folds, churners, strict=True)]
    marks = [
        np.array([ours[churned], theirs[churned]])
        for (ours, theirs), churned in zip(lists, churners, strict=True)
    ]
    ratios = []
    for weights in draws(who, replicates=REPLICATES, seed=seed):
        shares = [mark @ weight / weight.sum() for mark, weight in zip(marks, weights, strict=True)]
        ours, theirs = np.sum(shares, axis=0)
        ratios.append(ours / theirs if theirs > 0 else np.nan)
    return np.array(ratios)


def _shown(bounds: tuple[float, float], form: str = ".2f") -> str:
    return f"{bounds[0]:{form}} to {bounds[1]:{form}}"
