"""The data of generators: one source in three disjoint parts, one to train on and two that no player sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wcheck.errors import ParameterError, counted
from wcheck.experiments.data import CIFAR10, Data
from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.estimators.likeness import Mixture
    from wcheck.measures.measure import Measure

DIGITS = "digits"
"""The source where none is named."""
LOOKED_AT = 1000
"""The points a side of the exact distance at a look, where no number is given and there are as many."""
HELD_OUT_DIGITS = 498
"""The points of the reference, and the real points, of all digits."""
LARGEST = 5000
"""The most points of the reference, and the most real points, of other sources."""


class Cut(NamedTuple):
    """The three parts, of which ``reference`` and ``real`` have n points each."""

    train: Measure
    reference: Measure
    real: Measure


@dataclass(frozen=True, slots=True)
class Parts(Data[Cut]):
    """Three disjoint parts of a source.

    CIFAR-10 is cut as it was published: its training images, and the first and the last 5,000 of its test images. Of
    any other source a quarter of the points, at most :data:`LARGEST`, are the reference, as many are real points, and
    the generator is trained on the rest; which they are is drawn by the data seed, for the order of data is rarely
    random (in that of the digits the writers change, and two thirds of them are 10 % further apart than drawn ones).

    Attributes
    ----------
    data : str
        The source.
    n : int, optional
        The points of the reference and of the real points that distances are solved between: at most the smaller of
        the two parts; :data:`LOOKED_AT` or all by default.

    Raises
    ------
    ParameterError
        If there are too few points, or fewer than n in a part.
    """

    data: str = DIGITS
    n: int | None = None

    def __post_init__(self) -> None:
        """Refuse a number of points below 1."""
        if self.n is not None and self.n < 1:
            raise ParameterError(f"n is {self.n}: give an integer of at least 1.")

    def load(self, report: Report = silent) -> Cut:
        """Read the source and cut it.

        Where points have weights, those of the reference and the real ones are drawn by them, with replacement, so that
        all points that are compared weigh the same; points of weight 0 are left out.
        """
        from wcheck.measures.sources import load

        whole = load(self.data, preprocessing=self.preprocessing, report=report).support()
        (train, name), *held_out = self._cut(len(whole))
        size = self._size(*(len(rows) for rows, _ in held_out))
        seed = self.preprocessing.data_seed
        reference, real = (drawn(whole, rows, size, seed, name) for rows, name in held_out)
        return Cut(whole.take(train, name), reference, real)

    def roles(self, read: Cut) -> Mapping[str, Measure]:
        """Return the parts by their names."""
        return read._asdict()

    def about(self, read: Cut) -> Row:
        """Return what rows say of the data."""
        about = Data.about(self, read)
        return about | {
            "data": self.data,
            "train": read.train.name,
            "reference": read.reference.name,
            "real_points": read.real.name,
            "n": len(read.reference),
        }

    def mixture(self) -> Mixture | None:
        """Return the modes of the source, where they are known."""
        from wcheck.estimators.likeness import Mixture
        from wcheck.measures.grammar import split_slice
        from wcheck.measures.synthetic import modes

        if self.preprocessing.moves_vectors:
            return None
        found = modes(split_slice(self.data)[0])
        return found and Mixture(*found)

    def _cut(self, n: int) -> list[tuple[NDArray[np.intp], str]]:
        """Return the numbers of the points of each part, and how it is called."""
        import numpy as np

        from wcheck.rng import generator

        subset, seed = self.preprocessing.subset, self.preprocessing.data_seed
        if self.data == CIFAR10 and subset is None:
            ends, names = (50_000, 55_000), ("train", "test[0:5000]", "test[5000:10000]")
            return list(
                zip(np.split(np.arange(n), ends), [f"{CIFAR10}:{name}" for name in names], strict=True)
            )
        size = min(n // 4, LARGEST)
        if self.data == DIGITS and subset is None:
            size = HELD_OUT_DIGITS
        if size < 1:
            raise ParameterError(
                f"{self.data} has {counted(n, 'point')}, and a generator needs three disjoint parts, the smallest "
                "of which is a quarter: give a source of at least 4 points."
            )
        order = generator(seed, "parts", self.data).permutation(n)
        rows = np.sort(order[2 * size :]), order[:size], order[size : 2 * size]
        return [
            (part, f"{self.data}: {len(part)} of {n} points, {role} by seed {seed}")
            for role, part in zip(Cut._fields, rows, strict=True)
        ]

    def _size(self, reference: int, real: int) -> int:
        most = min(reference, real)
        size = min(LOOKED_AT, most) if self.n is None else self.n
        if size > most:
            raise ParameterError(
                f"n is {size}, but there are {counted(reference, 'reference point')} and "
                f"{counted(real, 'real point')}: give at most {most}."
            )
        return size


def drawn(whole: Measure, rows: NDArray[np.integer], size: int, seed: int, name: str) -> Measure:
    """Return the first points among some of a measure; where they have weights, as many that are drawn by them.

    Parameters
    ----------
    whole : Measure
        The measure, whose weights are all above 0.
    rows : ndarray of int
        Which of its points, at least ``size``, in random order.
    size : int
        How many are returned, all of one weight.
    seed : int
        The seed of the draw by weight, which is with replacement.
    name : str
        How they are called.
    """
    from wcheck.measures.measure import Measure
    from wcheck.rng import generator

    if whole.is_uniform:
        return whole.take(rows[:size], name)
    part = whole.take(rows, name)
    chosen = generator(seed, "drawn by weight", name).choice(len(part), size, p=part.weights)
    return Measure.of(part.block(chosen), name=name, shape=whole.shape, columns=whole.columns)
