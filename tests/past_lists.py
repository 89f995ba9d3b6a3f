"""Past lists of a shop in files, with a contact effect planted in who ordered again."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import corner_shop
from retain.api import Project
from retain.lists import files, history, publish

MONDAYS = tuple(date(2019, 2, 4) + timedelta(days=7 * week) for week in range(3))
AS_OF = date(2019, 3, 20)
TABLES = {"orders": {"source": "orders.csv", "columns": {"customer": "who", "time": "at"}}}
SEGMENTS = ("active", "at_risk")


def customers(*, count: int = 400, kept: float = 0.3, seed: int = 4, weeks: int = 3) -> pd.DataFrame:
    """New customers each week, and whether they stayed: a contact keeps `kept` of those who would churn."""
    draw = np.random.default_rng(seed)
    rows = count * weeks
    p = draw.uniform(0.2, 0.9, rows).round(4)
    contact = draw.uniform(size=rows) >= 0.3
    stayed = (draw.uniform(size=rows) >= p) | (contact & (draw.uniform(size=rows) < kept))
    return pd.DataFrame(
        {
            "customer_id": [f"{n:05}" for n in range(rows)],
            "week": np.repeat(MONDAYS[:weeks], count),
            "churn_probability": p,
            "risk_band": np.select([p >= 0.5, p >= 0.25], ["high", "medium"], "low"),
            "segment": draw.choice(SEGMENTS, rows),
            "expected_value": 100.0,
            "expected_saving": p * 10,
            "group": np.where(contact, "contact", "holdout"),
            "action": "Write personally (e-mail, by 2019-02-07)",
            "stayed": stayed,
        }
    )


def written(folder: Path, people: pd.DataFrame, *, store: str, **changes: Any) -> Project:
    """The shop after its lists, its history and what its customers did."""
    orders = [(one.customer_id, one.week - timedelta(days=5)) for one in people.itertuples()]
    orders += [(one.customer_id, one.week + timedelta(days=9)) for one in people.itertuples() if one.stayed]
    orders.append(("last", AS_OF - timedelta(days=1)))
    text = "".join(f"{who},{at}\n" for who, at in orders)
    (folder / "orders.csv").write_text(f"who,at\n{text}")
    project = corner_shop.opened(folder, store=store, **{"tables": TABLES, **changes})
    for week, part in people.groupby("week", sort=True):
        put(project, week, part)
    return project


def put(project: Project, week: date, part: pd.DataFrame) -> Path:
    """Publish and remember the list of a week, everybody scored being listed."""
    output = project.config.output
    listed = part.assign(rank=range(1, len(part) + 1), as_of=pd.Timestamp(week))
    tables = {"scores.parquet": files.parquet(part.drop(columns="week")), "at_risk.parquet": files.parquet(
        listed.drop(columns="week"))}  # fmt: skip
    bands = {str(name): int(count) for name, count in part["risk_band"].value_counts().items()}
    manifest = {
        "as_of": str(week),
        "fingerprint": str(week),
        "model": {"name": "gbm", "version": 1, "label": "model"},
        "counts": {"eligible": len(part), "listed": len(part), "bands": bands},
        "config": project.config.public(),
        "watch": {"churn": project.config.churn.model_dump(mode="json")},
    }
    run_id = f"run-{week}"
    done = publish.publish(output / "lists", tables, as_of=week, run_id=run_id, manifest=manifest)
    entry = history.Entry.of({**manifest, "run_id": run_id}, published_at=_noon(week))
    drawn = listed[["customer_id", "group", "risk_band"]]
    drawn = drawn.assign(campaign="default", assigned_on=pd.Timestamp(week))
    history.record(history.path_in(output), entry, listed=listed, assignments=drawn)
    return done.path


def _noon(day: date) -> Any:
    return pd.Timestamp(day, tz="UTC").to_pydatetime() + timedelta(hours=12)
