"""The other files of configs/, segments.yaml and actions.yaml, read as strictly as a business's config."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from retain.config.document import Problem, hide, read_document, read_text
from retain.config.problems import problems_of
from retain.config.values import Section
from retain.errors import ConfigError

SEGMENTS_FILE, ACTIONS_FILE = "segments.yaml", "actions.yaml"
"""What is in configs/ for all businesses."""

Tree = TypeVar("Tree", bound=Section)


def read_rules(path: Path, tree: type[Tree]) -> Tree:
    """Read a file of rules. Raises ConfigError with every mistake on a line, `path: what is wrong`."""
    document = read_document(read_text(path), path=path)
    problems = list(document.problems)
    try:
        rules = tree.model_validate(document.values, context=document)
    except ValidationError as error:
        problems += problems_of(error, document, tree)
    if problems:
        raise ConfigError(hide(told(path, problems), document.secrets))
    return rules


def find_rules(name: str, folders: Sequence[Path]) -> Path:
    """The file in the first of the folders that has it. Raises ConfigError where none has."""
    found = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if found is None:
        raise ConfigError(f"There is no {name} in {', '.join(str(folder) for folder in folders)}.")
    return found


def told(path: Path | str, problems: Iterable[Problem]) -> str:
    """Mistakes as one message."""
    lines = [str(problem) for problem in problems]
    count = "1 mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return "\n".join([f"{count} in {path}:", *lines])
