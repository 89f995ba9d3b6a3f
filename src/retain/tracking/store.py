"""The connection to MLflow: quiet, without global state, and with one sentence when it cannot be had."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from requests.exceptions import RequestException
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from retain.config.addresses import POSTGRES
from retain.errors import Unavailable
from retain.postgres.connection import connected as connected_to_postgres
from retain.postgres.connection import escaped

ARTIFACTS = "mlartifacts"  # beside the database, where MLflow's own server keeps them too
QUIET = {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true"}
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "15"}
SQLITE = "sqlite:///"
PSYCOPG = "postgresql+psycopg://"
DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
NOISY_LOGGERS = ("mlflow", "alembic")


class Settings(Protocol):
    """The part of the configuration that says where things are kept."""

    @property
    def name(self) -> str:
        """The experiment and the registered model."""

    @property
    def tracking_uri(self) -> str:
        """Where MLflow is."""


@dataclass(frozen=True)
class Store:
    """An open connection, and the business it is for."""

    client: MlflowClient
    name: str
    uri: str


@contextmanager
def connected(config: Settings) -> Iterator[Store]:
    """Open the store for the length of the block; raises Unavailable where it does not answer."""
    uri = _anywhere(config.tracking_uri)
    with _quietly(), _answering(uri):
        _check_database(uri)
        with _environment(IMPATIENT):
            client = MlflowClient(tracking_uri=uri, registry_uri=uri)
            client.search_experiments(max_results=1)
        yield Store(client, config.name, uri)


def experiment_id(store: Store) -> str:
    """The business's experiment, made where there is none and brought back where it was deleted."""
    found = store.client.get_experiment_by_name(store.name)
    if found is None:
        location = _artifact_location(store)
        return str(store.client.create_experiment(store.name, artifact_location=location))
    if found.lifecycle_stage == "deleted":
        store.client.restore_experiment(found.experiment_id)
    return str(found.experiment_id)


def shown(uri: str) -> str:
    """The address without user, password and query."""
    parts = urlsplit(uri)
    host = f"{parts.hostname or ''}:{parts.port}" if parts.port else parts.hostname or ""
    return f"{parts.scheme}://{host}{parts.path}"


def _anywhere(uri: str) -> str:
    """The address of PostgreSQL with the driver that is there; that of a database file from the root.

    MLflow keeps one connection for each address: after a change of the working directory a relative one would
    still lead to the former file.
    """
    if uri.startswith(POSTGRES):
        return PSYCOPG + escaped(uri).partition("://")[2]
    file = uri.removeprefix(SQLITE)
    return f"{SQLITE}{Path(file).absolute()}" if uri.startswith(SQLITE) and file else uri


def _artifact_location(store: Store) -> str | None:
    """A server decides itself; a database has no files, so they go beside it or the working directory."""
    if store.uri.startswith(SQLITE):
        return (Path(store.uri.removeprefix(SQLITE)).resolve().parent / ARTIFACTS).as_uri()
    if urlsplit(store.uri).scheme.startswith(DATABASES):
        return Path(ARTIFACTS).resolve().as_uri()
    return None


def _check_database(uri: str) -> None:
    """Connect once: MLflow itself would try for nearly two minutes."""
    if uri.startswith(PSYCOPG):
        with connected_to_postgres(f"postgresql://{uri.removeprefix(PSYCOPG)}", place="mlflow.tracking_uri"):
            return
    if urlsplit(uri).scheme.startswith(DATABASES):
        engine = create_engine(uri)
        try:
            engine.connect().close()
        finally:
            engine.dispose()


@contextmanager
def _answering(uri: str) -> Iterator[None]:
    try:
        yield
    except (RequestException, SQLAlchemyError) as error:
        raise Unavailable(_unreachable(uri)) from error
    except OSError as error:
        what = f"{error.strerror}: {error.filename}" if error.filename else str(error)
        raise Unavailable(f"The files of the MLflow store at {shown(uri)} cannot be used: {what}") from error
    except MlflowException as error:
        if not _stayed_away(error):
            raise
        raise Unavailable(_unreachable(uri)) from error


def _unreachable(uri: str) -> str:
    return f"The MLflow store at {shown(uri)} does not answer: check mlflow.tracking_uri, or start it."


def _stayed_away(error: MlflowException) -> bool:
    failed_below = isinstance(error.__cause__ or error.__context__, RequestException | SQLAlchemyError)
    return failed_below or error.error_code == "TEMPORARILY_UNAVAILABLE" or "API request" in str(error)


@contextmanager
def _quietly() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in NOISY_LOGGERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings(), _environment(QUIET):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)  # what it logs as an error, it raises too
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    """Variables that MLflow reads, set where the user has not set them."""
    ours = [name for name in values if name not in os.environ]
    os.environ.update({name: values[name] for name in ours})
    try:
        yield
    finally:
        for name in ours:
            os.environ.pop(name, None)


@contextmanager
def running(store: Store, name: str, tags: Mapping[str, str]) -> Iterator[str]:
    """The id of a new MLflow run, which ends with the block: finished, or failed."""
    run = store.client.create_run(experiment_id(store), run_name=name, tags=dict(tags))
    try:
        yield run.info.run_id
    except BaseException:  # an interrupt, too, must not leave the run as if it still went on
        store.client.set_terminated(run.info.run_id, "FAILED")
        raise
    store.client.set_terminated(run.info.run_id, "FINISHED")
