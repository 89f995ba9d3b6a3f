"""Configs of every shape, as the values a YAML file would hold."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)
names = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,10}", fullmatch=True)
shares = st.floats(0, 1)
counts = st.integers(0, 10_000)
positives = st.integers(1, 10_000)
zones = st.sampled_from(["UTC", "Europe/London", "America/New_York", "Asia/Kathmandu"])
paths = texts.filter(lambda text: "://" not in text).map(lambda text: f"data/{text}".replace("$", "$$"))


def mapping(required: dict[str, Any], optional: dict[str, Any] | None = None) -> st.SearchStrategy[Any]:
    """Mappings with all of the required keys and some of the optional ones."""
    return st.fixed_dictionaries(required, optional=optional)


def written(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts as a config file writes them: `$` doubled."""
    return values.map(lambda text: text.replace("$", "$$"))


def table(roles: list[str], others: list[str], **more: Any) -> st.SearchStrategy[Any]:
    """Tables with columns for all of `roles` and some of the `others`."""
    column = written(texts)
    columns = mapping(dict.fromkeys(roles, column), dict.fromkeys(others, column))
    source = st.one_of(paths, st.lists(paths, min_size=1, max_size=3))
    return mapping({"source": source, "columns": columns}, {"timezone": zones, "where": column, **more})


orders = table(["customer", "time"], ["amount", "order", "category", "cancelled", "recorded"])
activity = table(["customer", "time"], ["value", "user"], kind=written(texts))
customers = table(
    ["customer"],
    ["since", "owner", "opted_out"],
    attributes=st.lists(written(texts), max_size=3),
    show=st.lists(written(texts), max_size=3),
)
tables = st.one_of(
    mapping({"orders": orders}, {"activity": st.lists(activity, max_size=2), "customers": customers}),
    mapping({"activity": st.lists(activity, min_size=1, max_size=2)}, {"customers": customers}),
)
churn = mapping({"horizon": positives}, {"active_within": positives, "grace": counts})
training = mapping({}, {"cutoffs": positives, "every": positives, "trials": counts, "seed": counts})
listing = mapping(
    {},
    {
        "size": st.one_of(st.just("auto"), positives),
        "capacity": positives,
        "order_by": st.sampled_from(["expected_saving", "value_at_risk", "churn_probability"]),
        "holdout": shares,
        "bands": st.tuples(shares, shares)
        .filter(lambda pair: pair[0] != pair[1])
        .map(lambda pair: {"high": max(pair), "medium": min(pair)}),
    },
)
configs = mapping(
    {"name": names, "tables": tables, "churn": churn},
    {
        "timezone": zones,
        "output": paths,
        "memory": st.one_of(positives, st.sampled_from(["4GB", "1.5 GB", "500MB", "2GiB"])),
        "training": training,
        "model": written(texts),
        "features": st.lists(written(texts), max_size=3),
        "metrics": mapping(
            {},
            {
                "win_backs": st.sampled_from(["retained", "apart"]),
                "trials": st.booleans(),
                "involuntary": st.lists(written(texts), max_size=2),
            },
        ),
        "value": mapping({}, {"horizon": positives, "margin": shares, "currency": written(texts)}),
        "list": listing,
        "gates": mapping({}, {"max_missing": shares, "must_beat_baseline": st.booleans()}),
        "notify": st.lists(written(texts), max_size=2),
        "notify_owners": st.dictionaries(names, written(texts), max_size=2),
        "notify_details": st.booleans(),
        "retention_days": positives,
        "publish": st.one_of(
            st.just({}),
            mapping(
                {"postgres": st.just("postgresql://ann:pw@h/db")},
                {"schema": names.filter(lambda text: not text.startswith("pg_"))},
            ),
        ),
        "mlflow": mapping({}, {"tracking_uri": written(texts)}),
    },
)
