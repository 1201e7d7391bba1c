"""The data of an experiment: sources by their names, read once, and described alike in every row and every sidecar."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from wcheck.errors import ParameterError
from wcheck.experiments.base import Experiment, Task
from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing

Read = TypeVar("Read")

CIFAR10 = "cifar10"
"""The source that pairs are cut from where none is named."""
PAPER: Mapping[str, Any] = MappingProxyType({"scale": "-1,1", "image_size": 64})
"""The points of the preset ``paper``: the only common preprocessing near the paper's 41.21."""


def unchanged() -> Preprocessing:
    """Return the default preprocessing."""
    from wcheck.measures.sources import UNCHANGED

    return UNCHANGED


@dataclass(frozen=True, slots=True)
class Data(ABC, Generic[Read]):
    """Names of sources, and what is done to their points.

    Attributes
    ----------
    preprocessing : Preprocessing
        What is done to the points.
    """

    preprocessing: Preprocessing = field(default_factory=unchanged, kw_only=True)

    @abstractmethod
    def load(self, report: Report = silent) -> Read:
        """Read what is named.

        Raises
        ------
        SourceError, ParameterError
            As :func:`wcheck.measures.sources.load`.
        """

    @abstractmethod
    def roles(self, read: Read) -> Mapping[str, Measure]:
        """Return the measures that were read by their roles, the source first."""

    def config(self, read: Read) -> dict[str, object]:
        """Return the names, and what was read as sidecars describe it, by its content hashes."""
        names = {part.name: getattr(self, part.name) for part in fields(self)}
        return names | {"measures": described(self.roles(read))}

    def about(self, read: Read) -> Row:
        """Return what rows say of the data; an experiment takes the columns that it has."""
        import numpy as np

        from wcheck.measures.scaling import scales

        measures = list(self.roles(read).values())
        x, y = measures[0], measures[-1]
        return {
            "data": x.name,
            "source": x.name,
            "target": y.name,
            "n": len(x),
            "m": len(y),
            "dim": x.dim,
            **scales(x, y),
            "image_size": self.preprocessing.image_size,
            "embed": self.preprocessing.embed,
            "dtype": str(np.result_type(x.dtype, y.dtype)),
        }

    def anchored(self) -> Self:
        """Return the same for a process in another folder."""
        return replace(self, preprocessing=self.preprocessing.anchored())


@dataclass(frozen=True, slots=True)
class Points(Data["Measure"]):
    """The points of one source.

    Attributes
    ----------
    source : str
        The source.
    """

    source: str

    def load(self, report: Report = silent) -> Measure:
        """Read the points."""
        from wcheck.measures.sources import load

        return load(self.source, preprocessing=self.preprocessing, report=report)

    def roles(self, read: Measure) -> Mapping[str, Measure]:
        """Return the one measure."""
        return {"source": read}


@dataclass(frozen=True, slots=True)
class Pair(Data["tuple[Measure, Measure]"]):
    """Two measures of one space: two sources, or the two halves of one.

    Attributes
    ----------
    source, target : str, optional
        Two sources, as :func:`wcheck.measures.sources.load_pair` reads them.
    data : str, optional
        Where no sources are given: a source whose first and second n points are the two measures; :data:`CIFAR10` by
        default.
    n : int, optional
        The number of points a side that are taken from ``data``; 10,000 or half of it by default.

    Raises
    ------
    ParameterError
        If one source is given without the other, or data or n with both.
    """

    source: str | None = None
    target: str | None = None
    data: str | None = None
    n: int | None = None

    def __post_init__(self) -> None:
        """Refuse what does not belong together."""
        if (self.source is None) != (self.target is None):
            raise ParameterError("P and Q belong together: give both.")
        if self.source is not None and self.data is not None:
            raise ParameterError(
                "P and Q are the two sets, and so are parts of --data: give one or the other."
            )
        if self.source is not None and self.n is not None:
            raise ParameterError("--n takes points from --data; for P and Q write slices, such as P[0:100].")

    def load(self, report: Report = silent) -> tuple[Measure, Measure]:
        """Read both."""
        from wcheck.measures.sources import load_pair, split_pair

        if self.source is not None and self.target is not None:
            return load_pair(self.source, self.target, preprocessing=self.preprocessing, report=report)
        return split_pair(self.data or CIFAR10, self.n, preprocessing=self.preprocessing, report=report)

    def config(self, read: tuple[Measure, Measure]) -> dict[str, object]:
        """Return the names, the default among them where it was read, and what was read."""
        return Data.config(self, read) | {"data": self.data or (CIFAR10 if self.source is None else None)}

    def roles(self, read: tuple[Measure, Measure]) -> Mapping[str, Measure]:
        """Return the source and the target."""
        return dict(zip(("source", "target"), read, strict=True))


def described(measures: Mapping[str, Measure]) -> dict[str, object]:
    """Return what sidecars say of measures, by their roles."""
    return {
        role: {
            "name": measure.name,
            "n": len(measure),
            "dim": measure.dim,
            "shape": measure.shape,
            "dtype": str(measure.dtype),
            "weighted": not measure.is_uniform,
            "sha256": measure.digest(),
        }
        for role, measure in measures.items()
    }


@dataclass(frozen=True)
class OnData(Experiment[Task], Generic[Task, Read]):
    """An experiment on data, which it reads once.

    Attributes
    ----------
    data : Data
        The data: :class:`Points` or a :class:`Pair`.
    """

    kind: ClassVar[type[Data[Any]]]

    data: Data[Read]

    @classmethod
    def placed(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options by the parameters that take them; those of sources and points make the data."""
        from wcheck.measures.sources import Preprocessing

        if isinstance(options.get("data"), str) and "data" not in {part.name for part in fields(cls.kind)}:
            options = {"source" if name == "data" else name: value for name, value in options.items()}
        of_points, of_data = (
            {part.name: options[part.name] for part in fields(kind) if part.name in options}
            for kind in (Preprocessing, cls.kind)
        )
        own = super().placed(
            {name: value for name, value in options.items() if name not in of_points | of_data}
        )
        if of_points:
            of_data["preprocessing"] = Preprocessing(**of_points)
        if of_data:
            made = next(part.default_factory for part in fields(cls) if part.name == "data")
            own["data"] = cls.kind(**of_data) if made is MISSING else replace(made(), **of_data)
        return own

    def read(self, report: Report) -> Read:
        """Return the data, read the first time."""
        return self.kept.once("data", lambda: self.load(report))

    def load(self, report: Report) -> Read:
        """Read the data, and refuse what the experiment cannot be run on."""
        return self._whole(report)

    def fitting(self, report: Report) -> Self:
        """Return the same with the defaults of sizes for which its data have points."""
        sizes = self.sizes(lambda: self._whole(report))
        if not sizes:
            return self
        found = replace(self, **sizes)
        found.kept.once("whole", lambda: self._whole(report))
        return found

    def sizes(self, read: Callable[[], Read]) -> Mapping[str, Any]:
        """Return options whose defaults are too large for the data, which are read if need be, with smaller values."""
        return {}

    def _whole(self, report: Report) -> Read:
        return self.kept.once("whole", lambda: self.data.load(report))

    def config(self, report: Report) -> dict[str, object]:
        """Return all options, and what was read by its content hashes."""
        named = self.kept.once("config", lambda: self.data.config(self.read(report)))
        return {name: value for name, value in super().config(report).items() if name != "data"} | named

    def prepared(self, report: Report) -> Self:
        """Return the same for a process that may be in another folder."""
        return replace(self, data=self.data.anchored())

    def undone(self, task: Task, report: Report) -> Row:
        """Return what every row says of the data."""
        return {**super().undone(task, report), **self.about(report)}

    def about(self, report: Report) -> Row:
        """Return what every row says of the data."""
        about = self.data.about(self.read(report))
        return {column: value for column, value in about.items() if column in self.columns}


@dataclass(frozen=True)
class OnPair(OnData[Task, "tuple[Measure, Measure]"]):
    """An experiment on two measures."""

    kind: ClassVar[type[Pair]] = Pair

    data: Pair


@dataclass(frozen=True)
class OnPoints(OnData[Task, "Measure"]):
    """An experiment on the points of one source."""

    kind: ClassVar[type[Points]] = Points

    data: Points
