"""Columns may be called whatever we call ours: customer, day, number, part, began, h, n."""

from __future__ import annotations

from datetime import UTC, datetime

import yaml

from inspections import found, look
from retain.config import parse
from retain.events.duckdb.engine import open_events

WORDS = ("customer", "day", "number", "part", "began", "h", "n", "hour", "rows", "churned", "closed")


def row(i):
    paid = -5 if i % 9 == 0 else 5
    return f"c{i % 50},2020-01-{1 + i % 28:02d},{paid},{i % 3},2020-02-01,1,1,7,2,{i % 2},{i % 2}\n"


def test_no_column_is_mistaken_for_one_of_ours(tmp_path):
    text = ",".join(WORDS) + "\n" + "".join(map(row, range(300)))
    (tmp_path / "t.csv").write_text(text + row(1) * 3)
    who = {"customer": "customer"}
    tables = {
        "orders": {
            "source": "t.csv",
            "columns": {**who, "time": "day", "amount": "number", "category": "part"},
        },
        "activity": [{"source": "t.csv", "columns": {**who, "time": "day", "kind": "h"}}],
        "subscriptions": {"source": "t.csv", "columns": {**who, "start": "began"}},
        "customers": {"source": "t.csv", "columns": {**who, "since": "began"}, "attributes": ["part", "n"]},
    }
    tree = {"name": "shop", "tables": tables, "churn": {"horizon": 10}}
    config = parse(yaml.safe_dump(tree), path=tmp_path / "shop.yaml")
    with open_events(config, now=datetime(2020, 6, 1, tzinfo=UTC)) as events:
        seen = look(events, churned={f"c{i}": i % 2 == 0 for i in range(150)})
    assert found(seen, "before-customer")[0].example["customer"] == "c0"
    assert found(seen, "before-subscription")
    assert found(seen, "duplicates")[0].count >= 3
    assert seen.duplicates["activity"] >= 3
