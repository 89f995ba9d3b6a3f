"""What speaks against publishing a list: each check says so in a sentence, with its key under `gates`.

A finding beyond its threshold refuses; one beyond half of it is a warning, which travels with the list.
Thresholds of what changes from list to list are for a week; between lists further apart they grow in
proportion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

WARNING = 0.5
"""The part of a threshold from which there is a warning."""

LATE = 7
"""Days before a list's as-of to which rows may still be added afterwards: they came late."""

USUAL = 182
"""Days over which it is counted on how many days a table usually has rows."""


@dataclass(frozen=True)
class Finding:
    """What a check says. gate: the key that it is judged by. refuses: nothing may be published."""

    gate: str
    sentence: str
    refuses: bool

    def to_json(self) -> dict[str, Any]:
        """As a document."""
        return asdict(self)


def weeks_between(earlier: date, later: date) -> float:
    """By what a week's threshold is multiplied; at least 1."""
    return max((later - earlier).days / 7, 1.0)


def stale(days: pd.DataFrame, *, counted: Collection[str], as_of: date, most: int) -> Iterator[Finding]:
    """Tables whose newest row is too old.

    days: table, day, rows. counted: the tables that define churn, together; they must have a row in the
    last `most` days. Another one may have rows seldom (a campaign, a ticket): it must have missed more than
    `most` of the days on which it usually has some.
    """
    own = days[days["table"].isin(list(counted))]
    if len(own):
        newest, age = _age(own, as_of)
        yield from _stale(" and ".join(sorted(counted)), newest, age, age, as_of=as_of, most=most)
    for name, rows in days[~days["table"].isin(list(counted))].groupby("table"):
        newest, age = _age(rows, as_of)
        usual = _days_with_rows(rows, newest) / min(USUAL, (newest - rows["day"].min().date()).days + 1)
        yield from _stale(str(name), newest, age, (age - 1) * usual, as_of=as_of, most=most)


def fewer_rows(
    now: Mapping[str, int], before: Mapping[str, int], *, since: date, most: float
) -> Iterator[Finding]:
    """Sources that hold fewer rows than at the list of `since`; only those that were read both times."""
    for name in sorted(before.keys() & now.keys()):
        rows, there = before[name], now[name]
        lost = (rows - there) / rows if rows else 0.0
        if lost > WARNING * most:
            said = f"{name} has {there:,} rows, {lost:.1%} fewer than the {rows:,} at the list of {since}"
            yield _judged("max_row_drop", said, lost > most, f"{most:.1%}")


def changed_history(
    now: pd.DataFrame, before: pd.DataFrame, *, until: date, most: float, most_lost: float
) -> Iterator[Finding]:
    """Tables whose days before `until`, seen at an earlier list, have other counts now.

    now, before: table, day, rows. most: the share of rows by which they may differ. Two things are ordinary:
    rows that came late, added to the last days before `until`; and a source that forgets its oldest
    days, of which it may lose the share `most_lost`.
    """
    for name, had in before.groupby("table"):
        then = _by_day(had, until)
        there = _by_day(now[now["table"] == name], until)
        total = int(then.sum())
        if not total or there.empty:
            continue
        begins = there.index.min()
        yield from _forgotten(str(name), then, begins.date(), total=total, most=most_lost)
        both = pd.concat([then, there], axis=1, keys=["then", "now"]).fillna(0)
        both = both[both.index > begins] if begins > then.index.min() else both
        difference = (both["now"] - both["then"]).astype("int64")
        late = difference.index >= pd.Timestamp(until - timedelta(days=LATE))
        differs = difference[~(late & (difference > 0).to_numpy())]
        differs = differs[differs != 0]
        share = float(differs.abs().sum()) / total
        if len(differs):
            yield _judged(
                "max_history_change", _differs(str(name), differs, share, until), share > most, f"{most:.1%}"
            )


def changed_customers(now: int, before: int, *, since: date, as_of: date, most: float) -> Iterator[Finding]:
    """Another number of eligible customers than at the list of `since`."""
    change = now / before - 1 if before else 0.0
    allowed = most * weeks_between(since, as_of)
    if abs(change) > WARNING * allowed:
        said = f"{now:,} customers are eligible, {change:+.1%} against the {before:,} of {since}"
        yield _judged("max_customer_change", said, abs(change) > allowed, f"{allowed:.1%}")


def unseen_labels(
    labels: pd.DataFrame, *, known: Mapping[str, Collection[str]], trained_until: date, most: float
) -> Iterator[Finding]:
    """Tables of whose newest rows many have a category or kind that training did not see.

    labels: table, label, oldest, rows (of the newest days). known: the labels a model knows, of the tables
    where it says so; elsewhere a label is known that had a row before `trained_until`.
    """
    for name, there in labels.groupby("table"):
        if name in known:
            unseen = ~there["label"].isin(list(known[str(name)]))
        else:
            unseen = there["oldest"] >= pd.Timestamp(trained_until)
        new, total = there[unseen.to_numpy(bool) & (there["rows"] > 0).to_numpy()], int(there["rows"].sum())
        share = int(new["rows"].sum()) / total if total else 0.0
        if share > WARNING * most:
            shown = ", ".join(f"'{label}'" for label in new.nlargest(3, "rows")["label"])
            said = f"{name}: {share:.1%} of the newest rows are of kinds unseen in training ({shown})"
            yield _judged("max_unseen", said, share > most, f"{most:.0%}")


def unseen_share(what: str, now: float, before: float, *, most: float) -> Iterator[Finding]:
    """Customers with an attribute's value that training did not see, beyond those it had itself."""
    if now - before > WARNING * most:
        said = (
            f"{what}: {now:.1%} of the customers have a value unseen in training, where it was {before:.1%}"
        )
        yield _judged("max_unseen", said, now - before > most, f"{most:.0%} more")


def missing(name: str, share: float, *, most: float) -> Iterator[Finding]:
    """A table of which much cannot be used."""
    if share > WARNING * most:
        yield _judged(
            "max_missing", f"{name}: {share:.1%} of the rows cannot be used", share > most, f"{most:.0%}"
        )


def old_model(version: int, trained_until: date, *, as_of: date, most: int) -> Iterator[Finding]:
    """A champion that has not seen the newest months."""
    age = (as_of - trained_until).days
    if age > WARNING * most:
        said = f"the champion (version {version}) has seen no row of the last {age} days"
        yield _judged("max_model_age_days", said, age > most, f"{most} days", todo="run `retain train`")


def other_definitions(version: int, *, refuses: bool) -> Finding:
    """features/ and models/ are not what the champion was trained with."""
    said = f"features/ and models/ have changed since the champion (version {version}) was trained"
    if refuses:
        return Finding("same_definitions", f"{said} (gates.same_definitions); run `retain train`", True)
    return Finding("same_definitions", f"{said}; it scores with the copy of its own", False)


def _stale(name: str, newest: date, age: int, missed: float, *, as_of: date, most: int) -> Iterator[Finding]:
    if missed > WARNING * most:
        said = f"the newest row of {name} is of {newest}, {age} days before the as-of {as_of}"
        yield _judged(
            "max_age_days", said, missed > most, f"{most} days", todo="see whether the feed has stopped"
        )


def _judged(gate: str, said: str, refuses: bool, most: str, *, todo: str = "") -> Finding:
    if not refuses:
        return Finding(gate, f"{said}; more than {most} would be refused (gates.{gate})", False)
    return Finding(gate, f"{said}; at most {most} may be (gates.{gate}){f'; {todo}' if todo else ''}", True)


def _age(rows: pd.DataFrame, as_of: date) -> tuple[date, int]:
    newest = rows["day"].max().date()
    return newest, (as_of - newest).days


def _days_with_rows(rows: pd.DataFrame, newest: date) -> int:
    return int((rows["day"] > pd.Timestamp(newest - timedelta(days=USUAL))).sum())


def _by_day(rows: pd.DataFrame, until: date) -> pd.Series[int]:
    return rows[rows["day"] < pd.Timestamp(until)].set_index("day")["rows"]


def _forgotten(
    name: str, then: pd.Series[int], begins: date, *, total: int, most: float
) -> Iterator[Finding]:
    lost = int(then[then.index < pd.Timestamp(begins)].sum()) / total
    if lost > WARNING * most:
        said = f"{name} begins on {begins} now: {lost:.1%} of the rows seen at the last list were older"
        yield _judged("max_row_drop", said, lost > most, f"{most:.1%}")


def _differs(name: str, differs: pd.Series[int], share: float, until: date) -> str:
    days = "1 day" if len(differs) == 1 else f"{len(differs):,} days"
    place = int(differs.abs().argmax())
    worst = f"{differs.index[place]:%Y-%m-%d}: {int(differs.iloc[place]):+,}"
    return (
        f"the history of {name} has changed: {days} before {until} have other row counts than they had at "
        f"that list, by {share:.2%} of its rows ({worst})"
    )
