"""How a session is started, and what goes wrong in it as one sentence."""

from __future__ import annotations

import pytest

import shops
import sparks
from retain.errors import ConfigError, DataError
from retain.events.spark import session as spark_session
from retain.events.spark.session import defaults, plainly

TRACE = """Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times.
org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "/opt/retain/events/spark/chunks.py", line 1, in results
{}

\tat org.apache.spark.api.python.BasePythonRunner.handle(PythonRunner.scala:1)
Caused by: java.io.IOException: Broken pipe"""


class PythonException(Exception):
    """As PySpark's, which need not be installed here."""

    __module__ = "pyspark.errors"


def config(folder, **keys):
    return shops.config(folder, orders={"source": "o.csv", "columns": shops.ORDERS}, engine="spark", **keys)


@pytest.mark.parametrize(
    ("raised", "kind", "told"),
    [
        ("retain.errors.ConfigError: features/x.py: no", ConfigError, "features/x.py: no"),
        ("retain.errors.DataError: nothing", DataError, "nothing"),
        (
            "ZeroDivisionError: division by zero",
            DataError,
            "a task of Spark failed: ZeroDivisionError: division",
        ),
    ],
)
def test_what_a_task_raises_is_raised_here(tmp_path, raised, kind, told):
    with pytest.raises(kind) as error, plainly(config(tmp_path)):
        raise PythonException(TRACE.format(raised))
    assert error.value.message.startswith(told)
    assert "scala" not in error.value.message


def test_what_java_says_is_told_without_its_trace(tmp_path):
    said = (
        "Job aborted\n\tat org.x(y.scala)\nCaused by: java.io.FileNotFoundException: /data/a.parquet\n\tat z"
    )
    with (
        pytest.raises(DataError, match=r"^Spark cannot read the tables: .*/data/a\.parquet$"),
        plainly(config(tmp_path)),
    ):
        raise PythonException(said)


def test_other_errors_go_on_their_way(tmp_path):
    with pytest.raises(ZeroDivisionError), plainly(config(tmp_path)):
        raise ZeroDivisionError


def test_a_session_of_this_machine_uses_its_memory_and_its_python(tmp_path):
    told = defaults(config(tmp_path, memory="6GB", spark={"master": "local[4]"}), scratch=tmp_path)
    assert (told["spark.driver.memory"], told["spark.driver.host"]) == ("3000m", "127.0.0.1")
    assert (
        "src" in told["spark.executorEnv.PYTHONPATH"]
        or "site-packages" in told["spark.executorEnv.PYTHONPATH"]
    )


def test_a_cluster_is_left_to_its_own_settings(tmp_path):
    told = defaults(config(tmp_path, spark={"master": "yarn"}), scratch=tmp_path)
    assert told["spark.sql.session.timeZone"] == "UTC"
    assert not {"spark.driver.memory", "spark.driver.host", "spark.local.dir"} & set(told)


def test_a_machine_without_java_is_told(tmp_path, monkeypatch):
    sparks.needed()
    monkeypatch.setattr(spark_session, "_has_java", lambda: False)
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    with pytest.raises(ConfigError, match="needs Java 17 or later"):
        spark_session.session(config(tmp_path), scratch=tmp_path)


def test_anothers_session_is_as_it_was_afterwards(spark, tmp_path):
    bound = spark.conf.get(spark_session.BATCH_BYTES)
    spark.conf.unset(spark_session.BATCH_BYTES)
    try:
        found = spark_session.session(config(tmp_path), scratch=tmp_path)
        assert spark.conf.get(spark_session.BATCH_BYTES) == "64m"
        found.close()
        assert spark.conf.get(spark_session.BATCH_BYTES, None) is None
    finally:
        spark.conf.set(spark_session.BATCH_BYTES, bound)
    assert spark.range(2).count() == 2
