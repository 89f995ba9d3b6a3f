"""The history and the list in PostgreSQL: kept together or not at all, whoever interrupts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pandas as pd
import psycopg
import pytest

import listings
from databases import execute
from retain.errors import ConfigError, Locked, Unavailable, UsageError
from retain.lists import history, personal, published_tables
from retain.lists.history import Entry
from retain.lists.ledger import Ledger
from retain.postgres import connection

NOW = datetime(2018, 1, 1, 4, tzinfo=UTC)
NASTY = ["'; DROP TABLE at_risk; --", "<script>", 'a,"b"\n\\N']


@pytest.fixture
def ledger(database, monkeypatch):
    monkeypatch.setattr(connection, "WAITS", (0.0, 0.0, 0.0))
    return Ledger(database, 'the "shop"', "shop")


def put(ledger, *, as_of=listings.DAY, run_id="one", rows=3, then=None, **columns):
    """Publish a list of made-up customers."""
    listed = listings.frame(rows or 1).assign(as_of=pd.Timestamp(as_of), run_id=run_id, **columns).head(rows)
    assigned = listed[["customer_id", "group"]].assign(campaign="spring", assigned_on=pd.Timestamp(as_of))
    scores = listings.frame(9)[["customer_id", "churn_probability", "risk_band"]]
    entry = Entry(as_of, run_id, NOW, listed=rows, eligible=9)
    history.record(ledger, entry, listed=listed, assignments=assigned, scores=scores, then=then)
    return listed


def rows(ledger, what):
    """What a query finds; {s} is the schema."""
    return execute(ledger.url, what.format(s='"the ""shop"""'))


def everything(ledger):
    tables = ("at_risk", "scores", "lists", "members", "assignments")
    return {table: rows(ledger, f"SELECT * FROM {{s}}.{table} ORDER BY 1, 2") for table in tables}


def test_the_list_the_scores_and_the_history_are_published(ledger):
    listed = put(ledger)
    assert rows(ledger, "SELECT customer_id FROM {s}.at_risk ORDER BY rank") == [
        (one,) for one in listed["customer_id"]
    ]
    found = rows(ledger, "SELECT count(*), min(as_of), min(run_id) FROM {s}.scores")
    assert found == [(9, listings.DAY, "one")]
    assert history.runs(ledger)["listed"].tolist() == [3]


def test_columns_have_their_types_and_tables_their_keys(ledger):
    put(ledger)
    query = """SELECT column_name, data_type FROM information_schema.columns
        WHERE table_name = 'at_risk' AND column_name IN ('rank', 'last_order', 'churn_probability', 'owner')
        """
    assert dict(rows(ledger, query)) == {
        "rank": "bigint",
        "last_order": "date",
        "churn_probability": "double precision",
        "owner": "text",
    }
    with pytest.raises(psycopg.errors.UniqueViolation):
        rows(ledger, "INSERT INTO {s}.scores SELECT * FROM {s}.scores")


def test_publishing_twice_leaves_the_same_rows(ledger):
    put(ledger)
    once = everything(ledger)
    put(ledger)
    assert everything(ledger) == once


def test_another_version_takes_the_place_of_that_day_alone(ledger):
    put(ledger, as_of=date(2017, 12, 25))
    put(ledger, rows=6)
    put(ledger, rows=2, run_id="two")
    query = "SELECT as_of, run_id, count(*) FROM {s}.at_risk GROUP BY 1, 2 ORDER BY 1"
    assert rows(ledger, query) == [(date(2017, 12, 25), "one", 3), (listings.DAY, "two", 2)]


def test_the_view_shows_the_newest_list_even_an_empty_one(ledger):
    put(ledger, as_of=date(2018, 1, 8))
    put(ledger, as_of=date(2018, 1, 1))
    assert rows(ledger, "SELECT DISTINCT as_of FROM {s}.at_risk_latest") == [(date(2018, 1, 8),)]
    put(ledger, as_of=date(2018, 1, 15), rows=0)
    assert rows(ledger, "SELECT count(*) FROM {s}.at_risk_latest") == [(0,)]


def test_a_new_column_is_added_to_table_and_view(ledger):
    put(ledger)
    put(ledger, as_of=date(2018, 1, 8), **{'phone "home"': "123"})
    assert rows(ledger, 'SELECT DISTINCT "phone ""home""" FROM {s}.at_risk_latest') == [("123",)]
    put(ledger, as_of=date(2018, 1, 15))
    assert rows(ledger, 'SELECT DISTINCT "phone ""home""" FROM {s}.at_risk_latest') == [(None,)]


def test_customers_may_be_called_anything(ledger):
    put(ledger, customer_id=NASTY, name=NASTY)
    found = rows(ledger, "SELECT customer_id, name FROM {s}.at_risk")
    assert sorted(found) == sorted(zip(NASTY, NASTY, strict=True))
    assert personal.known(ledger, [*NASTY, "nobody"]) == set(NASTY)
    assert personal.forget(ledger, NASTY[:1])["at_risk"] == 1
    assert len(rows(ledger, "SELECT 1 FROM {s}.at_risk")) == 2


def test_what_fails_beside_it_leaves_the_earlier_list(ledger):
    put(ledger)
    before = everything(ledger)

    def fail():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put(ledger, run_id="two", rows=2, then=fail)
    assert everything(ledger) == before


def test_a_database_that_refuses_leaves_the_earlier_list(ledger, monkeypatch):
    put(ledger)
    before = everything(ledger)
    rows(ledger, "ALTER TABLE {s}.at_risk ADD CONSTRAINT few CHECK (rank < 4)")
    with pytest.raises(ConfigError, match=r"publish.postgres: .* violates check constraint"):
        put(ledger, run_id="two", rows=6)
    assert everything(ledger) == before


def _breaks(database):
    """Ends every session of retain's."""
    execute(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'retain'",
    )


def test_a_connection_that_breaks_is_made_again_and_all_is_written_once(ledger, monkeypatch):
    plain, broken = published_tables.put, []

    def breaking(server, schema, **given):
        plain(server, schema, **given)
        if len(broken) < 2:
            broken.append(_breaks(ledger.url))

    monkeypatch.setattr(published_tables, "put", breaking)
    links = []
    put(ledger, then=lambda: links.append("linked"))
    assert (len(broken), links, len(rows(ledger, "SELECT 1 FROM {s}.at_risk"))) == (2, ["linked"], 3)


def test_a_server_that_went_at_the_very_end_is_asked_again_and_the_link_made_once(ledger):
    links = []

    def then():
        links.append("linked")
        _breaks(ledger.url)

    put(ledger, then=then)
    assert (links, len(rows(ledger, "SELECT 1 FROM {s}.at_risk"))) == (["linked"], 3)


def test_a_server_that_stays_away_is_unavailable(ledger, postgres):
    put(ledger)
    postgres.stop()
    try:
        with pytest.raises(Unavailable, match="tried 4 times"):
            history.runs(ledger)
    finally:
        postgres.start()
    assert len(history.runs(ledger)) == 1


def _write_while_another_does(ledger):
    with ledger.writing() as local:
        local.execute("DELETE FROM lists")
        put(ledger, run_id="two")


def test_who_writes_meanwhile_is_not_overwritten(ledger):
    put(ledger)
    with pytest.raises(Locked, match="wrote to postgresql:"):
        _write_while_another_does(ledger)
    assert history.recorded(ledger, as_of=listings.DAY, run_id="two")


def test_rows_that_others_added_to_a_table_stay(ledger):
    """A team may write its contacts straight into the table."""
    put(ledger)
    rows(
        ledger,
        "INSERT INTO {s}.feedback VALUES ('x', '2017-12-30', 'phone', 'reached', NULL, '', '2017-12-30')",
    )
    put(ledger, run_id="two")
    assert history.past(ledger, as_of=listings.DAY).contacts["customer_id"].tolist() == ["x"]


def test_the_list_before_is_found_where_no_file_is_left(ledger):
    assert history.published_before(ledger, listings.DAY) is None
    listed = put(ledger)
    assert history.published_before(ledger, listings.DAY) is None
    before, scores = history.published_before(ledger, date(2018, 1, 8))
    assert before["customer_id"].tolist() == listed["customer_id"].tolist()
    assert before["last_order"].tolist() == listed["last_order"].tolist()
    assert list(scores) == ["customer_id", "churn_probability", "risk_band"]


def test_a_file_s_history_is_taken_over_once(ledger, tmp_path):
    file = history.path_in(tmp_path)
    put(file)
    assert history.to_adopt(ledger, file)
    history.adopt(ledger, file)
    assert not history.to_adopt(ledger, file)
    assert history.runs(ledger).equals(history.runs(file))
    day = date(2018, 2, 1)
    assert history.past(ledger, as_of=day).digest == history.past(file, as_of=day).digest


def test_nothing_is_taken_over_where_there_is_nothing(ledger, tmp_path):
    assert not history.to_adopt(ledger, history.path_in(tmp_path))
    assert not history.to_adopt(history.path_in(tmp_path), history.path_in(tmp_path))


def test_a_schema_is_one_business_s_own(ledger):
    put(ledger)
    other = Ledger(ledger.url, ledger.schema, "another")
    with pytest.raises(ConfigError, match=r"publish.schema: .* holds the lists of 'shop', not of 'another'"):
        put(other)


def test_tables_of_somebody_else_are_left_alone(ledger):
    execute(ledger.url, "CREATE TABLE feedback (stars int)", "INSERT INTO feedback VALUES (5)")
    with pytest.raises(
        ConfigError, match="has feedback, which retain did not make; name a schema of its own"
    ):
        put(Ledger(ledger.url, "public", "shop"))
    assert execute(ledger.url, "SELECT * FROM feedback") == [(5,)]


def test_a_schema_of_a_newer_version_is_left_alone(ledger):
    put(ledger)
    rows(ledger, "UPDATE {s}.ledger SET version = 99")
    with pytest.raises(UsageError, match="newer version of retain"):
        history.runs(ledger)


def test_a_writer_needs_no_more_than_its_schema(ledger, database):
    """The rights that the documentation grants."""
    execute(
        database,
        "DROP ROLE IF EXISTS writer",
        "CREATE ROLE writer LOGIN",
        'CREATE SCHEMA "the ""shop""" AUTHORIZATION writer',
    )
    writer = Ledger(database.replace("postgres@", "writer@"), ledger.schema, "shop")
    put(writer)
    put(writer, run_id="two")
    assert len(history.runs(writer)) == 1


def test_a_role_without_rights_is_told(ledger, database):
    execute(database, "DROP ROLE IF EXISTS nothing", "CREATE ROLE nothing LOGIN")
    with pytest.raises(ConfigError, match=r"publish.postgres: .* permission denied for database"):
        put(Ledger(database.replace("postgres@", "nothing@"), "mine", "shop"))


def test_no_password_is_shown(ledger):
    secret = Ledger(ledger.url.replace("postgres@", "postgres:hush@"), "s", "shop")
    assert "hush" not in f"{secret} {secret!r}"
