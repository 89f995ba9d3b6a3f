"""A connection to PostgreSQL: what passes is waited for, what does not is a sentence without secrets."""

from __future__ import annotations

import sys
from urllib.parse import quote

import pytest

from databases import SECRET, execute
from retain.errors import ConfigError, Unavailable
from retain.postgres import connection
from retain.postgres.connection import Lost, connected, persistently, shown

AWAY = "postgresql://ann:secret@127.0.0.1:9/shop"


@pytest.fixture
def waits(monkeypatch):
    monkeypatch.setattr(connection, "WAITS", (0.0, 0.0, 0.0))


def _guarded(database, password):
    return database.replace("postgres@", f"guarded:{quote(password, safe='')}@")


def test_what_a_block_wrote_is_kept(database):
    with connected(database, place="here") as opened:
        opened.execute("CREATE TABLE kept (n int)")
    assert execute(database, "SELECT count(*) FROM kept") == [(0,)]


def _write_and_fail(database):
    with connected(database, place="here") as opened:
        opened.execute("CREATE TABLE kept (n int)")
        raise ZeroDivisionError


def test_what_a_block_wrote_before_it_failed_is_undone(database):
    with pytest.raises(ZeroDivisionError):
        _write_and_fail(database)
    assert execute(database, "SELECT to_regclass('kept')") == [(None,)]


def test_a_reader_writes_nothing(database):
    with (
        pytest.raises(ConfigError, match="read-only transaction"),
        connected(database, place="here", readonly=True) as opened,
    ):
        opened.execute("CREATE TABLE kept (n int)")


def test_a_password_may_hold_anything(database):
    with connected(_guarded(database, SECRET), place="here") as opened:
        assert opened.execute("SELECT current_user").fetchone() == ("guarded",)


def test_a_wrong_password_is_told_without_it(database):
    with pytest.raises(ConfigError) as raised, connected(_guarded(database, "hunter2"), place="tables.x"):
        pass
    assert "tables.x: postgresql://" in str(raised.value)
    assert 'password authentication failed for user "guarded"' in str(raised.value)
    assert "hunter2" not in str(raised.value)


def test_an_unknown_database_is_told(postgres):
    with (
        pytest.raises(ConfigError, match='database "nowhere" does not exist'),
        connected(postgres.url("nowhere"), place="here"),
    ):
        pass


def test_a_server_that_is_away_is_lost(waits):
    with (
        pytest.raises(Lost, match=r"postgresql://127.0.0.1:9/shop does not answer"),
        connected(AWAY, place="x"),
    ):
        pass


@pytest.mark.parametrize("password", [SECRET, "a@b", "a/b@c", "50%", "a:b?c#d"])
def test_a_password_from_the_environment_need_not_be_escaped(password):
    url = f"postgresql://ann:{password}@db.example/shop"
    assert connection._parts(url)["password"] == password
    assert shown(url) == "postgresql://db.example/shop"


def test_what_is_no_address_is_told_without_its_secret():
    with pytest.raises(ConfigError, match="cannot read the address") as raised:
        shown("postgresql://h/d?bogus=secret")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://ann:secret@db.example:5433/shop?sslmode=require", "postgresql://db.example:5433/shop"),
        ("postgres://ann:secret@db.example/shop", "postgresql://db.example/shop"),
        ("postgresql://ann@/shop?host=/run/pg", "postgresql:///run/pg/shop"),
    ],
)
def test_an_address_is_shown_without_user_and_password(url, said):
    assert shown(url) == said


def test_lost_work_is_begun_again(waits):
    tries = iter([Lost("gone"), Lost("gone")])

    def work():
        for error in tries:
            raise error
        return "done"

    assert persistently(work) == "done"


def test_work_that_stays_lost_is_unavailable(waits):
    def work():
        raise Lost("gone")

    with pytest.raises(Unavailable, match="gone; tried 4 times"):
        persistently(work)


def _break(database):
    with connected(database, place="here") as opened:
        execute(database, f"SELECT pg_terminate_backend({opened.info.backend_pid})")
        opened.execute("SELECT 1")


def test_a_broken_connection_is_lost(database):
    with pytest.raises(Lost):
        _break(database)


def test_without_the_driver_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigError, match=r"pip install 'retain\[postgres\]'"):
        shown(AWAY)
