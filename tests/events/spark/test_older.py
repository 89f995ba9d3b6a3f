"""What of a table is too old, and a statement that really erases it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from retain.errors import Unavailable
from retain.events.spark.older import days_before, removal
from retain.events.spark.writing import frame_of, replace_partition
from retain.steps.score_table import still_there

DAYS = (date(2024, 1, 1), date(2024, 1, 8), date(2024, 1, 15))


def written(spark, place):
    for day in DAYS:
        rows = pd.DataFrame({"as_of": day, "customer_id": pd.Series(["a", "b"], dtype="str")})
        replace_partition(frame_of(spark, rows), place, partition="as_of")


@pytest.fixture
def place(spark, tmp_path):
    """A table of our own making in Spark's own catalog: plain Parquet files."""
    name = f"default.older_{abs(hash(tmp_path))}"
    written(spark, f"spark://{name}")
    yield f"spark://{name}"
    spark.sql(f"DROP TABLE IF EXISTS {name}")


def told(spark, place, before):
    return list(still_there(spark, place, before=before))


def test_only_earlier_days_are_older(spark, place):
    assert days_before(spark, place, partition="as_of", before=DAYS[2]) == DAYS[:2]
    assert days_before(spark, place, partition="as_of", before=DAYS[0]) == ()


def test_the_statement_that_is_told_erases_them_and_no_more_is_told_then(spark, place):
    (sentence,) = told(spark, place, DAYS[2])
    assert sentence.startswith(
        "the scores of 2 days from 2024-01-01 to 2024-01-08 are older than retention_days"
    )
    name, statement = place.removeprefix("spark://"), sentence.partition("erase them there: ")[2]
    assert statement.startswith(f"ALTER TABLE {name} DROP IF EXISTS PARTITION (as_of='2024-01-01'), ")
    spark.sql(statement)
    assert sorted(row["as_of"] for row in spark.table(name).collect()) == [DAYS[2], DAYS[2]]
    assert told(spark, place, DAYS[2]) == []


def test_a_table_that_is_not_spark_s_own_keeps_its_files_and_so_it_is_said(spark, place, tmp_path):
    name, kept = f"{place.removeprefix('spark://')}_kept", tmp_path / "kept"
    schema = "customer_id STRING, as_of DATE"
    spark.sql(f"CREATE TABLE {name} ({schema}) USING parquet PARTITIONED BY (as_of) LOCATION '{kept}'")
    try:
        written(spark, f"spark://{name}")
        said = removal(spark, f"spark://{name}", DAYS[:1], partition="as_of", before=DAYS[1])
        statement, _, rest = said.partition("; then ")
        assert rest == f"remove the folders as_of=2024-01-01 of file:{kept}, which that leaves"
        spark.sql(statement)
        assert Path(kept, "as_of=2024-01-01").exists()
    finally:
        spark.sql(f"DROP TABLE {name}")


def test_of_a_folder_in_storage_the_folders_of_the_days_are_named(spark, tmp_path):
    written(spark, str(tmp_path / "scores"))
    address = f"file://{tmp_path / 'scores'}"  # as s3a:// would be: read by Spark alone
    (sentence,) = told(spark, address, DAYS[2])
    assert sentence.endswith("erase them there: remove its folders as_of=2024-01-01, as_of=2024-01-08")


class Described:
    """What a catalog says of a table whose format knows DELETE; such a format's jar is in the network."""

    def sql(self, query):
        assert query == "DESCRIBE TABLE EXTENDED lake.crm.scores"
        return self

    def collect(self):
        return [{"col_name": "Provider", "data_type": "iceberg"}]


def test_a_format_that_knows_delete_is_given_one():
    said = removal(Described(), "spark://lake.crm.scores", DAYS, partition="as_of", before=DAYS[1])
    assert said == "DELETE FROM lake.crm.scores WHERE as_of < DATE '2024-01-08'"


def test_what_cannot_be_read_is_told_to_be_unknown(spark):
    with pytest.raises(Unavailable):
        days_before(spark, "spark://default.nowhere", partition="as_of", before=DAYS[1])
    (sentence,) = told(spark, "spark://default.nowhere", DAYS[1])
    assert sentence.startswith("whether spark://default.nowhere still has scores of days before 2024-01-08")
    assert sentence.endswith("DELETE FROM default.nowhere WHERE as_of < DATE '2024-01-08'")
