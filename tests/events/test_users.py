"""Accounts with many users: how many are active, and who of them it hangs on."""

from __future__ import annotations

import pytest

import shops
from retain.learning.matrix import fit_spec
from retain.learning.snapshots import build
from shipped import features

COLUMNS = {"customer": "account", "time": "at", "user": "person"}
HEADER = "account,at,person,loaded\n"
# Ann made 3 of the 5 rows of which the user is known, and was last seen 24 days before the as-of.
ACME = (
    "acme,2020-01-02,ann,\nacme,2020-01-03,ann,\nacme,2020-02-05,ann,\n"
    "acme,2020-02-20,bob,\nacme,2020-02-27,cem,\nacme,2020-02-28,,\n"
)
AS_OF = "2020-02-29"


def opened(folder, text, **roles):
    shops.write(folder / "a.csv", HEADER + text)
    table = {"source": "a.csv", "columns": {**COLUMNS, **roles}}
    return shops.opened(folder, activity=[table], active_within=60, as_of=AS_OF, **_seats(folder))


def _seats(folder):
    shops.write(folder / "s.csv", "account,since,seats\nacme,2020-01-01,8\n")
    columns = {"customer": "account", "start": "since", "seats": "seats"}
    return {"subscriptions": {"source": "s.csv", "columns": columns}}


def row_of(events, customer="acme"):
    rows = build(events, features(), fit_spec(events), cutoffs=[events.summary.as_of], labelled=False)
    return rows.frame().set_index("customer_id").loc[customer]


def test_active_users_are_counted_now_and_before(tmp_path):
    acme = row_of(opened(tmp_path, ACME))
    assert (acme["active_users_30d"], acme["active_users_before_30d"]) == (3, 1)
    assert (acme["active_users_7d"], acme["active_users_before_7d"]) == (1, 1)


def test_the_most_active_user_is_told_by_share_and_absence(tmp_path):
    acme = row_of(opened(tmp_path, ACME))
    assert acme["top_user_share_365d"] == pytest.approx(0.6)
    assert acme["days_since_top_user_365d"] == 24


def test_users_are_held_against_the_seats(tmp_path):
    assert row_of(opened(tmp_path, ACME))["seats_used_30d"] == pytest.approx(3 / 8)


def test_the_most_active_user_has_a_name(tmp_path):
    events = opened(tmp_path, ACME + "zeta,2020-02-27,,\n")
    assert events.top_users(["zeta", "acme", "nobody"], window=365) == [None, "ann", None]


def test_of_two_as_active_the_one_seen_last_is_named(tmp_path):
    events = opened(tmp_path, ACME + "acme,2020-02-21,bob,\nacme,2020-02-22,bob,\n")
    assert events.top_users(["acme"], window=365) == ["bob"]
    assert row_of(events)["days_since_top_user_365d"] == 7


def test_activity_recorded_later_is_neither_counted_nor_named(tmp_path):
    late = "".join(f"acme,2020-02-2{n},dee,2020-03-01\n" for n in range(9))
    events = opened(tmp_path, ACME + late, recorded="loaded")
    assert events.top_users(["acme"], window=365) == ["ann"]
    assert row_of(events)["active_users_30d"] == 3


def test_without_users_there_is_no_feature_of_them(tmp_path):
    shops.write(tmp_path / "a.csv", HEADER + ACME)
    table = {"source": "a.csv", "columns": {"customer": "account", "time": "at"}}
    found = row_of(shops.opened(tmp_path, activity=[table], active_within=60, as_of=AS_OF))
    assert not [name for name in found.index if "user" in name or "seats" in name]
