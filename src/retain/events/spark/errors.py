"""What Spark says when a source cannot be read, as one sentence without secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from retain.config import Table, redact
from retain.errors import ConfigError, RetainError

_CLASS = re.compile(r"^:?\s*(?:[\w$]+\.)+([\w$]+)(?::\s+|$)")
_ERROR_CLASS = re.compile(r"^\[([A-Z_.]+)\]\s*")
_SQLSTATE = re.compile(r"\s*SQLSTATE: \w+.*$")
_RAISED = re.compile(r"[\w.]+(Error|Exception): ")
_CAUSED = "Caused by: "
_SCHEME = re.compile(r'No FileSystem for scheme "?(\w+)')

LONGEST = 500
"""Characters of a sentence; what Java says may be a page."""


@contextmanager
def told_at(table: Table, *, path: str) -> Iterator[None]:
    """Turn what Spark raises while it looks at a source into a ConfigError at its place in the config."""
    with turned(lambda error: ConfigError(f"{path}.source: {sentence(error, table)}")):
        yield


@contextmanager
def turned(into: Callable[[Exception], RetainError]) -> Iterator[None]:
    """Raise what is made of an error of Spark's in its place; whatever else is raised goes on its way."""
    try:
        yield
    except Exception as error:  # Spark, py4j and Java have no common base
        if not of_spark(error):
            raise
        raise into(error) from error


def of_spark(error: Exception) -> bool:
    """Whether Spark, or what stands between it and us, raised it."""
    return type(error).__module__.split(".")[0] in ("pyspark", "py4j", "grpc")


def sentence(error: Exception, table: Table) -> str:
    """What went wrong, and what to do where that is known."""
    text = str(error)
    if "No suitable driver" in text or ("ClassNotFoundException" in text and table.jdbc):
        database = ":".join(table.source[0].split(":")[:2])
        return (
            f"Spark has no driver for {database}:…; name its jar in the config, such as `spark: {{options: "
            "{spark.jars.packages: 'org.postgresql:postgresql:42.7.7'}}`"
        )
    scheme = _SCHEME.search(text)
    if scheme:
        other = "; perhaps s3a:// is what it knows" if scheme[1] in ("s3", "s3n") else ""
        return f"this Spark cannot read {scheme[1]}://: its connector is not among spark.jars.packages{other}"
    return redact(f"Spark cannot read it: {said(text)}")


def said(text: str) -> str:
    """The line that tells what happened, without traces, the classes of Java and the codes around it."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    plain = _SQLSTATE.sub("", _ERROR_CLASS.sub("", _CLASS.sub(_as_told, _telling(lines))))
    return plain.rstrip(". ")[:LONGEST] or "no reason was given"


def _telling(lines: Sequence[str]) -> str:
    """Of a failed task what Python raised in it, else the last cause, else the first line that is no call."""
    if any("Traceback" in line for line in lines):
        raised = [line for line in lines if _RAISED.match(line)]
        if raised:
            return raised[-1]
    caused = [line.removeprefix(_CAUSED) for line in lines if line.startswith(_CAUSED)]
    first = (line for line in lines if not line.startswith("An error occurred while calling"))
    return caused[-1] if caused else next(first, "")


def _as_told(found: re.Match[str]) -> str:
    """The name of an error of Java, where a mere word follows it."""
    return "" if " " in found.string[found.end() :].strip() else f"{found[1]}: "
