"""Settings that an experiment multiplies out: those of groups of the vocabulary, by their names."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypeAlias

from wcheck import columns
from wcheck.errors import not_one_of
from wcheck.experiments.base import Experiment, Task
from wcheck.progress import Report
from wcheck.rows.table import Row

Grid: TypeAlias = Mapping[str, tuple[Any, ...]]
"""Name -> values."""
LATE = ("optimizer", "betas", "amp")
"""Settings that change before all others."""


@dataclass(frozen=True)
class Swept(Experiment[Task]):
    """An experiment that runs the product of settings, each with all its values.

    Attributes
    ----------
    groups : tuple of str
        The groups in :func:`wcheck.columns.settings` that they are of.
    selective : tuple of str
        Other options that some tasks do not read: those that do have them in :meth:`chosen`.
    published : mapping
        The values of settings that are not given, where they are not those that a method was published with.
    settings : mapping
        Name -> values; one that is left out, or has none, is as published.
    """

    groups: ClassVar[tuple[str, ...]]
    selective: ClassVar[tuple[str, ...]] = ()
    published: ClassVar[Grid] = MappingProxyType({})

    settings: Grid = field(default_factory=dict, kw_only=True)

    @classmethod
    def of(cls, preset: str | None = None, /, **options: Any) -> Self:
        """Make an experiment as any other; a setting beside a preset that no task reads is a mistake."""
        from wcheck.experiments.unread import check_read

        experiment = super().of(preset, **options)
        names = (*columns.names(*cls.groups, "training"), *cls.selective)
        given = [name for name in names if options.get(name) not in (None, (), (None,))]
        if given:
            check_read(given, [experiment.chosen(task) for task in experiment.tasks()])
        return experiment

    @abstractmethod
    def chosen(self, task: Task) -> Row:
        """Return the settings of a task by their names; None, or nothing, where one is not read."""

    def undone(self, task: Task, report: Report) -> Row:
        """Return the settings of a task."""
        return {**super().undone(task, report), **self.chosen(task)}

    @classmethod
    def placed(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options by the parameters that take them; those of the groups make the settings."""
        own = {option.name for option in fields(cls)}
        names = {setting.name for setting in columns.settings(*cls.groups)} - own
        settings = {name: tuple(values) for name, values in options.items() if name in names}
        rest = super().placed({name: value for name, value in options.items() if name not in names})
        return rest | ({"settings": settings} if settings else {})

    def multiplied(self, *, early: Collection[str] = ()) -> dict[str, tuple[Any, ...]]:
        """Return the settings with their values in the order of the product, of which the last changes first.

        It is the order of columns, except for those that come ``early`` and for :data:`LATE`.

        Raises
        ------
        ParameterError
            If there is no such setting.
        """
        given = {**self.published, **{name: values for name, values in self.settings.items() if values}}
        names = [setting.name for setting in columns.settings(*self.groups)]
        if unknown := [name for name in given if name not in names]:
            raise not_one_of("setting", unknown[0], names)
        ordered = sorted(names, key=lambda name: (name in LATE) - (name in early))
        return {name: given[name] for name in ordered if name in given}

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, the settings among them by their names."""
        options = super().config(report)
        del options["settings"]
        return options | self.multiplied()
