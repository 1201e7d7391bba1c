"""The critics of a sweep: the product of its options, as tasks of one critic or of several trained together."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from wcheck.experiments import protocols
from wcheck.experiments.ranges import samples
from wcheck.progress import TASK, Report
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.critics.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Ascent:
    """A task: critics that are trained, by one protocol.

    Attributes
    ----------
    numbers : tuple of int
        The numbers of the critics among all of the sweep.
    recipes : tuple of Recipe
        The recipes of these critics.
    steps : int
        Optimiser steps.
    protocol : str
        A name in :data:`wcheck.experiments.protocols.PROTOCOLS`.
    """

    numbers: tuple[int, ...]
    recipes: tuple[Recipe, ...]
    steps: int
    protocol: str


def ascents(
    options: Mapping[str, Sequence[Any]], *, drawn: int | None, seed: int, together: int
) -> list[Ascent]:
    """Return the tasks of a sweep: the product of its options, each critic once.

    Parameters
    ----------
    options : mapping
        Name -> values: ``protocol``, ``steps``, and what :meth:`wcheck.critics.recipe.Recipe.of` takes, which is left
        out where there are no values. From a range one is drawn for each sample.
    drawn : int, optional
        How many samples.
    seed : int
        The seed of the draws.
    together : int
        How many critics that are alike may share a task.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """
    given = {name: values for name, values in options.items() if values}
    critics = dict.fromkeys(
        _critic(dict(zip(sample, values, strict=True)))
        for sample in samples(given, drawn, seed)
        for values in itertools.product(*sample.values())
    )
    single = [
        Ascent((number,), (recipe,), steps, protocol)
        for number, (protocol, recipe, steps) in enumerate(critics)
    ]
    return single if together == 1 else _joined(single, together)


def _critic(options: dict[str, Any]) -> tuple[str, Recipe, int]:
    from wcheck.critics.recipe import Recipe

    protocol, steps = options.pop("protocol"), options.pop("steps")
    rules = protocols.named(protocol)
    if rules.full_batches:
        options["batch_size"] = "full"
    recipe = Recipe.of(**options)
    protocols.check_batches(rules, recipe)
    return protocol, recipe, steps


def _joined(single: Iterable[Ascent], together: int) -> list[Ascent]:
    """Join tasks whose critics are alike, in the order of their first critics."""
    from wcheck.critics.ensemble import alike

    groups: dict[object, list[Ascent]] = {}
    for task in single:
        common = alike(task.recipes[0])
        key = (task.numbers if common is None else common, task.steps, task.protocol)
        groups.setdefault(key, []).append(task)
    joined = [
        Ascent(
            tuple(number for task in part for number in task.numbers),
            tuple(recipe for task in part for recipe in task.recipes),
            part[0].steps,
            part[0].protocol,
        )
        for group in groups.values()
        for part in (group[start : start + together] for start in range(0, len(group), together))
    ]
    return sorted(joined, key=lambda task: task.numbers)


def kept_rows(text: str, critics: int, columns: Collection[str]) -> list[list[Row]]:
    """Return the rows of ``critics`` critics from the JSON of a checkpoint.

    Raises
    ------
    ValueError
        If it is something else.
    """
    found = json.loads(text)
    if not isinstance(found, list) or len(found) != critics:
        raise ValueError("the rows of other critics")
    for row in itertools.chain.from_iterable(found):
        plain = all(value is None or isinstance(value, str | int | float) for value in row.values())
        if not plain or row.keys() - set(columns) or type(row["step"]) is not int:
            raise ValueError("other rows")
    return found


@dataclass(slots=True)
class Rows:
    """The rows of a task: those of an only critic are told as they come, those of several critic by critic.

    Attributes
    ----------
    of_critics : list of list of dict
        So far.
    """

    of_critics: list[list[Row]]
    _told: int = 0

    @property
    def last_step(self) -> int:
        """The step of the last look; -1 before the first."""
        return max((cast("int", own[-1]["step"]) for own in self.of_critics if own), default=-1)

    @property
    def ended(self) -> bool:
        """Whether all critics have diverged."""
        return all(own and own[-1]["status"] != "ok" for own in self.of_critics)

    def due(self) -> Iterator[Row]:
        """Yield the rows that are new and can be told before the task ends."""
        if len(self.of_critics) == 1:
            yield from self.rest()

    def rest(self) -> Iterator[Row]:
        """Yield the rows that are new."""
        rows = [row for own in self.of_critics for row in own]
        new, self._told = rows[self._told :], len(rows)
        yield from new


class Progress:
    """Says how many of a task's steps are done, with the rate.

    Parameters
    ----------
    steps : int
        The steps of the task.
    report : Report
        Told.
    together : int
        How many take each step.
    """

    def __init__(self, steps: int, report: Report, together: int = 1) -> None:
        self._together, self._total, self._report = together, steps * together, report
        self._last = (0.0, time.perf_counter())
        self._rate = ""

    def __call__(self, step: int) -> None:
        """Take how many steps are done."""
        clock, done = time.perf_counter(), step * self._together
        if done == self._last[0]:  # after an evaluation, whose time is not training's
            self._last = (done, clock)
        elif clock - self._last[1] >= 1.0:
            self._rate = f"{(done - self._last[0]) / (clock - self._last[1]):.3g} steps/s"
            self._last = (done, clock)
        self._report(TASK, done, self._total, self._rate)
