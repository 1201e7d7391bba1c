"""The distances of samples under equal distributions, for comparison with an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wcheck.progress import Report
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure

NULL_POINTS = 500
"""Points of each sample that the permutation test looks at: it solves for every permutation."""


def pooled_null(x: Measure, y: Measure, splits: int, seed: int, report: Report) -> Row:
    """Return the mean W1 between two sets of the sizes of the samples, drawn from all points without replacement.

    It is what samples of these sizes are apart if their distributions are equal; otherwise, about what two samples of
    the mixture of both would be. The standard error is that of the mean over splits of these points.
    """
    import numpy as np

    from wcheck.experiments.monte_carlo import mean_and_error
    from wcheck.measures.measure import Measure
    from wcheck.rng import generator
    from wcheck.transport.solve.exact import exact
    from wcheck.transport.solve.result import uninterrupted

    if splits == 0:
        return {"splits": 0}
    pool = np.concatenate([x.dense(), y.dense()])
    values = np.empty(splits)
    for split in range(splits):
        report("splits", split, splits)
        order = generator(seed, "pooled null", split).permutation(len(pool))
        parts = (Measure.of(pool[np.sort(rows)]) for rows in np.split(order, [len(x)]))
        values[split] = uninterrupted(exact(*parts, seed=seed, report=report)).value
    report("splits", splits, splits)
    mean, error = mean_and_error(values)
    return {"null": mean, "null_error": error, "splits": splits}


def null_calibration(x: Measure, y: Measure, permutations: int, seed: int, report: Report) -> Row:
    """Return the W1 between halves of each sample and between halves of both, and a permutation test's p-value.

    The test's statistic is the exact W1 between at most :data:`NULL_POINTS` random points of each sample. A permutation
    counts unless its bracket lies below that of the samples: values that are equal in mathematics differ in the last
    digit, and on a lattice many are equal. Its level holds if all points are independent, those of one sample of those
    of the other too: pairs that belong together (an image and its copy) are not exchangeable.
    """
    import numpy as np

    from wcheck.estimators.estimate import halves
    from wcheck.rng import generator
    from wcheck.transport.solve.batch import exact_batch
    from wcheck.transport.solve.exact import exact
    from wcheck.transport.solve.result import uninterrupted

    halves_x, halves_y = halves(x, "source", seed, "null"), halves(y, "target", seed, "null")
    found = {
        name: uninterrupted(exact(p, q, seed=seed, report=report)).value
        for name, p, q in (
            ("null_source", *halves_x),
            ("null_target", *halves_y),
            ("null_between", halves_x[0], halves_y[0]),
        )
    }
    if permutations == 0:
        return {**found, "permutations": 0}
    random = generator(seed, "permutations")
    sizes = [min(len(z), NULL_POINTS) for z in (x, y)]
    parts = [
        z.block(np.sort(random.choice(len(z), k, replace=False))) for z, k in zip((x, y), sizes, strict=True)
    ]
    pool = np.concatenate(parts)
    orders = [np.arange(len(pool)), *(random.permutation(len(pool)) for _ in range(permutations))]
    brackets = exact_batch(
        [pool[order[: sizes[0]]] for order in orders],
        [pool[order[sizes[0] :]] for order in orders],
        report=report,
    )
    p_value = float((brackets.upper >= brackets.lower[0]).sum()) / len(orders)
    return {**found, "p_value": p_value, "permutations": permutations}
