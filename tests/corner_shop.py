"""A small shop whose customers come at a pace of their own until they stop: enough to train on."""

from __future__ import annotations

import copy
import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml

import retain
from retain.api import Project

ROOT = Path(__file__).parent.parent
START, DAYS = date(2019, 1, 1), 160
NEWEST = START + timedelta(days=DAYS)
"""The day after the newest order."""

TREE: dict[str, Any] = {
    "name": "shop",
    "tables": {
        "orders": {
            "source": "orders.csv",
            "columns": {"customer": "who", "time": "at", "amount": "paid", "category": "dept"},
        },
        "activity": [{"source": "visits.csv", "columns": {"customer": "who", "time": "at", "kind": "what"}}],
        "customers": {
            "source": "people.csv",
            "columns": {"customer": "who", "owner": "csm"},
            "attributes": ["country"],
            "show": ["name"],
        },
    },
    "churn": {"horizon": 20},
    "training": {"cutoffs": 3, "every": 20, "trials": 0},
    "model": "rfm_logit",
    "gates": {"min_customers": 50, "min_churners": 10},
}


def write(folder: Path, *, customers: int = 240, leaving: bool = True) -> None:
    """The tables; where nobody is leaving, nothing tells who will order again."""
    generator = np.random.default_rng(3)
    orders = [row for who in range(customers) for row in _orders(generator, f"{who:04d}", leaving=leaving)]
    kinds = generator.choice(["visit", "call"], len(orders), p=[0.7, 0.3])
    people = [(f"{who:04d}", "UD"[who % 2], ["anna", "bob"][who % 2], f"N{who}") for who in range(customers)]
    _csv(folder / "orders.csv", ["who", "at", "paid", "dept"], orders)
    visits = [(who, at, kind) for (who, at, *_), kind in zip(orders, kinds, strict=True)]
    _csv(folder / "visits.csv", ["who", "at", "what"], visits)
    _csv(folder / "people.csv", ["who", "country", "csm", "name"], people)


def config(folder: Path, **changes: Any) -> Path:
    """The shop's config; `changes` replace keys of TREE, None leaves one out."""
    tree = {**copy.deepcopy(TREE), **changes}
    file = folder / "shop.yaml"
    file.write_text(yaml.safe_dump({key: value for key, value in tree.items() if value is not None}))
    return file


def opened(folder: Path, *, store: str, project: Path = ROOT, **changes: Any) -> Project:
    """The shop, its outputs in the folder and its runs in the store."""
    changes = {"output": str(folder / "output"), "mlflow": {"tracking_uri": store}, **changes}
    return retain.open(config(folder, **changes), project=project)


def add(file: Path, *rows: str) -> None:
    """Append rows to a CSV."""
    file.write_text(file.read_text() + "".join(f"{row}\n" for row in rows))


def _orders(generator: np.random.Generator, who: str, *, leaving: bool) -> list[tuple[str, ...]]:
    day = float(generator.integers(0, 110))
    pace = float(generator.choice([4, 9, 16])) if leaving else 25.0
    end = min(DAYS, day + generator.exponential(90)) if leaving else DAYS
    rows = []
    while day < end:
        amount, category = generator.lognormal(3, 0.5), generator.choice(["food", "toys"])
        rows.append((who, str(START + timedelta(days=int(day))), f"{amount:.2f}", str(category)))
        day += max(1.0, generator.exponential(pace))
    return rows


def _csv(file: Path, header: list[str], rows: list[Any]) -> None:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([header, *rows])
