"""The registered versions of a business's model."""

from __future__ import annotations

from typing import Any

from retain.steps.results import ModelsResult, RollbackResult
from retain.steps.run import Run
from retain.tracking import Version, list_versions, roll_back


def versions(run: Run) -> ModelsResult:
    """All versions, newest first."""
    return ModelsResult(tuple(_described(version) for version in list_versions(run.config)))


def rollback(run: Run) -> RollbackResult:
    """Make the previous champion the champion again."""
    return RollbackResult(roll_back(run.config))


def _described(version: Version) -> dict[str, Any]:
    model = version.tags.get("model", "")
    own = {
        key.partition(".")[2]: value for key, value in version.metrics.items() if key.startswith(f"{model}.")
    }
    return {
        "version": version.number,
        "aliases": list(version.aliases),
        "model": model,
        "label": version.label,
        "created": version.created.isoformat(timespec="seconds"),
        "cutoff": version.tags.get("cutoff"),
        "run_id": version.run_id,
        **own,
    }
