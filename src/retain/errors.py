"""What can go wrong, as sentences for the person who can put it right.

    RetainError            the base; never raised itself
    ├── ConfigError   2    the configuration or a definition file is wrong
    ├── DataError     2    the tables cannot be used
    │   └── ShortHistory   the tables do not reach back far enough to learn from
    ├── UsageError    2    the arguments of a command are wrong
    ├── Refused       3    a check says not to publish or promote
    ├── Locked        4    another run holds the lock
    └── Unavailable   1    a service (database, tracking server) stayed away

The number is the exit code of the command line.
"""

from __future__ import annotations

from typing import ClassVar


class RetainError(Exception):
    """A failure that retain expected; its message says what is wrong, where, and what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class ConfigError(RetainError):
    """The configuration, or a definition file, is wrong."""

    exit_code = 2


class DataError(RetainError):
    """The tables cannot be used as they are."""

    exit_code = 2


class ShortHistory(DataError):
    """The tables do not reach back far enough to say of anybody who churned."""


class UsageError(RetainError):
    """The arguments of a command are wrong."""

    exit_code = 2


class Refused(RetainError):
    """A check says not to publish or not to promote."""

    exit_code = 3


class Locked(RetainError):
    """Another run holds the lock."""

    exit_code = 4


class Unavailable(RetainError):
    """A service that retain depends on did not answer."""
