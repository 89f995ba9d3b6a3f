"""What `retain weekly` returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the latter takes scikit-learn, which a run with nothing left to do has no need of
    from retain.steps.results import PredictResult, TrainResult
    from retain.steps.watch_results import WatchResult


@dataclass(frozen=True)
class WeeklyResult:
    """A weekly run.

    trained: None where no training was due, or it failed or was turned down (a warning says so).
    watched: None where nothing new was to be watched, or it failed.
    """

    as_of: date
    listed: PredictResult = field(repr=False)
    trained: TrainResult | None = field(repr=False)
    retrained_because: str | None
    watched: WatchResult | None = field(repr=False)
    warnings: tuple[str, ...]

    @property
    def already(self) -> bool:
        """Whether the list stood before and nothing was changed."""
        return self.listed.already

    def summary(self) -> dict[str, Any]:
        """The run in short."""
        return {
            "as_of": str(self.as_of),
            "already_published": self.already,
            "folder": str(self.listed.folder),
            "retrained_because": self.retrained_because,
            "trained_version": None if self.trained is None else self.trained.version,
            "alerts": [] if self.watched is None else list(self.watched.alerts),
            "retrain_next_because": None if self.watched is None else self.watched.retrain_because,
            "warnings": list(self.warnings),
            "accepted": self.listed.manifest.get("gates", {}).get("accepted"),
        }

    def to_json(self) -> dict[str, Any]:
        """As a document: the run in short, and what each step gave."""
        steps: Mapping[str, Any] = {
            "train": self.trained,
            "predict": self.listed,
            "watch": self.watched,
        }
        return {**self.summary(), **{name: step and step.to_json() for name, step in steps.items()}}

    def lines(self) -> list[str]:
        """As sentences."""
        trained = [] if self.trained is None else self.trained.lines()
        warned = [f"warning: {warning}" for warning in self.warnings]
        return [*self._due(), *trained, *self.listed.lines(), *warned]

    def _due(self) -> list[str]:
        if self.retrained_because is None:
            return []
        why = self.retrained_because
        return [f"Retrained: {why}" if self.trained else f"Retraining was due, and gave no champion: {why}"]
