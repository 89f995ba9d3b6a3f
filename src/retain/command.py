"""One invocation of a command: the project it opens, its log, how it fails, and how it tells its result."""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol, get_type_hints

import typer

from retain import __version__
from retain.errors import RetainError, UsageError

if TYPE_CHECKING:
    from retain.api import Look, Project
    from retain.logs import Log

name: ContextVar[str] = ContextVar("command", default="")
"""What the log calls the command."""

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", help="The business's YAML; default: the only one in ./configs or ."),
]
ProjectFolder = Annotated[
    Path | None,
    typer.Option(
        "--project", help="The folder with features/, models/ and configs/; default: found from here."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Json = Annotated[bool, typer.Option("--json", help="The result as one JSON document on stdout.")]


class Result(Protocol):
    """What a command of the Python interface returns."""

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON document."""

    def lines(self) -> list[str]:
        """The result as sentences."""


@dataclass(frozen=True)
class Shown:
    """A result, and what is shown after its sentences to whoever did not ask for JSON."""

    result: Result
    show: Callable[[], None]

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON document."""
        return self.result.to_json()

    def lines(self) -> list[str]:
        """The result as sentences."""
        return self.result.lines()


def on_a_project(command: Callable[..., Result] | None = None, *, look: Look = "now") -> Callable[..., Any]:
    """Make a command of a function of an opened project, which comes first, and of its own options.

    The command also takes --config, --project, --quiet and --json, and tells the result.
    look: when the tables' columns are compared with the config.
    """
    if command is None:
        return partial(on_a_project, look=look)
    own = _parameters(command)

    @wraps(command)
    def invoked(
        *, config: Path | None, project: Path | None, quiet: bool, as_json: bool, **options: Any
    ) -> None:
        with opened(config, project, quiet=quiet, look=look) as there:
            result = command(there, **options)
        report(result, as_json=as_json)

    needed = [each for each in own if each.default is inspect.Parameter.empty]
    optional = [each for each in own if each not in needed]
    parameters = [*needed, *_BEFORE, *optional, *_AFTER]
    invoked.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    invoked.__annotations__ = {each.name: each.annotation for each in parameters}
    return invoked


def _parameters(command: Callable[..., Result]) -> list[inspect.Parameter]:
    """Its own: all but the project."""
    not_needed_here = {"Project": object, "Result": object}
    hints = get_type_hints(command, localns=not_needed_here, include_extras=True)
    _, *own = inspect.signature(command).parameters.values()
    return [_option(each.name, hints[each.name], each.default) for each in own]


def _option(called: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(called, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


_BEFORE = (_option("config", Config, None), _option("project", ProjectFolder, None))
_AFTER = (_option("quiet", Quiet, False), _option("as_json", Json, False))


@contextmanager
def failures() -> Iterator[None]:
    """Turn an expected failure into one sentence and an exit code; what libraries print goes to stderr."""
    try:
        with redirect_stdout(sys.stderr):
            yield
    except RetainError as failure:
        typer.echo(f"error: {failure}", err=True)
        raise typer.Exit(failure.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(130) from None


@contextmanager
def logged(*, quiet: bool) -> Iterator[Log]:
    """The log of a command: what it is, how it ends, and how long that took."""
    from retain.logs import logging_to_stderr
    from retain.steps.run import new_id

    command, began = name.get(), time.monotonic()
    with logging_to_stderr(new_id(datetime.now(UTC)), terminal=sys.stderr.isatty(), quiet=quiet) as log:
        log.info("begun", command=command, version=__version__)
        try:
            yield log
        except RetainError as failure:
            ended = {"exit_code": failure.exit_code, "kind": type(failure).__name__}
            log.failed(str(failure), command=command, **ended)
            raise
        except Exception as defect:  # it goes on as it came; the log of a job must not end without a word
            log.failed(f"a defect: {type(defect).__name__}", command=command, exit_code=1)
            raise
        log.info("done", command=command, exit_code=0, seconds=round(time.monotonic() - began, 3))


@contextmanager
def opened(
    config: Path | None, project: Path | None, *, quiet: bool, look: Look = "now"
) -> Iterator[Project]:
    """The project of a command, with its bars and log; nothing heavy is imported before it is needed."""
    with failures():
        from retain import api
        from retain.project import find
        from retain.terminal import progress

        with logged(quiet=quiet) as log, progress(log, quiet=quiet) as steps:
            _show_project(f"project: {find(project)}", log, quiet=quiet)
            named = config or _only_config(project)
            there = api.open(named, project=project, progress=steps, run_id=log.run_id, look=look)
            log.secrets.known = there.config.secrets
            yield there


def _show_project(said: str, log: Log, *, quiet: bool) -> None:
    if log.terminal and not quiet:
        typer.echo(said, err=True)
    else:
        log.info(said)


def _only_config(project: Path | None) -> Path:
    """The one business there is a YAML for: the only one in configs/, else the only one in the folder."""
    from retain.config.rulebook import ACTIONS_FILE, SEGMENTS_FILE

    base = project or Path()
    there = []
    for folder in (base / "configs", base):
        found = sorted(
            path for path in folder.glob("*.yaml") if path.name not in (ACTIONS_FILE, SEGMENTS_FILE)
        )
        if len(found) == 1:
            return found[0]
        there += found
    if there:
        raise UsageError(f"Which business? Name one with --config: {', '.join(map(str, there))}")
    raise UsageError(
        "There is no YAML in ./configs or here; name one with --config, or begin with `retain init`."
    )


def report(result: Result, *, as_json: bool) -> None:
    if as_json:
        write_json(result.to_json())
        return
    for line in result.lines():
        typer.echo(line)
    if isinstance(result, Shown):
        result.show()


def write_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(_finite(document), indent=2, ensure_ascii=False, default=str))


def _finite(value: Any) -> Any:
    """`value` with null for what JSON cannot say: NaN and the infinities."""
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0 else value
