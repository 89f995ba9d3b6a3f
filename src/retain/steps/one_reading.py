"""One reading of the tables for all steps of a run that see the same day of them by the same config."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from retain.config import Config
from retain.events.duckdb.engine import Events


@dataclass
class OneReading:
    """Keeps the tables open from step to step; a context manager that closes them.

    rejects: a folder for the unusable rows of the reading.
    """

    rejects: Path
    _kept: tuple[Config, date | None, Events] | None = field(default=None, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def lent(
        self, config: Config, as_of: date | None, *, opened: Callable[[Path], Events]
    ) -> AbstractContextManager[Events]:
        """The tables, read by `opened` unless they are open; the end of the block leaves them open."""
        if self._kept is None or self._kept[:2] != (config, as_of):
            self.close()
            shutil.rmtree(self.rejects, ignore_errors=True)
            self._kept = (config, as_of, opened(self.rejects))
        return nullcontext(self._kept[2])

    def close(self) -> None:
        """Give up what the tables hold: before something else that needs the memory."""
        if self._kept is not None:
            self._kept[2].close()
            self._kept = None
