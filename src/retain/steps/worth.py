"""The predicted customer lifetime value: what the newest list says, else what the champion would say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from retain.errors import RetainError
from retain.events.engine import Events
from retain.learning.matrix import MatrixSpec
from retain.learning.snapshots import build
from retain.project import Definitions
from retain.retention.measured import Figure
from retain.steps.run import Run, chosen_features

_SQLITE = "sqlite:///"


@dataclass(frozen=True)
class PredictedClv:
    """What customers are expected to bring. values: by customer id; None where `why` not.

    about: who they are; parts: by which list or version.
    """

    values: pd.Series[float] | None
    about: str = ""
    parts: Mapping[str, object] = field(default_factory=dict)
    why: str = ""

    def figure(self) -> Figure:
        """The mean over all of them."""
        if self.values is None:
            return Figure(None, "", {}, self.why)
        return _figure(self.values, self.about, self.parts)

    def figures(self, segment: pd.Series[str]) -> dict[str, Figure]:
        """The means of the customers of each segment. segment: by customer id."""
        if self.values is None:
            return {}
        grouped = self.values.groupby(segment.reindex(self.values.index).to_numpy())
        return {str(name): _figure(values, self.about, self.parts) for name, values in grouped}


def predicted_clv(run: Run, events: Events) -> PredictedClv:
    """The expected value of the eligible customers; nothing that was trained or listed later is used."""
    day = events.summary.as_of
    newest = _newest_list(run.config.output / "lists", day)
    if newest is not None:
        frame = pd.read_parquet(newest / "scores.parquet", columns=["customer_id", "expected_value"])
        values = frame.set_index("customer_id")["expected_value"]
        return PredictedClv(
            values, f"customers eligible for the list of {newest.name}", {"list": newest.name}
        )
    return _by_champion(run, events)


def _newest_list(lists: Path, as_of: date) -> Path | None:
    found = [path for path in lists.glob("????-??-??") if (path / "scores.parquet").is_file()]
    return max((path for path in found if path.name <= str(as_of)), key=lambda path: path.name, default=None)


def _by_champion(run: Run, events: Events) -> PredictedClv:
    day = events.summary.as_of
    why = f"no list as of {day} or earlier was published: run `retain predict`"
    if not _may_be_trained(run.config.tracking_uri):
        return PredictedClv(None, why=why)
    from retain.tracking import load, version_of  # MLflow takes seconds to import

    try:
        with run.step("Loading the model"):
            champion = load(run.config, version_of(run.config, day))
        if champion.value is None:
            return PredictedClv(None, why="the champion says nothing about value")
        features = chosen_features(
            Definitions.from_sources(champion.sources), champion.metadata.get("features")
        )
        spec = MatrixSpec.from_json(champion.spec)
        rows = build(events, features, spec, cutoffs=[day], labelled=False, progress=run.progress)
    except RetainError:  # there is no champion of that day, or its columns are no longer there
        return PredictedClv(None, why=why)
    values = pd.Series(champion.value.predict(rows.X), index=rows.customer_id, dtype=float)
    about = f"customers eligible on {day}, by the champion"
    return PredictedClv(values, about, {"version": champion.version})


def _may_be_trained(uri: str) -> bool:
    """Whether there can be a model: a file that is not there holds none, and asking would make it."""
    return not uri.startswith(_SQLITE) or Path(uri.removeprefix(_SQLITE)).is_file()


def _figure(values: pd.Series[float], about: str, parts: Mapping[str, object]) -> Figure:
    known = values.dropna()
    population = f"{len(known):,} {about}"
    if known.empty:
        return Figure(None, population, {}, "the model says nothing about value")
    sums = {"median": float(known.median()), "total": float(known.sum())}
    return Figure(float(known.mean()), population, {**sums, **parts})
