"""The champion of a past day: what would have scored then, had it been asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from retain.errors import UsageError
from retain.tracking.pointer import CHAMPION
from retain.tracking.registry import PREVIOUS, PROMOTED, Version, list_versions
from retain.tracking.store import Settings

AS_OF = "asof"
"""What `--model` is called that means the champion of the as-of."""

DATA_END = "data_end"
"""Tag of a version: its training saw no row of this day or later."""


def version_of(config: Settings, day: date) -> str:
    """The newest version that was ever promoted and has seen no row at or after `day`.

    Raises UsageError where there is none.
    """
    found = champion_of(list_versions(config), day)
    if found is None:
        raise UsageError(
            f"No champion of {config.name} was trained on rows before {day} alone: "
            f"run `retain train --as-of {day}` for one, or name a version."
        )
    return str(found.number)


def champion_of(versions: Sequence[Version], day: date) -> Version | None:
    """That one of these; one whose training did not keep what it saw is none."""
    fitting = [one for one in promoted(versions) if one.tags.get(DATA_END, "9999") <= day.isoformat()]
    return max(fitting, key=lambda one: (one.tags[DATA_END], one.number), default=None)


def promoted(versions: Sequence[Version]) -> list[Version]:
    """Those that serve or served; challengers never did."""
    succeeded = {one.tags.get(PREVIOUS) for one in versions}
    return [
        one
        for one in versions
        if PROMOTED in one.tags or CHAMPION in one.aliases or str(one.number) in succeeded
    ]
