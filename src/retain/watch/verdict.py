"""What is wrong, in plain sentences, and whether a new training is called for.

Each gate asks for two things: that the figure is worse by more than a tolerance, and by more than chance
gives (once in a hundred times). A small list therefore rings no alarm by chance, nor a large one for a
trifle.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from retain.watch.drift import Drift
from retain.watch.effect import Effect
from retain.watch.outcomes import Figures, Outcome

Z = 2.576
"""Standard errors that chance exceeds once in a hundred times."""
LOSS = 0.05
"""Share by which the log loss may exceed the one promised."""
RATIO = 0.2
"""Share by which churn may differ from what was expected."""
AUC_DROP, LEAST_AUC = 0.05, 0.55
NAMED = 3
"""Features that an alert names."""
SPOILT = 0.05
"""Share of the held out who may be contacted before that is told."""
HEAVY = 0.05
"""A feature's part in the model from which its own move is told."""


@dataclass(frozen=True)
class Verdict:
    """alerts: what somebody should look at. retrain_because: why the next weekly run trains, or None."""

    alerts: tuple[str, ...]
    retrain_because: str | None


def verdict(
    outcomes: Sequence[Outcome],
    drift: Drift | None,
    effect: Effect | None,
    *,
    learnt_until: date | None,
    newest_complete: date,
    current: bool,
    max_drift: float,
) -> Verdict:
    """Judge the newest matured list, the drift and the effect.

    learnt_until: the newest cutoff that the last training saw. newest_complete: the newest that a training
    now would see. current: whether the champion made the newest list. max_drift: the
    gate of that name.
    """
    failed = list(_failures(outcomes[-1])) if outcomes else []
    drifted = drift is not None and drift.exceeds(max_drift)
    alerts = [*failed, *_drift_alerts(drift, max_drift=max_drift), *_effect_alerts(effect)]
    if learnt_until is not None and learnt_until >= newest_complete:
        return Verdict(tuple(alerts), None)  # a training now would learn from the same rows
    why = failed if outcomes and (learnt_until is None or learnt_until < outcomes[-1].as_of) else []
    if drifted and current and drift is not None:
        why = [*why, _drifted(drift)]
    return Verdict(tuple(alerts), " ".join(why) or None)


def _failures(one: Outcome) -> Iterator[str]:
    """The gates of performance that a list did not pass, by the customers whom nobody contacted."""
    found, name = one.untouched, f"The list of {one.as_of}"
    promised, total = found.promised, found.total
    if not total.customers:
        return
    excess = found.log_loss - promised.log_loss
    certain = excess > Z * promised.log_loss_error
    if certain and excess > LOSS * promised.log_loss:
        yield (
            f"{name} was less sure than it promised: log loss {found.log_loss:.3f}, promised "
            f"{promised.log_loss:.3f}."
        )
    if certain and found.skill <= 0:
        yield f"{name} foretold churn no better than its overall rate would have."
    if abs(found.ratio[0] - 1) > RATIO and _far(found):
        whom = f"{total.customers:,} customers" + (" not contacted" if one.contacted.customers else "")
        yield (
            f"{name} expected {total.expected * total.customers:,.0f} of {whom} to churn, and "
            f"{total.churned:,} did."
        )
    drop = promised.auc - found.auc
    if found.auc < LEAST_AUC or (drop > AUC_DROP and drop > Z * found.auc_error):
        yield (
            f"{name} ranked customers worse than it promised: AUC {found.auc:.3f}, promised "
            f"{promised.auc:.3f}."
        )


def _far(found: Figures) -> bool:
    """Whether the churn rate is farther from the expected one than chance gives."""
    total = found.total
    error = math.sqrt(found.promised.brier / total.customers)  # mean p (1 - p): of coins that differ
    return abs(total.actual - total.expected) > Z * error


def _drift_alerts(drift: Drift | None, *, max_drift: float) -> Iterator[str]:
    if drift is None:
        return
    if drift.exceeds(max_drift):
        yield _drifted(drift)
        return
    heavy = [one for one in drift.moved if one.shift.level == "large" and (one.weight or 0) >= HEAVY]
    for one in heavy[:NAMED]:
        yield f"{one.meaning} moved far since the training ({one.how}); the model looks at it much."


def _drifted(drift: Drift) -> str:
    told = "; ".join(f"{one.meaning} ({one.how})" for one in drift.moved[:NAMED])
    return (
        f"The customers scored are not as those the model learnt from (as of {drift.cutoff}): their mean "
        f"churn probability was {drift.mean_before:.1%} and is {drift.mean_now:.1%} (stability index "
        f"{drift.scores.size:.2f}); their features moved by {drift.features_size:.2f}"
        + (f", most of all: {told}." if told else ".")
    )


def _effect_alerts(effect: Effect | None) -> Iterator[str]:
    if effect is None:
        return
    found = effect.intended.difference
    if found.high < 0:
        yield (
            f"Customers to be contacted stayed less often than those held out, by {-100 * found.value:.1f} "
            f"percentage points (95 % interval {-100 * found.high:.1f} to {-100 * found.low:.1f}): "
            "contacting may drive them away."
        )
    if effect.reached is not None and effect.reached[1] > SPOILT:
        yield (
            f"The feedback tells of a contact with {effect.reached[1]:.0%} of those held out: the more of "
            "them are called, the less of the effect shows."
        )
