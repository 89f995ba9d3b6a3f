"""What the list's page and workbook say, as one language's catalogue of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Texts:
    """A language.

    words: sentences, where `{n}` stands for a number. columns: (title, meaning) by name. names: of the
    values of segment, band, change and family that are not just their own name spelled out.
    seen_words, seen_columns: what is said instead where activity, not orders, keeps a customer.
    """

    locale: str
    words: Mapping[str, str]
    columns: Mapping[str, tuple[str, str]]
    names: Mapping[str, str]
    seen_words: Mapping[str, str] = field(default_factory=dict)
    seen_columns: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def where_counted(self, table: str | None) -> Texts:
        """The texts of a business whose customers are kept by that table."""
        if table != "activity":
            return self
        words, columns = {**self.words, **self.seen_words}, {**self.columns, **self.seen_columns}
        return replace(self, words=words, columns=columns)

    def title(self, column: str) -> str:
        """What a column is called; one of the business's own keeps its name."""
        return self.columns[column][0] if column in self.columns else spelled(column)

    def meaning(self, column: str) -> str:
        """What a column holds."""
        return self.columns[column][1] if column in self.columns else self.words["own_column"]

    def name(self, value: str) -> str:
        """A segment, band, change or family in words."""
        return self.names.get(value, spelled(value))


def spelled(name: str) -> str:
    """`first_name` as people write it."""
    text = name.replace("_", " ").strip()
    return text[:1].upper() + text[1:]
