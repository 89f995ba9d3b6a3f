"""Tables in PostgreSQL: the same rows as in files, one moment of all, nothing written, no secret told."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, datetime

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corner_shop
import databases
import shops
from databases import execute, fill
from retain.errors import ConfigError, DataError, Unavailable
from retain.events import postgres as reading
from retain.events.duckdb.engine import open_events
from retain.postgres import connection

COLUMNS = {"customer": "who", "time": "at", "amount": "paid"}
ODD = pa.table(
    {
        "who": ["a", "'; DROP TABLE orders; --", "<script>", None, "a", "b", "b"],
        "at": pa.array([datetime(2020, 1, day) for day in range(2, 7)] + [None, datetime(2031, 1, 1)]),
        "paid": pa.array([1.5, 2.25, 3.0, 4.0, None, 6.0, 7.0]),
        "till": pa.array(range(7), pa.int32()),
    }
)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(connection, "WAITS", (0.0, 0.0, 0.0))


@pytest.fixture
def shop(database):
    """A database with orders."""
    fill(database, "orders", ODD, {"paid": "numeric(12,2)"})
    return database


@pytest.fixture
def opened():
    """What reads a shop whose orders are in a database; closed afterwards."""
    with ExitStack() as stack:

        def _opened(folder, url, *, table="orders", columns=COLUMNS, as_of=None, **keys):
            named = {key: keys.pop(key) for key in ("query", "where") if key in keys}
            source = {"source": url, "columns": columns, **named} | (
                {} if "query" in named else {"table": table}
            )
            config = shops.config(folder, orders=source, gates={"max_missing": 1}, **keys)
            events = open_events(config, as_of=as_of, now=shops.NOW, rejects=folder / "rejects")
            return stack.enter_context(events)

        yield _opened


def refused(folder, url, **keys):
    """What is said at config load."""
    with pytest.raises(ConfigError) as raised:
        _inspected(folder, url, **keys)
    return str(raised.value)


def _inspected(folder, url, *, table=None, columns=COLUMNS, **keys):
    source = {"source": url, "columns": columns, **({"table": table} if table else {}), **keys}
    return shops.config(folder, inspected=True, orders=source)


def test_rows_and_rejects_are_those_of_the_same_table_in_a_file(tmp_path, shop, opened):
    told, plain = opened(tmp_path / "pg", shop), tmp_path / "file"
    shops.write(plain / "orders.parquet", ODD)
    filed = shops.opened(
        plain, orders={"source": "orders.parquet", "columns": COLUMNS}, gates={"max_missing": 1}
    )
    assert shops.seen(told) == shops.seen(filed)
    ours, theirs = told.summary.table("orders"), filed.summary.table("orders")
    assert (ours.rows, ours.used, ours.anonymous, ours.rejected) == (7, 3, 1, theirs.rejected)
    kept = [{k: v for k, v in row.items() if k != "till"} for row in shops.rejects(plain)]
    assert shops.rejects(tmp_path / "pg") == kept


def test_features_are_those_of_the_same_tables_in_files(tmp_path, database, opened):
    corner_shop.write(tmp_path, customers=60)
    tables = {
        name: pd.read_csv(tmp_path / f"{name}.csv", dtype=str) for name in ("orders", "visits", "people")
    }
    for frame in tables.values():
        if "at" in frame:
            frame["at"] = pd.to_datetime(frame["at"]).astype("datetime64[us]")
    tables["orders"]["paid"] = tables["orders"]["paid"].astype(float)
    for name, frame in tables.items():
        fill(database, name, pa.Table.from_pandas(frame, preserve_index=False), {"paid": "numeric(9,2)"})
    filed = corner_shop.opened(tmp_path, store="sqlite:///unused.db").features().frame
    source = corner_shop.TREE["tables"]
    theirs = {
        "orders": {**source["orders"], "source": database, "table": "orders"},
        "activity": [{**source["activity"][0], "source": database, "table": "visits"}],
        "customers": {**source["customers"], "source": database, "query": "SELECT * FROM people"},
    }
    read = corner_shop.opened(tmp_path, store="sqlite:///unused.db", tables=theirs).features().frame
    pd.testing.assert_frame_equal(read, filed)


def test_only_the_columns_that_are_named_are_copied(tmp_path, shop):
    table = shops.config(tmp_path, orders={"source": shop, "table": "orders", "columns": COLUMNS}).tables
    staged = reading.stage(table, tmp_path)["tables.orders"]
    assert pq.read_schema(staged.file).names == ["who", "at", "paid"]


def test_where_may_name_any_column_of_the_table(tmp_path, shop, opened):
    assert list(shops.seen(opened(tmp_path, shop, where="till < 1 -- the first"))) == ["a"]


def test_a_query_may_end_as_people_end_them(tmp_path, shop, opened):
    query = "SELECT who, at, paid FROM orders WHERE till = 0; "
    assert shops.seen(opened(tmp_path, shop, query=query)) == {"a": [("2020-01-02", 1.5)]}


def test_times_with_a_zone_are_the_business_s_own(tmp_path, database, opened):
    execute(database, "CREATE TABLE t AS SELECT 'a' AS who, timestamptz '2020-01-05 23:30+00' AS at")
    columns = {"customer": "who", "time": "at"}
    events = opened(tmp_path, database, table="t", columns=columns, timezone="Asia/Tokyo")
    assert shops.seen(events) == {"a": [("2020-01-06", None)]}


def test_a_table_is_found_by_schema_and_odd_name(tmp_path, database, opened):
    execute(database, 'CREATE SCHEMA "My Shop"')
    fill(database, '"My Shop"."Or.d""ers"', ODD)
    events = opened(tmp_path, database, table='"My Shop"."Or.d""ers"')
    assert events.summary.table("orders").rows == 7


def test_all_tables_show_one_moment(tmp_path, shop, monkeypatch, opened):
    """Rows that another connection adds after the first table was read are in none of them."""
    fill(shop, "visits", ODD)
    plain = reading.read

    def disturbed(*args):
        yield from plain(*args)
        execute(shop, "INSERT INTO visits SELECT 'late', '2020-01-05', 1, 8", "DELETE FROM orders")

    monkeypatch.setattr(reading, "read", disturbed)
    visits = {"source": shop, "table": "visits", "columns": {"customer": "who", "time": "at"}}
    events = opened(tmp_path, shop, activity=[visits])
    assert [table.rows for table in events.summary.tables] == [7, 7]


def test_the_fingerprint_is_of_the_rows_whatever_their_order(tmp_path, shop, opened):
    def digest():
        return opened(tmp_path, shop).summary.files["orders"][0].sha256

    before = digest()
    execute(shop, "CREATE TABLE again AS SELECT * FROM orders ORDER BY till DESC", "DROP TABLE orders")
    execute(shop, "ALTER TABLE again RENAME TO orders")
    assert digest() == before
    execute(shop, "UPDATE orders SET paid = paid + 1 WHERE till = 0")
    assert digest() != before


def test_the_manifest_tells_where_rows_came_from_without_the_secret(tmp_path, shop, opened):
    url = shop.replace("postgres@", "postgres:hush-hush@")
    inputs = str(opened(tmp_path, url).summary.inputs())
    assert "table orders" in inputs
    assert "hush" not in inputs


def test_a_column_that_is_not_there_is_told_with_the_right_one(tmp_path, shop):
    said = refused(tmp_path, shop, table="orders", columns={**COLUMNS, "customer": "whu"})
    assert (
        "tables.orders.columns.customer: 'whu' is not a column of orders; it has: who, at, paid, till" in said
    )
    assert "did you mean 'who'?" in said


def test_a_table_that_is_not_there_is_told_with_the_right_one(tmp_path, shop):
    said = refused(tmp_path, shop, table="order")
    assert "tables.orders.table: there is no table 'order' in postgresql://" in said
    assert "it has: orders; did you mean 'orders'?" in said


@pytest.mark.parametrize("table", ["", '"', "a..b", "orders; DROP TABLE orders", "a.", 'orders"; --'])
def test_a_table_s_name_is_a_name_and_nothing_else(tmp_path, shop, table):
    assert "tables.orders.table" in refused(tmp_path, shop, table=table or ".")
    assert execute(shop, "SELECT count(*) FROM orders") == [(7,)]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM orders",
        "DELETE FROM orders RETURNING who, at, paid",
        "WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone",
        "SELECT who, at, paid FROM orders) q; COMMIT; DELETE FROM orders; SELECT * FROM (SELECT 1",
        "SELECT who, at, paid FROM orders; DELETE FROM orders",
        "SELECT who, at, paid, 1 / 0 AS broken FROM orders WHERE till = 99 OR 1 / 0 = 1",
    ],
)
def test_a_query_reads_and_does_nothing_else(tmp_path, shop, query):
    assert "tables.orders.query: postgresql://" in refused(tmp_path, shop, query=query)
    assert execute(shop, "SELECT count(*) FROM orders") == [(7,)]


def test_a_function_that_deletes_is_refused(tmp_path, shop, opened):
    execute(
        shop,
        "CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM orders; SELECT 1'",
    )
    with pytest.raises(ConfigError, match="cannot execute DELETE in a read-only transaction"):
        opened(tmp_path, shop, query="SELECT who, at, paid FROM orders WHERE wipe() = 1")
    assert execute(shop, "SELECT count(*) FROM orders") == [(7,)]


@pytest.mark.parametrize("where", ["bogus = 1", "1=1); DELETE FROM orders; --", "true) q; SELECT (1"])
def test_a_filter_is_a_condition_and_nothing_else(tmp_path, shop, where):
    assert "tables.orders.where: postgresql://" in refused(tmp_path, shop, table="orders", where=where)
    assert execute(shop, "SELECT count(*) FROM orders") == [(7,)]


def test_a_role_that_may_not_read_the_table_is_told(tmp_path, shop):
    secret = databases.SECRET.replace("%", "%25").replace("/", "%2F").replace("@", "%40").replace(" ", "%20")
    said = refused(tmp_path, shop.replace("postgres@", f"guarded:{secret}@"), table="orders")
    assert "permission denied for table orders" in said
    assert "sésame" not in said


def test_every_mistake_is_told_at_once(tmp_path, shop):
    orders = {"source": shop, "table": "order", "columns": COLUMNS}
    people = {"source": shop, "table": "orders", "columns": {"customer": "whu"}}
    with pytest.raises(ConfigError, match="2 mistakes"):
        shops.config(tmp_path, inspected=True, orders=orders, customers=people)


def test_a_server_that_is_away_at_load_is_not_a_mistake_of_the_config(tmp_path):
    _inspected(tmp_path, "postgresql://ann:secret@127.0.0.1:9/shop", table="orders")


def test_a_server_that_stays_away_is_unavailable(tmp_path, quick, opened):
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9/shop does not answer .* tried 4 times") as raised:
        opened(tmp_path, "postgresql://ann:secret@127.0.0.1:9/shop")
    assert "secret" not in str(raised.value)


def test_a_connection_that_breaks_is_made_again_and_all_tables_read_anew(
    tmp_path, shop, monkeypatch, quick, opened
):
    plain, broken = reading.read, []

    def breaking(one, *args):
        if len(broken) < 2:
            broken.append(one.info.backend_pid)
            execute(shop, f"SELECT pg_terminate_backend({broken[-1]})")
        yield from plain(one, *args)

    monkeypatch.setattr(reading, "read", breaking)
    assert opened(tmp_path, shop).summary.table("orders").rows == 7
    assert len(broken) == 2


def test_text_that_is_none_is_told(tmp_path, postgres, opened):
    execute(postgres.url(), "CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    url = postgres.url("bytes")
    execute(
        url, "CREATE TABLE orders AS SELECT convert_from('\\xff'::bytea, 'SQL_ASCII') AS who, now() AS at"
    )
    with pytest.raises((DataError, ConfigError), match=r"tables\.orders"):
        opened(tmp_path, url, columns={"customer": "who", "time": "at"})


def test_what_was_copied_for_a_run_is_not_copied_again(tmp_path, shop):
    table = shops.config(tmp_path, orders={"source": shop, "table": "orders", "columns": COLUMNS}).tables
    first = reading.stage(table, tmp_path)
    execute(shop, "DELETE FROM orders")
    assert reading.stage(table, tmp_path) == first
    assert pq.read_metadata(first["tables.orders"].file).num_rows == 7


def test_contracts_are_read_with_their_endless_ends(tmp_path, database):
    execute(
        database,
        "CREATE TABLE contracts (who int, began date, ended timestamptz, fee numeric, places numeric)",
        "INSERT INTO contracts VALUES (1, '2020-01-01', 'infinity', 9.99, 3), (2, '2020-01-01', NULL, 5, 1)",
    )
    columns = {"customer": "who", "start": "began", "end": "ended", "amount": "fee", "seats": "places"}
    contracts = {"source": database, "table": "contracts", "columns": columns}
    config = shops.config(tmp_path, subscriptions=contracts, churn={"when": "ended"}, inspected=True)
    with open_events(config, now=shops.NOW) as events:
        assert events.summary.table("subscriptions").used == 2
        assert sum(len(chunk) for chunk in events.stream()) == 2


def test_the_copies_are_gone_afterwards(tmp_path, shop, opened):
    with opened(tmp_path, shop) as events:
        assert list(events.scratch.glob("*.parquet"))
    assert not events.scratch.exists()


def test_a_read_leaves_no_session_behind(tmp_path, shop, opened):
    opened(tmp_path, shop, as_of=date(2020, 1, 4))
    with psycopg.connect(shop) as one:
        query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'retain'"
        assert one.execute(query).fetchone() == (0,)
