"""Every customer's scores in a table of the company's own, where `publish.scores` names one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from retain.config import redact
from retain.config.addresses import SPARK, kind_of
from retain.errors import ConfigError, Unavailable
from retain.events.engine import Events
from retain.lists.score_folder import PARTITION
from retain.steps.expiry import days_told, kept_from
from retain.steps.run import Run
from retain.tracking import Loaded

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def write_scores(run: Run, events: Events, scores: pd.DataFrame, *, champion: Loaded) -> tuple[str, ...]:
    """Replace the day's scores there. Raises Unavailable where they cannot be written: no list is published.

    They are written before the list's link moves; `run_id` says which list they belong to. Gives a sentence
    where there are older ones than `retention_days` that nothing here can erase.
    """
    place = run.config.publish.scores
    if place is None:
        return ()
    from retain.events.spark import Events as OfSpark  # only where there is Spark
    from retain.events.spark.writing import frame_of, replace_partition

    if not isinstance(events, OfSpark):
        raise ConfigError("publish.scores is written by `engine: spark`")

    rows = scores.assign(
        model_version=str(champion.version), run_id=run.id, **{PARTITION: events.summary.as_of}
    )
    spark, before = events.session.spark, kept_from(run)
    with run.step("Writing the scores"):
        replace_partition(frame_of(spark, rows), place, partition=PARTITION)
        if before is None or kind_of(place) == "file":
            return ()
        return tuple(redact(one, run.config) for one in still_there(spark, place, before=before))


def still_there(spark: SparkSession, place: str, *, before: date) -> Iterator[str]:
    """A sentence where a table or a storage's folder has scores of earlier days; how to erase them there."""
    from retain.events.spark.older import days_before, removal  # only where there is Spark

    try:
        days = days_before(spark, place, partition=PARTITION, before=before)
        if days:
            how = removal(spark, place, days, partition=PARTITION, before=before)
            yield (
                f"the scores of {days_told(days)} are older than retention_days and still in {place}, where "
                f"retain erases nothing; erase them there: {how}"
            )
    except Unavailable as unread:
        where = f"{PARTITION} < DATE '{before}'"
        table = f"DELETE FROM {place.removeprefix(SPARK)} WHERE {where}"
        yield (
            f"whether {place} still has scores of days before {before}, which are older than retention_days, "
            f"could not be seen ({unread.message}); erase them there: "
            f"{table if kind_of(place) == 'spark' else f'remove its folders where {where}'}"
        )
