"""The list as tables on a terminal: whom to call first, and what other lengths would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retain.terminal import show_table

if TYPE_CHECKING:
    from retain.steps.results import PredictResult

TOP = {
    "rank": "#",
    "customer_id": "Customer",
    "churn_probability": "Risk",
    "segment": "Segment",
    "days_since_last": "Days",
    "usual_gap": "Usual gap",
    "expected_value": "Worth",
    "expected_saving": "Saving",
    "reason_1": "Why",
    "action": "What to do",
}

LENGTHS_SHOWN = 16


def show_lengths(result: PredictResult) -> None:
    """What lists of other lengths are expected to do."""
    some = result.what_if.iloc[:: max(1, len(result.what_if) // LENGTHS_SHOWN)]
    rows = [{str(key): value for key, value in row.items()} for row in some.to_dict("records")]
    columns = {str(name): str(name).replace("_", " ") for name in result.what_if}
    show_table("What if the list were longer or shorter", columns, rows)


def show_list(result: PredictResult) -> None:
    """The first ten to call."""
    top = result.first(10)
    columns = {key: heading for key, heading in TOP.items() if any(_says(row.get(key)) for row in top)}
    show_table("First to call", columns, top)


def _says(value: object) -> bool:
    """Whether there is a value: an empty text is none, nor are NaN and NaT, which differ from themselves."""
    return value is not None and value == value and value != ""
