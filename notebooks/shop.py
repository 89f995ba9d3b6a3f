"""A small real business to learn with: half the households of a grocer's year, in a folder of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from retain import demo
from retain.project import find
from retain.starter import copy_definitions

HOUSEHOLDS = 1_200
BASKET = ["household_id", "basket_id", "transaction_timestamp"]


def begin(**changes: Any) -> Path:
    """Move to a new folder with the project and the data; give the config, with `changes` by section.

    The folder goes when the notebook does, so nothing is left where the notebook lies.
    """
    folder = Path(tempfile.mkdtemp(prefix="retain-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    copy_definitions(find(None).path, folder / "project")
    os.chdir(folder)
    _shrink(demo.prepare(folder / "demo-data"))
    shipped = yaml.safe_load(Path("project/configs/completejourney.yaml").read_text("utf-8"))
    config = Path("project/configs/shop.yaml")
    quick = {"name": "shop", "training": {"cutoffs": 4, "trials": 0}}
    config.write_text(yaml.safe_dump({**shipped, **quick, **changes}, sort_keys=False), encoding="utf-8")
    return config


def _shrink(data: Path) -> None:
    """Leave some households, and of their baskets the sums."""
    lines = pd.read_parquet(data / "transactions.parquet", columns=[*BASKET, "sales_value"])
    some = lines["household_id"].drop_duplicates().sample(HOUSEHOLDS, random_state=1)
    baskets = lines[lines["household_id"].isin(some)].groupby(BASKET, as_index=False)["sales_value"].sum()
    baskets.to_parquet(data / "transactions.parquet", index=False)
