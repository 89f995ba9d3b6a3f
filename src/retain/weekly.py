"""Monday, 4 a.m.: check, retrain if due, predict, watch, notify. Safe to repeat, and never a wrong list.

Only predicting can fail the job. A check, a training, a watch or a notice that fails is a warning: the list
is published by the champion there is. What a killed run left undone, the next one does.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from retain.errors import ConfigError, DataError, Refused, RetainError, UsageError
from retain.events.scratch import scratch_space
from retain.steps import gates, standing
from retain.steps.check import check
from retain.steps.due import due
from retain.steps.notice import tell
from retain.steps.one_reading import OneReading
from retain.steps.predict import look, predict
from retain.steps.results import PredictResult, TrainResult
from retain.steps.run import Run
from retain.steps.train import train
from retain.steps.watch import watch
from retain.steps.writing import write_text
from retain.weekly_again import FILE, last_list, later_list, today
from retain.weekly_results import WeeklyResult

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


@dataclass
class Told:
    """What is to be told with the list, in the order in which it came up."""

    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        """Tell this, and log it now."""
        _log.warning(sentence)
        self.warnings.append(sentence)

    def aside(self, name: str, step: Callable[[], Result]) -> Result | None:
        """Do what the list does not depend on: a warning where it fails."""
        try:
            return step()
        except (RetainError, OSError) as error:
            self.warn(f"{name}: {error}")
        except Exception as defect:  # whatever is wrong beside the list must not cost the list
            _log.exception("%s failed", name)
            self.warn(f"{name} failed: {type(defect).__name__}: {defect}")
        return None


def weekly(
    run: Run, *, as_of: date | None = None, force: bool = False, accept: str | None = None
) -> WeeklyResult:
    """Publish the list of a day, by default of today in the business's timezone, and all that goes with it.

    accept: why the list is to be published although a check refuses it. Raises Refused, remembered in the
    history and told to the team, where a gate is not passed or the data cannot be used.
    """
    told = Told()
    day = as_of or today(run)
    try:
        with (
            gates.keeping_refusals(run, day),
            _unusable_is_refused(),
            scratch_space(run.config.spill) as staging,
            OneReading(staging / "rejects") as tables,
        ):
            if as_of is None and accept is None:
                _require_clock(run, day)
            run = replace(run, staging=staging, tables=tables)
            before = standing.mark(run, as_of=day) if accept is None else None
            result = _weekly(run, day, told, force=force, accept=accept)
            if before is not None:
                told.aside("noting the list", lambda: standing.keep(run, before, result.listed))
            return result
    except RetainError as error:
        _tell(run, told, refused=str(error))
        raise
    except Exception as defect:  # it goes on as it came, but somebody waits for the list
        _tell(run, told, refused=f"a defect in retain: {type(defect).__name__}")
        raise


def _weekly(run: Run, day: date, told: Told, *, force: bool, accept: str | None) -> WeeklyResult:
    with _missing_is_refused():
        standing = look(run, as_of=day, accept=accept)
    if standing is not None and not force:
        return _finished(run, day, told, listed=standing, trained=None, because=None)
    if told.aside("check", lambda: check(run, as_of=day)) is None:
        _close(run)  # whatever it left them in
    because = told.aside("whether a training is due", lambda: due(run, day))
    trained = _trained(run, day, told, accept=accept) if because else None
    listed = predict(run, as_of=day, force=force, accept=accept, warnings=tuple(told.warnings))
    return _finished(run, day, told, listed=listed, trained=trained, because=because)


def _trained(run: Run, day: date, told: Told, *, accept: str | None) -> TrainResult | None:
    """A training behind the gate of promotion; where it fails or is turned down the champion stays.

    What the tables hold in memory is given up for it.
    """
    _close(run)
    readable = gates.readable(replace(run, tables=None), accept)
    return told.aside("retraining", lambda: train(readable, as_of=day, promote=False))


def _close(run: Run) -> None:
    """Have the next step read the tables anew."""
    if run.tables is not None:
        run.tables.close()


def _finished(
    run: Run,
    day: date,
    told: Told,
    *,
    listed: PredictResult,
    trained: TrainResult | None,
    because: str | None,
) -> WeeklyResult:
    """Watch and tell, once for each list; a list that stands and was told of is left alone."""
    watched = None
    done = listed.already and last_list(run) == listed.manifest["run_id"]
    if not done:
        watched = told.aside("watch", lambda: watch(run, as_of=day))
    alerts = () if watched is None else watched.alerts
    told.warnings += [f"watch: {alert}" for alert in alerts]
    unsent = _tell(run, told, listed=listed)
    result = WeeklyResult(
        as_of=day,
        listed=listed,
        trained=trained,
        retrained_because=because,
        watched=watched,
        warnings=(*told.warnings, *unsent),
    )
    if not done:
        told.aside(FILE, lambda: _keep(run, result))
    return result


def _tell(
    run: Run, told: Told, *, listed: PredictResult | None = None, refused: str | None = None
) -> Sequence[str]:
    notes = [] if listed is None else listed.manifest.get("gates", {}).get("notes", [])
    older = () if listed is None or listed.expired is None else listed.expired.notes
    warnings = list(dict.fromkeys([*told.warnings, *notes, *older]))
    failures = tell(run, listed=listed, refused=refused, warnings=warnings)
    for failure in failures:
        _log.warning(failure)
    return failures


def _require_clock(run: Run, day: date) -> None:
    """Today cannot be before a list that was already published."""
    later = later_list(run, day)
    if later is not None:
        raise Refused(
            f"Nothing was published: by the clock it is {day} in {run.config.timezone}, but there is a "
            f"list of {later} already. Put the clock right, or name the day with --as-of."
        )


@contextmanager
def _unusable_is_refused() -> Iterator[None]:
    """In a job, data that cannot be used are a refusal like any other."""
    try:
        yield
    except DataError as error:
        raise Refused(f"Nothing was published: {error}") from error


@contextmanager
def _missing_is_refused() -> Iterator[None]:
    """A file or column that is not there today is the data's fault, not the config's."""
    try:
        yield
    except ConfigError as error:
        raise Refused(f"Nothing was published: {error}") from error


def _keep(run: Run, result: WeeklyResult) -> None:
    """Remember the run, whole or not at all."""
    path = run.config.output / FILE
    document = {"run_id": run.id, "list": result.listed.manifest["run_id"], **result.summary()}
    try:
        write_text(path, json.dumps(document, indent=2, default=str) + "\n")
    except OSError as error:
        raise UsageError(f"{path} could not be written: {error.strerror}") from error
