"""The proposed config as YAML, with the reason of every guess and its alternatives in comments."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap

import yaml

from retain.proposal.tables import Proposed

WIDTH = 46
"""Where comments begin."""


@dataclass(frozen=True)
class Churn:
    """What churn means: when, the horizon, and why. table: which one counts, where there are several."""

    when: str
    horizon: int
    why: str
    reasons: tuple[str, ...] = ()


def text(
    name: str, tables: Sequence[Proposed], churn: Churn, *, timezone: Sequence[str], target: Path
) -> str:
    """The whole file. timezone: lines on it. target: where it will stand, which sources are relative to."""
    parts = [
        "# Proposed by `retain init --from`: read the reasons, put right what is wrong, then",
        f"#     retain check -c {target.parent.name}/{target.name}",
        "",
        _line(f"name: {scalar(name)}", "names the model and the output folder"),
        *timezone,
        "",
        "tables:",
        *(
            line
            for kind in ("orders", "activity", "subscriptions", "customers")
            for line in _kind(kind, tables, target)
        ),
        "",
        *_churn(churn),
    ]
    return "\n".join(parts) + "\n"


def _kind(kind: str, tables: Sequence[Proposed], target: Path) -> Iterator[str]:
    of_kind = [one for one in tables if one.kind == kind]
    if not of_kind:
        return
    yield f"  {kind}:"
    for one in of_kind:
        lines = list(_table(one, target))
        if kind == "activity":
            lines = [f"  {line}" for line in lines]
            first = next(i for i, line in enumerate(lines) if not line.strip().startswith("#"))
            lines[first] = lines[first].replace("      ", "    - ", 1)
        yield from lines


def _table(one: Proposed, target: Path) -> Iterator[str]:
    yield f"    # {Path(one.file.files[0]).name}: {one.why}"
    sources = [scalar(source(file, target)) for file in one.file.files]
    yield f"    source: {sources[0] if len(sources) == 1 else '[' + ', '.join(sources) + ']'}"
    yield "    columns:"
    for role, guess in one.columns.items():
        others = f"; or: {', '.join(guess.others)}" if guess.others else ""
        yield _line(f"      {role}: {scalar(guess.column)}", f"{guess.why}{others}")
    if one.kind == "activity" and "kind" not in one.columns:
        yield _line(f"    kind: {scalar(one.file.stem)}", "what to call these events")
    for key, names, why in (
        (
            "attributes",
            one.attributes,
            "only what was known at sign-up and never changes: leave out what does",
        ),
        ("show", one.show, "for the person who calls; the model never sees them"),
    ):
        if names:
            yield _line(f"    {key}: [{', '.join(map(scalar, names))}]", why)
    for note in one.notes:
        yield f"    # {note}"


def _churn(churn: Churn) -> Iterator[str]:
    yield "churn:"
    if churn.when != "inactive":
        yield _line(f"  when: {churn.when}", "a customer is lost when the last contract ends")
    yield from wrap(churn.why, width=96, initial_indent="  # ", subsequent_indent="  # ")
    ended = churn.when == "ended"
    told = (
        "days from a cutoff in which the end must come" if ended else "days without one before they are lost"
    )
    yield _line(f"  horizon: {churn.horizon}", told)
    if churn.reasons:
        named = ", ".join(map(scalar, churn.reasons))
        yield _line(f"  # reasons: [{named}]", "name those that count as churn; without it all do")


def source(file: str, target: Path) -> str:
    """A file as the config writes it: relative to it where both lie near each other, else absolute."""
    path, folder = Path(file).absolute(), target.absolute().parent
    common = os.path.commonpath([path, folder])
    near = common != path.anchor and len(folder.relative_to(common).parts) <= 3
    return os.path.relpath(path, folder) if near else str(path)


def scalar(value: str) -> str:
    """A value as YAML, quoted where it must be, with `$` doubled as the config asks."""
    written: str = yaml.safe_dump(
        value.replace("$", "$$"), width=10_000, allow_unicode=True, default_flow_style=True
    )
    return written.removesuffix("...\n").strip()


def _line(key: str, why: str) -> str:
    return f"{key:<{WIDTH}}  # {why}" if why else key
