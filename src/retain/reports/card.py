"""The model card: what a trained model is, how well it did, and who should leave it alone.

After Mitchell and others, "Model Cards for Model Reporting", FAT* 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from retain.learning.bootstrap import Terms
from retain.reports.figures import Figure, figures

SHOWN = ("auc", "average_precision", "log_loss", "skill", "brier", "ece", "lift_10")
MOST_COLUMNS = 10

NOT_FOR = (
    "Decisions that hurt somebody: prices, credit, refusing service or cancelling a contract. It ranks "
    "whom to care for, and was tested for nothing else.",
    "Other businesses, other tables, or another definition of churn: probabilities would be wrong, and "
    "nothing would say so.",
    "Who can be won back by contacting: it says who is likely to leave, not whom a call would keep. Only a "
    "holdout measures that.",
    "Why somebody leaves: a reason is what moved the score, and need not be what moved the customer.",
)
"""What no model of this program should be used for."""


@dataclass(frozen=True)
class Subject:
    """A trained model.

    model, doc: its name in models/ and what it is. label: model or rule. churn: the definition as a
    sentence. metrics: by model, the documents of `Metrics`. tables: by name, how many rows were there and
    used, the oldest and the newest. rows: those it was taught with. importance: mean size of
    each column's contribution, greatest first. notes: what was unusual.
    """

    name: str
    model: str
    label: str
    doc: str
    churn: str
    metrics: Mapping[str, Mapping[str, Any]]
    tables: Mapping[str, Mapping[str, Any]]
    rows: int
    recipe: Mapping[str, Any]
    importance: Sequence[tuple[str, float]] = ()
    notes: Sequence[str] = ()


def write(subject: Subject) -> str:
    """The card in Markdown."""
    sections = {
        "What it is": _what(subject),
        "Data": _data(subject),
        "Whom it was tested on": _population(subject),
        "How well it did": _figures(subject),
        "What moves it": _importance(subject),
        "Limits": _limits(subject),
        "Who should not use it": _list(NOT_FOR),
    }
    shown = [f"## {title}\n\n{text}" for title, text in sections.items() if text]
    return "\n\n".join([f"# Model card: {_plain(subject.name)}, {_plain(subject.model)}", *shown]) + "\n"


def _what(subject: Subject) -> str:
    recipe = ", ".join(f"{key} {value}" for key, value in subject.recipe.get("params", {}).items())
    made = [
        f"A {subject.label}, `{subject.model}`: {subject.doc or 'without a description'}",
        f"It gives the probability of churn. {_sentence(subject.churn)}",
        f"Calibration: {subject.recipe.get('calibration', 'none')}. "
        f"Settled in training: {recipe or 'nothing'}.",
    ]
    return _list(made)


def _data(subject: Subject) -> str:
    head = ("table", "rows", "used", "oldest", "newest")
    rows = [
        (name, f"{found['rows']:,}", f"{found['used']:,}", _day(found["oldest"]), _day(found["newest"]))
        for name, found in subject.tables.items()
    ]
    taught = f"Taught with {subject.rows:,} rows: one a customer and cutoff."
    return f"{_table(head, rows)}\n\n{taught}" if rows else taught


def _population(subject: Subject) -> str:
    tested = subject.metrics.get(subject.model)
    if tested is None:
        return "It was not tested: the history was too short."
    return (
        f"{tested['customers']:,} customers who were eligible at {tested['cutoff']}, of whom "
        f"{tested['churners']:,} ({tested['churn_rate']:.1%}) churned within {tested['horizon']} days. "
        "For the test the model knew only what was known at that cutoff; it was then fitted again with that "
        "cutoff included, and that fit is the one that scores."
    )


def _figures(subject: Subject) -> str:
    """One row a model, the subject first; then what the figures mean."""
    if not subject.metrics:
        return ""
    known = {figure.name: figure for figure in figures(Terms())}
    shown = [known[name] for name in SHOWN]
    names = sorted(subject.metrics, key=lambda name: name != subject.model)
    rows = [(name, *(_cell(subject.metrics[name], figure) for figure in shown)) for name in names]
    table = _table(("model", *(figure.title for figure in shown)), rows)
    meanings = _list([f"**{figure.title}**: {figure.definition}" for figure in shown])
    return f"{table}\n\nIn brackets: 95 % intervals, by bootstrap over customers.\n\n{meanings}"


def _cell(found: Mapping[str, Any], figure: Figure) -> str:
    low, high = found.get("intervals", {}).get(figure.name, (None, None))
    value = figure.shown(found.get(figure.name))
    return value if low is None else f"{value} ({figure.shown(low)} to {figure.shown(high)})"


def _importance(subject: Subject) -> str:
    if not subject.importance:
        return ""
    rows = [(f"`{name}`", f"{size:.3f}") for name, size in subject.importance[:MOST_COLUMNS]]
    return _table(("feature", "mean size of its contribution to the log-odds"), rows)


def _limits(subject: Subject) -> str:
    return _list(_limit_sentences(subject))


def _limit_sentences(subject: Subject) -> Iterator[str]:
    yield from subject.notes
    yield (
        "It was tested at one moment. Customers change: it must be taught anew from time to time, and "
        "watched in between."
    )
    yield "It knows customers with a row in the period above only; of newcomers it knows little."
    yield (
        "Whoever was contacted in the past stayed or left under that contact: such labels are no free "
        "evidence."
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _day(moment: str | None) -> str:
    return moment[:10] if moment else "–"


def _list(items: Sequence[str] | Iterator[str]) -> str:
    return "\n".join(f"- {_plain(item)}" for item in items)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(map(_in_cell, row)) + " |" for row in (head, rule, *rows))


def _in_cell(text: str) -> str:
    return _plain(text).replace("|", "\\|")


def _plain(text: str) -> str:
    """On one line: what came from a config must not begin a heading or a list."""
    return " ".join(str(text).split())
