"""`retain init --from`: a config proposed from files, valid at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from retain.config import Config, parse
from retain.config.edit import write_whole
from retain.errors import DataError, UsageError
from retain.events.days import to_day
from retain.events.duckdb.engine import open_events
from retain.events.duckdb.sources import inspect, looking
from retain.progress import Progress, Silent
from retain.proposal import document, zone
from retain.proposal.columns import look
from retain.proposal.document import Churn
from retain.proposal.name import business_name
from retain.proposal.roles import CUSTOMER
from retain.proposal.tables import File, Proposed, proposed, require_told
from retain.readiness.gaps import Gaps
from retain.readiness.window import Window, advise

CONTRACTS_HORIZON = 90
FIRST_GUESS = 60


@dataclass(frozen=True)
class ProposeResult:
    """A proposed config: its text, and where it is to stand. reasons: a sentence a guess."""

    path: Path
    text: str = field(repr=False)
    reasons: tuple[str, ...]
    tables: tuple[Proposed, ...] = field(repr=False)

    def write(self) -> None:
        """Write the config, at once or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.path, self.text)

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return {
            "config": str(self.path),
            "project": str(self.path.parent.parent),
            "tables": [
                {
                    "table": one.kind,
                    "files": list(one.file.files),
                    "why": one.why,
                    "columns": {role: vars(guess) for role, guess in one.columns.items()},
                    "attributes": list(one.attributes),
                    "show": list(one.show),
                    "notes": list(one.notes),
                }
                for one in self.tables
            ],
            "reasons": list(self.reasons),
        }

    def lines(self) -> list[str]:
        """As sentences."""
        return [
            *self.reasons,
            "",
            f"Written to {self.path}: read its comments, put right what is wrong, then run",
            f"  retain check -c {self.path}",
        ]


def propose(
    files: Sequence[Path], directory: Path, *, named: bool, progress: Progress | None = None
) -> ProposeResult:
    """Propose configs/<name>.yaml in `directory` for these files; nothing is written yet.

    named: whether the folder was asked for by name, which then names the business. Raises UsageError where
    the files cannot be told, or a config of that name stands there already.
    """
    shown = progress or Silent()
    with shown.step("Looking at the files"):
        tables, timezone = _look(files)
    name = business_name([Path(file).absolute() for file in files], directory if named else None)
    target = directory / "configs" / f"{name}.yaml"
    if target.exists():
        raise UsageError(f"{target} exists already; nothing was written. Remove it, or name another folder.")
    churn = _first_churn(tables)
    if churn.when == "inactive":
        with shown.step("Looking for the horizon"):
            config = _parsed(document.text(name, tables, churn, timezone=timezone, target=target), target)
            churn = _advised(churn, config)
    text = document.text(name, tables, churn, timezone=timezone, target=target)
    _parsed(text, target)
    return ProposeResult(target, text, tuple(_reasons(tables, churn, timezone)), tuple(tables))


def _look(files: Sequence[Path]) -> tuple[list[Proposed], list[str]]:
    """The tables, those of one schema together, and what is to be said of the timezone."""
    seen = [_seen(file) for file in files]
    together: dict[tuple[str, ...], File] = {}
    for one in seen:
        key = tuple(sorted(column.name for column in one.columns))
        before = together.get(key)
        together[key] = (
            one if before is None else File((*before.files, *one.files), before.stem, before.columns)
        )
    known = [guess.column for one in together.values() if (guess := CUSTOMER.guess(one.columns)) is not None]
    tables = _one_of_each([proposed(one, known=known) for one in together.values()])
    _require_events(tables)
    return tables, _timezone(tables)


def _seen(file: Path) -> File:
    if not file.is_file():
        raise UsageError(f"--from {file}: there is no such file")
    with looking(str(file)) as (types, query):
        return File((str(file),), file.name.split(".")[0], look(types, query))


def _one_of_each(tables: list[Proposed]) -> list[Proposed]:
    """The tables with one of orders, contracts and customers; of several orders the others are activity."""
    kept: list[Proposed] = []
    for one in tables:
        if one.kind != "activity" and any(one.kind == other.kind for other in kept):
            first = next(other for other in kept if other.kind == one.kind)
            if one.kind != "orders":
                raise UsageError(
                    f"{one.file.files[0]} and {first.file.files[0]} both look like {one.kind}; name one"
                )
            one = Proposed(
                "activity", f"orders are in {first.file.files[0]} already", one.file, _as_activity(one)
            )
        kept.append(one)
    return kept


def _as_activity(one: Proposed) -> dict[str, Any]:
    return {role: guess for role, guess in one.columns.items() if role in ("customer", "time", "recorded")}


def _require_events(tables: Sequence[Proposed]) -> None:
    if all(one.kind == "customers" for one in tables):
        for one in tables:
            require_told(one.file)
        names = ", ".join(one.file.files[0] for one in tables)
        raise UsageError(
            f"{names}: every customer stands on one row, so nothing happens in it; add the orders or the "
            "activity"
        )


def _timezone(tables: Sequence[Proposed]) -> list[str]:
    timed = [(one, one.time) for one in tables if one.time is not None and one.kind != "customers"]
    one, column = min(timed, key=lambda pair: (pair[0].kind != "orders", -pair[1].timed))
    with looking(*one.file.files) as (_, query):
        return zone.suggestion(column, query)


def _first_churn(tables: Sequence[Proposed]) -> Churn:
    kinds = {one.kind for one in tables}
    contracts = next((one for one in tables if one.kind == "subscriptions" and "end" in one.columns), None)
    if "orders" in kinds or contracts is None:
        return Churn("inactive", FIRST_GUESS, "to be chosen: see `retain check`")
    reason = contracts.columns.get("reason")
    values = contracts.file.column(reason.column).values if reason else ()
    why = "a quarter: choose how long before the end a call can still help"
    return Churn("ended", CONTRACTS_HORIZON, why, tuple(values))


def _parsed(text: str, target: Path) -> Config:
    return parse(text, path=target, inspect=inspect)


def _advised(churn: Churn, config: Config) -> Churn:
    """The horizon that the gaps between active days recommend; as it was where there is none."""
    try:
        window = _window(config)
    except DataError:
        return churn
    return Churn(churn.when, window.usable, window.why, churn.reasons)


def _window(config: Config) -> Window:
    with open_events(config) as events:
        days = (events.summary.end - events.summary.start).days
        gaps = Gaps.none(days)
        for history in events.stream():
            rows = history.tables_at(to_day(events.summary.as_of))[config.churn.counted_table]
            gaps = gaps.add(rows, end=to_day(events.summary.end))
    return advise(gaps, [], churn=config.churn, history=days)


def _reasons(tables: Sequence[Proposed], churn: Churn, timezone: Sequence[str]) -> list[str]:
    """What was guessed, and why, for people."""
    lines = []
    for one in tables:
        lines.append(f"{one.kind}: {', '.join(one.file.files)}, since {one.why}")
        for role, guess in one.columns.items():
            others = f" (or: {', '.join(guess.others)})" if guess.others else ""
            lines.append(f"  {role:<10} {guess.column}: {guess.why}{others}")
        lines += [f"  {key:<10} {', '.join(names)}" for key, names in _lists(one) if names]
        lines += [f"  note: {note}" for note in one.notes]
    lines.append(f"horizon: {churn.horizon} days: {churn.why}")
    lines += [line.removeprefix("# ") for line in timezone if line.startswith("#")]
    return lines


def _lists(one: Proposed) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return (("attributes", one.attributes), ("show", one.show))
