"""What predicting holds where there are very many customers, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import corner_shop

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak"),
]

TIMES = 6_000
LEAST = 700_000_000
PREDICTED = """
import json, sys
from pathlib import Path
import retain
listed = retain.open(sys.argv[1], project=sys.argv[2]).predict(accept="many more customers than before")
status = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
counts = json.loads((listed.folder / "manifest.json").read_text())["counts"]
print(json.dumps({"peak": int(status) * 1024, **counts}))
"""


def _multiplied(there: Path, here: Path) -> dict[str, object]:
    """The last rows of the shop's orders, each customer `TIMES` times, and the config's tables."""
    query = f"""SELECT who || '-' || copy AS who, "at", paid::DOUBLE AS paid, dept
        FROM read_csv('{there}/orders.csv', all_varchar = true, ignore_errors = true),
             range({TIMES}) AS copies(copy)
        WHERE try_cast("at" AS DATE) >= DATE '{corner_shop.NEWEST}' - 20 AND who <> ''"""
    duckdb.sql(f"COPY ({query}) TO '{here}/orders.parquet'")
    tables = dict(corner_shop.TREE["tables"])
    for name in ("visits.csv", "people.csv"):
        (here / name).write_bytes((there / name).read_bytes())
    return {**tables, "orders": {**tables["orders"], "source": "orders.parquet"}}


def test_a_process_keeps_within_a_quarter_of_its_memory(trained, tmp_path, store_uri):
    """700 MB, the least: what is imported takes 550, the rest is a chunk and a few columns of everybody."""
    config = corner_shop.config(
        tmp_path,
        tables=_multiplied(trained.folder, tmp_path),
        output=str(tmp_path / "output"),
        mlflow={"tracking_uri": store_uri},
        memory=f"{LEAST // 1_000_000}MB",
        list={"size": 500, "capacity": 500},
    )
    command = [sys.executable, "-c", PREDICTED, str(config), str(corner_shop.ROOT)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=dict(os.environ))
    found = json.loads(done.stdout)
    assert found["eligible"] > 400_000
    assert found["listed"] == 500
    assert found["peak"] <= 1.25 * LEAST
