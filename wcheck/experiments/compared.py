"""``wcheck.compare``: the comparison of arrays, data frames or sources, from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from wcheck.errors import ParameterError, counted
from wcheck.experiments.comparable import check_comparable
from wcheck.experiments.compare import Candidates, Compare, Sets
from wcheck.experiments.telling import compare as telling
from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from pandas import DataFrame

    from wcheck.measures.measure import Measure

HEADLINES = (
    "embed", "estimator", "p", "n", "candidate", "against", "rank", "excess", "interval_low", "interval_high", "value",
    "baseline", "excess_p_corrected", "p_corrected", "spread", "nearest",
)  # fmt: skip
"""What a notebook shows, where rows have it."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The result of :func:`compare`.

    Attributes
    ----------
    rows : sequence of dict
        The rows as ``wcheck compare`` writes them; ``wcheck columns`` and the page of the command explain each column.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> found = compare(random.normal(size=(200, 2)), {"far": 9.0 + random.normal(size=(100, 2))})
    >>> found.table()["candidate"].tolist()
    ['far', 'far', 'far']
    """

    rows: Sequence[Row]

    def table(self) -> DataFrame:
        """Return the rows as a data frame, without the columns that are blank in all of them."""
        import pandas as pd

        filled = [column for column in Compare.columns if any(row[column] is not None for row in self.rows)]
        return pd.DataFrame([{column: row[column] for column in filled} for row in self.rows])

    def told(self) -> str:
        """Return what the rows mean, in one sentence per finding."""
        return telling.told(self.rows)

    def __repr__(self) -> str:
        """Say in a line what was compared, without the rows."""
        names = ", ".join(dict.fromkeys(str(row["candidate"]) for row in self.rows))
        return f"Comparison({counted(len(self.rows), 'row')} of {names})"

    def __str__(self) -> str:
        """Return the sentences."""
        return self.told()

    def _repr_html_(self) -> str:
        """Show the table in a notebook, with the headlines alone."""
        table = self.table()
        return str(table[[column for column in HEADLINES if column in table]].to_html(index=False, na_rep=""))


def compare(
    reference: Any,
    candidates: Mapping[str, Any],
    *,
    train: Any = None,
    n: int | None = None,
    blocks: int = Compare.blocks,
    estimator: str | Sequence[str] = Compare.estimator,
    p: int | Sequence[int] = Compare.p,
    embed: str | Sequence[str] = Compare.embed,
    statistic: str = Compare.statistic,
    permutations: int = Compare.permutations,
    confidence: float = Compare.confidence,
    shuffle_seed: int | None = None,
    seed: int = 0,
    report: Report = silent,
) -> Comparison:
    r"""Compare sample sets with the distance of real data at the same sample size.

    For blocks j = 1, ..., J of n points, with A_j, B_j of the reference and C_j of a candidate,

    .. math:: \text{excess} = \frac1J \sum_j W_1(A_j, C_j) - W_1(A_j, B_j)

    with Student's interval for its expectation, conditional on the points of the candidate. Pairs of candidates are
    compared on the same A_j, and ranked by tests with Holm's correction.

    Parameters
    ----------
    reference : array, tensor, data frame or Measure, shape (N, ...)
        Real data, of which the first 2 J n points are used.
    candidates : mapping of str to the same
        The candidates by their names, at least one; J n points of each are used.
    train : the same, optional
        The data on which the candidates were trained.
    n, blocks, estimator, p, embed, statistic, permutations, confidence, shuffle_seed, seed
        As for :class:`wcheck.experiments.compare.Compare`; instead of a tuple, a single value can be given.
    report : Report
        Receives the progress.

    Returns
    -------
    Comparison

    Raises
    ------
    ParameterError
        If a value is not allowed, or if the sets are in different spaces, have too few points, or share points.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> real, wide = random.normal(size=(400, 2)), 2.0 * random.normal(size=(200, 2))
    >>> found = compare(real, {"wide": wide})
    >>> bool(found.table()["excess"][0] > 0)
    True
    """
    if not isinstance(candidates, Mapping):
        raise ParameterError(
            f"candidates is a {type(candidates).__name__}: give a mapping, such as {{'a': a, 'b': b}}."
        )
    names = tuple(map(str, candidates))
    experiment = Compare(
        Candidates("reference", names, () if train is None else ("train",)),
        n=n,
        blocks=blocks,
        estimator=(estimator,) if isinstance(estimator, str) else tuple(estimator),
        p=(p,) if isinstance(p, int) else tuple(p),
        embed=(embed,) if isinstance(embed, str) else tuple(embed),
        statistic=statistic,
        permutations=permutations,
        confidence=confidence,
        shuffle_seed=shuffle_seed,
        seed=seed,
    )
    sets = Sets(
        _called("reference", reference),
        tuple(_called(name, points) for name, points in zip(names, candidates.values(), strict=True)),
        () if train is None else (_called("train", train),),
    )
    experiment.kept.once("data", lambda: _in_one_space(sets))
    rows = [
        dict.fromkeys(Compare.columns) | row
        for task in experiment.tasks()
        for row in experiment.run(task, report)
    ]
    return Comparison(rows)


def _called(name: str, points: Any) -> Measure:
    from wcheck.measures.measure import Measure

    return replace(Measure.of(points, name=name), name=name)


def _in_one_space(sets: Sets) -> Sets:
    """Return the sets with the columns of data frames in one order, and refuse what cannot be compared."""
    from wcheck.measures.columns import aligned
    from wcheck.measures.space import check_one_space

    reference = sets.reference

    def beside(measure: Measure) -> Measure:
        measure = aligned(reference, measure)
        check_one_space(reference, measure)
        return measure

    sets = replace(
        sets,
        candidates=tuple(map(beside, sets.candidates)),
        train=tuple(map(beside, sets.train)),
    )
    check_comparable(sets.reference, sets.candidates, sets.train, None)
    return sets
