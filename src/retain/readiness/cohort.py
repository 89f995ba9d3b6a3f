"""How customers came: all at once, or one by one over the whole history; and how many came again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from retain.events.tables import Summary
from retain.readiness.findings import Finding, Level
from retain.readiness.source import Query

EARLY = 0.25  # of the history
MOST = 0.9  # of the customers


def judge(query: Query, names: Sequence[str], summary: Summary) -> Iterator[Finding]:
    """One cohort, where nearly everybody came in the beginning. names: the tables that define churn."""
    days = (summary.end - summary.start).days
    seen = " UNION ALL ".join(
        f"SELECT customer, oldest, newest FROM seen_{name} WHERE used > 0 AND customer IS NOT NULL"
        for name in names
    )
    early, once, everyone = query(
        f"""SELECT count(*) FILTER (oldest < DATE '{summary.start}' + {int(EARLY * days)}),
            count(*) FILTER (oldest::DATE = newest::DATE), count(*)
            FROM (SELECT customer, min(oldest) AS oldest, max(newest) AS newest FROM ({seen}) GROUP BY 1)
            WHERE oldest < DATE '{summary.as_of}'"""
    )[0]
    if everyone and days >= 60 and early > MOST * everyone:
        yield Finding(
            "one-cohort",
            Level.ADVICE,
            "customers",
            f"{early / everyone:.0%} of the customers are there from the first quarter of the history on, "
            "and next to nobody is new after it: how long somebody has been a customer and what day it is "
            "are the same thing",
            "fine if that is so; if the export left out new customers (one cohort, one campaign), export "
            "all: a model learns from their youth and is tested on their age",
            early,
        )
    if everyone and once > 0.5 * everyone:
        yield Finding(
            "once-only",
            Level.ADVICE,
            "customers",
            f"{once:,} of {everyone:,} customers ({once / everyone:.0%}) were active on one day only",
            "few come back by habit here: winning a second purchase may be worth more than calling the lost",
            once,
        )
