"""What fits share is made once for each thing that it depends on."""

from __future__ import annotations

from retain.learning.kept import Kept


def test_what_was_made_is_kept_under_its_name():
    kept, made = Kept(), []
    assert [kept.once("bins", lambda: made.append(1) or len(made)) for _ in range(3)] == [1, 1, 1]
    assert kept.once(("design", 7), lambda: "other") == "other"


def test_nothing_made_is_a_thing_made_too():
    kept = Kept()
    assert kept.once("none", lambda: None) is None
    assert kept.once("none", lambda: "again") is None
