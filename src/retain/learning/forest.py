"""Boosted trees asked column by column: LightGBM's own sums, bit for bit, for a quarter of its CPU.

LightGBM walks each row down each tree and waits at every node for the one before. Here every node is asked of
all rows at once, and which leaf a row ends in follows from the answers (Lucchese and others, "QuickScorer: a
fast algorithm to rank documents with additive ensembles of regression trees", SIGIR 2015): a node passed to
the right rules out the leaves below it on the left, and the leftmost leaf that none rules out is the row's.
Eight answers make a byte, and one look into a table says what that byte rules out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Values = NDArray[np.float32]
Mask = NDArray[np.bool_]

FEW_ROWS = 2_000
"""Of so few LightGBM is as fast, and there is nothing to get ready."""
PIECE = 32_768
MOST_LEAVES = 64
BYTE = 8
_WEIGHTS = (1 << np.arange(BYTE)).astype(np.uint8)[:, None]
_PATTERNS = np.arange(1 << BYTE)


class Unknown(Exception):
    """The trees hold what only LightGBM can answer."""


@dataclass(frozen=True)
class Forest:
    """The trees of a booster, for many rows at once."""

    booster: Booster

    def raw(self, values: NDArray[Any], *, threads: int) -> Floats:
        """(rows,) `Booster.predict(values, raw_score=True)`; fastest where columns lie side by side."""
        if len(values) < FEW_ROWS or values.dtype != np.float32 or self._trees is None:
            return np.asarray(self.booster.predict(values, raw_score=True, num_threads=threads))
        pieces = np.array_split(values, -(-len(values) // PIECE))
        return np.concatenate([_summed(self._trees, np.ascontiguousarray(piece.T)) for piece in pieces])

    @cached_property
    def _trees(self) -> tuple[Tree, ...] | None:
        """None where there is a tree of another kind."""
        try:
            return tuple(Tree.of(one) for one in self.booster.dump_model()["tree_info"])
        except Unknown:
            return None

    def __getstate__(self) -> dict[str, Any]:
        return {"booster": self.booster}


@dataclass(frozen=True)
class Question:
    """What a node asks of a feature. first, middle, last: its leaves, those on the left before `middle`.

    threshold: whoever has more goes right. unknown_left: where an unknown value goes. listed: of a category,
    whether a code goes left, in place of a threshold.
    """

    feature: int
    first: int
    middle: int
    last: int
    threshold: np.float32
    unknown_left: bool
    listed: Mask | None = None

    def answer(self, values: Values, out: Mask) -> None:
        """Whether each row goes right, or (`answers_left`) left: no comparison holds of an unknown value."""
        if self.listed is not None:
            known = (values > -1) & (values < len(self.listed))
            out[:] = False
            out[known] = self.listed[values[known].astype(np.intp)]
        elif self.unknown_left:
            np.greater(values, self.threshold, out=out)
        else:
            np.less_equal(values, self.threshold, out=out)

    @property
    def answers_left(self) -> bool:
        """Which way a row goes of which the answer is yes."""
        return self.listed is not None or not self.unknown_left


@dataclass(frozen=True)
class Byte:
    """Up to eight questions, and which leaves stay possible after each pattern of their answers."""

    questions: tuple[Question, ...]
    possible: NDArray[np.unsignedinteger[Any]]

    @classmethod
    def of(cls, questions: Sequence[Question], kind: type[np.unsignedinteger[Any]]) -> Byte:
        """The table of all patterns."""
        every = (1 << np.iinfo(kind).bits) - 1
        possible = np.full(len(_PATTERNS), every, dtype=kind)
        for number, one in enumerate(questions):
            right = ((_PATTERNS >> number) & 1 == 1) != one.answers_left
            possible[right] &= kind(every & ~((1 << one.middle) - (1 << one.first)))
        return cls(tuple(questions), possible)

    def answers(self, columns: Values, room: Mask) -> NDArray[np.uint8]:
        """(rows,) the pattern of each row. room: (8, rows), written over."""
        for one, out in zip(self.questions, room, strict=False):
            one.answer(columns[one.feature], out)
        bits = room[: len(self.questions)].view(np.uint8)
        np.multiply(bits, _WEIGHTS[: len(bits)], out=bits)
        return np.asarray(np.bitwise_or.reduce(bits, axis=0))


@dataclass(frozen=True)
class Tree:
    """The values of the leaves from left to right, and the questions on the way to them."""

    leaves: Floats
    bytes_: tuple[Byte, ...]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Tree:
        """From LightGBM's own description of the tree. Raises Unknown where it is of another kind."""
        leaves: list[float] = []
        # In the order of the features, so that a column stays in the cache for the next question.
        asked = sorted(_questions(described["tree_structure"], leaves), key=lambda one: one.feature)
        kind = _integers(len(leaves))
        parts = (asked[at : at + BYTE] for at in range(0, len(asked), BYTE))
        return cls(np.array(leaves), tuple(Byte.of(part, kind) for part in parts))

    def values(self, columns: Values, room: Mask) -> Floats | np.float64:
        """(rows,) the value of each row's leaf."""
        if not self.bytes_:
            return np.float64(self.leaves[0])
        each = (np.take(one.possible, one.answers(columns, room), mode="clip") for one in self.bytes_)
        possible = reduce(_both, each)
        leftmost = possible & np.negative(possible)  # as a number of its own, 2^position
        place = np.bitwise_count(leftmost - leftmost.dtype.type(1))
        return np.asarray(np.take(self.leaves, place, mode="clip"))


def _summed(trees: Sequence[Tree], columns: Values) -> Floats:
    """(rows,) the sum over the trees in their order, which is LightGBM's."""
    room = np.empty((BYTE, columns.shape[1]), dtype=bool)
    total = np.zeros(columns.shape[1])
    for tree in trees:
        total += tree.values(columns, room)
    return total


def _both(one: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    one &= other
    return one


def _questions(node: Mapping[str, Any], leaves: list[float]) -> Iterator[Question]:
    """The questions of a tree; its leaves' values are put into `leaves` from left to right."""
    if "leaf_coeff" in node:
        raise Unknown("a line in a leaf")
    if "split_feature" not in node:
        leaves.append(float(node["leaf_value"]))
        return
    first = len(leaves)
    yield from _questions(node["left_child"], leaves)
    middle = len(leaves)
    yield from _questions(node["right_child"], leaves)
    yield _question(node, (first, middle, len(leaves)))


def _question(node: Mapping[str, Any], place: tuple[int, int, int]) -> Question:
    if node["decision_type"] == "==":
        codes = [int(code) for code in node["threshold"].split("||")]
        listed = np.bincount(codes).astype(bool)
        return Question(node["split_feature"], *place, np.float32(0), unknown_left=False, listed=listed)
    if node["decision_type"] != "<=" or node["missing_type"] not in ("None", "NaN"):
        raise Unknown(node["decision_type"], node["missing_type"])
    threshold = float(node["threshold"])
    # A feature that was never missing in training: LightGBM takes 0 for what is.
    left = node["default_left"] if node["missing_type"] == "NaN" else threshold >= 0
    return Question(node["split_feature"], *place, _not_above(threshold), unknown_left=bool(left))


def _not_above(threshold: float) -> np.float32:
    """The largest float32 that is not above: no float32 lies between, so comparisons stay what they are."""
    with np.errstate(over="ignore"):
        near = np.float32(threshold)
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))


def _integers(leaves: int) -> type[np.unsignedinteger[Any]]:
    """With a bit for each leaf. Raises Unknown where none has so many."""
    for kind in (np.uint8, np.uint16, np.uint32, np.uint64):
        if leaves <= np.iinfo(kind).bits:
            return kind
    raise Unknown(f"{leaves} leaves")
