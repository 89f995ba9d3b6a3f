"""What is sent to the tasks of Spark, and how results come back in pieces."""

from __future__ import annotations

import pickle
from functools import partial

import shops
from retain.events.spark.chunks import ChunkTask
from retain.events.spark.results import joined, pickled


def works(chunk, *, churn):
    """Work of a test: gives what it was sent with."""
    return [churn]


def test_a_section_is_sent_without_the_passwords_that_it_hides(tmp_path):
    source = {"source": "postgresql://u:open-sesame@h/db", "table": "t", "columns": shops.ORDERS}
    churn = shops.config(tmp_path, orders=source).churn
    assert churn._secrets
    sent = pickled(ChunkTask(None, partial(works, churn=churn)))
    assert b"open-sesame" not in sent
    (arrived,) = pickle.loads(sent).work(None)
    assert arrived == churn


def test_pieces_that_follow_one_another_are_one_result():
    first, second = pickle.dumps("one"), pickle.dumps("two")
    pieces = [
        {"piece": first[:5], "last": False},
        {"piece": first[5:], "last": True},
        {"piece": second, "last": True},
    ]
    assert list(joined(pieces)) == ["one", "two"]
