"""A property that is computed once for each object, by any number of threads at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier

from retain.events.once import once


@dataclass(frozen=True)
class Counted:
    made: list[str] = field(default_factory=list)

    @once
    def size(self) -> int:
        """How often this was asked for."""
        self.made.append("size")
        return len(self.made)


def test_it_is_computed_when_asked_for_and_only_once():
    one = Counted()
    assert one.made == []
    assert (one.size, one.size, one.made) == (1, 1, ["size"])


def test_each_object_has_its_own():
    first, second = Counted(), Counted()
    assert (first.size, second.size) == (1, 1)


def test_the_class_has_its_documentation():
    assert Counted.size.__doc__ == "How often this was asked for."


def test_two_threads_compute_for_two_objects_at_the_same_time():
    both = Barrier(2, timeout=5)

    class Meeting:
        @once
        def place(self) -> int:
            return both.wait()

    with ThreadPoolExecutor(2) as threads:
        found = threads.map(lambda one: one.place, [Meeting(), Meeting()])
        assert sorted(found) == [0, 1]
