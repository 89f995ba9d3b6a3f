"""The command line: one short function a command; no logic."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from retain import __version__, command
from retain.command import Json, ProjectFolder, Quiet, Result, Shown, on_a_project

if TYPE_CHECKING:
    from retain.api import Project

app = typer.Typer(
    name="retain",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help takes half the time to appear
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks show local variables, and those may hold a password
)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a date; write it like 2011-09-01.") from None


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
Today = Annotated[
    date | None, typer.Option("--as-of", parser=_day, metavar="DATE", help="The cutoff; default: today.")
]
Force = Annotated[bool, typer.Option("--force", help="Publish a new version of the same list.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Where to write: a .parquet or .csv file.")]


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="The version of retain.")] = False,
) -> None:
    """Which customers are we about to lose, why, and what to do."""
    command.name.set(context.invoked_subcommand or "")
    if version:
        typer.echo(__version__)
        raise typer.Exit


@app.command()
def demo(project: ProjectFolder = None, quiet: Quiet = False, as_json: Json = False) -> None:
    """Goes the whole road on real data, a grocer's year."""
    with command.failures():
        from retain import demo as demonstration

        demonstration.prepare(Path("output/demo-data"))
        config = demonstration.config(project)
    with command.opened(config, project, quiet=quiet) as opened:
        checked, trained, listed = opened.check(), opened.train(), opened.predict()
    if as_json:
        steps: dict[str, Result] = {"check": checked, "train": trained, "predict": listed}
        command.write_json({name: step.to_json() for name, step in steps.items()})
        return
    for step in (checked, trained, listed):
        command.report(step, as_json=False)
    from retain.terminal_list import show_list

    show_list(listed)
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
    with command.failures():
        from retain.project import find
        from retain.starter import start
        from retain.terminal import progress

        silent = quiet or not files
        with command.logged(quiet=silent) as log, progress(log, quiet=silent) as steps:
            result = start(find(project).path, places or [], files or [], progress=steps)
    if as_json or not quiet:
        command.report(result, as_json=as_json)


@app.command()
@on_a_project
def check(
    project: Project,
    as_of: AsOf = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the recommended horizon into the config.")
    ] = False,
) -> Result:
    """Tells whether the data are ready for a model, and which horizon fits them."""
    return project.check(as_of=as_of, write=write)


@app.command()
@on_a_project
def features(project: Project, out: Out, as_of: AsOf = None) -> Result:
    """Writes the features of one cutoff, one row a customer."""
    return project.write_features(out, as_of=as_of)


@app.command()
@on_a_project
def dataset(project: Project, out: Out, as_of: AsOf = None) -> Result:
    """Writes the training rows: features and what happened."""
    return project.write_dataset(out, as_of=as_of)


@app.command()
@on_a_project
def train(
    project: Project,
    as_of: AsOf = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Make it the champion whatever it replaces.")
    ] = False,
) -> Result:
    """Trains a model, tests it honestly, and registers it."""
    return project.train(as_of=as_of, promote=promote)


@app.command()
@on_a_project
def evaluate(
    project: Project,
    as_of: AsOf = None,
    folds: Annotated[int, typer.Option("--folds", min=1, help="How many cutoffs to test at.")] = 3,
) -> Result:
    """Backtests the model beside the baselines, and grades it."""
    return project.evaluate(as_of=as_of, folds=folds)


@app.command()
@on_a_project(look="later")
def predict(
    project: Project,
    as_of: AsOf = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="A version, an alias, or asof: that day's champion; default: champion."),
    ] = None,
    force: Force = False,
    accept: Accept = None,
    what_if: Annotated[
        bool, typer.Option("--what-if", help="Show what lists of other lengths are expected to do.")
    ] = False,
) -> Result:
    """Publishes the ranked list of the customers at risk."""
    result = project.predict(as_of=as_of, model=model, force=force, accept=accept)

    def show() -> None:
        from retain.terminal_list import show_lengths, show_list

        show_list(result)
        if what_if:
            show_lengths(result)

    return Shown(result, show)


@app.command()
@on_a_project
def watch(project: Project, as_of: AsOf = None) -> Result:
    """Tells what became of past lists, what contacting brought, and what drifts."""
    return project.watch(as_of=as_of)


@app.command()
@on_a_project
def metrics(
    project: Project,
    start: FirstDay = None,
    end: LastDay = None,
    by: Annotated[str, typer.Option("--by", help="Parts of the period: month, quarter or year.")] = "month",
    segment: Annotated[
        str | None, typer.Option("--segment", help="A column of the customers to split by.")
    ] = None,
    as_of: AsOf = None,
) -> Result:
    """Tells what share of customers and revenue stays, with the definitions."""
    return project.metrics(start, end, by=by, segment=segment, as_of=as_of)


@app.command()
@on_a_project(look="never")
def weekly(project: Project, as_of: Today = None, force: Force = False, accept: Accept = None) -> Result:
    """Checks, retrains if due, predicts, watches, notifies; for a timer, and safe to repeat."""
    return project.weekly(as_of=as_of, force=force, accept=accept)


@app.command()
@on_a_project
def models(project: Project) -> Result:
    """Lists the registered models: versions, aliases, metrics."""
    return project.models()


@app.command()
@on_a_project
def rollback(project: Project) -> Result:
    """Makes the previous champion the champion again."""
    return project.rollback()


@app.command()
@on_a_project
def feedback(
    project: Project,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The filled-in feedback_template.csv.")],
) -> Result:
    """Records what customer success did and heard."""
    return project.feedback(file)


@app.command()
@on_a_project
def forget(
    project: Project,
    customers: Annotated[list[str], typer.Argument(metavar="CUSTOMER...", help="Their ids.")],
) -> Result:
    """Erases customers from history, lists and feedback."""
    return project.forget(*customers)


@app.command()
@on_a_project
def history(project: Project) -> Result:
    """Tells of past runs: as-of, model, counts, refusals."""
    return project.history()


def main() -> None:
    """Run the command line."""
    os.umask(os.umask(0o027) | 0o027)  # what is written names customers: for the owner and the group alone
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # LightGBM's waiting threads leave the other core be
    app()
