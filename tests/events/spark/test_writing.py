"""What Spark writes: a partition whole, however often the run or a task of it is repeated."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from retain.errors import Unavailable
from retain.events.spark.writing import frame_of, replace_partition
from retain.lists import score_folder

DAYS = (date(2024, 1, 1), date(2024, 1, 8))


def scores(day, customers, *, p=0.5):
    ids = pd.Series([f"c{n}" for n in range(customers)], dtype="str")
    return pd.DataFrame({"as_of": day, "customer_id": ids, "churn_probability": p})


def there(frame):
    """Each day, how many customers it has, and their highest probability."""
    frame.createOrReplaceTempView("written")
    query = "SELECT as_of, count(customer_id), max(churn_probability) FROM written GROUP BY 1 ORDER BY 1"
    return [tuple(row) for row in frame.sparkSession.sql(query).collect()]


@pytest.fixture(params=["folder", "table"])
def place(request, spark, tmp_path):
    name = f"scores_{abs(hash(tmp_path))}"
    yield str(tmp_path / "scores") if request.param == "folder" else f"spark://default.{name}"
    spark.sql(f"DROP TABLE IF EXISTS default.{name}")


def read(spark, place):
    return spark.table(place.removeprefix("spark://")) if "://" in place else spark.read.parquet(place)


def test_a_day_is_replaced_and_the_others_stay(spark, place):
    for rows in (scores(DAYS[0], 5), scores(DAYS[1], 3), scores(DAYS[1], 4, p=0.9)):
        replace_partition(frame_of(spark, rows), place, partition="as_of")
    assert there(read(spark, place)) == [(DAYS[0], 5, 0.5), (DAYS[1], 4, 0.9)]
    assert spark.conf.get("spark.sql.sources.partitionOverwriteMode", "static") == "static"


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas")  # of mapInArrow
def test_a_task_that_fails_when_its_rows_are_written_doubles_none(spark, place, tmp_path):
    mark = tmp_path / "failed"

    def failing_once(batches):
        yield from batches
        if not mark.exists():
            Path(mark).touch()
            raise RuntimeError("the executor was lost")

    frame = frame_of(spark, scores(DAYS[0], 1000)).repartition(2)
    replace_partition(frame.mapInArrow(failing_once, frame.schema), place, partition="as_of")
    assert mark.exists()
    assert there(read(spark, place)) == [(DAYS[0], 1000, 0.5)]


@pytest.mark.parametrize("place", ["folder"], indirect=True)
def test_a_folder_is_read_as_before_when_somebody_is_taken_out_of_it(spark, place):
    rows = scores(DAYS[0], 5).assign(model_version="1", run_id="r")
    replace_partition(frame_of(spark, rows), place, partition="as_of")
    assert score_folder.erase(Path(place), frozenset({"c1", "c2"})).rows == 2
    assert there(read(spark, place)) == [(DAYS[0], 3, 0.5)]


@pytest.mark.parametrize("place", ["table"], indirect=True)
def test_other_columns_than_the_table_s_are_told(spark, place):
    replace_partition(frame_of(spark, scores(DAYS[0], 2)), place, partition="as_of")
    more = frame_of(spark, scores(DAYS[1], 2).assign(extra=1))
    with pytest.raises(Unavailable, match=r"cannot be written to spark://default\.scores_.*columns"):
        replace_partition(more, place, partition="as_of")


def test_a_place_that_cannot_be_written_is_told_in_one_sentence(spark):
    frame = frame_of(spark, scores(DAYS[0], 2))
    with pytest.raises(Unavailable, match=r"^the scores cannot be written to nowhere://x: [^\n]+$"):
        replace_partition(frame, "nowhere://x", partition="as_of")
