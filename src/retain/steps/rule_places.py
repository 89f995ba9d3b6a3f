"""Where segments.yaml and actions.yaml may be: the first place that has the file counts."""

from __future__ import annotations

from pathlib import Path

from retain.config import Listing
from retain.project import bundled
from retain.steps.run import Run


def folders(run: Run) -> list[Path]:
    """Beside the config, in the project's configs/, among those that ship."""
    return [run.config.path.parent, run.folder.path / "configs", bundled().path / "configs"]


def own_playbook(run: Run) -> list[Path]:
    """Where a playbook may be that the config names; nowhere where it names none."""
    named = run.config.listing.actions
    if named == Listing().actions:
        return []
    return [folder / named for folder in (run.config.path.parent, run.folder.path)]
