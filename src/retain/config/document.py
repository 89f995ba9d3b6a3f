"""A config file as plain values: YAML read strictly, `${VAR}` filled in, and what must stay secret."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from retain.errors import ConfigError

HIDDEN = "***"

_REFERENCE = re.compile(r"\$(?:\$|\{([^}]*)\})")
_VARIABLE = re.compile(r"([A-Za-z_]\w*)(?::-(.*))?", re.DOTALL)
_URL_PASSWORD = re.compile(r"([A-Za-z][\w+.-]*://[^\s/:@]*):(\S+)@")
_NAMED_PASSWORD = re.compile(r"(?i)\b((?:password|passwd|pwd|token|secret|key)\s*=\s*)([^&\s'\"]+)")
_SECRET_KEY = re.compile(
    r"(?i)password|passwd|pwd|secret|token|credential|(?:access|account|api|private)[._-]?key"
)

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is (`tables.orders.columns.time`) and a sentence about it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


@dataclass(frozen=True)
class Origin:
    """A value that came from the environment: as the file writes it, and as it may be shown."""

    raw: str
    shown: str


@dataclass(frozen=True)
class Document:
    """The values of a config file, and what came from the environment."""

    path: Path
    values: dict[str, Any] = field(repr=False)
    origins: Mapping[Loc, Origin] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    problems: tuple[Problem, ...] = ()

    def origin(self, loc: Loc) -> Origin | None:
        """Where the value at `loc` came from; None when the file itself says it."""
        if loc in self.origins:
            return self.origins[loc]
        return self.origins.get(loc[:-1]) if loc and isinstance(loc[-1], int) else None


def dotted(loc: Loc) -> str:
    """`("tables", "activity", 0, "source")` as `tables.activity[0].source`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc)
    return "".join(parts).removeprefix(".")


def hide(text: str, secrets: tuple[str, ...] = ()) -> str:
    """Hide the secrets in the text, and the password of any URL in it."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return _NAMED_PASSWORD.sub(rf"\1{HIDDEN}", _URL_PASSWORD.sub(rf"\1:{HIDDEN}@", text))


def read_text(path: Path) -> str:
    """Read the text of a config file; a missing one is told together with those beside it."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ConfigError(f"There is no config file {path}{_found_near(path)}") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not a text file in UTF-8 (byte {error.start}).") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None


def read_document(text: str, *, path: Path) -> Document:
    """Read YAML text; duplicate keys and unset variables are told in `problems`."""
    node = _composed(text, path=path)
    problems = [*_duplicates(node, ())]
    origins: dict[Loc, Origin] = {}
    secrets: set[str] = set()
    values = _expanded(_constructed(node, path=path), (), origins, secrets, problems)
    if not isinstance(values, dict):
        raise ConfigError(f"{path} holds no keys; a config begins with `name:`, `tables:` and `churn:`.")
    secrets.update(_secret_options(values))
    secrets |= {spelling for text in _texts(values) for spelling in _passwords(text)}
    hidden = tuple(sorted(filter(_is_telling, secrets)))
    return Document(path, values, origins, hidden, tuple(problems))


def _is_telling(secret: str) -> bool:
    """Whether a value is hidden in any text, or (too short, a small number) only where it is configured."""
    return len(secret) > 5 or (len(secret) > 2 and not secret.isdecimal())


def _found_near(path: Path) -> str:
    folder = path if path.is_dir() else path.parent
    found = sorted(file.name for file in folder.glob("*.y*ml")) if folder.is_dir() else []
    if not found:
        return f", and no other in {folder}" if folder.is_dir() else f": there is no folder {folder}"
    close = get_close_matches(path.name, found, n=1)
    return f"; {folder} has: {', '.join(found)}{did_you_mean(close)}"


def did_you_mean(close: list[str]) -> str:
    """`; did you mean 'horizon'?`, or nothing."""
    return f"; did you mean {close[0]!r}?" if close else ""


def _composed(text: str, *, path: Path) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_yaml_mistake(error, path=path)) from None
    except yaml.YAMLError as error:
        reason = getattr(error, "reason", "it cannot be read")
        raise ConfigError(f"{path} is not valid YAML: {reason}.") from None


def _constructed(node: yaml.Node | None, *, path: Path) -> object:
    if node is None:
        raise ConfigError(f"{path} is empty; a config begins with `name:`, `tables:` and `churn:`.")
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_yaml_mistake(error, path=path)) from None
    except (ValueError, OverflowError):  # a date such as 2011-13-45
        raise ConfigError(f"{path} is not valid YAML: a date or number in it does not exist.") from None


def _yaml_mistake(error: yaml.MarkedYAMLError, *, path: Path) -> str:
    mark = error.problem_mark or error.context_mark
    where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    return f"{path} is not valid YAML{where}: {error.problem or error.context}."


def _duplicates(node: yaml.Node | None, loc: Loc, *, within: tuple[yaml.Node, ...] = ()) -> Iterator[Problem]:
    if any(node is outer for outer in within):
        raise ConfigError(f"{dotted(loc)}: an alias (*) refers to what it stands in.")
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _duplicates(item, (*loc, index), within=(*within, node))
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in lines:
                yield Problem(dotted((*loc, name)), f"given twice, on lines {lines[name]} and {line}")
            lines[name] = line
            yield from _duplicates(value, (*loc, name), within=(*within, node))


def _expanded(
    value: object, loc: Loc, origins: dict[Loc, Origin], secrets: set[str], problems: list[Problem]
) -> object:
    """Fill in every `${VAR}`; adds to `origins`, `secrets` and `problems`."""
    if isinstance(value, dict):
        items = ((str(key), item) for key, item in value.items())
        return {key: _expanded(item, (*loc, key), origins, secrets, problems) for key, item in items}
    if isinstance(value, list):
        return [_expanded(item, (*loc, at), origins, secrets, problems) for at, item in enumerate(value)]
    if not isinstance(value, str) or "$" not in value:
        return value
    return _filled(value, loc, origins, secrets, problems)


def _filled(
    raw: str, loc: Loc, origins: dict[Loc, Origin], secrets: set[str], problems: list[Problem]
) -> str:
    found: list[str] = []

    def fill(match: re.Match[str]) -> str:
        if match[1] is None:
            return "$"
        try:
            value, secret = _looked_up(match[1])
        except ValueError as error:
            problems.append(Problem(dotted(loc), str(error)))
            return HIDDEN
        found.extend([value] if secret else [])
        return value

    filled = _REFERENCE.sub(fill, raw)
    if found:
        origins[loc] = Origin(raw, _REFERENCE.sub(_as_shown, raw))
        secrets.update(spelling for value in found for spelling in (value, unquote(value)))
    return filled


def _looked_up(reference: str) -> tuple[str, bool]:
    """Find the value of `VAR` or `VAR:-default`, and whether the environment gave it."""
    match = _VARIABLE.fullmatch(reference)
    if not match:
        raise ValueError(f"'${{{reference}}}' is not a variable; write $$ for a dollar sign")
    name, default = match.groups()
    value = os.environ.get(name)
    if value or (value is not None and default is None):
        return value, True
    if default is None:
        raise ValueError(f"the environment variable {name} is not set; set it, or write ${{{name}:-default}}")
    return default, False


def _as_shown(match: re.Match[str]) -> str:
    if match[1] is None:
        return "$"
    try:
        value, secret = _looked_up(match[1])
    except ValueError:
        return HIDDEN
    return HIDDEN if secret else value


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def names_a_secret(key: str | int) -> bool:
    """Whether what stands at a key such as `spark.hadoop.fs.s3a.secret.key` is not to be shown."""
    return isinstance(key, str) and bool(_SECRET_KEY.search(key))


def _secret_options(value: object, *, within: bool = False) -> Iterator[str]:
    """What the `options` of a source, or of Spark, say that is secret by its name."""
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _secret_options(item, within=within or key == "options")
            if within and names_a_secret(key):
                yield str(item)


def _passwords(text: str) -> Iterator[str]:
    for pattern in (_URL_PASSWORD, _NAMED_PASSWORD):
        for match in pattern.finditer(text):
            yield match[2]
            yield unquote(match[2])
