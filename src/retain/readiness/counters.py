"""What a model needs at least, what there is, and how far off that is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from retain.config import Churn, Gates
from retain.events.tables import Summary
from retain.readiness.findings import Finding, Level


@dataclass(frozen=True)
class Counter:
    """One requirement. most: `needed` is an upper limit, else a lower one; shares are told in percent."""

    name: str
    what: str
    needed: float
    found: float
    unit: str
    most: bool = False

    @property
    def enough(self) -> bool:
        """Whether it is met."""
        return self.found < self.needed or not self.found if self.most else self.found >= self.needed

    @property
    def missing(self) -> float:
        """How far off it is, in its unit; 0 where it is met."""
        return 0.0 if self.enough else abs(self.needed - self.found)

    def shown(self, value: float) -> str:
        """A value in the counter's unit."""
        return f"{value:.1%}" if self.unit == "share" else f"{value:,.0f}"

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {**vars(self), "enough": self.enough, "missing": self.missing}


@dataclass(frozen=True)
class Population:
    """Customers who count and churners, at the test cutoff and at any that a model learns from.

    now: customers who count as of today, of whom it is not known yet who churns.
    """

    test: tuple[int, int]
    train: tuple[int, int]
    now: int


def counters(
    summary: Summary, gates: Gates, churn: Churn, *, population: Population, test: date | None
) -> tuple[Counter, ...]:
    """Every requirement of PRACTICE.md, Readiness. test: the newest complete cutoff, None without one."""
    what = "days of history (twice the horizon)"
    if churn.settled > churn.horizon:
        what = f"days of history (twice the horizon, and {churn.grace} of grace)"
    share = max((t.unusable / max(t.rows - t.anonymous, 1) for t in summary.tables), default=0.0)
    return (
        Counter("history_days", what, churn.horizon + churn.settled, _days(summary), "days"),
        *_people(gates, population, test, as_of=summary.as_of),
        Counter("missing_share", "rows that cannot be used", gates.max_missing, share, "share", most=True),
    )


def _people(gates: Gates, there: Population, test: date | None, *, as_of: date) -> Iterator[Counter]:
    least = {"customers": gates.min_customers, "churners": gates.min_churners}
    if test is None:
        yield Counter(
            "customers_now", f"eligible customers on {as_of}", least["customers"], there.now, "customers"
        )
        return
    places = {"test": f"at the test cutoff {test}", "train": "at the cutoffs before, to learn from"}
    for name, place in places.items():
        for unit, found in zip(least, getattr(there, name), strict=True):
            told = f"{'eligible ' if unit == 'customers' else ''}{unit} {place}"
            yield Counter(f"{name}_{unit}", told, least[unit], found, unit)


def judge(found: Iterable[Counter]) -> Iterable[Finding]:
    """Requirements that are not met."""
    for counter in found:
        if counter.enough:
            continue
        short = counter.name == "history_days"
        serves = "so little can be learnt" if counter.name.startswith("train") else NO_MODEL
        yield Finding(
            "short-history" if short else f"few-{counter.unit}",
            Level.WARNING,
            "churn.horizon" if short else "churn",
            f"{counter.shown(counter.needed)} {counter.what} are needed, there are "
            f"{counter.shown(counter.found)}: {counter.shown(counter.missing)} are missing, {serves}",
            "collect more history, or choose a shorter churn.horizon; until then the list is labelled `rule`"
            if short
            else "widen churn.active_within or bring more history; below the minimum the list is labelled "
            "`rule`",
            int(counter.missing),
        )


NO_MODEL = "so a rule will serve in place of a model"


def _days(summary: Summary) -> int:
    return (summary.end - summary.start).days
