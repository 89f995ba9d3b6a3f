"""What was published and done is remembered once, whole, and as it was known on a day."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from retain.errors import Locked, UsageError
from retain.lists import history, history_store, personal
from retain.lists.history import Entry, Refusal
from retain.lists.ledger import Ledger

MARCH, APRIL = date(2011, 3, 1), date(2011, 4, 1)
NOW = datetime(2011, 4, 1, 4, tzinfo=UTC)
HOLDS_IT = """
import duckdb, sys
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""
DIES_IN_IT = """
import os, signal, sys
from pathlib import Path
from retain.lists.history_store import writing
with writing(Path(sys.argv[1])) as connection:
    connection.execute("DELETE FROM lists")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def file(tmp_path):
    return history.path_in(tmp_path / "output")


@pytest.fixture(params=["in a file", pytest.param("in PostgreSQL", marks=pytest.mark.slow)])
def path(request, file):
    """Where a history may be; what it remembers does not depend on it."""
    return file if request.param == "in a file" else Ledger(request.getfixturevalue("database"), "s", "shop")


def put(path, as_of=MARCH, run_id="one", *, ids=("a", "b"), tiers=None):
    groups = ["contact", "holdout"][: len(ids)]
    listed = pd.DataFrame({"customer_id": list(ids), "rank": range(1, len(ids) + 1), "group": groups})
    assigned = listed[["customer_id", "group"]].assign(campaign="spring", assigned_on=pd.Timestamp(as_of))
    entry = Entry(as_of, run_id, NOW, listed=len(ids), eligible=9)
    history.record(path, entry, listed=listed, assignments=assigned, tiers=tiers)


def contacts(outcome="reached", *, at="2011-03-02 10:00", snooze=None):
    return pd.DataFrame(
        {
            "customer_id": ["a"],
            "contacted_at": pd.to_datetime([at]),
            "channel": ["phone"],
            "outcome": [outcome],
            "snooze_until": pd.to_datetime(pd.Series([snooze])),
            "note": [""],
        }
    )


def _delete_and_fail(path):
    with history_store.writing(path) as connection:
        connection.execute("DELETE FROM lists")
        raise ZeroDivisionError


def dump(path):
    with history_store.reading(path) as connection:
        names = ("lists", "members", "assignments", "feedback", "tiers", "refusals")
        return {name: connection.execute(f"FROM {name} ORDER BY ALL").fetchall() for name in names}


def test_before_the_first_list_there_is_no_past_and_no_file(file):
    known = history.past(file, as_of=MARCH)
    assert (len(known.contacts), len(known.assignments), len(history.runs(file))) == (0, 0, 0)
    assert not file.exists()


def test_a_list_is_remembered_with_its_members(path):
    put(path)
    found = dump(path)
    assert [row[:2] for row in found["lists"]] == [(MARCH, "one")]
    assert [row[:4] for row in found["members"]] == [(MARCH, "one", "a", 1), (MARCH, "one", "b", 2)]
    assert history.recorded(path, as_of=MARCH, run_id="one")


def test_recording_twice_changes_nothing(path):
    put(path)
    once = dump(path)
    put(path)
    assert dump(path) == once


def test_a_new_version_replaces_the_list_but_keeps_who_was_assigned(path):
    put(path)
    put(path, run_id="two", ids=("c",))
    found = dump(path)
    assert [row[1] for row in found["lists"]] == ["two"]
    assert [row[2] for row in found["members"]] == ["c"]
    assert [row[0] for row in found["assignments"]] == ["a", "b", "c"]
    assert not history.recorded(path, as_of=MARCH, run_id="one")


def test_the_past_ends_at_the_cutoff(path):
    put(path, MARCH)
    put(path, APRIL, "two", ids=("c",))
    history.record_feedback(path, contacts(at="2011-03-01 00:00"), now=NOW)
    assert len(history.past(path, as_of=MARCH).contacts) == 0
    assert list(history.past(path, as_of=date(2011, 3, 2)).contacts["customer_id"]) == ["a"]
    assert list(history.past(path, as_of=MARCH).assignments["customer_id"]) == ["a", "b"]


def test_the_digest_is_the_same_before_and_after_the_list_is_recorded(path):
    before = history.past(path, as_of=MARCH).digest
    put(path)
    assert history.past(path, as_of=MARCH).digest == before
    assert history.past(path, as_of=APRIL).digest != before


def test_feedback_changes_the_digest(path):
    before = history.past(path, as_of=APRIL).digest
    history.record_feedback(path, contacts(), now=NOW)
    assert history.past(path, as_of=APRIL).digest != before


@pytest.mark.parametrize("snooze", [None, "2011-05-01"])
def test_the_same_contact_is_recorded_once(path, snooze):
    assert history.record_feedback(path, contacts(snooze=snooze), now=NOW)["new"] == 1
    again = history.record_feedback(path, contacts(snooze=snooze), now=NOW)
    assert again == {"new": 0, "changed": 0, "unchanged": 1}


def test_a_corrected_contact_takes_the_place_of_the_first(path):
    history.record_feedback(path, contacts("no answer"), now=NOW)
    assert history.record_feedback(path, contacts("stays"), now=NOW)["changed"] == 1
    assert list(history.past(path, as_of=APRIL).contacts["outcome"]) == ["stays"]


def test_only_changes_of_a_tier_are_kept(path):
    silver, gold = (pd.DataFrame({"customer_id": ["a"], "tier": [tier]}) for tier in ("silver", "gold"))
    put(path, MARCH, tiers=silver)
    put(path, date(2011, 3, 8), tiers=silver)
    put(path, APRIL, tiers=gold)
    assert dump(path)["tiers"] == [("a", "gold", APRIL), ("a", "silver", MARCH)]
    assert list(history.past(path, as_of=APRIL).tiers["tier"]) == ["silver"]


def test_memberships_tell_the_last_group(path):
    put(path, MARCH, ids=("a", "b"))
    put(path, APRIL, ids=("b",))
    assert history.memberships(path).to_dict("list") == {
        "customer_id": ["a", "b"],
        "group": ["contact", "contact"],
    }


def test_runs_are_newest_first_with_refusals(path):
    put(path)
    history.record_refusal(path, Refusal("two", NOW, "the newest row is 9 days old", APRIL))
    found = history.runs(path)
    assert list(found["run_id"]) == ["two", "one"]
    assert found["why"].iloc[0] == "the newest row is 9 days old"
    assert found["why"].isna().iloc[1]


def test_an_entry_is_read_from_a_manifest():
    manifest = {
        "as_of": "2011-03-01",
        "run_id": "one",
        "counts": {"eligible": 9, "listed": 2, "bands": {}},
        "model": {"name": "gbm", "version": 3, "label": "model"},
    }
    entry = Entry.of(manifest, published_at=NOW)
    assert (entry.as_of, entry.model_version, entry.listed, entry.held_out) == (MARCH, "3", 2, None)


def test_a_list_of_nobody_is_a_list(path):
    put(path, ids=())
    assert history.runs(path)["listed"].tolist() == [0]
    assert len(history.memberships(path)) == 0


def test_others_may_not_read_the_file(file):
    put(file)
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_fails_within_a_write_leaves_nothing_of_it(path):
    put(path)
    before = dump(path)
    with pytest.raises(ZeroDivisionError):
        _delete_and_fail(path)
    assert dump(path) == before


def test_a_write_that_is_killed_leaves_nothing_of_it(file):
    put(file)
    before = dump(file)
    subprocess.run([sys.executable, "-c", DIES_IN_IT, str(file)], check=False)
    assert dump(file) == before


def test_a_file_that_is_in_use_is_waited_for(file, monkeypatch):
    put(file)
    monkeypatch.setattr(history_store, "WAITS", (0.01,))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_IT, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(Locked, match="Another run has"):
            history.runs(file)
        holder.stdin.close()
    assert len(history.runs(file)) == 1


@pytest.mark.parametrize("content", ["", "no database " * 100])
def test_a_broken_file_is_a_sentence(file, content):
    file.parent.mkdir()
    file.write_text(content)
    with pytest.raises(UsageError, match="history of lists and contacts, cannot be read"):
        history.past(file, as_of=MARCH)


def test_a_database_of_something_else_is_left_alone(file):
    put(file)
    with history_store.writing(file) as connection:
        connection.execute("UPDATE schema SET version = 99")
    with pytest.raises(UsageError, match="newer version of retain"):
        put(file)


def test_a_forgotten_customer_is_in_no_table(file):
    ada = "ada-who-wants-to-be-forgotten"
    put(file, ids=(ada, "b"), tiers=pd.DataFrame({"customer_id": [ada, "b"], "tier": ["gold", "silver"]}))
    history.record_feedback(file, contacts().assign(customer_id=ada), now=NOW)
    assert personal.known(file, [ada, "b", "z"]) == {ada, "b"}
    assert ada.encode() in file.read_bytes()
    assert personal.forget(file, [ada, "z"]) == {"members": 1, "feedback": 1, "assignments": 1, "tiers": 1}
    assert personal.known(file, [ada, "b"]) == {"b"}
    assert ada.encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o640


def test_old_members_and_contacts_go_and_groups_stay(path):
    put(path)
    history.record_feedback(path, contacts(), now=NOW)
    assert personal.expire(path, before=MARCH) == {"members": 0, "feedback": 0}
    assert personal.expire(path, before=APRIL) == {"members": 2, "feedback": 1}
    assert len(history.past(path, as_of=APRIL).assignments) == 2


def test_nothing_is_forgotten_where_nothing_was_kept(file):
    assert personal.forget(file, ["a"]) == {} == personal.expire(file, before=APRIL)
    assert not file.exists()


def test_whom_earlier_lists_held_out_is_known_with_the_newest_day(path):
    put(path, MARCH)
    put(path, date(2011, 3, 8), "two", ids=("b", "c"))
    put(path, APRIL, "three", ids=("a", "d"))
    held = history.past(path, as_of=APRIL).held
    assert held["customer_id"].tolist() == ["b", "c"]
    assert [str(day.date()) for day in held["held_on"]] == ["2011-03-01", "2011-03-08"]
    assert history.past(path, as_of=MARCH).held.empty
