r"""The permutation test of "one distribution", by a statistic with power.

If two samples hold independent draws of one distribution, who of them belongs to which is chance: a statistic of the
samples as they are is as large as one of any other split of the same points. Several pairs of samples are permuted each
within itself, and their statistics added. The level is exact, whatever the distributions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from wcheck.columns.rounding import rounded
from wcheck.errors import ParameterError, not_one_of
from wcheck.estimators.discrepancy import DISCREPANCIES, Kernel
from wcheck.measures.measure import Measure
from wcheck.progress import Report, silent
from wcheck.rng import generator
from wcheck.threads import spans
from wcheck.transport.cost.distances import Distances
from wcheck.transport.solve.batch import exact_batch

STATISTICS = (*DISCREPANCIES, "w1")
MOST = 2000
"""Points a side up to which ``w1`` is taken: it solves for every permutation."""
BYTES = 1 << 28
"""Bytes of permuted points that are held at a time."""
EQUAL = 1e-9
"""Values that are equal in mathematics differ by at most this share of what they are differences of."""

Pair = tuple[Measure, Measure]


@dataclass(frozen=True, slots=True)
class Tested:
    """What the test found.

    Attributes
    ----------
    value : float
        The statistic, its mean over the pairs of samples: the U-statistic of a kernel, or the exact W1.
    p_value : float
        The share of splits, the true one included, whose statistic is as large.
    """

    value: float
    p_value: float

    def __str__(self) -> str:
        """Name the statistic and its p-value: a line."""
        return f"statistic {rounded(self.value, 5)}, p = {rounded(self.p_value, 3)}"


def permutation_test(
    pairs: Sequence[Pair],
    statistic: str = "energy",
    *,
    permutations: int = 199,
    seed: int = 0,
    report: Report = silent,
) -> Tested:
    """Test whether both samples of every pair are of one distribution.

    Parameters
    ----------
    pairs : sequence of pairs of Measure
        Samples without weights, each of at least 2 points; all independent.
    statistic : {"energy", "mmd", "w1"}
        What is large where they differ. The bandwidth of mmd is that of all points of a pair, whatever the split.
    permutations : int
        At least 1; no p-value is below 1 / (permutations + 1).
    seed : int
        The seed of the permutations.
    report : Report
        Told how many pairs are done.

    Raises
    ------
    ParameterError
        If a value is not allowed, a sample has weights or too few points, or too many for ``w1``.
    """
    check(statistic, permutations)
    total, size = np.zeros(permutations + 1), 0.0
    for number, (x, y) in enumerate(pairs):
        _check_samples(x, y, statistic)
        report("permutations", number, len(pairs))
        random = generator(seed, "permutations", number)
        orders = np.array(
            [np.arange(len(x) + len(y)), *(random.permutation(len(x) + len(y)) for _ in range(permutations))]
        )
        values, scale = (_distances if statistic == "w1" else _discrepancies)(x, y, orders, statistic)
        total += values / len(pairs)
        size += scale / len(pairs)
    report("permutations", len(pairs), len(pairs))
    return Tested(float(total[0]), float(np.mean(total >= total[0] - EQUAL * size)))


def check(statistic: str, permutations: int) -> None:
    """Raise a ParameterError unless there are such a statistic and permutations."""
    if statistic not in STATISTICS:
        raise not_one_of("statistic", statistic, STATISTICS)
    if permutations < 1:
        raise ParameterError(f"permutations is {permutations}: give an integer of at least 1, such as 199.")


def _check_samples(x: Measure, y: Measure, statistic: str) -> None:
    for z in (x, y):
        if not z.is_uniform:
            raise ParameterError(
                f"{z.name} has weights: the test assumes independent draws of equal weight; leave the weights out "
                "(--drop)."
            )
        if len(z) < 2:
            raise ParameterError(f"{z.name} has {len(z)} point: the test needs at least 2 of each sample.")
        if statistic == "w1" and len(z) > MOST:
            raise ParameterError(
                f"statistic is 'w1', which solves a problem for every permutation, but {z.name} has {len(z):,} points: "
                f"take at most {MOST:,} with a slice or --subset, or choose another statistic."
            )


def _discrepancies(
    x: Measure, y: Measure, orders: NDArray[np.int64], statistic: str
) -> tuple[NDArray[np.float64], float]:
    """Return the U-statistics of all splits by one pass over all pairs of points, and the size of their terms."""
    n, m = len(x), len(y)
    pool = replace(
        Measure.of(np.concatenate([x.dense(), y.dense()]), name=f"{x.name} and {y.name}"), shape=x.shape
    )
    kernel = Kernel.of(statistic, pool, pool)
    of_x = np.zeros((n + m, len(orders)))
    for split, order in enumerate(orders):
        of_x[order[:n], split] = 1.0
    first = torch.from_numpy(of_x)
    inside, all_of_x = (torch.zeros(len(orders), dtype=torch.float64) for _ in range(2))
    total = 0.0
    for rows, block in Distances(pool, pool):
        values = kernel(block)
        values[torch.arange(len(block)), torch.arange(rows.start, rows.stop)] = 0.0
        inside += (first[rows] * (values @ first)).sum(0)
        sums = values.sum(1)
        all_of_x += sums @ first[rows]
        total += float(sums.sum())
    across = all_of_x - inside
    others = total - 2.0 * all_of_x + inside
    found = inside / (n * (n - 1)) + others / (m * (m - 1)) - 2.0 * across / (n * m)
    return found.numpy(), abs(total) / ((n + m) * (n + m - 1))


def _distances(
    x: Measure, y: Measure, orders: NDArray[np.int64], statistic: str
) -> tuple[NDArray[np.float64], float]:
    """Return the exact W1 of all splits; what brackets leave open counts as equal."""
    pool, n = np.concatenate([x.dense(), y.dense()]), len(x)
    values = np.empty(len(orders))
    for some in spans(len(orders), max(1, BYTES // pool.nbytes)):
        brackets = exact_batch(
            [pool[order[:n]] for order in orders[some]], [pool[order[n:]] for order in orders[some]]
        )
        values[some] = brackets.upper
    values[0] = exact_batch([pool[:n]], [pool[n:]]).lower[0]
    return values, float(values.max())
