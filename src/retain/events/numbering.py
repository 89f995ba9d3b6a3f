"""Customers numbered by their 64-bit keys: a hash table made of arrays, asked for many keys at a time."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

from retain.events.rows import changes

Keys = NDArray[np.uint64]
Numbers = NDArray[np.int32]
Positions = NDArray[np.intp]

NOBODY = -1
_LOAD = 2
"""Slots are at least so many times the keys: most keys are then found where they are looked for first."""


class Numbering:
    """A number for each key, from 0 on.

    Keys must be spread evenly, as hashes are: the upper bits say where one lies, and where another is there
    already, it lies in the next free slot (linear probing).
    """

    def __init__(self, *, room: int = 1 << 12) -> None:
        self._keys: Keys = np.empty(room, np.uint64)
        self._count = 0
        self._slots = _free_slots(room)

    @classmethod
    def of(cls, keys: Keys) -> Self:
        """Keys that are all different, numbered as they stand."""
        made = cls(room=max(len(keys), 1))
        made._append(keys)
        return made

    def __len__(self) -> int:
        return self._count

    @property
    def keys(self) -> Keys:
        """(len,) the key of each number."""
        return self._keys[: self._count]

    def find(self, keys: Keys) -> Numbers:
        """(n,) the number of each key, `NOBODY` where it has none."""
        home = self._home(keys)
        found = self._slots.take(home)
        astray = self._astray(found, keys)
        steps = 0
        while len(astray):
            steps += 1
            found[astray] = self._slots.take(home[astray] + steps, mode="wrap")
            astray = astray[self._astray(found[astray], keys[astray])]
        return found

    def add(self, keys: Keys) -> tuple[Numbers, Positions]:
        """(n,) the number of each key; and where in `keys` the new ones lie, as they are numbered."""
        found = self.find(keys)
        unknown = np.flatnonzero(found == NOBODY)
        order = unknown[np.argsort(keys[unknown])]
        new = changes(keys[order].view(np.int64))
        found[order] = self._count - 1 + np.cumsum(new)
        self._append(keys[order[new]])
        return found, order[new]

    def _astray(self, found: Numbers, keys: Keys) -> Positions:
        """Where another key lies."""
        return np.flatnonzero((self._keys.take(found, mode="clip") != keys) & (found != NOBODY))

    def _append(self, new: Keys) -> None:
        first, count = self._count, self._count + len(new)
        if count > len(self._keys):
            self._keys = np.concatenate([self.keys, np.empty(count, np.uint64)])
        self._keys[first:count] = new
        self._count = count
        if _LOAD * count > len(self._slots):
            first, self._slots = 0, _free_slots(count)
        self._place(np.arange(first, count, dtype=np.int32))

    def _place(self, numbers: Numbers) -> None:
        """Put each number into the first free slot from its key's home on."""
        slot = self._home(self._keys[numbers])
        while len(numbers):
            free = self._slots.take(slot) == NOBODY
            self._slots[slot[free]] = numbers[free]  # of several for one slot the last stays
            left = self._slots.take(slot) != numbers
            slot, numbers = (slot[left] + 1) % len(self._slots), numbers[left]

    def _home(self, keys: Keys) -> Positions:
        bits = len(self._slots).bit_length() - 1
        return (keys >> np.uint64(64 - bits)).astype(np.intp)


def _free_slots(keys: int) -> Numbers:
    """A power of two of them."""
    return np.full(1 << (_LOAD * keys + 1).bit_length(), NOBODY, np.int32)
