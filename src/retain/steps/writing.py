"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write_text(path: Path, text: str) -> None:
    """Write the text, or leave what was there."""
    write(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))


def write(path: Path, writer: Callable[[Path], object]) -> None:
    """Let `writer` write a file beside `path`, and put it in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        writer(unfinished)
        unfinished.chmod(0o640)  # what is written may name customers
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
