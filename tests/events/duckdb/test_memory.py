"""What DuckDB is given of the config's memory, and what it gives back."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

import shops
from retain.errors import ConfigError
from retain.events.duckdb.memory import ENGINE_LEAST, LEAST, Ceiling, engine_bytes, resident_bytes
from retain.events.history import CHUNK_ROWS

CONTENT = "who,at\na,2020-01-05\nb,2020-01-06\n"


def _held(connection):
    query = "SELECT sum(memory_usage_bytes)::BIGINT FROM duckdb_memory()"
    return connection.execute(query).fetchall()[0][0]


def test_too_little_memory_is_told_with_the_least_that_will_do(tmp_path):
    with pytest.raises(ConfigError, match=r"^memory: 100MB are not enough for a run; the least is \d+MB$"):
        shops.orders(tmp_path, CONTENT, memory="100MB")


def test_duckdb_gets_what_the_process_leaves(tmp_path):
    events = shops.orders(tmp_path, CONTENT)
    config = events.config.model_copy(update={"memory": resident_bytes() + 10 * LEAST})
    assert 9 * LEAST < engine_bytes(config) < 10 * LEAST
    assert engine_bytes(config.model_copy(update={"memory": LEAST})) >= ENGINE_LEAST


def test_beyond_the_memory_duckdb_spills(tmp_path):
    with duckdb.connect(config={"temp_directory": str(tmp_path)}) as connection:
        connection.execute("CREATE TEMP TABLE much AS SELECT hash(range) AS n FROM range(40_000_000)")
        before = _held(connection)
        assert before > 2 * ENGINE_LEAST
        Ceiling(connection.cursor(), memory=resident_bytes() - 100_000_000).keep()
        assert _held(connection) < before - 50_000_000
        assert any(tmp_path.iterdir())


STREAMED = """
import json, sys
from pathlib import Path
import retain.events.duckdb.memory as promise
from retain import config
from retain.events.duckdb.sources import inspect
from retain.events.engine import open_events
promise.LEAST = 0  # there is no model here, whose imports take more than all this may
read = config.load(Path(sys.argv[1]), inspect=inspect).model_copy(update={"memory": int(sys.argv[2])})
rows = 0
with open_events(read) as events:
    for history in events.stream(chunk_rows=int(sys.argv[3])):
        rows += len(history.tables["orders"])
status = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(json.dumps({"peak": int(status) * 1024, "rows": rows}))
"""
MANY = 6_000_000
CONFIG = """
name: shop
tables: {orders: {source: orders.parquet, columns: {customer: who, time: at, amount: paid}}}
churn: {horizon: 60}
"""


def _streamed(config: Path, *, memory: int, chunk_rows: int = CHUNK_ROWS) -> dict[str, int]:
    """What streaming all orders took and gave, in a process of its own."""
    command = [sys.executable, "-c", STREAMED, str(config), str(memory), str(chunk_rows)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")
def test_a_process_keeps_within_a_quarter_of_its_memory(tmp_path):
    """300 and 400 MB, of which the imports take 200; all rows as one chunk take more."""
    rows = f"""SELECT 'c' || (hash(range) % 100_000)::VARCHAR AS who,
            TIMESTAMP '2023-01-01' + to_seconds((hash(range + 1) % 30_000_000)::BIGINT) AS at,
            (hash(range + 2) % 10_000 / 100)::DOUBLE AS paid FROM range({MANY})"""
    duckdb.sql(f"COPY ({rows}) TO '{tmp_path}/orders.parquet'")
    config = shops.write(tmp_path / "shop.yaml", CONFIG)
    whole = _streamed(config, memory=400_000_000, chunk_rows=10 * MANY)
    for memory in (300_000_000, 400_000_000):
        kept = _streamed(config, memory=memory)
        assert kept["rows"] == whole["rows"] == MANY
        assert kept["peak"] <= 1.25 * memory < whole["peak"]
