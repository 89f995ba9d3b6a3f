"""Changing values in the text of a config, with its comments and everything else as they were."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import yaml

from retain.config.document import read_text
from retain.errors import UsageError

Place = tuple[str, ...]


def edited(text: str, changes: Mapping[Place, int | str]) -> str:
    """The text with the scalars at these places (`("churn", "horizon")`) replaced.

    Raises UsageError for a place that the text does not write out: one that is missing, not a plain value,
    or taken from the environment.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    spans = sorted((_span(root, place, text), str(value)) for place, value in changes.items())
    for (start, end), value in reversed(spans):
        text = text[:start] + value + text[end:]
    return text


def places(text: str, section: str) -> tuple[str, ...]:
    """The keys that the text itself gives in a section."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    node = _child(root, section)
    return tuple(str(key.value) for key, _ in node.value) if isinstance(node, yaml.MappingNode) else ()


def rewrite(path: Path, changes: Mapping[Place, int | str]) -> str:
    """Change the file at once or not at all; the new text. A link is followed, line ends and mode stay."""
    read_text(path)  # for its sentences, where there is no such file
    target = path.resolve()
    before = target.read_bytes().decode("utf-8")
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    after = mark + edited(before.removeprefix(mark), changes)
    write_whole(target, after)
    return after


def write_whole(target: Path, text: str) -> None:
    """Write the file at once or not at all; one that is there keeps its mode."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        unfinished.write_bytes(text.encode("utf-8"))
        if target.exists():
            unfinished.chmod(target.stat().st_mode)
        unfinished.replace(target)
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _span(root: yaml.Node | None, place: Place, text: str) -> tuple[int, int]:
    node = root
    for key in place:
        node = _child(node, key)
    dotted = ".".join(place)
    if not isinstance(node, yaml.ScalarNode):
        raise UsageError(f"{dotted} is not written out as one value in the config; change it by hand")
    start, end = node.start_mark.index, node.end_mark.index
    if "$" in text[start:end]:
        raise UsageError(f"{dotted} comes from the environment ({text[start:end]}); change it there")
    return start, end


def _child(node: yaml.Node | None, key: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next((value for name, value in pairs if name.value == key), None)
