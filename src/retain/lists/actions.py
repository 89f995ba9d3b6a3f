"""What to do about a listed customer: the playbook's action for their segment and their actionable reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field, model_validator

from retain.config.document import Problem
from retain.config.rulebook import read_rules, told
from retain.config.values import Count, Money, Section, Share, Text, clash
from retain.errors import ConfigError
from retain.learning.feature import Feature
from retain.lists.reasons import Reasons, from_facts
from retain.lists.segments import SEGMENTS
from retain.lists.value import Terms

DAYS = (0, 4, 9, 14)
TEAM = "customer success"
PLAN = (
    "action",
    "action_name",
    "action_reason",
    "action_channel",
    "action_who",
    "action_by",
    "action_offer",
)


class OfferSize(Section):
    """An incentive: a share of the expected margin, and what it never exceeds."""

    share: Share
    at_most: Money


class Action(Section):
    """One thing to do, and what follows. days: when each step is due; None takes the playbook's."""

    do: Text
    channel: Text
    who: Literal["owner", "team"] = "team"
    within: Count = 7
    offer: OfferSize | None = None
    steps: Annotated[tuple[Text, ...], Field(min_length=1)]
    days: tuple[Count, ...] | None = None


class Book(Section):
    """For each segment the action for a family of reasons, or for one feature."""

    new: dict[Text, Text] = Field(default_factory=dict)
    high_value: dict[Text, Text] = Field(default_factory=dict)
    lapsing: dict[Text, Text] = Field(default_factory=dict)
    at_risk: dict[Text, Text] = Field(default_factory=dict)
    active: dict[Text, Text] = Field(default_factory=dict)

    def each(self) -> Iterator[tuple[str, dict[str, str]]]:
        """The segments' pages by name."""
        yield from ((name, getattr(self, name)) for name in SEGMENTS)


class Playbook(Section):
    """configs/actions.yaml."""

    days: tuple[Count, ...] = DAYS
    actions: dict[Text, Action]
    playbook: Book

    @model_validator(mode="after")
    def _days_rise(self) -> Playbook:
        if list(self.days) != sorted(set(self.days)):
            raise clash("days", "the days must rise")
        return self

    def action(self, segment: str, *, family: str, feature: str) -> str:
        """The name of the action; the feature's own line comes before its family's."""
        page: dict[str, str] = getattr(self.playbook, segment)
        return page.get(feature) or page[family]

    def steps(self, name: str) -> tuple[tuple[int, str], ...]:
        """Days after the list, and what to do then unless the customer has returned."""
        action = self.actions[name]
        return tuple(zip(action.days or self.days, action.steps, strict=False))


@dataclass(frozen=True)
class Step:
    """A step of a customer's sequence; it falls away when the customer has returned."""

    due: date
    do: str


def read_playbook(path: Path, *, features: Iterable[Feature], counted: str = "orders") -> Playbook:
    """Read a playbook that has an action for every segment and every reason that can be acted on.

    features: those that the project defines. counted: the table that keeps customers active. Raises
    ConfigError with every mistake and every hole.
    """
    book = read_rules(path, Playbook)
    problems = [*_broken(book), *_holes(book, families(features, counted=counted))]
    if problems:
        raise ConfigError(told(path, problems))
    return book


def families(features: Iterable[Feature], *, counted: str = "orders") -> dict[str, set[str]]:
    """The families with a feature that can be acted on, and those features."""
    found: dict[str, set[str]] = {from_facts(counted).family: set()}
    for feature in features:
        if feature.normal is not None:
            found.setdefault(feature.family, set()).add(feature.name)
    return found


def plan(
    listed: pd.DataFrame,
    reasons: Reasons,
    *,
    playbook: Playbook,
    terms: Terms,
    as_of: date,
    currency: str | None = None,
) -> pd.DataFrame:
    """The columns of `PLAN` for the listed customers, in their order.

    listed: with segment, churn_probability, expected_value, and owner where there are owners. action is the
    whole as a sentence; action_reason the number of the reason it refers to (1 to 3, empty for a customer
    without one, who has no action); action_offer the incentive, never above what pays, 0 for none.
    """
    slot = reasons.to_act_on
    rows = np.arange(len(listed))
    names = _names(
        listed["segment"].to_numpy(), reasons.family[rows, slot], reasons.feature[rows, slot], playbook
    )
    names[slot < 0] = ""
    acted = [playbook.actions.get(name) for name in names]
    offers = _offers(listed, acted, terms=terms)
    who = [_who(action, owner) for action, owner in zip(acted, _owners(listed), strict=True)]
    by = [None if action is None else as_of + timedelta(days=action.within) for action in acted]
    said = [
        "" if action is None or due is None else _sentence(action, due, _money(offer, currency))
        for action, due, offer in zip(acted, by, offers, strict=True)
    ]
    values: tuple[Any, ...] = (
        pd.Series(said, dtype="str"),
        pd.Series(names, dtype="str"),
        pd.Series(slot + 1, dtype="Int64").where(slot >= 0),
        pd.Series(["" if action is None else action.channel for action in acted], dtype="str"),
        pd.Series(who, dtype="str"),
        pd.Series(by, dtype="datetime64[s]"),
        offers,
    )
    return pd.DataFrame(dict(zip(PLAN, values, strict=True)))


def steps(name: str, *, playbook: Playbook, as_of: date) -> tuple[Step, ...]:
    """The dated steps of an action; none for a customer without one."""
    if not name:
        return ()
    return tuple(Step(as_of + timedelta(days=day), do) for day, do in playbook.steps(name))


def _names(
    segment: NDArray[Any], family: NDArray[np.object_], feature: NDArray[np.object_], playbook: Playbook
) -> NDArray[np.object_]:
    keys = pd.Series(list(zip(segment, family, feature, strict=True)), dtype=object)
    chosen = {
        key: playbook.action(key[0], family=key[1], feature=key[2]) if key[1] else "" for key in keys.unique()
    }
    return np.array([chosen[key] for key in keys], dtype=object)


def _offers(listed: pd.DataFrame, acted: Sequence[Action | None], *, terms: Terms) -> NDArray[np.float64]:
    """Whole units of money; 0 where no offer is meant, pays, or can be sized."""
    sizes = [action.offer if action is not None else None for action in acted]
    share = np.array([size.share if size else 0.0 for size in sizes])
    most = np.array([size.at_most if size else 0.0 for size in sizes])
    value = listed["expected_value"].to_numpy(float)
    pays = terms.largest_incentive(listed["churn_probability"].to_numpy(float), value)
    return np.asarray(np.floor(np.nan_to_num(np.minimum.reduce([share * terms.margin * value, most, pays]))))


def _owners(listed: pd.DataFrame) -> list[Any]:
    return list(listed["owner"]) if "owner" in listed else [None] * len(listed)


def _who(action: Action | None, owner: Any) -> str:
    if action is None:
        return ""
    named = action.who == "owner" and isinstance(owner, str) and owner
    return str(owner) if named else TEAM


def _money(amount: float, currency: str | None) -> str:
    return f"{currency} {amount:,.0f}" if currency else f"{amount:,.0f}"


def _sentence(action: Action, by: date, offer: str) -> str:
    """`Ask why … (phone, by 2018-01-04; offer up to USD 40)`."""
    worth = "" if offer.split()[-1] == "0" else f"; offer up to {offer}"
    return f"{action.do.rstrip('.')} ({action.channel}, by {by.isoformat()}{worth})"


def _broken(book: Playbook) -> Iterator[Problem]:
    """Names of actions that there are not, and steps without a day."""
    for segment, page in book.playbook.each():
        for key, name in page.items():
            if name not in book.actions:
                yield Problem(f"playbook.{segment}.{key}", f"there is no action {name!r} under `actions:`")
    for name, action in book.actions.items():
        days = action.days or book.days
        if len(action.steps) > len(days):
            yield Problem(
                f"actions.{name}.steps", f"there are {len(action.steps)} steps but days for {len(days)}"
            )


def _holes(book: Playbook, wanted: Mapping[str, set[str]]) -> Iterator[Problem]:
    for segment, page in book.playbook.each():
        for family, features in wanted.items():
            covered = family in page or (features and features <= set(page))
            if not covered:
                yield Problem(
                    f"playbook.{segment}.{family}",
                    f"no action for customers of the segment {segment} whose reason is of the family "
                    f"{family}; add a line `{family}: <action>` under `{segment}:`",
                )
