"""Where the customers are parted, and what is sent to the tasks."""

from __future__ import annotations

import pickle
from bisect import bisect_right
from datetime import date

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

import shops
from retain.events.engine import open_events
from retain.events.spark import rows as spark_rows
from retain.events.spark.chunks import unpacked
from retain.events.spark.gather import cut, parts_for, stripped

NAMES = st.text(st.sampled_from("aäb'\U0001f600 0"), min_size=1, max_size=3)


@given(st.dictionaries(NAMES, st.integers(1, 100), min_size=1), st.integers(1, 10))
def test_partitions_have_about_as_many_rows(sample, parts):
    bounds = cut(sample, parts=parts)
    share = -(-sum(sample.values()) // parts)
    rows = [0] * (len(bounds) + 1)
    for name, count in sample.items():
        rows[bisect_right(bounds, name)] += count
    assert bounds == sorted(set(bounds))
    assert all(0 < count <= max(share, max(sample.values())) for count in rows)


def test_a_customer_with_half_of_the_rows_is_alone():
    sample = {f"c{n}": 10 for n in range(10)} | {"whale": 100, "x": 10, "y": 10}
    bounds = cut(sample, parts=4)
    assert "whale" in bounds
    assert bounds[bounds.index("whale") + 1] == "x"


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as opened:
        yield opened


@given(bounds=st.lists(NAMES, unique=True, max_size=9), customers=st.lists(NAMES, min_size=1, max_size=5))
def test_sql_finds_the_partition_of_a_customer(connection, bounds, customers):
    bounds = sorted(bounds)
    connection.execute("CREATE OR REPLACE TABLE them AS SELECT unnest(?::VARCHAR[]) AS who", [customers])
    found = connection.execute(f"SELECT {spark_rows.part('who', bounds)} FROM them").fetchall()
    assert [int(number) for (number,) in found] == [bisect_right(bounds, one) for one in customers]


@pytest.mark.parametrize(
    ("rows", "cores", "parts"),
    [(0, 2, 1), (10, 8, 1), (50_000, 2, 3), (10**6, 4, 8), (2 * 10**8, 64, 200), (10**12, 64, 20_000)],
)
def test_there_are_as_many_partitions_as_keep_the_cores_at_work(rows, cores, parts):
    assert parts_for(rows, cores=cores) == parts


def test_rows_from_the_as_of_on_stay_where_they_are(spark, tmp_path):
    shops.write(tmp_path / "o.csv", "who,at\na,2020-01-01\nb,2020-01-31\na,2020-02-01\nc,2020-03-01\n")
    orders = {"source": "o.csv", "columns": shops.ORDERS}
    config = shops.config(tmp_path, orders=orders, engine="spark")
    with open_events(config, as_of=date(2020, 2, 1), now=shops.NOW) as events:
        (kept,) = [rows for rows, _ in unpacked(events.gathered.rows.toArrow().to_batches())]
        assert kept["customer"].to_pylist() == ["a", "b"]
        assert events.summary.tables[0].used == 4


def test_no_address_and_no_secret_is_sent_to_a_task(tmp_path):
    orders = {"source": "jdbc:mysql://u:hunter2@h/db", "table": "t", "columns": shops.ORDERS}
    config = shops.config(
        tmp_path,
        orders=orders,
        engine="spark",
        notify=["slack://hunter2/a/b"],
        publish={"postgres": "postgresql://u:hunter2@h/db"},
        mlflow={"tracking_uri": "https://u:hunter2@h"},
        spark={"options": {"spark.hadoop.fs.s3a.secret.key": "hunter2"}},
    )
    sent = stripped(config, memory=10**9)
    assert "hunter2" in config.model_dump_json()
    assert "hunter2" not in sent.model_dump_json()
    assert b"hunter2" not in pickle.dumps(sent)
    assert (sent.document, sent.memory) == (None, 10**9)
    assert sent.tables.orders.columns == config.tables.orders.columns
