"""The command line: one short function a command; no logic."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

from retain import __version__
from retain.errors import RetainError, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from retain.api import Project
    from retain.logs import Log
    from retain.steps.results import PredictResult

app = typer.Typer(
    name="retain",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help takes half the time to appear
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, and those may hold a password
)


_command: ContextVar[str] = ContextVar("command", default="")  # for the log


class Result(Protocol):
    """What a command of the Python interface returns."""

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON document."""

    def lines(self) -> list[str]:
        """The result as sentences."""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write it like 2011-09-01.") from None


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
AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of", parser=_day, metavar="DATE", help="The cutoff; default: the day after the newest row."
    ),
]
FirstDay = Annotated[
    date | None,
    typer.Option("--from", parser=_day, metavar="DATE", help="The period's first day; default: a year ago."),
]
LastDay = Annotated[
    date | None,
    typer.Option(
        "--to",
        parser=_day,
        metavar="DATE",
        help="Its last day, still in it; default: of the last whole month.",
    ),
]
Accept = Annotated[
    str | None,
    typer.Option("--accept", metavar="REASON", help="Publish although a check refuses it; say why."),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Json = Annotated[bool, typer.Option("--json", help="The result as one JSON document on stdout.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Where to write: a .parquet or .csv file.")]


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="The version of retain.")] = False,
) -> None:
    """Which customers are we about to lose, why, and what to do."""
    _command.set(context.invoked_subcommand or "")
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def demo(project: ProjectFolder = None, quiet: Quiet = False, as_json: Json = False) -> None:
    """Goes the whole road on real data, a grocer's year."""
    with _failures():
        from retain.demo import prepare
        from retain.project import bundled, find

        prepare(Path("output/demo-data"))
        homes = (find(project), bundled())  # a project of one's own may have dropped the demo's config
        configs = [home.path / "configs/completejourney.yaml" for home in homes]
        config = next((path for path in configs if path.is_file()), configs[-1])
    with _opened(config, project, quiet=quiet) as opened:
        checked, trained, listed = opened.check(), opened.train(), opened.predict()
    if as_json:
        steps: dict[str, Result] = {"check": checked, "train": trained, "predict": listed}
        _write_json({name: step.to_json() for name, step in steps.items()})
        return
    for step in (checked, trained, listed):
        _report(step, as_json=False)
    _show_list(listed)
    typer.echo(f"The list is in {listed.folder}")


@app.command()
def init(
    places: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]... DIR", help="The folder to make.")
    ] = None,
    files: Annotated[
        list[Path] | None,
        typer.Option("--from", metavar="FILE", help="Propose a config from this file, and those before DIR."),
    ] = None,
    project: ProjectFolder = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Copies features/, models/ and configs/ for editing; proposes a config from files."""
    with _failures():
        from retain.project import find
        from retain.starter import start
        from retain.terminal import progress

        silent = quiet or not files
        with _logged(quiet=silent) as log, progress(log, quiet=silent) as steps:
            result = start(find(project).path, places or [], files or [], progress=steps)
    if as_json or not quiet:
        _report(result, as_json=as_json)


@app.command()
def check(
    config: Config = None,
    project: ProjectFolder = None,
    as_of: AsOf = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the recommended horizon into the config.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Tells whether the data are ready for a model, and which horizon fits them."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.check(as_of=as_of, write=write)
    _report(result, as_json=as_json)


@app.command()
def features(
    out: Out,
    config: Config = None,
    project: ProjectFolder = None,
    as_of: AsOf = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Writes the features of one cutoff, one row a customer."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.write_features(out, as_of=as_of)
    _report(result, as_json=as_json)


@app.command()
def dataset(
    out: Out,
    config: Config = None,
    project: ProjectFolder = None,
    as_of: AsOf = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Writes the training rows: features and what happened."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.write_dataset(out, as_of=as_of)
    _report(result, as_json=as_json)


@app.command()
def train(
    config: Config = None,
    project: ProjectFolder = None,
    as_of: AsOf = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make it the champion whatever it replaces.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Trains a model, tests it honestly, and registers it."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.train(as_of=as_of, promote=promote)
    _report(result, as_json=as_json)


@app.command()
def evaluate(
    config: Config = None,
    project: ProjectFolder = None,
    as_of: AsOf = None,
    folds: Annotated[int, typer.Option("--folds", min=1, help="How many cutoffs to test at.")] = 3,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Backtests the model beside the baselines, and grades it."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.evaluate(as_of=as_of, folds=folds)
    _report(result, as_json=as_json)


@app.command()
def predict(
    config: Config = None,
    project: ProjectFolder = None,
    as_of: AsOf = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="A version, an alias, or asof: that day's champion; default: champion."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Publish a new version of the same list.")] = False,
    accept: Accept = None,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Show what lists of other lengths are expected to do.")
    ] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Publishes the ranked list of the customers at risk."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.predict(as_of=as_of, model=model, force=force, accept=accept)
    _report(result, as_json=as_json)
    if not as_json:
        _show_list(result)
        if what_if:
            _show_lengths(result)


@app.command()
def watch(
    config: Config = None,
    project: ProjectFolder = None,
    as_of: AsOf = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Tells what became of past lists, what contacting brought, and what drifts."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.watch(as_of=as_of)
    _report(result, as_json=as_json)


@app.command()
def metrics(
    config: Config = None,
    project: ProjectFolder = None,
    start: FirstDay = None,
    end: LastDay = None,
    by: Annotated[str, typer.Option("--by", help="Parts of the period: month, quarter or year.")] = "month",
    segment: Annotated[
        str | None, typer.Option("--segment", help="A column of the customers to split by.")
    ] = None,
    as_of: AsOf = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Tells what share of customers and revenue stays, with the definitions."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.metrics(start, end, by=by, segment=segment, as_of=as_of)
    _report(result, as_json=as_json)


@app.command()
def weekly(
    config: Config = None,
    project: ProjectFolder = None,
    as_of: Annotated[
        date | None,
        typer.Option("--as-of", parser=_day, metavar="DATE", help="The cutoff; default: today."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Publish a new version of the same list.")] = False,
    accept: Accept = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Checks, retrains if due, predicts, watches, notifies; for a timer, and safe to repeat."""
    with _opened(config, project, quiet=quiet, look=False) as opened:
        result = opened.weekly(as_of=as_of, force=force, accept=accept)
    _report(result, as_json=as_json)


@app.command()
def models(
    config: Config = None, project: ProjectFolder = None, quiet: Quiet = False, as_json: Json = False
) -> None:
    """Lists the registered models: versions, aliases, metrics."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.models()
    _report(result, as_json=as_json)


@app.command()
def rollback(
    config: Config = None, project: ProjectFolder = None, quiet: Quiet = False, as_json: Json = False
) -> None:
    """Makes the previous champion the champion again."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.rollback()
    _report(result, as_json=as_json)


@app.command()
def feedback(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The filled-in feedback_template.csv.")],
    config: Config = None,
    project: ProjectFolder = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Records what customer success did and heard."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.feedback(file)
    _report(result, as_json=as_json)


@app.command()
def forget(
    customers: Annotated[list[str], typer.Argument(metavar="CUSTOMER...", help="Their ids.")],
    config: Config = None,
    project: ProjectFolder = None,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Erases customers from history, lists and feedback."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.forget(*customers)
    _report(result, as_json=as_json)


@app.command()
def history(
    config: Config = None, project: ProjectFolder = None, quiet: Quiet = False, as_json: Json = False
) -> None:
    """Tells of past runs: as-of, model, counts, refusals."""
    with _opened(config, project, quiet=quiet) as opened:
        result = opened.history()
    _report(result, as_json=as_json)


def main() -> None:
    """Run the command line."""
    os.umask(os.umask(0o027) | 0o027)  # what is written names customers: for the owner and the group alone
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # LightGBM's waiting threads leave the other core be
    app()


@contextmanager
def _failures() -> Iterator[None]:
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
def _logged(*, quiet: bool) -> Iterator[Log]:
    """The log of a command: what it is, how it ends, and how long that took."""
    from retain.logs import logging_to_stderr
    from retain.steps.run import new_id

    command, began = _command.get(), time.monotonic()
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
def _opened(
    config: Path | None, project: Path | None, *, quiet: bool, look: bool = True
) -> Iterator[Project]:
    """The project of a command, with its bars and log; nothing heavy is imported before it is needed."""
    with _failures():
        from retain import api
        from retain.project import find
        from retain.terminal import progress

        with _logged(quiet=quiet) as log, progress(log, quiet=quiet) as steps:
            _show_project(f"project: {find(project)}", log, quiet=quiet)
            named = config or _only_config(project)
            opened = api.open(named, project=project, progress=steps, run_id=log.run_id, look=look)
            log.secrets.known = opened.config.secrets
            yield opened


def _show_project(said: str, log: Log, *, quiet: bool) -> None:
    if log.terminal and not quiet:
        typer.echo(said, err=True)
    else:
        log.info(said)


RULEBOOKS = ("actions.yaml", "segments.yaml")
"""What is in configs/ for all businesses."""


def _only_config(project: Path | None) -> Path:
    """The one business there is a YAML for: the only one in configs/, else the only one in the folder."""
    base = project or Path()
    there = []
    for folder in (base / "configs", base):
        found = sorted(path for path in folder.glob("*.yaml") if path.name not in RULEBOOKS)
        if len(found) == 1:
            return found[0]
        there += found
    if there:
        raise UsageError(f"Which business? Name one with --config: {', '.join(map(str, there))}")
    raise UsageError(
        "There is no YAML in ./configs or here; name one with --config, or begin with `retain init`."
    )


def _report(result: Result, *, as_json: bool) -> None:
    _write_json(result.to_json()) if as_json else _write_lines(result)


def _write_json(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(_finite(document), indent=2, ensure_ascii=False, default=str))


def _finite(value: Any) -> Any:
    """`value` with null for what JSON cannot say: NaN and the infinities."""
    if isinstance(value, dict):
        return {str(key): _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and value - value != 0 else value


def _write_lines(result: Result) -> None:
    for line in result.lines():
        typer.echo(line)


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


def _show_lengths(result: PredictResult) -> None:
    from retain.terminal import show_table

    some = result.what_if.iloc[:: max(1, len(result.what_if) // LENGTHS_SHOWN)]
    rows = [{str(key): value for key, value in row.items()} for row in some.to_dict("records")]
    columns = {str(name): str(name).replace("_", " ") for name in result.what_if}
    show_table("What if the list were longer or shorter", columns, rows)


def _show_list(result: PredictResult) -> None:
    from retain.terminal import show_table

    top = result.at_risk[result.at_risk["group"] != "holdout"].head(10)
    columns = {key: heading for key, heading in TOP.items() if key in top and _says_something(top[key])}
    show_table(
        "First to call",
        columns,
        [{str(key): value for key, value in row.items()} for row in top.to_dict("records")],
    )


def _says_something(column: pd.Series[Any]) -> bool:
    """Whether any row of a column has a value."""
    return bool((column.notna() & (column.astype(str) != "")).any())
