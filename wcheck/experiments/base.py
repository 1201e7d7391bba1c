"""What an experiment is: a frozen configuration whose tasks yield rows."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, cast

from wcheck.errors import ParameterError, not_one_of
from wcheck.progress import Report
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

Task = TypeVar("Task")
Value = TypeVar("Value")
Presets: TypeAlias = Mapping[str, Mapping[str, Any]]
"""Named settings: options by their names."""


class Kept:
    """What an experiment has read or computed and is not to read again.

    It is not part of the configuration and stays in its process: a copy of an experiment starts with nothing, and so
    does one that travels.
    """

    def __init__(self) -> None:
        self._values: dict[str, tuple[object, Any]] = {}

    def once(self, name: str, make: Callable[[], Value], of: object = None) -> Value:
        """Return a value that is made the first time, and again where it is to be one of something else."""
        if name not in self._values or self._values[name][0] != of:
            self._values[name] = of, make()
        return cast("Value", self._values[name][1])

    def __reduce__(self) -> tuple[type[Kept], tuple[()]]:
        """Travel empty."""
        return Kept, ()


@dataclass(frozen=True)
class Experiment(ABC, Generic[Task]):
    """A frozen configuration that can be run: a dataclass with every option explicit.

    Its rows depend on the configuration and the seed alone, so that a run which was cut off continues as if it
    had not been.

    Attributes
    ----------
    name : str
        The name in the sidecar: that of the command.
    columns : tuple of str
        The columns of its rows, in order.
    fine : frozenset of str
        The values of the column ``status`` that mean a row is as it should be; with any other the command
        ends with status 1.
    neutral : frozenset of str
        Dotted names in :meth:`config` that change no row: a resumed run may differ in them.
    presets : mapping
        Named settings: options by their names, those of sources and points among them; see :meth:`of`.
    resumes : bool
        Whether a task that was cut off continues from what it kept; otherwise it is run again from its start.
    kept : Kept
        What this process has read and computed already.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    fine: ClassVar[frozenset[str]] = frozenset({"ok"})
    neutral: ClassVar[frozenset[str]] = frozenset({"preprocessing.data_dir", "preprocessing.folder"})
    presets: ClassVar[Presets] = MappingProxyType({})
    resumes: ClassVar[bool] = False

    kept: Kept = field(default_factory=Kept, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, preset: str | None = None, /, **options: Any) -> Self:
        """Make an experiment from options by their names alone, on top of a preset.

        Options of its data, such as ``source`` or ``image_size``, stand beside its own, as on the command line:
        ``Oracle.of("paper", steps=(1000,))``.

        Raises
        ------
        ParameterError
            If there is no such preset, or a value is not allowed.
        """
        if preset is not None and preset not in cls.presets:
            if not cls.presets:
                raise ParameterError(f"preset is {preset!r}: {cls.name} has no presets; leave it out.")
            raise not_one_of("preset", preset, cls.presets)
        return cls(**cls.placed({**(cls.presets[preset] if preset else {}), **options}))

    @classmethod
    def placed(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options by the parameters that take them."""
        return dict(options)

    def fitting(self, report: Report) -> Self:
        """Return the same with the defaults of sizes for which its data have points; data may be read here."""
        return self

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and the content hash of the data they name; data may be read here."""
        return {option.name: getattr(self, option.name) for option in fields(self) if option.init}

    @abstractmethod
    def tasks(self) -> Sequence[Task]:
        """Return the tasks in the order of their rows; cheap."""

    @abstractmethod
    def run(self, task: Task, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the rows of one task as they come.

        Parameters
        ----------
        task : Task
            One of :meth:`tasks`.
        report : Report
            Told how far the task is.
        place : Place, optional
            Where a task keeps what it needs to continue from the middle, if the experiment :attr:`resumes`. It yields
            all rows of the task, those from before included.
        """

    def undone(self, task: Task, report: Report) -> Row:
        """Return what is known of a task in advance, for the row of one that a user's own code made fail."""
        return {}

    def prepared(self, report: Report) -> Self:
        """Return the same for other processes, which may be in other folders, once what they share is computed."""
        return self

    @staticmethod
    @abstractmethod
    def told(rows: Sequence[Row]) -> str:
        """Say in plain sentences what rows mean, of which there is at least one; nothing else decides it."""
