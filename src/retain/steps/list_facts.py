"""What the manifest tells of a list as a whole."""

from __future__ import annotations

from typing import Any

import pandas as pd

from retain.lists import change, holdout, length, segments
from retain.lists.history import Past
from retain.steps.earlier import Earlier
from retain.steps.run import Run


def list_facts(
    run: Run,
    scores: pd.DataFrame,
    listed: pd.DataFrame,
    skipped: pd.DataFrame,
    gone: pd.DataFrame | None,
    *,
    earlier: Earlier,
    past: Past,
) -> dict[str, Any]:
    """Its order, its segments now and before, how much of it is new, who left it, and its experiment."""
    return {
        "ranked_by": length.ranked_by(scores, run.config.listing.order_by),
        "segments": segments.counts(scores),
        "segments_before": earlier.segments,
        "overlap": change.overlap(listed, earlier.listed),
        "left": {} if gone is None else _counts(gone["why"]),
        "campaign": run.config.campaign.model_dump(mode="json"),
        "currency": run.config.value.currency,
        "skipped": _counts(skipped["reason"]),
        "holdout": _experiment(run, listed, past=past),
    }


def _experiment(run: Run, listed: pd.DataFrame, *, past: Past) -> dict[str, str]:
    """What the holdout can show, and whether its groups are alike, as sentences."""
    if not run.config.listing.holdout or listed.empty:
        return {}
    campaign = run.config.campaign
    before = past.assignments[past.assignments["campaign"] == campaign.name]
    new = holdout.newly_assigned(
        listed, campaign=campaign.name, as_of=past.as_of, assignments=past.assignments
    )
    assigned = pd.concat([frame for frame in (before, new) if len(frame)])
    power = holdout.power_note(
        assigned,
        churn_rate=float(listed["churn_probability"].mean()),
        accept=campaign.accept,
        horizon=run.config.churn.horizon,
    )
    return {"power": power, "balance": holdout.balance_note(holdout.balance(assigned))}


def _counts(values: pd.Series[str]) -> dict[str, int]:
    return {str(value): int(count) for value, count in values.value_counts().items()}
