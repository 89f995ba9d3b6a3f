"""One block of numbers of many, without holding any number twice."""

from __future__ import annotations

import ctypes
import sys

import numpy as np
from numpy.typing import NDArray

_PIECES = 16
"""So many pieces are freed before the system is given their memory back."""


def block_of(pieces: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The pieces side by side, (columns, rows of all); each is taken off the list once it is copied."""
    end = sum(piece.shape[1] for piece in pieces)
    block = np.empty((pieces[0].shape[0], end), dtype=np.float32)
    while pieces:
        piece = pieces.pop()
        block[:, end - piece.shape[1] : end] = piece
        end -= piece.shape[1]
        del piece
        if len(pieces) % _PIECES == 0:
            give_back()
    return block


def give_back() -> None:
    """Return freed memory to the system, where the C library would keep it for later."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc only
        if trim is not None:
            trim(0)
