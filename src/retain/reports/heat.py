"""Cohort tables as heat-maps: tables whose cells are coloured by their value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

LEVELS = 9
MOST_ROWS, MOST_COLUMNS = 24, 25


@dataclass(frozen=True)
class Cell:
    """A cell: its text and its class in the style sheet (h0, palest, to h8)."""

    text: str
    kind: str


@dataclass(frozen=True)
class Heat:
    """A heat-map. rows: (cohort, customers, cells). left_out: cohorts older than those shown."""

    columns: Sequence[int]
    rows: Sequence[tuple[str, int, Sequence[Cell]]]
    averages: Sequence[Cell]
    left_out: int


def heat(cohorts: Sequence[Mapping[str, Any]], name: str, averages: Sequence[float]) -> Heat:
    """The newest cohorts of a document's table. The colours go from nothing to the highest after column 0."""
    shown = cohorts[-MOST_ROWS:]
    later = [cell for one in shown for cell in one[name][1:MOST_COLUMNS]]
    top = max(later, default=100.0)
    width = max((len(one[name]) for one in shown), default=0)
    rows = [(one["cohort"], one["size"], [_cell(v, top) for v in one[name][:MOST_COLUMNS]]) for one in shown]
    return Heat(
        range(min(width, MOST_COLUMNS)),
        rows,
        [_cell(value, top) for value in averages[:MOST_COLUMNS]],
        len(cohorts) - len(shown),
    )


def _cell(value: float, top: float) -> Cell:
    share = min(max(value / top, 0.0), 1.0) if top > 0 else 0.0
    return Cell(f"{value:.0f}", f"h{round(share * (LEVELS - 1))}")
