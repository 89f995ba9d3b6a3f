"""A real Spark for tests, and a shop in which everything is wrong that can be."""

from __future__ import annotations

import copy
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

import corner_shop
import shops
from missing import missing
from retain.config import Config
from retain.events.spark.session import session

MASTER = "local[2,3]"
"""Two tasks at a time, each tried three times."""

ROLES = {"customer": "who", "time": "at"}


def needed() -> None:
    """Skip where there is no Spark to be had; in CI, fail."""
    if find_spec("pyspark") is None:
        missing("PySpark")
    if shutil.which("java") is None:
        missing("Java")


@contextmanager
def started(folder: Path) -> Iterator[Any]:
    """The session as retain starts it, stopped again."""
    shops.write(folder / "orders.csv", "who,at\na,2020-01-01\n")
    options = {
        "spark.sql.shuffle.partitions": 2,
        "spark.driver.memory": "600m",
        # Java that compiles little: what runs once need not be fast.
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        "spark.sql.codegen.wholeStage": False,
    }
    config = shops.config(
        folder,
        orders={"source": "orders.csv", "columns": ROLES},
        spark={"master": MASTER, "options": options},
    )
    found = session(config, scratch=folder)
    yield found.spark
    found.close()


def nasty(folder: Path, **keys: Any) -> Config:
    """A shop of all tables: rows of hours that the clock skips or repeats, unreadable, repeated, null ones.

    One customer has half of the rows.
    """
    random = np.random.default_rng(11)
    shops.write(folder / "orders-1.parquet", _orders(random, 900))
    shops.write(folder / "orders-2.parquet", _orders(random, 600))
    shops.write(folder / "visits.parquet", _visits(random, 2500))
    shops.write(folder / "calls.csv", _calls(random, 300))
    shops.write(folder / "contracts.parquet", _contracts(random, 250))
    shops.write(folder / "people.parquet", _people(random))
    return shops.config(folder, **{**_TABLES, **keys}, horizon=30, active_within=200)


_TABLES: dict[str, Any] = {
    "timezone": "Europe/London",
    "engine": "spark",
    "gates": {"max_missing": 0.5},
    "orders": {
        "source": "orders-*.parquet",
        "columns": {
            **ROLES,
            "amount": "paid",
            "order": "basket",
            "category": "dept",
            "recorded": "seen",
            "cancelled": "undone",
        },
        "timezone": "America/New_York",
        "where": "shop <> 'test'",
    },
    "activity": [
        {
            "source": "visits.parquet",
            "columns": {**ROLES, "kind": "what", "value": "score", "user": "person"},
        },
        {"source": "calls.csv", "columns": ROLES, "kind": "call"},
    ],
    "subscriptions": {
        "source": "contracts.parquet",
        "columns": {
            "customer": "who",
            "start": "from",
            "end": "to",
            "amount": "paid",
            "trial": "trial",
            "known_at": "told",
            "reason": "why",
        },
        "attributes": ["plan", "chairs"],
    },
    "customers": {
        "source": "people.parquet",
        "columns": {"customer": "who", "owner": "csm", "opted_out": "out"},
        "attributes": ["country"],
        "show": ["name"],
    },
}


def nasty_week(folder: Path) -> dict[str, Any]:
    """The corner shop's tables in the folder made nasty; the keys of the config that say how they are now.

    One customer has half of the rows. Times are of another zone, around the hours that its clocks skip and
    repeat, some with an offset, some unreadable, empty or to come; ids and amounts are odd or missing; rows
    come twice, and some after the as-of.
    """
    random = np.random.default_rng(5)
    plain = pd.read_csv(folder / "orders.csv", dtype=str, keep_default_na=False)
    often = plain.sample(len(plain), random_state=1).assign(who='whale, o\'the "Ünal"')
    orders = pd.concat([plain, often], ignore_index=True)
    minutes = random.integers(0, 1440, len(orders))
    orders["at"] = [_odd(day, int(m)) for day, m in zip(orders["at"], minutes, strict=True)]
    orders.loc[random.random(len(orders)) < 0.05, "paid"] = ""
    orders.loc[random.random(len(orders)) < 0.02, "paid"] = "x"
    orders.loc[random.random(len(orders)) < 0.03, "who"] = " "
    orders.loc[random.random(len(orders)) < 0.02, "dept"] = ""
    returned = orders.sample(30, random_state=2)
    orders = pd.concat([orders, orders.sample(40, random_state=3), returned.assign(paid="-3.5")])
    orders.to_csv(folder / "orders.csv", index=False)
    visits = pd.read_csv(folder / "visits.csv", dtype=str)
    visits["at"] = [_odd(day, 90) for day in visits["at"]]
    for number, rows in enumerate((visits[::2], visits[1::2])):
        rows.to_parquet(folder / f"visits-{number}.parquet", index=False)
    tables = copy.deepcopy(corner_shop.TREE["tables"])
    tables["orders"]["timezone"] = "America/New_York"
    tables["activity"][0]["source"] = "visits-*.parquet"
    return {"tables": tables, "timezone": "Europe/London", "gates": {"max_missing": 0.4}}


def _odd(day: str, minute: int) -> str:
    """A time on the day, as one system or another writes it."""
    written = f"{day} {minute // 60:02d}:{minute % 60:02d}"
    odd = {3: "no time", 5: "", 7: "2031-01-01", 11: f"{written}:00+05:30", 13: "2019-03-10 02:30:00"}
    odd |= {17: "2019-03-31T01:30:00+01:00", 19: f"{day}T02:30:00Z"}
    return odd.get(zlib.crc32(written.encode()) % 97, written)


def _who(random: np.random.Generator, rows: int) -> list[str | None]:
    """Half of the rows are one customer's; some are nobody's."""
    others = [None, "", " ", "00123", "Ünal", "o'Neill", *(f"c{n}" for n in range(60))]
    return [
        "whale" if half else others[n]
        for half, n in zip(random.random(rows) < 0.5, random.integers(0, 66, rows), strict=True)
    ]


def _moments(random: np.random.Generator, rows: int, *, empty: float = 0.02) -> list[datetime | None]:
    """Minutes around the days on which clocks change, and others."""
    days = random.choice([0, 1, 60, 61, 88, 153, 154, 299, 300, 301, 363], rows)
    minutes = random.integers(0, 1440, rows)
    moments = [
        datetime(2019, 1, 1) + timedelta(int(d), minutes=int(m)) for d, m in zip(days, minutes, strict=True)
    ]
    return [
        None if gone else moment for gone, moment in zip(random.random(rows) < empty, moments, strict=True)
    ]


def _later(
    random: np.random.Generator, moments: list[datetime | None], *, share: float
) -> list[datetime | None]:
    drawn = zip(
        moments, random.random(len(moments)) < share, random.integers(0, 90, len(moments)), strict=True
    )
    return [moment + timedelta(int(days)) if moment and some else None for moment, some, days in drawn]


def _orders(random: np.random.Generator, rows: int) -> pa.Table:
    at = _moments(random, rows)
    columns = {
        "who": _who(random, rows),
        "at": pa.array(at, pa.timestamp("ns")),
        "paid": [None if x < -35 else round(float(x), 2) for x in random.normal(10, 20, rows)],
        "basket": [None if n % 7 == 0 else int(n) for n in random.integers(0, rows // 2, rows)],
        "dept": random.choice(np.array(["tea", "milk", None, "bröd"], object), rows),
        "seen": _later(random, at, share=0.3),
        "undone": _later(random, at, share=0.05),
        "shop": random.choice(["a", "test"], rows, p=[0.95, 0.05]),
        "weight": random.integers(0, 9, rows).astype(np.uint16),
    }
    table = pa.table(columns)
    return pa.concat_tables([table, table.slice(0, 20)])


def _visits(random: np.random.Generator, rows: int) -> dict[str, Any]:
    written = [
        "2019-11-03 01:30:00",
        "2019-03-31T01:30:00+01:00",
        "2019-10-27 01:30",
        "no time",
        "",
        "2031-01-01",
    ]
    return {
        "who": _who(random, rows),
        "at": [
            m.isoformat() if m and n > 5 else written[min(n, 5)]
            for m, n in zip(_moments(random, rows), random.integers(0, 80, rows), strict=True)
        ],
        "what": random.choice(np.array(["login", "report", None], object), rows),
        "score": random.choice(np.array(["1", "2.5", "x", None, "1e300"], object), rows),
        "person": random.choice(np.array(["ann", "bob", " ", None], object), rows),
    }


def _calls(random: np.random.Generator, rows: int) -> str:
    days = zip(_who(random, rows), _moments(random, rows), strict=True)
    lines = [f"{who or ''},{at:%d/%m/%Y %H:%M}" if at else f"{who or ''},," for who, at in days]
    return "\n".join(["who,at", *lines, 'torn,"2019-01-01" x,y', ""])


def _contracts(random: np.random.Generator, rows: int) -> pa.Table:
    start = _moments(random, rows)
    end = _later(random, start, share=0.6)
    columns = {
        "who": _who(random, rows),
        "from": start,
        "to": end,
        "paid": random.choice(np.array([9.99, 20.0, None], object), rows),
        "trial": random.choice(np.array(["yes", "no", None], object), rows),
        "told": _later(random, end, share=0.5),
        "why": random.choice(np.array(["price", "moved", None], object), rows),
        "plan": random.choice(np.array(["lite", "full", None], object), rows),
        "chairs": random.integers(1, 50, rows),
    }
    return pa.table(columns)


def _people(random: np.random.Generator) -> dict[str, Any]:
    ids = ["whale", "Ünal", "00123", "nobody", None, *(f"c{n}" for n in range(50)), "c1"]
    return {
        "who": ids,
        "csm": random.choice(np.array(["anna", "ben", None], object), len(ids)),
        "out": random.random(len(ids)) < 0.2,
        "country": random.choice(np.array(["SE", "DK", None], object), len(ids)),
        "name": [f"N{n}" for n in range(len(ids))],
    }
