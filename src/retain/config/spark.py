"""What `engine: spark` needs: its session, and the settings of what it reads."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from retain.config.values import Section, Text, clash, expected

PREFIX = "spark."


def _setting(value: object) -> object:
    """A setting as Spark takes it: text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise expected("text, a number, true or false")
    return value


Settings = dict[Text, Annotated[str, BeforeValidator(_setting)]]
"""Names and values that are passed on to Spark, unseen by us."""


class Spark(Section):
    """The session, used with `engine: spark` only.

    master: SPARK_MASTER by default, else what spark-submit or spark-defaults.conf say, else this machine.
    app: what the cluster calls a run; by default `retain <name>`. options: `spark.…`, catalogs among them.
    """

    master: Text | None = None
    app: Text | None = None
    options: Settings = Field(default_factory=dict)

    @model_validator(mode="after")
    def _settings_of_spark(self) -> Spark:
        strangers = sorted(name for name in self.options if not name.startswith(PREFIX))
        if strangers:
            raise clash("options", f"{strangers[0]!r} is no setting of Spark: they all begin with 'spark.'")
        for key, setting in (("master", "spark.master"), ("app", "spark.app.name")):
            if setting in self.options:
                raise clash("options", f"'{setting}' is what `spark.{key}` is for; write it there")
        return self

    @property
    def chosen_master(self) -> str | None:
        """The master that the config or the environment asks for; None leaves it to Spark."""
        return self.master or os.environ.get("SPARK_MASTER") or None
