"""The session of Spark: found or started, quiet, and what goes wrong in it as one sentence."""

from __future__ import annotations

import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import retain
from retain import errors
from retain.config import Config, redact
from retain.errors import ConfigError, DataError, RetainError, Unavailable
from retain.events.spark.errors import said, turned

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

INSTALL = "engine: spark needs a package that is not installed: pip install 'retain[spark]'"
NO_JAVA = (
    "engine: spark needs Java 17 or later, and this machine has none: install it, or say where in JAVA_HOME"
)

BATCH_BYTES = "spark.sql.execution.arrow.maxBytesPerBatch"
_MOST_BYTES = "64m"

_RAISED = re.compile(r"retain\.errors\.(\w+): (.*?)(?:\n\n|\nSQLSTATE|\s*$)", re.DOTALL)
"""What a task of ours raised, in the text that Spark makes of it."""


@dataclass(frozen=True, eq=False)
class Session:
    """A session, whether it is ours to stop, and whether only we bounded the size of its batches."""

    spark: SparkSession
    ours: bool
    bounded: bool = False

    @property
    def context(self) -> SparkContext | None:
        """What broadcasts and counts."""
        try:
            return self.spark.sparkContext
        except Exception:  # a session of Spark Connect has no context, and says so in several ways
            return None

    @property
    def cores(self) -> int:
        """How many tasks run at once; 2 where Spark does not say."""
        return 2 if self.context is None else int(self.context.defaultParallelism)

    def close(self) -> None:
        """Stop what was started here; leave another's session as it was."""
        with suppress(Exception), _silenced():  # Java may be gone, and then there is nothing to stop
            if self.ours:
                self.spark.stop()
            elif self.bounded:
                self.spark.conf.unset(BATCH_BYTES)


def session(config: Config, *, scratch: Path) -> Session:
    """The session that there is already (of a notebook), else a new one as the config says.

    Raises ConfigError where PySpark or Java is not installed, Unavailable where no session can be had.
    """
    SparkSession = _spark_session()
    running = SparkSession.getActiveSession()
    if running is not None:
        return _borrowed(running)
    if not _has_java() and not _remote():
        raise ConfigError(NO_JAVA)
    builder = SparkSession.builder.appName(config.spark.app or f"retain {config.name}")
    if config.spark.chosen_master:
        builder = builder.master(config.spark.chosen_master)
    for name, value in {**defaults(config, scratch=scratch), **config.spark.options}.items():
        builder = builder.config(name, value)
    try:
        with _silenced(), _own_python():
            started = builder.getOrCreate()
            started.sparkContext.setLogLevel("OFF") if not _remote() else None
            return Session(started, ours=True)
    except Exception as error:  # py4j, the launcher and Spark raise kinds of their own
        why = redact(said(str(error)), config)
        raise Unavailable(
            f"Spark does not start (spark.master: {config.spark.chosen_master}): {why}"
        ) from error


def _borrowed(running: SparkSession) -> Session:
    """Another's session: rows of bytes, as the packed chunks are, must not come to a task all at once."""
    unbounded = running.conf.get(BATCH_BYTES, None) is None
    if unbounded:
        running.conf.set(BATCH_BYTES, _MOST_BYTES)
    return Session(running, ours=False, bounded=unbounded)


def defaults(config: Config, *, scratch: Path) -> Mapping[str, str]:
    """What a session of ours is told unless the config says otherwise."""
    told = {
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "50000",
        BATCH_BYTES: _MOST_BYTES,
    }
    if not _on_this_machine(config.spark.chosen_master):
        return told
    cores = os.cpu_count() or 1
    return told | {
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": f"{max(config.memory // 2_000_000, 1_000)}m",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.shuffle.partitions": str(2 * cores),
        "spark.executorEnv.TMPDIR": str(scratch),
        # A worker finds retain where this process found it.
        "spark.executorEnv.PYTHONPATH": str(Path(retain.__file__).parents[1]),
    }


@contextmanager
def plainly(config: Config) -> Iterator[None]:
    """Say in one sentence, without secrets, what Spark or a task of ours could not do."""
    with turned(lambda error: _told(error, config)):
        yield


def _told(error: Exception, config: Config) -> RetainError:
    text = str(error)
    raised = _RAISED.search(text)
    if raised:
        kind = getattr(errors, raised[1], DataError)
        return kind(redact(raised[2].strip(), config))
    who = "a task of Spark failed" if "Traceback" in text else "Spark cannot read the tables"
    return DataError(f"{who}: {redact(said(text), config)}")


def _spark_session() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas 3, which no conversion of ours goes through
            from pyspark.sql import SparkSession
    except ImportError as error:
        raise ConfigError(INSTALL) from error
    return SparkSession


def _has_java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return bool(home and Path(home, "bin", "java").exists()) or shutil.which("java") is not None


def _remote() -> bool:
    """Whether another process has Java: a gateway of spark-submit, or Spark Connect."""
    return any(
        name in os.environ for name in ("PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED")
    )


def _on_this_machine(master: str | None) -> bool:
    """Whether the session is one process here, not one that spark-submit or spark-defaults.conf prescribe."""
    if master is not None:
        return master.startswith("local")
    return not any(name in os.environ for name in ("SPARK_HOME", "SPARK_CONF_DIR", "PYSPARK_GATEWAY_PORT"))


@contextmanager
def _own_python() -> Iterator[None]:
    """Workers run the interpreter that runs here, unless somebody said which."""
    if "PYSPARK_PYTHON" in os.environ:
        yield
        return
    os.environ["PYSPARK_PYTHON"] = sys.executable
    try:
        yield
    finally:
        del os.environ["PYSPARK_PYTHON"]


@contextmanager
def _silenced() -> Iterator[None]:
    """Keep Java's lines off the terminal: a process started meanwhile writes its own nowhere."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PySpark's own, of pandas 3
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
