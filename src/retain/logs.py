"""The log of a command, on stderr: for people on a terminal, one JSON object a line otherwise.

Every line of JSON has `run_id`, `event`, `level` and `timestamp` (UTC). Modules log to `logging`'s logger
"retain" as any library does; this module says where that goes, for the command line only. No secret gets
into a line, and nothing of a customer is ever logged.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from retain.config.document import hide
from retain.progress import Progress, Silent, Step

LOGGER = "retain"


@dataclass
class Secrets:
    """What must not be shown; more of it is known once the config is read."""

    known: tuple[str, ...] = ()

    def __call__(self, _: Any, __: str, event: EventDict) -> EventDict:
        """Hide them in every text of a line."""
        return {
            key: hide(value, self.known) if isinstance(value, str) else value for key, value in event.items()
        }


@dataclass(frozen=True)
class Log:
    """The log of one command. The names of facts must be none of `logging`'s own, such as name or args."""

    run_id: str
    terminal: bool = False
    secrets: Secrets = field(default_factory=Secrets)
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger(LOGGER))

    def info(self, event: str, **facts: object) -> None:
        """What happened."""
        self.logger.info(event, extra=facts)

    def failed(self, sentence: str, **facts: object) -> None:
        """Why the command ends as it does; a person at a terminal is told so anyway."""
        if not self.terminal:
            self.logger.error(sentence, extra=facts)


@dataclass
class CountedStep:
    """A step that only counts."""

    done: float = 0

    def advance(self, amount: float = 1) -> None:
        """Count."""
        self.done += amount


@dataclass(frozen=True)
class LoggedSteps:
    """One line for each step when it is over, with its seconds."""

    log: Log
    shown: Progress = field(default_factory=Silent)

    @contextmanager
    def step(self, name: str, total: float | None = None) -> Iterator[Step]:
        """Log the step when the block ends."""
        began, step = time.monotonic(), CountedStep()
        yield step
        counted = {"done": int(step.done)} if step.done else {}
        self.log.info(name, seconds=round(time.monotonic() - began, 3), **counted)


@contextmanager
def logging_to_stderr(run_id: str, *, terminal: bool, quiet: bool) -> Iterator[Log]:
    """Let the log appear for the length of the block; `quiet` leaves warnings and errors."""
    log = Log(run_id, terminal)
    handler = _Stderr()
    handler.setFormatter(_formatter(log))
    level, propagate = log.logger.level, log.logger.propagate
    log.logger.addHandler(handler)
    log.logger.setLevel(logging.WARNING if quiet or terminal else logging.INFO)
    log.logger.propagate = False
    try:
        yield log
    finally:
        log.logger.removeHandler(handler)
        log.logger.setLevel(level)
        log.logger.propagate = propagate


class _Stderr(logging.StreamHandler[Any]):
    """To what stderr is at the moment: a bar on the terminal redirects it so that lines go above the bar."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> Any:  # the base keeps the one of the beginning
        """Where lines go."""
        return sys.stderr


def _formatter(log: Log) -> structlog.stdlib.ProcessorFormatter:
    def identified(_: Any, __: str, event: EventDict) -> EventDict:
        leading = {key: event.pop(key) for key in ("timestamp", "level", "event")}
        return {**leading, "run_id": log.run_id, **event}

    given: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    plain = structlog.processors.format_exc_info  # structlog's own for terminals shows local variables
    shown: list[Processor] = [plain, log.secrets, identified, _json()]
    if log.terminal:
        shown = [plain, log.secrets, _without("timestamp"), structlog.dev.ConsoleRenderer(0)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=given,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shown],
    )


def _json() -> Processor:
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


def _without(key: str) -> Processor:
    def drop(_: Any, __: str, event: EventDict) -> EventDict:
        return {name: value for name, value in event.items() if name != key}

    return drop
