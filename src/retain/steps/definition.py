"""What churn means for a business, as a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from retain.config import Churn


def defined(churn: Churn) -> str:
    """Who counts as a customer at a cutoff, and who of them has churned."""
    if churn.when == "ended":
        return _ended(churn)
    counts = (
        f"a customer counts with a row in {churn.counted_table} in the {churn.active_within} days before "
        "the cutoff"
    )
    if churn.when == "inactive":
        return f"{counts}, and has churned with none in the {churn.horizon} days from it"
    kinds = _either(churn.kinds)
    return f"{counts} and no {kinds} since, and has churned with one in the {churn.horizon} days from it"


def left_out_notes(left_out: Mapping[str, int]) -> tuple[str, ...]:
    """Sentences on customers who could neither be learnt from nor tested on, by why."""
    return tuple(
        f"{count:,} {'row is' if count == 1 else 'rows are'} left out of fit and test: {why}"
        for why, count in left_out.items()
        if count
    )


def _ended(churn: Churn) -> str:
    reasons = f" for the reason {_either(churn.reasons)} (others are left out)" if churn.reasons else ""
    return (
        "a customer counts with a live subscription at the cutoff, and has churned where the last ends in "
        f"the {churn.horizon} days from it{reasons} and none starts within {churn.grace} days"
    )


def _either(names: Iterable[str]) -> str:
    return " or ".join(f"'{name}'" for name in names)
