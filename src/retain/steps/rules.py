"""The rules a list is made by, segments.yaml and actions.yaml: the business's own, else the project's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from retain.config.rulebook import ACTIONS_FILE, SEGMENTS_FILE, find_rules
from retain.errors import ConfigError
from retain.learning.feature import Feature
from retain.lists import actions, segments
from retain.lists.actions import Playbook
from retain.lists.segments import Segmentation
from retain.steps.rule_places import folders, own_playbook
from retain.steps.run import Run


@dataclass(frozen=True)
class Rules:
    """Segments, loyalty tiers and the playbook; digest: SHA-256 of the two files."""

    segmentation: Segmentation
    playbook: Playbook
    digest: str


def read_rules(run: Run, features: Sequence[Feature]) -> Rules:
    """The rules for lists whose reasons come from these features.

    Each file is the first of: beside the config, in the project's configs/, the one that ships. Raises
    ConfigError with every mistake in a file, and for a segment and reason without an action.
    """
    segments_file = find_rules(SEGMENTS_FILE, folders(run))
    actions_file = _playbook_file(run)
    digest = sha256(segments_file.read_bytes() + actions_file.read_bytes()).hexdigest()
    return Rules(
        segments.read_segmentation(segments_file, features=run.definitions.features),
        actions.read_playbook(
            actions_file, features=_of_these_tables(run, features), counted=run.config.churn.told_of
        ),
        digest,
    )


def _of_these_tables(run: Run, features: Sequence[Feature]) -> list[Feature]:
    """Those that can be a reason: a playbook need not answer for tables that the business has not."""
    tables = run.config.tables
    there = {"orders": tables.orders, "activity": tables.activity, "subscriptions": tables.subscriptions}
    return [feature for feature in features if there[feature.table]]


def _playbook_file(run: Run) -> Path:
    places = own_playbook(run)
    if not places:
        return find_rules(ACTIONS_FILE, folders(run))
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise ConfigError(f"list.actions: there is no file {' nor '.join(map(str, places))}")
    return found
