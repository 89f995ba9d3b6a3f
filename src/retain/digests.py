"""SHA-256 digests: of files, and of values whose order does not matter."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path


def of_file(path: Path) -> str:
    """Of a file's content, in hexadecimal. Raises OSError where it cannot be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def of_parts(parts: Mapping[str, object]) -> str:
    """Equal parts, equal digest, whatever their order; what JSON does not know counts as its text."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
