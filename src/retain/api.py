"""The Python interface: `retain.open` gives a `Project`, whose methods are the commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from retain.config import Config, load
from retain.errors import ConfigError
from retain.lock import held
from retain.progress import Progress, Silent
from retain.project import Definitions, ProjectFolder, find, read_definitions

if TYPE_CHECKING:  # a step is imported when it is asked for: pandas, scikit-learn and MLflow take seconds
    from retain.steps.check_results import CheckResult
    from retain.steps.forget import ForgetResult
    from retain.steps.history_results import FeedbackResult, HistoryResult
    from retain.steps.metrics_results import MetricsResult
    from retain.steps.results import (
        EvaluateResult,
        FeaturesResult,
        ModelsResult,
        PredictResult,
        RollbackResult,
        TrainResult,
    )
    from retain.steps.run import Run
    from retain.steps.watch_results import WatchResult
    from retain.weekly_results import WeeklyResult


def open(
    config: Path | str,
    *,
    project: Path | str | None = None,
    progress: Progress | None = None,
    run_id: str | None = None,
    look: Look = "now",
) -> Project:
    """Open a business by its config file.

    project: the folder with features/, models/ and configs/; by default found from the working
    directory. run_id: of all that is done with it; by default each method call has its own. look: when the
    tables' columns are compared with the config. Raises ConfigError with every mistake in the config.
    """
    folder = find(None if project is None else Path(project))
    loaded = _looked_into(Path(config), look)
    opened = Project(loaded, folder, read_definitions(folder), progress or Silent(), run_id, look == "later")
    if look == "now":
        opened.definitions.require_features()
    return opened


Look = Literal["now", "later", "never"]
"""`later`: `predict` looks where it must read the tables; until then no definition is loaded either.
`never`: `weekly` takes what is missing for a refusal, and loads definitions where there is anything to do."""


def _looked_into(config: Path, look: Look) -> Config:
    if look == "now":
        return _inspected(config)
    try:
        return load(config)
    except ConfigError:
        if look == "later":  # what is wrong with the tables is to be told with the rest
            _inspected(config)
        raise


def _inspected(config: Path) -> Config:
    """The config, its tables looked into."""
    from retain.events.duckdb.sources import inspect

    return load(config, inspect=inspect)


@dataclass(frozen=True)
class Project:
    """A business and the definitions it is modelled with."""

    config: Config
    folder: ProjectFolder
    definitions: Definitions = field(repr=False)
    progress: Progress = field(default_factory=Silent, repr=False)
    run_id: str | None = None
    unseen: bool = False

    def check(self, as_of: date | None = None, write: bool = False) -> CheckResult:
        """Whether the tables are good enough to learn from; `write` puts the advised horizon in the file."""
        from retain.steps.check import check

        return check(self._run(), as_of=as_of, write=write)

    def features(self, as_of: date | None = None) -> FeaturesResult:
        """The features of every customer eligible as of a day, as a frame."""
        from retain.steps.matrices import features

        return features(self._run(), as_of=as_of)

    def write_features(self, path: Path, as_of: date | None = None) -> FeaturesResult:
        """The same, streamed to a .parquet or .csv file."""
        from retain.steps.matrices import write_features

        return write_features(self._run(), path, as_of=as_of)

    def write_dataset(self, path: Path, as_of: date | None = None) -> FeaturesResult:
        """The rows that `train` uses, streamed to a .parquet or .csv file."""
        from retain.steps.matrices import write_dataset

        return write_dataset(self._run(), path, as_of=as_of)

    def train(self, as_of: date | None = None, promote: bool = False) -> TrainResult:
        """Train, test and register a model. Raises Refused where nothing beats chance."""
        with self._alone("train") as run:
            from retain.steps.train import train

            return train(run, as_of=as_of, promote=promote)

    def evaluate(self, as_of: date | None = None, folds: int = 3) -> EvaluateResult:
        """Backtest the configured model beside the baselines, at the newest complete cutoffs."""
        from retain.steps.evaluate import evaluate

        return evaluate(self._run(), as_of=as_of, folds=folds)

    def predict(
        self,
        as_of: date | None = None,
        model: str | None = None,
        force: bool = False,
        accept: str | None = None,
    ) -> PredictResult:
        """Publish the ranked list of the customers at risk. Raises Refused where a gate is not passed."""
        with self._alone("predict") as run:
            from retain.steps import standing

            plain = model is None and accept is None
            there = standing.standing(run, as_of=as_of) if plain and not force else None
            if there is not None:
                return there
            self._look()
            from retain.steps.predict import predict

            before = standing.mark(run, as_of=as_of) if plain else None
            listed = predict(run, as_of=as_of, model=model, force=force, accept=accept)
            if before is not None:
                standing.keep(run, before, listed)
            return listed

    def weekly(
        self, as_of: date | None = None, force: bool = False, accept: str | None = None
    ) -> WeeklyResult:
        """Check, retrain if due, predict, watch, notify. Raises Refused where a gate is not passed."""
        with self._alone("weekly") as run:
            from retain.weekly_again import nothing_left

            there = None if force or accept is not None else nothing_left(run, as_of=as_of)
            if there is not None:
                return there
            self.definitions.require_features()
            from retain.weekly import weekly

            return weekly(run, as_of=as_of, force=force, accept=accept)

    def watch(self, as_of: date | None = None) -> WatchResult:
        """What became of past lists, what contacting brought, and whether customers drift."""
        from retain.steps.watch import watch

        return watch(self._run(), as_of=as_of)

    def metrics(
        self,
        start: date | None = None,
        end: date | None = None,
        *,
        by: str = "month",
        segment: str | None = None,
        as_of: date | None = None,
    ) -> MetricsResult:
        """Retention metrics from the day `start` to the day `end`, both in it; by default a year."""
        from retain.steps.metrics import metrics

        return metrics(self._run(), start=start, end=end, by=by, segment=segment, as_of=as_of)

    def models(self) -> ModelsResult:
        """The registered versions, newest first."""
        from retain.steps.versions import versions

        return versions(self._run())

    def rollback(self) -> RollbackResult:
        """Make the previous champion the champion again. Raises Locked while another run is at work."""
        # Beside a training either would undo the other without a word: what that promotes between our reading
        # and writing the alias, or what we bring back while it compares with the champion that was.
        with self._alone("rollback") as run:
            from retain.steps.versions import rollback

            return rollback(run)

    def feedback(self, path: Path | str) -> FeedbackResult:
        """Record the contacts in a CSV file; all of them, or none where a line is wrong.

        Raises Locked while another run is at work.
        """
        # A history in PostgreSQL refuses whoever read it before somebody else wrote: a weekly run that comes
        # to its end just then would have worked for nothing. A file that is written anew (`compact`) must not
        # be opened meanwhile, or what is recorded can go into the former one.
        with self._alone("feedback") as run:
            from retain.steps.feedback import feedback

            return feedback(run, Path(path))

    def history(self) -> HistoryResult:
        """Past lists and refusals, newest first."""
        from retain.steps.feedback import past_runs

        return past_runs(self._run())

    def forget(self, *customers: str) -> ForgetResult:
        """Erase customers from the lists, history and feedback that retain keeps; gives the receipt."""
        from retain.steps.forget import forget

        with self._alone("forget") as run:
            return forget(run, customers)

    def _look(self) -> None:
        """Compare the tables with the config, and load the definitions, if that was put off."""
        if self.unseen:
            _inspected(self.config.path)
            self.definitions.require_features()

    def _run(self) -> Run:
        from retain.steps.run import Run

        return Run.begin(
            self.config, self.folder, self.definitions, progress=self.progress, run_id=self.run_id
        )

    @contextmanager
    def _alone(self, command: str) -> Iterator[Run]:
        """A run that no other may go beside; raises Locked while one does."""
        run = self._run()
        with held(self.config.output, command=command, run_id=run.id):
            yield run
