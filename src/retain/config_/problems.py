"""What is wrong with the values of a config, in plain words, all of it at once."""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from retain.configfile import Document, Loc, Problem, did_you_mean, dotted, hide

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
# _CONTESTED: keys that exclude each other. _STAND_INS: what stands in for a required key that is missing, so that the rest can be checked as well.
_CONTESTED = ("kind", "table", "query")
_STAND_INS: dict[str, Any] = {"name": "x", "horizon": 1, "churn": {}, "tables": {"orders": {}}, "columns": {}}


def problems_of(error: ValidationError, document: Document, root: type[BaseModel]) -> list[tuple[Loc, Problem]]:
    """Each mistake that pydantic found, with its place in the file."""
    told = [detail for detail in error.errors() if detail["type"] != "default_factory_not_called"]
    return [(d["loc"], Problem(dotted(d["loc"]), _sentence(d, document, root))) for d in told]


def repaired(values: dict[str, Any], error: ValidationError, root: type[BaseModel]) -> dict[str, Any]:
    """The values without the mistakes, as far as one can guess, so that others can be found."""
    values = copy.deepcopy(values)
    for detail in reversed(error.errors()):
        _repair(values, detail, root)
    return values


def keys_at(model: type[BaseModel], loc: Loc) -> tuple[str, ...]:
    """The keys that may stand at `loc`."""
    for part in loc:
        if isinstance(part, str):
            named = {field.alias or name: field for name, field in model.model_fields.items()}
            model = next(_models_in(named[part].annotation)) if part in named else BaseModel
    return tuple(field.alias or name for name, field in model.model_fields.items())


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
    if kind == "value_error":
        return str(context["error"])
    if kind == "too_short" or kind == "string_too_short":
        return "is empty"
    wanted, choices = _wanted(kind, context)
    given = _given(detail["input"], document.origin(loc) is not None, document.secrets)
    close = [] if document.origin(loc) else _close(str(detail["input"]), choices)
    return f"expected {wanted}, got {given}{did_you_mean(close)}"


def _unknown_key(loc: Loc, root: type[BaseModel]) -> str:
    keys = keys_at(root, loc[:-1])
    close = _close(str(loc[-1]), keys)
    elsewhere = [dotted(path) for path in _paths_to(str(loc[-1]), root, ())]
    if close or elsewhere:
        return f"unknown key{did_you_mean(close or elsewhere)}"
    return f"unknown key; possible here: {', '.join(keys)}"


def _paths_to(key: str, model: type[BaseModel], loc: Loc) -> Iterator[Loc]:
    for name, field in model.model_fields.items():
        place = (*loc, field.alias or name)
        if place[-1] == key:
            yield place
        for inner in _models_in(field.annotation):
            yield from _paths_to(key, inner, place)


def _wanted(kind: str, context: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """What should have been given, and the choices when they are few."""
    if kind == "expected":
        return context["what"], context["choices"]
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{words} {context[bound]:g}", ()
    if kind == "literal_error":
        choices = tuple(re.findall(r"'([^']*)'", context["expected"]))
        return f"one of {', '.join(choices)}", choices
    return _WANTED.get(kind.split("_")[0], "something else"), ()


def _close(word: str, choices: tuple[str, ...]) -> list[str]:
    lower = {choice.lower(): choice for choice in choices}
    return [lower[match] for match in get_close_matches(word.lower(), list(lower), n=1)]


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
    *parents, key = detail["loc"] or ("",)
    holder = _holder(values, tuple(parents))
    if holder is None:
        return
    if detail["type"] == "missing":
        holder[key] = copy.deepcopy(_STAND_INS.get(str(key), "?"))
        return
    value = _taken(holder, key, contested=detail["type"] == "value_error")
    if detail["type"] == "extra_forbidden":
        meant = _close(str(key), keys_at(root, tuple(parents)))
        if meant and meant[0] not in holder:
            holder[meant[0]] = value


def _taken(holder: Any, key: str | int, *, contested: bool) -> object:
    """Remove what is wrong at `key`: of keys that exclude each other these alone, else all of it."""
    value = holder[key] if isinstance(holder, list) else holder.get(key)
    clashing = [name for name in _CONTESTED if isinstance(value, dict) and name in value] if contested else []
    for name in clashing:
        del value[name]
    if clashing:
        return value
    if isinstance(holder, list):  # the other items keep their places
        holder[int(key)] = {"source": "?", "columns": {}} if isinstance(value, dict) else "?"
        return value
    return holder.pop(key, None)


def _holder(values: Any, loc: Loc) -> Any:
    for part in loc:
        try:
            values = values[part]
        except (KeyError, IndexError, TypeError):
            return None
    return values if isinstance(values, dict | list) else None
