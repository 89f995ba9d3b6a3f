"""Which horizon to choose: how long customers usually stay away, and what each horizon would mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retain.config import Churn
from retain.readiness.findings import Finding, Level
from retain.readiness.gaps import Gaps

PERCENTILES = (0.5, 0.8, 0.9, 0.95)
HORIZONS = (14, 30, 60, 90, 120, 180, 270, 365)
SHORTEST, LONGEST = 14, 365
RECOMMENDED = 0.9
"""The share of gaps that should be over within the horizon: nine in ten who pause are not called lost."""

DEFINITION = (
    "Days from one active day of a customer to the next; the gap that is still open when the data end counts "
    "as at least that long (Kaplan and Meier 1958)."
)


@dataclass(frozen=True)
class Choice:
    """What one horizon would mean.

    churn_rate: at the newest cutoff that is complete for it, of `customers` who count there; None where the
    history is too short. come_back: share of those without an active day for that long who have one later.
    """

    horizon: int
    active_within: int
    customers: int
    churn_rate: float | None
    come_back: float | None
    current: bool

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return dict(vars(self))


@dataclass(frozen=True)
class Window:
    """Advice on the horizon.

    percentiles: days within which that share of the gaps is over, None where it never is. recommended: the
    90 % one, clamped to 14..365. usable: the same, but no longer than the history can test.
    """

    percentiles: dict[float, int | None]
    choices: tuple[Choice, ...]
    recommended: int
    usable: int
    active_within: int
    current: int
    history: int
    gaps: Gaps

    @property
    def why(self) -> str:
        """The reason of the recommendation."""
        found = self.percentiles[RECOMMENDED]
        if found is None:
            over = float(1 - self.gaps.survival[-1])
            reason = (
                f"only {over:.0%} of gaps are ever over in {self.history:,} days, so that nine in ten never "
                f"are: the longest that is recommended is {LONGEST} days"
            )
        else:
            reason = f"nine in ten gaps are over within {found:,} days"
            if found != self.recommended:
                reason += f"; the recommendation stays within {SHORTEST} to {LONGEST}"
        if self.usable < self.recommended:
            reason += (
                f". The history of {self.history:,} days is too short to test it (that takes "
                f"{2 * self.recommended:,}): until there is more, {self.usable} days leave room for an "
                f"earlier cutoff to learn from"
            )
        return reason

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "definition": DEFINITION,
            "percentiles": {f"{share:.0%}".rstrip("%"): days for share, days in self.percentiles.items()},
            "closed_gaps": int(self.gaps.closed.sum()),
            "open_gaps": int(self.gaps.open.sum()),
            "horizons": [choice.to_json() for choice in self.choices],
            "recommended": self.recommended,
            "usable": self.usable,
            "active_within": self.active_within,
            "current": self.current,
            "why": self.why,
        }


def candidates(churn: Churn) -> tuple[tuple[int, int], ...]:
    """Horizons to show, the config's own among them, with `active_within` in the config's proportion."""
    horizons = sorted({*HORIZONS, churn.horizon})
    return tuple((horizon, _within(churn, horizon)) for horizon in horizons)


def _within(churn: Churn, horizon: int) -> int:
    return max(1, round(horizon * churn.active_within / churn.horizon))


def advise(gaps: Gaps, choices: Sequence[Choice], *, churn: Churn, history: int) -> Window:
    """The recommendation: the 90 % percentile of the gaps, clamped. history: its days."""
    percentiles = {share: gaps.percentile(share) for share in PERCENTILES}
    found = percentiles[RECOMMENDED]
    recommended = LONGEST if found is None else min(max(found, SHORTEST), LONGEST)
    # A cutoff to learn from, its horizon over at the test cutoff, and the test's own horizon.
    usable = recommended if 2 * recommended <= history else max(min(recommended, history // 3), 1)
    return Window(
        percentiles, tuple(choices), recommended, usable, _within(churn, usable), churn.horizon, history, gaps
    )


def judge(window: Window) -> list[Finding]:
    """A horizon in the config that is far from the recommended one."""
    ratio = window.current / window.usable
    if 2 / 3 <= ratio <= 1.5:
        return []
    here = next(choice for choice in window.choices if choice.current)
    back = "" if here.come_back is None else f"; {here.come_back:.0%} of those called lost come back"
    return [
        Finding(
            "horizon",
            Level.ADVICE,
            "churn.horizon",
            f"the horizon is {window.current} days, and {window.usable} are recommended: {window.why}{back}",
            "`retain check --write` puts it into the config; keep yours where the business decides otherwise "
            "(a contract, a season, the time in which a call can help)",
        )
    ]
