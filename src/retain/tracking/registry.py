"""Registered versions: which there are, which one serves, and how to load one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow.artifacts import download_artifacts
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from retain.errors import Refused, Unavailable, UsageError
from retain.tracking.local_copy import keep, kept_copy
from retain.tracking.pointer import CHAMPION
from retain.tracking.store import Settings, Store, connected

if TYPE_CHECKING:  # scikit-learn and LightGBM come with them: for those alone who load a model
    from retain.learning.horizons import RiskCurve
    from retain.learning.scorer import Scorer
    from retain.learning.valuation import ValueModel
    from retain.tracking.packaging import Package

CHALLENGER = "challenger"
PREVIOUS = "previous_champion"  # tag of a champion: the version that it took over from
PROMOTED = "promoted"  # tag of a version that became champion: when
NO_RUN = "RESOURCE_DOES_NOT_EXIST"


@dataclass(frozen=True)
class Version:
    """A registered version. tags: label, churn, cutoff, digest and what else its training wrote."""

    number: int
    run_id: str
    created: datetime
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    notes: str

    @property
    def label(self) -> str:
        """model or rule."""
        return self.tags.get("label", "model")


@dataclass(frozen=True)
class Loaded:
    """A version ready to score, with what it takes to build its columns again."""

    version: int
    run_id: str
    label: str
    scorer: Scorer
    value: ValueModel | None
    spec: dict[str, Any]
    sources: dict[str, str]
    metadata: dict[str, Any]
    tags: Mapping[str, str]
    warning: str | None = None
    curve: RiskCurve | None = None


def load(config: Settings, ref: str | int = CHAMPION, *, output: Path | None = None) -> Loaded:
    """Load a version by alias or number.

    output: where a copy of the champion is kept, to be used, with a `warning`, while the store stays away.
    Raises UsageError where nothing was ever trained or there is no such version, Refused where every
    attempt was turned down and there is no champion, and Unavailable where neither store nor copy is there.
    """
    from retain.tracking.packaging import read

    kept_in = output if str(ref) == CHAMPION else None
    try:
        with connected(config) as store:
            found = _find(store, str(ref))
            folder = _local_folder(store.client, found)
            package = read(folder)
    except Unavailable as away:
        copy = kept_copy(kept_in, name=config.name) if kept_in else None
        if copy is None:
            raise
        kept, files = copy
        said = f"{away.message} The local copy of version {kept.version} was used."
        return _loaded(read(str(files)), kept.version, kept.run_id, kept.tags, warning=said)
    version, run_id, tags = int(found.version), found.run_id or "", dict(found.tags)
    warning = _keep(kept_in, folder, name=config.name, version=version, run_id=run_id, tags=tags)
    return _loaded(package, version, run_id, tags, warning=warning)


def require_answering(config: Settings) -> None:
    """Raise Unavailable where the store does not answer: before the work that it would be asked to keep."""
    with connected(config):
        pass


def _keep(output: Path | None, folder: str, **version: Any) -> str | None:
    """Keep a copy of the champion; a sentence where that fails."""
    if output is None:
        return None
    try:
        keep(output, Path(folder), **version)
    except OSError as error:
        return f"no copy of the champion could be kept in {output}: {error.strerror}"
    return None


def _loaded(
    package: Package, version: int, run_id: str, tags: Mapping[str, str], *, warning: str | None
) -> Loaded:
    return Loaded(
        version=version,
        run_id=run_id,
        label=tags.get("label", "model"),
        scorer=package.scorer,
        value=package.value,
        spec=package.spec,
        sources=package.sources,
        metadata=package.metadata,
        tags=tags,
        warning=warning,
        curve=package.curve,
    )


def list_versions(config: Settings) -> tuple[Version, ...]:
    """Every version, the newest first; none where nothing was ever trained."""
    with connected(config) as store:
        aliases = _aliases(store)
        return tuple(_described(store, version, aliases) for version in _versions(store))


def champion(config: Settings) -> Version | None:
    """The version that serves, if there is one; its model is not loaded."""
    with connected(config) as store:
        number = _aliases(store).get(CHAMPION)
        if number is None:
            return None
        return _described(store, _version(store, number), _aliases(store))


def set_alias(config: Settings, version: int, alias: str = CHAMPION) -> None:
    """Point an alias at a version; a champion remembers whom it took over from."""
    with connected(config) as store:
        _find(store, str(version))
        if alias == CHAMPION:
            promote(store, version)
        else:
            store.client.set_registered_model_alias(store.name, alias, str(version))


def roll_back(config: Settings) -> int:
    """Make the previous champion the champion again; gives its number."""
    with connected(config) as store:
        current = _find(store, CHAMPION)
        previous = current.tags.get(PREVIOUS)
        if not previous:
            raise UsageError(f"Version {current.version} of {store.name} took over from no other version.")
        _find(store, previous)
        store.client.set_registered_model_alias(store.name, CHAMPION, previous)
        return int(previous)


def promote(store: Store, version: int) -> None:
    """Make a version the champion, remembering the one before."""
    before = _aliases(store).get(CHAMPION)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    store.client.set_model_version_tag(store.name, str(version), PROMOTED, now)
    if before and before != str(version):
        store.client.set_model_version_tag(store.name, str(version), PREVIOUS, before)
    store.client.set_registered_model_alias(store.name, CHAMPION, str(version))


def _find(store: Store, ref: str) -> ModelVersion:
    versions = _versions(store)
    if not versions:
        raise UsageError(f"No model of {store.name} was ever trained here: run `retain train` first.")
    number = ref if ref.isdigit() else _aliases(store).get(ref)
    if number is None and ref == CHAMPION:
        raise Refused(_no_champion(store, versions[0]))
    found = [version for version in versions if str(version.version) == number]
    if not found:
        known = ", ".join([str(version.version) for version in versions] + sorted(_aliases(store)))
        raise UsageError(f"{store.name} has no model version '{ref}'; it has: {known}.")
    return found[0]


def _no_champion(store: Store, newest: ModelVersion) -> str:
    said = newest.description or "it was not promoted"
    return f"No model of {store.name} may be used. The last attempt, version {newest.version}: {said}"


def _versions(store: Store) -> list[ModelVersion]:
    found: list[ModelVersion] = []
    token = None
    while True:
        page = store.client.search_model_versions(f"name='{store.name}'", page_token=token)
        found += page
        token = page.token
        if not token:
            return sorted(found, key=lambda version: int(version.version), reverse=True)


def _version(store: Store, number: str) -> ModelVersion:
    return store.client.get_model_version(store.name, number)


def _aliases(store: Store) -> dict[str, str]:
    try:
        return {k: str(v) for k, v in store.client.get_registered_model(store.name).aliases.items()}
    except MlflowException as error:
        if error.error_code != NO_RUN:
            raise
        return {}


def _described(store: Store, version: ModelVersion, aliases: Mapping[str, str]) -> Version:
    return Version(
        number=int(version.version),
        run_id=version.run_id or "",
        created=datetime.fromtimestamp(version.creation_timestamp / 1000, UTC),
        aliases=tuple(sorted(alias for alias, number in aliases.items() if number == str(version.version))),
        tags=dict(version.tags),
        metrics=_metrics(store, version.run_id or ""),
        notes=version.description or "",
    )


def _metrics(store: Store, run_id: str) -> dict[str, float]:
    """The run's figures; none where the run was deleted."""
    try:
        return dict(store.client.get_run(run_id).data.metrics)
    except MlflowException as error:
        if error.error_code != NO_RUN:
            raise
        return {}


def _local_folder(client: MlflowClient, version: ModelVersion) -> str:
    uri = client.get_model_version_download_uri(version.name, version.version)
    return str(download_artifacts(artifact_uri=uri, tracking_uri=client.tracking_uri))
