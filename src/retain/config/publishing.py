"""The part of the config that says where else lists go."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from retain.config.addresses import SPARK, absolute
from retain.config.tables import postgres_address, schema_of
from retain.config.values import Section, Text, clash


class Publish(Section):
    """Where else the list goes, and its history with it: a schema of a PostgreSQL database.

    scores: a table of Spark's catalogs (spark://…) or a folder of Parquet, to which `engine: spark` writes
    every customer's scores, a partition for each as-of.
    """

    postgres: Annotated[Text, AfterValidator(postgres_address)] | None = None
    schema_: Annotated[Text, AfterValidator(schema_of)] | None = Field(default=None, alias="schema")
    scores: Annotated[Text, AfterValidator(partial(absolute, folder=Path()))] | None = None

    @model_validator(mode="after")
    def _schema_of_a_database(self) -> Publish:
        if self.schema_ is not None and self.postgres is None:
            raise clash("schema", "is part of a database: give `postgres`, its address, too")
        if self.scores == SPARK:
            raise clash("scores", f"which table? write {SPARK}catalog.schema.table")
        return self

    @property
    def schema_name(self) -> str:
        """The schema; retain where none is named."""
        return self.schema_ or "retain"
