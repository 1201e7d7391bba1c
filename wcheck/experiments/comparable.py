"""Whether sets can be compared: what they have in common, and what they were made of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError, counted
from wcheck.progress import remark

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.measures.sources import Preprocessing


def check_comparable(
    reference: Measure,
    candidates: Sequence[Measure],
    train: Sequence[Measure],
    preprocessing: Preprocessing | None,
) -> None:
    """Refuse sets whose blocks would depend on each other, and remark what else they have in common.

    Parameters
    ----------
    reference : Measure
        What candidates are compared with.
    candidates : sequence of Measure
        At least one.
    train : sequence of Measure
        The data on which the candidates were trained.
    preprocessing : Preprocessing, optional
        With which all were loaded; None where their names are not those of sources.

    Raises
    ------
    ParameterError
        If a candidate or ``train`` shares more points with the reference than chance would bring, or two candidates
        hold the very same points.
    """
    from wcheck.measures.overlap import Contents

    contents = Contents(preprocessing)
    for made_of in train:
        if how := contents.overlap(made_of, reference):
            raise ParameterError(
                f"{made_of.name} and {reference.name} {how}: candidates made from points of the reference are near "
                "these points, and blocks that contain them are not independent; compare with other points."
            )
    for candidate in candidates:
        if how := contents.overlap(candidate, reference):
            raise ParameterError(
                f"{candidate.name} and {reference.name} {how}: blocks that contain the same points are not "
                "independent; give candidates that share no point with the reference."
            )
    for one, other in combinations(candidates, 2):
        how = contents.overlap(one, other)
        if how.endswith("very same points") or one.name == other.name:
            raise ParameterError(
                f"{one.name} and {other.name} are the same candidate twice: give each of them once."
            )
        _remark_shared(contents.shared(one, other), one, other)
    for candidate in candidates:
        _remark_shared(contents.shared(candidate, reference), candidate, reference)
        for made_of in train:
            _remark_shared(contents.shared(candidate, made_of), candidate, made_of)
    for measure in (reference, *candidates):
        if (different := contents.distinct(measure)) < len(measure):
            remark(
                f"{measure.name} has {counted(different, 'different point', separator=',')} among its {len(measure):,}."
            )


def _remark_shared(count: int, one: Measure, other: Measure) -> None:
    if count:
        remark(
            f"{one.name} and {other.name} share points: {count:,} of the {len(one):,} of {one.name}. Copies are not "
            "independent samples."
        )
