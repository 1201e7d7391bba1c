"""Point sets cut into disjoint blocks of equal size: independent draws, if their rows are exchangeable."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError, counted, counted_are
from wcheck.progress import remark

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.measure import Measure

LARGEST, LEAST = 1000, 20
"""The points of a block that are taken at most, where no number is given, and below which this is remarked."""
PAIRS, SHUFFLES, DEVIATIONS = 1000, 199, 4.0
"""Pairs of neighbours that are looked at, how often they are shuffled, and how far off chance is remarked."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a comparison: A_j and B_j of the reference, C_j of each candidate.

    Attributes
    ----------
    first, second : tuple of Measure
        A_j and B_j.
    candidates : mapping of str to tuple of Measure
        C_j by the candidate's name.
    """

    first: tuple[Measure, ...]
    second: tuple[Measure, ...]
    candidates: Mapping[str, tuple[Measure, ...]]

    @staticmethod
    def of(
        reference: Measure,
        candidates: Mapping[str, Measure],
        *,
        n: int | None,
        blocks: int,
        shuffle_seed: int | None,
        seed: int,
    ) -> Blocks:
        """Cut a reference into twice as many blocks of n points as each candidate, in the order of their rows.

        A set with weights is resampled by them first, see :func:`_resampled`.

        Parameters
        ----------
        n : int, optional
            If left out, 1,000 or what there is, see :func:`block_size`.
        blocks : int
            J, at least 2.
        shuffle_seed : int, optional
            The seed by which rows are put into another order; in their own if left out.
        seed : int
            The seed by which sets with weights are resampled.

        Raises
        ------
        ParameterError
            If a set has too few points, or too few that count by their weights.
        """
        sizes = {name: size(measure) for name, measure in candidates.items()}
        n = block_size(n, blocks, reference, size(reference), sizes)
        halves = _cut(reference, "reference", 2 * blocks, n, shuffle_seed, seed)
        return Blocks(
            tuple(halves[0::2]),
            tuple(halves[1::2]),
            {
                name: tuple(_cut(measure, f"candidate {name}", blocks, n, shuffle_seed, seed))
                for name, measure in candidates.items()
            },
        )

    @property
    def n(self) -> int:
        """The number of points of a block."""
        return len(self.first[0])

    def smaller(self, n: int) -> Blocks:
        """Return the first n points of every block."""
        import numpy as np

        def part(blocks: tuple[Measure, ...]) -> tuple[Measure, ...]:
            return tuple(block.take(np.arange(n)) for block in blocks)

        return Blocks(
            part(self.first),
            part(self.second),
            {name: part(blocks) for name, blocks in self.candidates.items()},
        )


def size(measure: Measure) -> float:
    """Return the number of points that count: ``1 / sum w^2``, which is n where all weights are equal."""
    return float(len(measure)) if measure.is_uniform else 1.0 / float(measure.weights @ measure.weights)


def block_size(
    n: int | None, blocks: int, reference: Measure, size_of_reference: float, sizes: Mapping[str, float]
) -> int:
    """Return the points of a block: if not given, what the sets have enough of, at most :data:`LARGEST`; few are told.

    Raises
    ------
    ParameterError
        If a set has too few points for blocks of this size, or of 2 where none is given.
    """
    if n is not None and n < 2:
        raise ParameterError(f"n is {n}: a block has at least 2 points; give more.")
    room = {reference.name: size_of_reference / (2 * blocks)}
    for name, points in sizes.items():
        room[name] = min(room.get(name, math.inf), points / blocks)
    scarce = min(room, key=lambda name: room[name])
    wanted = n or min(LARGEST, max(2, math.floor(room[scarce] * (1.0 + 1e-12))))
    if wanted > room[scarce] * (1.0 + 1e-12):
        parts = 2 * blocks if scarce == reference.name else blocks
        have = room[scarce] * parts
        whole = have == round(have)
        held = counted(round(have), "point") if whole else f"only {have:,.1f} effective points"
        raise ParameterError(
            f"{scarce} has {held}, too few for {parts} disjoint blocks of {wanted:,}: give more points, a smaller "
            f"--n{_such_as(room[scarce])}, or fewer --blocks."
        )
    if n is None and wanted < LEAST:
        remark(
            f"{scarce} has points for blocks of {wanted}, fewer than {LEAST}: distances between blocks are far above "
            "those between distributions, and little can be told apart."
        )
    return wanted


def _such_as(room: float) -> str:
    """Return the size of blocks that there is room for, if blocks can be as small."""
    return f", such as --n {math.floor(room * (1.0 + 1e-12))}" if room >= 2 else ""


def _cut(
    measure: Measure, role: str, count: int, n: int, shuffle_seed: int | None, seed: int
) -> list[Measure]:
    import numpy as np

    from wcheck.rng import generator

    if not measure.is_uniform:
        drawn = _resampled(measure.weights, count, n, generator(seed, "resample", role))
        remark(
            f"{measure.name} has weights: {count} blocks of {counted(n, 'point', separator=',')} are drawn "
            "according to them."
        )
        return [_uniform(measure, rows) for rows in drawn]
    order = np.arange(len(measure))
    if shuffle_seed is not None:
        order = generator(shuffle_seed, "shuffle", role).permutation(len(measure))
    if left := len(measure) - count * n:
        remark(
            f"{measure.name}: {count} blocks of {counted(n, 'point', separator=',')}; "
            f"{counted_are(left, 'point', separator=',')} left over."
        )
    taken = [measure.take(rows) for rows in order[: count * n].reshape(count, n)]
    if shuffle_seed is None and _in_some_order(measure, count * n):
        remark(
            f"Neighbouring rows of {measure.name} are more alike than random pairs of rows, but blocks assume that "
            "rows are in random order: --shuffle-seed 0 shuffles them."
        )
    return taken


def _resampled(
    weights: NDArray[np.float64], count: int, n: int, random: np.random.Generator
) -> NDArray[np.int64]:
    """Draw blocks by weights: systematically, from points in random order, and dealt like cards.

    Of N = count * n draws a point has ``N w`` on average and never one more or less than that; equal weights and N
    points give disjoint blocks. Independent draws would not do: A_j and B_j would share points, up to a tenth of
    them, and the baseline would be too near. The draws of one point go to blocks in the order A_1, A_2, ..., B_1, B_2,
    ..., so that a block holds it twice, or A_j and B_j both hold it, only where it has more draws than there are
    blocks.

    Returns
    -------
    ndarray (count, n) of int64
        The rows of each block, in the order A_1, B_1, A_2, B_2, ...
    """
    import numpy as np

    order = random.permutation(len(weights))
    ends = np.cumsum(weights[order])
    places = np.minimum((np.arange(count * n) + random.random()) / (count * n), np.nextafter(1.0, 0.0))
    drawn = order[np.searchsorted(ends / ends[-1], places, side="right")]
    blocks = np.empty((count, n), dtype=np.int64)
    blocks[np.r_[0:count:2, 1:count:2]] = drawn.reshape(n, count).T
    return blocks


def _uniform(measure: Measure, rows: NDArray[np.int64]) -> Measure:
    import numpy as np

    from wcheck.measures.points import LazyPoints

    points = measure.points.part(rows) if isinstance(measure.points, LazyPoints) else measure.points[rows]
    return replace(measure, points=points, weights=np.full(len(rows), 1.0 / len(rows)), given=None)


def _in_some_order(measure: Measure, used: int) -> bool:
    """Whether rows beside each other differ from each other more or less than by chance.

    Disjoint pairs of neighbours, evenly spread: in random order, their mean distance is like any in which the second
    rows change places.
    """
    import numpy as np

    from wcheck.rng import generator
    from wcheck.transport.cost.distances import Distances

    if used < 2 * LEAST:
        return False
    first = 2 * np.unique(np.linspace(0, used // 2 - 1, min(PAIRS, used // 2)).astype(np.int64))
    blocks = [block.numpy() for _, block in Distances(measure.take(first), measure.take(first + 1))]
    distances = np.concatenate(blocks)
    random = generator(0, "order of rows")
    here = np.arange(len(first))
    shuffled = np.array([distances[here, random.permutation(len(first))].mean() for _ in range(SHUFFLES)])
    deviation = float(shuffled.std())
    return abs(float(distances[here, here].mean() - shuffled.mean())) > DEVIATIONS * deviation + 1e-9 * float(
        distances.mean()
    )
