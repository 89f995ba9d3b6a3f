"""Subscribers with a hazard that is known: who pays more, and who is on the plan `lite`, leaves sooner."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

import retain
from corner_shop import ROOT
from retain.api import Project

START, DAYS, NOTICE = date(2018, 1, 1), 700, 10
COLUMNS = {
    "customer": "who",
    "start": "from",
    "end": "to",
    "amount": "paid",
    "reason": "why",
    "known_at": "told",
}
TREE: dict[str, Any] = {
    "name": "subscribers",
    "tables": {
        "subscriptions": {"source": "contracts.csv", "columns": COLUMNS, "attributes": ["plan"]},
    },
    "churn": {"when": "ended", "horizon": 60, "grace": 20, "reasons": ["left"]},
    "training": {"cutoffs": 4, "every": 60, "trials": 0},
    "model": "rfm_logit",
    "gates": {"min_customers": 50, "min_churners": 10},
}


def hazard(paid: np.ndarray, lite: np.ndarray) -> np.ndarray:
    """The chance of leaving, a day."""
    return 0.0012 * np.exp(1.2 * (np.log(paid) - np.log(20)) + 0.9 * lite)


def contracts(*, customers: int = 1500, seed: int = 5) -> pd.DataFrame:
    """One row a contract; some die, some renew with another amount, some pause, some come back."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, DAYS - 60, customers)
    paid, lite = np.exp(rng.normal(np.log(20), 0.5, customers)).round(2), rng.random(customers) < 0.4
    life = rng.exponential(1 / hazard(paid, lite)).astype(int) + 1
    death = rng.exponential(4000, customers).astype(int) + 1
    end = start + np.minimum(life, death)
    rows = pd.DataFrame(
        {
            "who": [f"c{n:05d}" for n in range(customers)],
            "from": start,
            "to": end,
            "paid": paid,
            "plan": np.where(lite, "lite", "full"),
            "why": np.where(life <= death, "left", "died"),
            "told": end,
        }
    )
    return _dated(pd.concat(_split(rows, rng), ignore_index=True))


def _split(rows: pd.DataFrame, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Of a third of the lives a change on a day that tells nothing of the end: a second contract, at once or
    after a pause shorter than the grace."""
    cut = rows["from"] + 30 + rng.exponential(200, len(rows)).astype(int)
    pause = rng.choice([0, 0, 10], len(rows))
    twice = (rng.random(len(rows)) < 0.33) & (cut + pause < rows["to"])
    first = rows[twice].assign(to=cut, told=cut, why="changed")
    second = rows[twice].assign(**{"from": (cut + pause)[twice]})
    return [rows[~twice], first, second]


def _dated(rows: pd.DataFrame) -> pd.DataFrame:
    """Days as dates; what ends after the last day has not ended yet, unless that was announced."""
    rows = rows[rows["from"] < DAYS]
    told = np.maximum(rows["to"] - np.where(rows["why"] == "left", NOTICE, 0), rows["from"])
    rows, later = rows.assign(told=told), told >= DAYS
    named = {name: rows[name].map(_date) for name in ("from", "to", "told")}
    blank = {name: named[name].mask(later) for name in ("to", "told")}
    return rows.assign(**{**named, **blank, "why": rows["why"].mask(later)})


def _date(day: int) -> str:
    return str(START + timedelta(days=int(day)))


def write(folder: Path, **keys: Any) -> None:
    """The table, as contracts.csv."""
    contracts(**keys).to_csv(folder / "contracts.csv", index=False)


def opened(folder: Path, *, store: str, **changes: Any) -> Project:
    """The business, its outputs in the folder and its runs in the store."""
    tree = {**TREE, "output": str(folder / "output"), "mlflow": {"tracking_uri": store}, **changes}
    file = folder / "subscribers.yaml"
    file.write_text(yaml.safe_dump({key: value for key, value in tree.items() if value is not None}))
    return retain.open(file, project=ROOT)
