"""What is wrong with the values of a config, in plain words, all of it at once."""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from retain.config.document import Document, Loc, Problem, did_you_mean, dotted, hide

LONGEST_SHOWN = 60

_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "finite": "a number",
    "string": "text",
    "bool": "true or false",
    "tuple": "a list ([a, b], or a line with '- ' for each)",
    "path": "a path",
    "model": "keys with values under it",
    "dict": "keys with values under it",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
# What stands in for a required key that is missing, so that the rest can be checked as well.
_STAND_INS: dict[str, Any] = {
    "name": "x",
    "horizon": 1,
    "churn": {},
    "tables": {"orders": {}},
    "columns": {},
}
_ADDED = {"kinds": ["?"], "table": "?"}  # what a section lacks where keys clash
_NEAR = 0.8  # spellings this alike are taken for the same key, even if another section has the very key


def problems_of(error: ValidationError, document: Document, root: type[BaseModel]) -> list[Problem]:
    """Tell each mistake that pydantic found; not that a key is missing where it is only misspelt."""
    details = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
    meant = {_meant(d["loc"], root) for d in details if d["type"] == "extra_forbidden"}
    told = [detail for detail in details if detail["type"] != "missing" or detail["loc"] not in meant]
    return [Problem(dotted(_place(detail)), _sentence(detail, document, root)) for detail in told]


def repaired(values: dict[str, Any], error: ValidationError, root: type[BaseModel]) -> dict[str, Any]:
    """Guess the values without the mistakes, so that others can be found."""
    values = copy.deepcopy(values)
    for detail in reversed(error.errors()):  # misspelt keys come before missing ones
        _repair(values, detail, root)
    return values


def _place(detail: ErrorDetails) -> Loc:
    return (*detail["loc"], detail["ctx"]["key"]) if detail["type"] == "clash" else detail["loc"]


def _meant(loc: Loc, root: type[BaseModel]) -> Loc:
    """Where the key at `loc` should probably have stood; the same place when nothing is near."""
    key, keys = str(loc[-1]), keys_at(root, loc[:-1])
    near = _close(key, keys, cutoff=_NEAR)
    elsewhere = [] if near else list(_paths_to(key, root, ()))
    if elsewhere:
        return elsewhere[0]
    return (*loc[:-1], *(near or _close(key, keys) or [key]))


def keys_at(model: type[BaseModel], loc: Loc) -> tuple[str, ...]:
    """Name the keys that may stand at `loc`."""
    keyed = False  # whether the next part is a key of a mapping, such as an action's name
    for part in loc:
        if not isinstance(part, str):
            continue
        if keyed:
            keyed = False
            continue
        named = {field.alias or name: field for name, field in model.model_fields.items()}
        annotation = named[part].annotation if part in named else None
        model, keyed = next(_models_in(annotation), BaseModel), _keyed(annotation)
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _keyed(annotation: Any) -> bool:
    """Whether models stand in a mapping there, each under a key of the user's choice."""
    return get_origin(annotation) is dict or any(_keyed(part) for part in get_args(annotation))


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _sentence(detail: ErrorDetails, document: Document, root: type[BaseModel]) -> str:
    kind, context, loc = detail["type"], detail.get("ctx", {}), detail["loc"]
    if kind == "extra_forbidden":
        return _unknown_key(loc, root)
    if kind == "missing":
        return "missing; it has no default"
    if kind in ("value_error", "clash"):
        return str(context.get("error") or context["message"])
    if kind == "too_short" or kind == "string_too_short":
        return "is empty"
    wanted, choices = _wanted(kind, context)
    given = _given(detail["input"], document.origin(loc) is not None, document.secrets)
    close = [] if document.origin(loc) else _close(str(detail["input"]), choices)
    return f"expected {wanted}, got {given}{did_you_mean(close)}"


def _unknown_key(loc: Loc, root: type[BaseModel]) -> str:
    meant = _meant(loc, root)
    if meant == loc:
        return f"unknown key; possible here: {', '.join(keys_at(root, loc[:-1]))}"
    beside = meant[:-1] == loc[:-1]
    return f"unknown key{did_you_mean([str(meant[-1]) if beside else dotted(meant)])}"


def _paths_to(key: str, model: type[BaseModel], loc: Loc) -> Iterator[Loc]:
    for name, field in model.model_fields.items():
        place = (*loc, field.alias or name)
        if place[-1] == key:
            yield place
        for inner in _models_in(field.annotation):
            yield from _paths_to(key, inner, place)


def _wanted(kind: str, context: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Say what should have been given, and the choices when they are few."""
    if kind == "expected":
        return context["what"], context["choices"]
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{words} {context[bound]:g}", ()
    if kind == "literal_error":
        choices = tuple(re.findall(r"'([^']*)'", context["expected"]))
        return f"one of {', '.join(choices)}", choices
    return _WANTED.get(kind.split("_")[0], "something else"), ()


def _close(word: str, choices: tuple[str, ...], *, cutoff: float = 0.6) -> list[str]:
    lower = {choice.lower(): choice for choice in choices}
    return [lower[match] for match in get_close_matches(word.lower(), list(lower), n=1, cutoff=cutoff)]


def _given(value: object, from_environment: bool, secrets: tuple[str, ...]) -> str:
    if from_environment:
        return "what the environment variable holds (not shown)"
    match value:
        case bool():
            return f"{str(value).lower()} (put it in quotes if it is a name)"
        case int() | float():
            return f"the number {value}"
        case str():
            text = hide(value, secrets)
            return f"the text {text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + '…'!r}"
        case datetime.date():
            return f"the date {value}"
        case None:
            return "nothing"
        case dict():
            return "keys with values"
    return "a list"


def _repair(values: dict[str, Any], detail: ErrorDetails, root: type[BaseModel]) -> None:
    kind, loc = detail["type"], detail["loc"]
    holder = _holder(values, loc[:-1]) if loc else None
    if holder is None:
        return
    key = loc[-1]
    if kind == "missing":
        holder.setdefault(key, copy.deepcopy(_STAND_INS.get(str(key), "?")))
        return
    if kind == "clash" and _settled(holder[key], detail["ctx"]["key"]):
        return
    value, meant = _taken(holder, key), _meant(loc, root) if kind == "extra_forbidden" else loc
    if meant != loc and meant[:-1] == loc[:-1]:
        holder.setdefault(meant[-1], value)


def _settled(section: Any, key: str) -> bool:
    """Take away the key that clashes, or add the one that lacks; False where neither helps."""
    if key in section:
        del section[key]
    elif key in _ADDED:
        section[key] = copy.deepcopy(_ADDED[key])
    else:
        return False
    return True


def _taken(holder: Any, key: Any) -> object:
    """Remove what is at `key`; the other items of a list keep their places."""
    if isinstance(holder, dict):
        return holder.pop(key, None)
    value = holder[key]
    holder[key] = {"source": "?", "columns": {}} if isinstance(value, dict) else "?"
    return value


def _holder(values: Any, loc: Loc) -> Any:
    for part in loc:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return None
    return values if isinstance(values, dict | list) else None
