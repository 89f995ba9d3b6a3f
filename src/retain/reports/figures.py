"""The figures of a test as people read them: what each is called, how it is written, what it means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from retain.learning.bootstrap import Terms


@dataclass(frozen=True)
class Figure:
    """A figure of `Metrics`. better: 1 where higher is better, -1 where lower is, 0 where neither."""

    name: str
    title: str
    form: str
    better: int
    definition: str

    def shown(self, value: float | None) -> str:
        """The value as it is printed; a dash where it is not defined."""
        return "–" if value is None or not isfinite(value) else f"{value:{self.form}}"

    def best(self, values: Iterable[float | None]) -> str | None:
        """How the best of the values is printed; None where there is no better or worse."""
        found = [value for value in values if value is not None and isfinite(value)]
        if not self.better or not found:
            return None
        return self.shown(max(found) if self.better > 0 else min(found))


def figures(terms: Terms) -> tuple[Figure, ...]:
    """All figures of an evaluation, in the order of its tables."""
    capacity, offer = terms.capacity, terms.offer
    listed = f"the {capacity:,} ranked highest (list.capacity)" if capacity else "a list of capacity"
    campaign = (
        f"a customer is worth {terms.worth}; {offer.accept:.0%} of the churners contacted stay, who then "
        f"cost {offer.incentive:g}, and each contact costs {offer.contact:g}"
    )
    return (
        *WHOLE,
        *_of_shares("lift", "Lift", ".2f", "How many times the churn rate is the share of churners among"),
        *_of_shares("precision", "Precision", ".1%", "Share of churners among"),
        Figure("recall_10", "Recall 10%", ".1%", 1, "Share of all churners who are in the top 10%."),
        Figure("precision_at_capacity", "P@capacity", ".1%", 1, f"Share of churners among {listed}."),
        Figure(
            "max_profit",
            "Profit",
            ".2f",
            1,
            f"Maximum profit: that of the best list, per customer of all (Verbraken 2013), where {campaign}.",
        ),
        Figure("max_profit_size", "Best length", ",.0f", 0, "Length of the list of the maximum profit."),
    )


WHOLE = (
    Figure("auc", "AUC", ".3f", 1, "Chance that a churner ranks above a customer who stayed; 0.5 is chance."),
    Figure(
        "average_precision",
        "Avg. prec.",
        ".3f",
        1,
        "Precision averaged over the ranks of the churners (area under the precision-recall curve, by "
        "steps); the churn rate is chance.",
    ),
    Figure(
        "log_loss",
        "Log loss",
        ".4f",
        -1,
        "Mean of -log of the probability that was given to what happened, in nats: the price of wrong "
        "probabilities.",
    ),
    Figure(
        "skill",
        "Skill",
        ".1%",
        1,
        "Share of the log loss of always saying the tested churn rate that the model takes away; 0 is none.",
    ),
    Figure("brier", "Brier", ".4f", -1, "Mean squared distance between probability and outcome (0 or 1)."),
    Figure(
        "ece",
        "Calib. err.",
        ".3f",
        -1,
        "Expected calibration error: mean distance between churn rate and mean probability over ten bins of "
        "equally many customers. It has no interval: resampling would only inflate it.",
    ),
    Figure("gini", "Gini", ".3f", 1, "2 AUC - 1."),
)
"""The figures of the whole ranking and of the probabilities."""


def _of_shares(name: str, title: str, form: str, definition: str) -> list[Figure]:
    return [
        Figure(f"{name}_{share}", f"{title} {share}%", form, 1, f"{definition} the {share}% ranked highest.")
        for share in (1, 5, 10)
    ]
