"""What a long solve is watched by: a deadline, and whom to tell what is being done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from wcheck.transport.programs.assignment import Assignment
from wcheck.transport.programs.simplex import Basic
from wcheck.transport.programs.transport import Transport


class OutOfTime(Exception):
    """The time limit was reached."""


def _to_nobody(what: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A deadline, checked between steps.

    Attributes
    ----------
    deadline : float
        On the monotonic clock.
    say : callable
        Takes what is being done, in a few words.
    """

    deadline: float = float("inf")
    say: Callable[[str], None] = _to_nobody

    def check(self) -> None:
        """Raise :class:`OutOfTime` after the deadline."""
        if time.monotonic() > self.deadline:
            raise OutOfTime

    def solve(self, program: Assignment | Transport) -> Basic:
        """Solve a restricted program by steps of about 0.1 s, between which signals and the deadline are answered."""
        while not program.advance():
            self.check()
        return program.solve()
