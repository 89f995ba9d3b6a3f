"""Names that sentences say of the listed customers, and that are never features."""

from __future__ import annotations

import pandas as pd

from retain.events.engine import Events
from retain.learning.dataset import Dataset

NAMES = ("top_user",)
"""Fields of sentences beside the feature columns."""

WINDOW = 365
"""Days of activity that the most active user is told from, as in features/users.py."""


def with_names(events: Events, top: Dataset) -> pd.DataFrame:
    """The listed customers' features, and where users are known who of theirs was the most active."""
    if "user" not in events.roles.get("activity", frozenset()):
        return top.X
    users = events.top_users([str(one) for one in top.customer_id], window=WINDOW)
    return top.X.assign(top_user=pd.Series(users, index=top.X.index, dtype=object))
