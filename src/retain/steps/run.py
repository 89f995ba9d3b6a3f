"""`Run`: what every step is given, and the clock that it is timed by."""

from __future__ import annotations

import resource
import secrets
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from retain.cache.folder import FOLDER, CacheFolder
from retain.config import Config
from retain.errors import ConfigError
from retain.progress import Progress, Silent, Step
from retain.project import Definitions, ProjectFolder

if TYPE_CHECKING:
    from retain.learning.feature import Feature
    from retain.steps.one_reading import OneReading


@dataclass(frozen=True)
class Stages:
    """A progress that also keeps each stage's seconds, and the process's peak memory at its end."""

    shown: Progress = field(default_factory=Silent)
    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, total: float | None = None) -> Iterator[Step]:
        """Show the step and keep what it took; one begun again is added up."""
        began = time.perf_counter()
        with self.shown.step(name, total) as step:
            yield step
        before = self.stages.get(name, {}).get("seconds", 0.0)
        seconds = round(before + time.perf_counter() - began, 3)
        self.stages[name] = {"seconds": seconds, "peak_memory_bytes": peak_memory()}


@dataclass(frozen=True)
class Run:
    """One run of a command.

    now: its moment, by which rows lie in the future. id: new for each run. staging: where copies of tables
    from databases stay for the whole run, which then sees one moment of them and asks once. tables: keeps the
    tables of one machine open from step to step.
    """

    config: Config
    folder: ProjectFolder
    definitions: Definitions
    progress: Stages
    now: datetime
    id: str
    staging: Path | None = None
    tables: OneReading | None = field(default=None, repr=False)

    @classmethod
    def begin(
        cls,
        config: Config,
        folder: ProjectFolder,
        definitions: Definitions,
        *,
        progress: Progress,
        run_id: str | None = None,
    ) -> Run:
        """A run that begins now."""
        now = datetime.now(UTC)
        return cls(config, folder, definitions, Stages(progress), now, run_id or new_id(now))

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features of the families that the config names; all where it names none."""
        return chosen_features(self.definitions, self.config.features)

    @property
    def cache(self) -> CacheFolder:
        """What is kept to be faster the next time."""
        return cache_of(self.config)

    def step(self, name: str, total: float | None = None) -> AbstractContextManager[Step]:
        """Begin a step."""
        return self.progress.step(name, total)


def cache_of(config: Config) -> CacheFolder:
    """The cache of a business: in its output folder, unless the config names another place."""
    return CacheFolder(config.cache.folder or config.output / FOLDER, config.cache.size)


def new_id(now: datetime) -> str:
    """An id for a run that begins at `now` (UTC): ids sort by time."""
    return f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def chosen_features(definitions: Definitions, families: Iterable[str] | None) -> tuple[Feature, ...]:
    """The features of these families, all for None. Raises ConfigError for a family that is not there."""
    if families is None:
        return definitions.features
    wanted, there = set(families), {feature.family for feature in definitions.features}
    if not wanted <= there:
        unknown, known = ", ".join(sorted(wanted - there)), ", ".join(sorted(there))
        raise ConfigError(f"features: there is no {unknown} in features/; there are: {known}")
    return tuple(feature for feature in definitions.features if feature.family in wanted)


def peak_memory() -> int:
    """The most memory this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
