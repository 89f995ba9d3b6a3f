"""What `retain watch` returns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from retain.watch.drift import Drift
from retain.watch.effect import Contrast, Effect
from retain.watch.estimated import METHOD, Estimate
from retain.watch.outcomes import Outcome
from retain.watch.proportions import POOLED, SINGLE

MOVED = 5
"""Features that the terminal names."""


@dataclass(frozen=True)
class Waiting:
    """A list whose horizon is not over. over: the day on which it will be. promised: what it promises."""

    as_of: date
    over: date
    listed: int
    promised: Estimate | None

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        told = {"as_of": str(self.as_of), "over": str(self.over), "listed": self.listed}
        return {**told, "promised": self.promised and self.promised.to_json()}


@dataclass(frozen=True)
class Bands:
    """How many customers of a list each band of risk had."""

    as_of: date
    customers: Mapping[str, int]


@dataclass(frozen=True)
class WatchResult:
    """What became of past lists, oldest first. bands: of every list.

    drift: None where nothing can be compared; `notes` then say why. alerts: what somebody should look at.
    retrain_because: why the next weekly run should train, None where it need not. contacted_means: by what a
    customer counts as contacted.
    """

    name: str
    as_of: date
    churn: str
    outcomes: tuple[Outcome, ...]
    waiting: tuple[Waiting, ...]
    bands: tuple[Bands, ...]
    effect: Effect | None
    drift: Drift | None
    alerts: tuple[str, ...]
    retrain_because: str | None
    notes: tuple[str, ...]
    contacted_means: str = ""
    currency: str | None = None
    page: Path = field(default=Path("watch.html"))
    path: Path = field(default=Path("watch.json"))

    def to_json(self) -> dict[str, Any]:
        """As a document; what is undefined is null."""
        document = {
            "name": self.name,
            "as_of": str(self.as_of),
            "churn": self.churn,
            "alerts": list(self.alerts),
            "retrain_because": self.retrain_because,
            "lists": [one.to_json() for one in self.outcomes],
            "waiting": [one.to_json() for one in self.waiting],
            "bands": [{"as_of": str(one.as_of), **one.customers} for one in self.bands],
            "effect": self.effect and self.effect.to_json(),
            "drift": self.drift and self.drift.to_json(),
            "methods": {"weekly_difference": SINGLE, "pooled_difference": POOLED, "promised": METHOD},
            "contacted_means": self.contacted_means,
            "currency": self.currency,
            "notes": list(self.notes),
            "files": {"json": str(self.path), "html": str(self.page)},
        }
        plain: dict[str, Any] = defined(document)
        return plain

    def lines(self) -> list[str]:
        """As sentences."""
        return [
            *self.notes,
            *_outcome_lines(self),
            *_waiting_lines(self),
            *_effect_lines(self.effect),
            *_drift_lines(self.drift),
            *(f"Alert: {alert}" for alert in self.alerts),
            *([f"The next weekly run trains: {self.retrain_because}"] if self.retrain_because else []),
            f"  {self.page}",
            f"  {self.path}",
        ]


def defined(value: Any) -> Any:
    """`value` as JSON can say it: null for NaN and the infinities."""
    if isinstance(value, dict):
        return {str(key): defined(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [defined(each) for each in value]
    return None if isinstance(value, float) and value - value != 0 else value


def _outcome_lines(found: WatchResult) -> Iterator[str]:
    if not found.outcomes:
        yield "No list's horizon is over yet."
        return
    yield f"Churn: {found.churn}."
    yield "Lists whose horizon is over (all scored customers; of the list, and of those held out):"
    yield (
        f"  {'list':<12}{'customers':>10}{'expected':>10}{'churned':>9}{'AUC':>7}{'promised':>10}"
        f"{'log loss':>10}{'promised':>10}{'on list':>9}{'churned':>9}{'held out':>10}{'churned':>9}"
    )
    for one in found.outcomes:
        told = one.everyone
        yield (
            f"  {one.as_of!s:<12}{told.total.customers:>10,}{told.total.expected:>10.1%}"
            f"{_share(told.total.actual):>9}{told.auc:>7.3f}{told.promised.auc:>10.3f}"
            f"{told.log_loss:>10.4f}{told.promised.log_loss:>10.4f}"
            f"{one.listed.customers:>9,}{_share(one.listed.actual):>9}"
            f"{one.held.customers:>10,}{_share(one.held.actual):>9}"
        )


def _share(value: float) -> str:
    return "–" if value != value else f"{value:.1%}"


def _waiting_lines(found: WatchResult) -> Iterator[str]:
    if found.waiting:
        told = ", ".join(f"{one.as_of} (on {one.over})" for one in found.waiting)
        yield f"Not known yet: what becomes of the lists of {told}."


def _effect_lines(effect: Effect | None) -> Iterator[str]:
    if effect is None:
        yield "Nobody was held out on a list whose horizon is over: what contacting brings cannot be told."
        return
    yield effect_sentence(effect.intended)
    if effect.treated is not None:
        yield effect_sentence(effect.treated)


def effect_sentence(one: Contrast) -> str:
    """A comparison in words."""
    groups, found = one.groups, one.difference
    who = f"Effect of contacting, {one.name}: {groups.contacted:,} contacted, {groups.held:,} not"
    if not found.known:
        return f"{who}; there is nothing to compare."
    least = "no true difference could have shown"
    if one.smallest is not None:
        least = f"the smallest true difference that could have shown: {100 * one.smallest:.1f}"
    return (
        f"{who}; {100 * found.value:+.1f} percentage points more stayed (95 % interval "
        f"{100 * found.low:+.1f} to {100 * found.high:+.1f}; {least})."
    )


def _drift_lines(drift: Drift | None) -> Iterator[str]:
    if drift is None:
        return
    yield (
        f"Drift since the training ({drift.cutoff}): scores {drift.scores.size:.2f}, features "
        f"{drift.features_size:.2f} (stability index beyond chance; 0.1 is moderate, 0.25 large)."
    )
    for one in drift.moved[:MOVED]:
        yield f"  {one.meaning}: {one.how} ({one.shift.size:.2f})"
