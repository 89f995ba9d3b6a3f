"""What was published, who was held out and what customer success did.

It is kept in `output/<name>/history.duckdb`, or in PostgreSQL where the config publishes there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from retain.lists import published_tables
from retain.lists.history_file import FILE
from retain.lists.history_store import Place, frame_of, insert, reading, writing
from retain.lists.ledger import Ledger

if TYPE_CHECKING:
    import duckdb
    import psycopg

    from retain.config import Config

MEMBERS = (
    "as_of",
    "run_id",
    "customer_id",
    "rank",
    "churn_probability",
    "risk_band",
    "segment",
    "group",
    "expected_value",
    "reason_1",
    "action",
)
_RUNS = "as_of, run_id, published_at, model, model_version, label, eligible, listed, held_out, skipped"
_COUNTS = ("eligible", "listed", "held_out", "skipped", "expected_churners")
_REPLACE = """ON CONFLICT DO UPDATE SET outcome = excluded.outcome, snooze_until = excluded.snooze_until,
    note = excluded.note, recorded_at = excluded.recorded_at"""


@dataclass(frozen=True)
class Entry:
    """A published list, as the history remembers it. published_at: UTC."""

    as_of: date
    run_id: str
    published_at: datetime
    model: str | None = None
    model_version: str | None = None
    label: str | None = None
    eligible: int | None = None
    listed: int | None = None
    held_out: int | None = None
    skipped: int | None = None
    expected_churners: float | None = None

    @classmethod
    def of(cls, manifest: Mapping[str, Any], *, published_at: datetime) -> Entry:
        """From the list's manifest; counts that it does not have stay unknown."""
        counts, model = manifest["counts"], manifest["model"]
        return cls(
            date.fromisoformat(str(manifest["as_of"])),
            manifest["run_id"],
            published_at,
            model=model["name"],
            model_version=str(model["version"]),
            label=model["label"],
            **{name: counts.get(name) for name in _COUNTS},
        )


@dataclass(frozen=True)
class Refusal:
    """A run that published nothing because a check said so. refused_at: UTC."""

    run_id: str
    refused_at: datetime
    why: str
    as_of: date | None = None


@dataclass(frozen=True)
class Past:
    """What was known at a cutoff: nothing that was done or published on its day or later.

    contacts: as read from feedback. assignments: as `holdout.newly_assigned` gives them; those of
    the cutoff's own list too, since a list made anew must not draw its groups anew. held: customer_id and
    held_on, the newest list that held each of them out. tiers: customer_id, tier.
    """

    as_of: date
    contacts: pd.DataFrame = field(repr=False)
    assignments: pd.DataFrame = field(repr=False)
    held: pd.DataFrame = field(repr=False)
    tiers: pd.DataFrame = field(repr=False)

    @property
    def digest(self) -> str:
        """Of the contacts and groups a list depends on: the same before and after that list is recorded."""
        digest = hashlib.sha256()
        earlier = self.assignments[self.assignments["assigned_on"] < pd.Timestamp(self.as_of)]
        for frame in (self.contacts, earlier, self.held):
            digest.update(frame.to_csv(index=False).encode())
        return digest.hexdigest()


def path_in(output: Path) -> Path:
    """Where the history of a business is."""
    return output / FILE


def place_of(config: Config) -> Place:
    """Where the history of a business is: in its database, if it has one."""
    if config.publish.postgres is None:
        return path_in(config.output)
    return Ledger(config.publish.postgres, config.publish.schema_name, config.name)


def to_adopt(place: Place, file: Path) -> bool:
    """Whether the file holds a history that a database in which nothing was ever written should have."""
    return isinstance(place, Ledger) and file.exists() and not place.begun()


def adopt(place: Place, file: Path) -> None:
    """Take over the history in a file; see `to_adopt`."""
    if isinstance(place, Ledger):
        place.adopt(file)


def published_before(place: Place, day: date) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The list and the scores of the newest day before, where they are in a database; None where not."""
    return place.published_before(day) if isinstance(place, Ledger) else None


def past(path: Place, *, as_of: date) -> Past:
    """What the history says that was known at `as_of`; nothing where there is no file yet."""
    with reading(path) as connection:
        return Past(
            as_of,
            contacts=frame_of(
                connection,
                "SELECT * EXCLUDE recorded_at FROM feedback WHERE contacted_at < ? ORDER BY ALL",
                [as_of],
            ),
            assignments=frame_of(
                connection, "SELECT * FROM assignments WHERE assigned_on <= ? ORDER BY ALL", [as_of]
            ),
            held=frame_of(
                connection,
                "SELECT customer_id, max(as_of) AS held_on FROM members WHERE \"group\" = 'holdout' "
                "AND as_of < ? GROUP BY customer_id ORDER BY customer_id",
                [as_of],
            ),
            tiers=frame_of(
                connection,
                "SELECT customer_id, arg_max(tier, since) AS tier FROM tiers WHERE since < ? "
                "GROUP BY customer_id ORDER BY customer_id",
                [as_of],
            ),
        )


def record(
    path: Place,
    entry: Entry,
    *,
    listed: pd.DataFrame,
    assignments: pd.DataFrame,
    tiers: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    then: Callable[[], None] | None = None,
) -> None:
    """Remember a published list in place of any of the same as-of; recording it twice changes nothing.

    listed: the list. assignments: of those who are listed for the first time (`holdout.newly_assigned`);
    they are kept for ever, also when the list is replaced. tiers:
    customer_id and tier; only changes are kept. scores: with the list, they are the tables that a database
    has besides. then: done when all is written and nothing kept yet; what it raises undoes the record.
    """
    members = listed.reindex(columns=list(MEMBERS)).assign(as_of=entry.as_of, run_id=entry.run_id)

    def beside(connection: psycopg.Connection[Any], schema: str) -> None:
        every = {} if scores is None else {"scores": scores.assign(run_id=entry.run_id)}
        published_tables.put(connection, schema, frames={"at_risk": listed, **every}, as_of=entry.as_of)

    with writing(path, beside=beside, then=then) as connection:
        for table in ("lists", "members"):
            connection.execute(f"DELETE FROM {table} WHERE as_of = ?", [entry.as_of])
        row = pd.DataFrame([asdict(entry) | {"published_at": _utc(entry.published_at)}])
        insert(connection, "lists", row)
        insert(connection, "members", members)
        insert(connection, "assignments ON CONFLICT DO NOTHING", assignments)
        if tiers is not None:
            _record_tiers(connection, tiers, since=entry.as_of)


def recorded(path: Place, *, as_of: date, run_id: str) -> bool:
    """Whether that list is remembered: a run that was killed after publishing may not have come to it."""
    with reading(path) as connection:
        query = "SELECT 1 FROM lists WHERE as_of = ? AND run_id = ?"
        return bool(connection.execute(query, [as_of, run_id]).fetchall())


def recorded_runs(path: Place) -> set[str]:
    """The runs whose lists are remembered."""
    with reading(path) as connection:
        return {str(run_id) for (run_id,) in connection.execute("SELECT run_id FROM lists").fetchall()}


def record_refusal(path: Place, refusal: Refusal) -> None:
    """Remember a run that was refused."""
    row = pd.DataFrame([asdict(refusal) | {"refused_at": _utc(refusal.refused_at)}])
    with writing(path) as connection:
        insert(connection, "refusals ON CONFLICT DO NOTHING", row.astype({"as_of": "datetime64[s]"}))


def record_feedback(path: Place, rows: pd.DataFrame, *, now: datetime) -> dict[str, int]:
    """Remember contacts; how many were new, changed and already there.

    A row is known by customer_id, contacted_at and channel: the same one again, with another outcome,
    snooze or note, takes the place of the one before.
    """
    with writing(path) as connection:
        before = frame_of(connection, "SELECT * EXCLUDE recorded_at FROM feedback", [])
        keys = ["customer_id", "contacted_at", "channel"]
        known = rows.merge(before[keys], on=keys, how="inner")
        same = rows.merge(before, on=list(rows.columns), how="inner")
        changed = rows.merge(same[keys], on=keys, how="left", indicator=True)["_merge"] == "left_only"
        fresh = rows[changed.to_numpy()].assign(recorded_at=_utc(now))
        insert(connection, f"feedback {_REPLACE}", fresh)
    return {"new": len(rows) - len(known), "changed": len(known) - len(same), "unchanged": len(same)}


def memberships(path: Place) -> pd.DataFrame:
    """Everyone who was ever listed: customer_id, and the group they were last in."""
    with reading(path) as connection:
        query = (
            'SELECT customer_id, arg_max("group", as_of) AS "group" FROM members '
            "GROUP BY customer_id ORDER BY customer_id"
        )
        return frame_of(connection, query, [])


def runs(path: Place) -> pd.DataFrame:
    """The published lists and the refusals, newest as-of first; `why` is empty for a published list."""
    query = f"""SELECT {_RUNS}, NULL::VARCHAR AS why FROM lists
        UNION ALL BY NAME SELECT as_of, run_id, refused_at AS published_at, why FROM refusals
        ORDER BY as_of DESC NULLS LAST, published_at DESC"""
    with reading(path) as connection:
        return frame_of(connection, query, []).astype(dict.fromkeys(_COUNTS[:4], "Int64"))


def _record_tiers(connection: duckdb.DuckDBPyConnection, tiers: pd.DataFrame, *, since: date) -> None:
    """Those whose tier is another than before `since`."""
    connection.execute("DELETE FROM tiers WHERE since = ?", [since])
    connection.register("retain_tiers", pa.Table.from_pandas(tiers[["customer_id", "tier"]]))
    connection.execute(
        """INSERT INTO tiers (customer_id, tier, since)
        SELECT customer_id, tier, $since FROM retain_tiers LEFT JOIN (
            SELECT customer_id, arg_max(tier, since) AS had FROM tiers WHERE since < $since GROUP BY ALL)
        USING (customer_id) WHERE tier IS DISTINCT FROM had""",
        {"since": since},
    )
    connection.unregister("retain_tiers")


def _utc(moment: datetime) -> pd.Timestamp:
    """Without its timezone, as the file keeps it."""
    return pd.Timestamp(moment.astimezone(UTC).replace(tzinfo=None))
