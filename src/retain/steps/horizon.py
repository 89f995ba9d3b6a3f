"""Putting the advised horizon into the config."""

from __future__ import annotations

from dataclasses import replace

from retain.config.document import read_text
from retain.config.edit import Place, places, rewrite
from retain.errors import UsageError
from retain.steps.check_results import CheckResult
from retain.steps.run import Run


def write_window(run: Run, result: CheckResult) -> CheckResult:
    """Put the advised horizon into the file, and `active_within`, where it is named, in its proportion.

    Raises UsageError where churn is no matter of inactivity, or the config takes the value from elsewhere.
    """
    window, path = result.window, run.config.path
    if window is None:
        raise UsageError(
            f"--write: churn.when is {run.config.churn.when}, and how long customers stay away says nothing "
            "about it; choose the horizon by when a call can still help"
        )
    churn = run.config.churn
    wanted = {"horizon": window.usable}
    if "active_within" in places(read_text(path), "churn"):
        wanted["active_within"] = window.active_within
    was = {key: getattr(churn, key) for key in wanted}
    changes: dict[Place, int | str] = {
        ("churn", key): value for key, value in wanted.items() if value != was[key]
    }
    if changes:
        rewrite(path, changes)
    told = tuple(f"churn.{key}: {was[key]} -> {wanted[key]}" for _, key in changes)
    return replace(result, written=told or ("nothing to change: the config has the advised horizon",))
