"""The kinds of value a config may hold, and `Section`, the base of its parts."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from retain.config.document import Document, hide

_MEMORY = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:([KMGT])(I?)B?|B)?\s*", re.IGNORECASE)


def clash(key: str, message: str) -> PydanticCustomError:
    """Two keys of one section that do not go together; told at `key`."""
    return PydanticCustomError("clash", "{message}", {"key": key, "message": message})


def expected(what: str, choices: tuple[str, ...] = ()) -> PydanticCustomError:
    """The error `expected <what>, got <the value>`; the value is added, or hidden, by `problems`."""
    return PydanticCustomError("expected", "{what}", {"what": what, "choices": choices})


def _no_truth(value: object) -> object:
    if isinstance(value, bool):
        raise expected("a number")
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (OSError, ValueError, LookupError):
        names = tuple(sorted(available_timezones()))
        raise expected("a timezone such as Europe/London or UTC", names) from None
    return value


def _name(value: str) -> str:
    if not re.fullmatch(r"\w[\w.-]*", value):
        raise expected("a name of letters, digits, '-', '_' and '.' (it names files and models)")
    return value


def bytes_of(value: object) -> object:
    """`4GB` (10^9), `4GiB` (2^30) or a number, as bytes."""
    match = _MEMORY.fullmatch(str(value)) if isinstance(value, str | int) else None
    if isinstance(value, bool) or not match:
        raise expected("an amount of memory such as 4GB or 1.5GB")
    number, unit, binary = match.groups()
    base = 1024 if binary else 1000
    size = int(float(number) * base ** ("KMGT".index(unit.upper()) + 1)) if unit else int(float(number))
    if size < 1:
        raise expected("more memory than nothing, such as 4GB")
    return size


def absolute_folder(value: Path) -> Path:
    """A folder from the root: one that is not is relative to the working directory."""
    return Path(os.path.normpath(value.absolute()))


def size_of(value: object) -> object:
    """`auto` or a positive number, however written."""
    if value == "auto" or (isinstance(value, int | str) and str(value).isdecimal() and int(value) > 0):
        return value if value == "auto" else int(str(value))
    raise expected("auto, or how many customers to list", ("auto",))


def listed(value: object) -> object:
    """One text where a list of them is meant."""
    return [value] if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, BeforeValidator(_no_truth)]
Count = Annotated[int, BeforeValidator(_no_truth), Field(ge=0)]
Positive = Annotated[int, BeforeValidator(_no_truth), Field(gt=0)]
Share = Annotated[Number, Field(ge=0, le=1)]
Money = Annotated[Number, Field(ge=0)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Name = Annotated[str, AfterValidator(_name)]


class Section(BaseModel):
    """A part of the tree. Its repr hides secrets; equality is of the keys alone."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False, validate_default=True
    )
    _secrets: tuple[str, ...] = PrivateAttr(default=())

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        known = {given.alias or name for name, given in cls.model_fields.items()}
        return {key: value for key, value in values.items() if value is not None or key not in known}

    def model_post_init(self, context: Any, /) -> None:
        """Remember what must not be shown."""
        if isinstance(context, Document):
            self._secrets = context.secrets

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, _shown(value, self._secrets)


def _shown(value: object, secrets: tuple[str, ...]) -> object:
    if isinstance(value, tuple):
        return tuple(_shown(item, secrets) for item in value)
    if isinstance(value, dict):
        return {key: _shown(item, secrets) for key, item in value.items()}
    return hide(str(value), secrets) if isinstance(value, str | Path) else value
