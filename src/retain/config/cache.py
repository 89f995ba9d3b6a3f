"""The part of the config that says what is kept to be faster the next time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from retain.config.values import Section, absolute_folder, bytes_of


def switched(value: object) -> object:
    """`false` for nothing at all, `true` for the defaults."""
    return {"size": 0} if value is False else {} if value is True else value


def _most(value: object) -> object:
    return 0 if value == 0 and not isinstance(value, bool) else bytes_of(value)


class Cache(Section):
    """Rows and columns of features, and what lists were made from. folder: None is .cache in `output`.

    size: bytes on disk, the least recently used are dropped first; 0 keeps nothing, as `cache: false` does.
    """

    folder: Annotated[Path, AfterValidator(absolute_folder)] | None = None
    size: Annotated[int, BeforeValidator(_most)] = 4_000_000_000
