"""What a config may ask for that this version of retain cannot do."""

from __future__ import annotations

from collections.abc import Iterator

from retain.config.document import Problem
from retain.config.tree import Config
from retain.errors import ConfigError


def refuse_unbuilt(config: Config) -> None:
    """Raise ConfigError for what the config asks for and this version of retain cannot do."""
    asked = [Problem(path, f"not built yet ({now})") for path, refused, now in _unbuilt(config) if refused]
    if asked:
        header = f"{config.path} asks for more than this version of retain can do:"
        raise ConfigError("\n".join([header, *map(str, asked)]))


def _unbuilt(config: Config) -> Iterator[tuple[str, bool, str]]:
    """Each thing of a later version: its path, whether it is asked for, and what there is now."""
    yield "engine", config.engine != "duckdb", "use duckdb"
