"""Every customer's scores in a table of the company's own, where `publish.scores` names one."""

from __future__ import annotations

import pandas as pd

from retain.errors import ConfigError
from retain.events.engine import Events
from retain.lists.score_folder import PARTITION
from retain.steps.run import Run
from retain.tracking import Loaded


def write_scores(run: Run, events: Events, scores: pd.DataFrame, *, champion: Loaded) -> None:
    """Replace the day's scores there. Raises Unavailable where they cannot be written: no list is published.

    They are written before the list's link moves; `run_id` says which list they belong to.
    """
    place = run.config.publish.scores
    if place is None:
        return
    from retain.events.spark import Events as OfSpark  # only where there is Spark
    from retain.events.spark.writing import frame_of, replace_partition

    if not isinstance(events, OfSpark):
        raise ConfigError("publish.scores is written by `engine: spark`")

    rows = scores.assign(
        model_version=str(champion.version), run_id=run.id, **{PARTITION: events.summary.as_of}
    )
    with run.step("Writing the scores"):
        replace_partition(frame_of(events.session.spark, rows), place, partition=PARTITION)
