"""Telling people what a run did: the team what was published or refused, each owner who entered risk."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from retain.config import Config
from retain.steps.results import PredictResult
from retain.steps.run import Run
from retain.steps.writing import write_text
from retain.watch.notify import Message, send

TOP = 5
"""How many of those who entered the list the team's message names."""

FILE = "notices.json"
RUNS_KEPT = 60
SENT = "sent"


@dataclass(frozen=True)
class Notice:
    """A message and where it goes. to: how the record calls the receiver; never the address."""

    to: str
    address: str
    message: Message


def tell(
    run: Run, *, listed: PredictResult | None, refused: str | None, warnings: Sequence[str]
) -> tuple[str, ...]:
    """Send what there is to tell; a sentence for each address that was not reached. Never raises.

    What was sent of a list is remembered in `notices.json`, so that a second run sends only what failed.
    """
    about = run.id if listed is None else str(listed.manifest["run_id"])
    kept = run.config.output / FILE
    before = _read(kept)
    notices = [
        notice
        for notice in _notices(run.config, listed=listed, refused=refused, warnings=warnings)
        if before.get(about, {}).get(notice.to) != SENT
    ]
    outcomes = {notice.to: send(notice.address, notice.message) for notice in notices}
    failures = [f"notification to {to} failed: {why}" for to, why in outcomes.items() if why]
    now = {to: why or SENT for to, why in outcomes.items()}
    if now:
        failures += _keep(kept, {**before, about: {**before.get(about, {}), **now}})
    return tuple(failures)


def _notices(
    config: Config, *, listed: PredictResult | None, refused: str | None, warnings: Sequence[str]
) -> Iterator[Notice]:
    message = team_message(config, listed=listed, refused=refused, warnings=warnings)
    for number, address in enumerate(config.notify, start=1):
        yield Notice(f"notify[{number}]", address, message)
    if listed is not None and refused is None:
        for owner, address in config.notify_owners.items():
            theirs = owner_message(config, listed, owner=owner)
            if theirs is not None:
                yield Notice(f"owner {owner}", address, theirs)


def team_message(
    config: Config, *, listed: PredictResult | None, refused: str | None, warnings: Sequence[str]
) -> Message:
    """What the team is told: what was published or refused, totals, who entered at the top, where to look.

    No customer's data beyond the id, unless `notify_details`.
    """
    if refused is not None or listed is None:
        why = refused or "nothing was published"
        body = [f"No new list: {why}", "The last good list stands as it was.", *_bullets(warnings)]
        return Message(f"retain {config.name}: no list this time", "\n".join(body))
    manifest, calls = listed.manifest, _calls(listed)
    body = [
        f"{len(calls):,} customers to call as of {manifest['as_of']}, "
        f"of {manifest['counts']['eligible']:,} scored.",
        *_totals(calls, config),
        "",
        *_entered(calls, details=config.notify_details),
        "",
        *_bullets(warnings),
        f"Page:     {listed.folder / 'at_risk.html'}",
        f"Workbook: {listed.folder / 'at_risk.xlsx'}",
    ]
    return Message(f"retain {config.name}: the list of {manifest['as_of']}", "\n".join(body))


def owner_message(config: Config, listed: PredictResult, *, owner: str) -> Message | None:
    """What an owner is told of their customers who entered risk; None where nobody did."""
    calls = _calls(listed)
    if "owner" not in calls:
        return None
    theirs = calls[(calls["owner"] == owner) & (calls["change"] == "new")]
    if theirs.empty:
        return None
    lines = [_described(row) for row in _rows(theirs)]
    number = len(theirs)
    told = "1 of your customers" if number == 1 else f"{number} of your customers"
    body = [f"Entered the list of {listed.manifest['as_of']}:", "", *lines, "", str(_page(listed))]
    return Message(f"retain {config.name}: {told} at risk", "\n".join(body))


def _calls(listed: PredictResult) -> pd.DataFrame:
    """Those who may be called; never those held out."""
    frame = listed.at_risk
    return frame[frame["group"] != "holdout"]


def _totals(calls: pd.DataFrame, config: Config) -> Iterator[str]:
    if "value_at_risk" in calls:
        currency = f" {config.value.currency}" if config.value.currency else ""
        yield (
            f"Value at risk: {calls['value_at_risk'].sum():,.0f}{currency}; "
            f"expected saving: {calls['expected_saving'].sum():,.0f}{currency}."
        )


def _entered(calls: pd.DataFrame, *, details: bool) -> Iterator[str]:
    entered = calls[calls["change"] == "new"]
    if entered.empty:
        yield "Nobody entered the list."
        return
    yield f"{len(entered):,} entered; at the top:"
    for row in _rows(entered.head(TOP)):
        yield _described(row) if details else f"  {row['rank']}. {row['customer_id']}"


def _described(row: Mapping[str, Any]) -> str:
    said = [str(row[name]) for name in ("reason_1", "action") if name in row and _says(row[name])]
    return f"  {row['rank']}. {row['customer_id']}: " + " -> ".join(said)


def _says(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _rows(frame: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    for row in frame.to_dict("records"):
        yield {str(name): value for name, value in row.items()}


def _bullets(warnings: Sequence[str]) -> list[str]:
    return [*(f"! {warning}" for warning in warnings), ""] if warnings else []


def _page(listed: PredictResult) -> Path:
    return listed.folder / "at_risk.html"


def _read(path: Path) -> dict[str, dict[str, str]]:
    """What was sent before; nothing where the file is not there or damaged (a message twice is no harm)."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _keep(path: Path, sent: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Write the newest runs in one rename; a sentence where that fails."""
    newest = dict(sorted(sent.items())[-RUNS_KEPT:])
    try:
        write_text(path, json.dumps(newest, indent=2) + "\n")
    except OSError as error:
        return [f"{path}, which says who was notified, could not be written: {error.strerror}"]
    return []
