"""Whether a tested model may decide whom people call: the model, a rule in its place, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np

from retain.learning import metrics
from retain.learning.bootstrap import Replicates, interval
from retain.learning.comparison import Comparison, Floats

CLEARLY = 0.99  # how sure it must be that chance is beaten: every model tested is one more chance of luck

Samples = dict[str, Replicates]


class Gates(Protocol):
    """The part of the configuration that the gate reads."""

    @property
    def min_customers(self) -> int:
        """Customers that a test needs."""

    @property
    def min_churners(self) -> int:
        """Churners that a test needs."""

    @property
    def must_beat_baseline(self) -> bool:
        """Whether a model that is worse than a rule gives way to it."""


@dataclass(frozen=True)
class Decision:
    """What to do with a tested model.

    promote: whether `champion` becomes the champion; if not, it is registered as challenger and the run
    is refused. champion: the model that was chosen, or the rule that takes its place. reasons: sentences.
    """

    promote: bool
    champion: str
    label: Literal["model", "rule"]
    reasons: tuple[str, ...]


def decide(test: Comparison, *, chosen: str, rules: Collection[str], gates: Gates, seed: int = 7) -> Decision:
    """The chosen model if it beats chance and is no worse than any rule; else the best rule; else none.

    rules: the names in `test` that are rules. Below the gates' minimum nothing can be proved: a rule
    serves then, unless even its order of the customers points the wrong way.
    """
    label: Literal["model", "rule"] = "rule" if chosen in rules else "model"
    samples = test.replicates(seed=seed)
    shortage = missing_data(test, gates)
    substitute = test.best(rules)
    if substitute and not shortage and not beats_chance(samples[substitute]):
        substitute = None
    against = shortage or _objections(test, samples, chosen=chosen, rules=rules, gates=gates)
    if not against:
        return Decision(True, chosen, label, (_evidence(test, samples[chosen], chosen),))
    if substitute is None:
        tested = tuple(_evidence(test, samples[name], name) for name in rules if name != chosen)
        found = "No rule does better:" if shortage else "No rule does either, so there is nothing to learn:"
        return Decision(False, chosen, label, (*against, found, *tested))
    return Decision(True, substitute, "rule", (*against, f"The rule {substitute} takes its place."))


def challenge(
    decision: Decision, test: Comparison, *, incumbent: Floats, name: str, seed: int = 7
) -> Decision:
    """The decision, unless what it promotes predicts worse than the champion that is in place.

    incumbent: the predictions at the same cutoff of the champion's recipe, trained on the same cutoffs.
    name: what sentences call it. Worse is a log loss higher beyond the noise of the customers resampled.
    """
    if not decision.promote:
        return decision
    both = {decision.champion: test.predictions[decision.champion], name: incumbent}
    samples = replace(test, predictions=both).replicates(seed=seed)
    loss = samples[decision.champion].log_loss - samples[name].log_loss
    told = f"{decision.champion} against {name} at {test.cutoff}: log loss {_difference(loss)}."
    if interval(loss)[0] <= 0:
        return replace(decision, reasons=(*decision.reasons, told))
    return replace(decision, promote=False, reasons=(*decision.reasons, f"{told} {name} stays."))


def missing_data(test: Comparison, gates: Gates) -> tuple[str, ...]:
    """What the test lacks to prove anything, in numbers; empty where it has enough."""
    needs = (
        ("customers", test.customers, gates.min_customers),
        ("churners", test.churners, gates.min_churners),
    )
    return tuple(
        f"{least} {what} are needed to test a model, there are {found}: {least - found} are missing."
        for what, found, least in needs
        if found < least
    )


def _objections(
    test: Comparison, samples: Samples, *, chosen: str, rules: Iterable[str], gates: Gates
) -> tuple[str, ...]:
    if not beats_chance(samples[chosen]):
        return (f"{chosen} does not beat chance. {_evidence(test, samples[chosen], chosen)}",)
    if not gates.must_beat_baseline:
        return ()
    compared = (_worse_than(test, samples, chosen=chosen, rule=rule) for rule in rules if rule != chosen)
    return tuple(sentence for sentence in compared if sentence)


def beats_chance(samples: Replicates) -> bool:
    """Whether it ranks clearly better than chance, by probabilities that are not clearly wrong."""
    return interval(samples.auc, CLEARLY)[0] > 0.5 and _has_skill(samples)


def _has_skill(samples: Replicates) -> bool:
    """Probabilities not clearly worse than the churn rate's.

    They may be a little worse where the churn rate has moved since training, and the order still be right.
    """
    return interval(samples.skill)[1] > 0


def _worse_than(test: Comparison, samples: Samples, *, chosen: str, rule: str) -> str | None:
    """Why the chosen model does not beat a rule; None where it does.

    It must not be worse in log loss nor AUC beyond the noise of the same customers resampled, and better
    than the rule in one of the two.
    """
    loss = samples[chosen].log_loss - samples[rule].log_loss
    rank = samples[chosen].auc - samples[rule].auc
    if interval(loss)[0] > 0:
        return f"{chosen} has a worse log loss than {rule}: {_difference(loss)}."
    if interval(rank)[1] < 0:
        return f"{chosen} ranks worse than {rule} in AUC: {_difference(rank)}."
    if np.nanmean(loss) >= 0 and np.nanmean(rank) <= 0:
        both = f"log loss ({_difference(loss)}) or AUC ({_difference(rank)})"
        return f"{chosen} is no better than {rule} in {both}."
    return None


def _difference(samples: np.ndarray) -> str:
    low, high = interval(samples)
    return f"{np.nanmean(samples):+.4f}, 95 % interval {low:+.4f} to {high:+.4f}"


def _evidence(test: Comparison, samples: Replicates, name: str) -> str:
    p = test.predictions[name]
    low, high = interval(samples.auc, CLEARLY)
    below, above = interval(samples.skill)
    return (
        f"{name} on {test.customers} customers, {test.churners} churners, at {test.cutoff}: "
        f"AUC {metrics.auc(test.churned, p):.3f} "
        f"({CLEARLY:.0%} interval {low:.3f} to {high:.3f}; chance is 0.5), "
        f"log loss less than the churn rate's by {metrics.skill(test.churned, p):.1%} "
        f"(95% interval {below:.1%} to {above:.1%})."
    )
