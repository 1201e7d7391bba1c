"""Which of several sample sets is nearest to the data: the experiment behind ``wcheck compare``."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from wcheck.errors import ParameterError
from wcheck.experiments import comparison
from wcheck.experiments.data import Data, OnData
from wcheck.experiments.gauges import check as check_gauge
from wcheck.experiments.gauges import gauge
from wcheck.experiments.telling import compare as telling
from wcheck.progress import Report, silent
from wcheck.rows.scratch import Place
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.experiments.blocks import Blocks
    from wcheck.measures.measure import Measure

Task = tuple[str | None, str, int | None]
"""An embedding, an estimator, and the order of the exact distance."""
NONE = "none"
"""The embedding that stands for the points themselves."""


@dataclass(frozen=True, slots=True)
class Sets:
    """What is compared, as it was read."""

    reference: Measure
    candidates: tuple[Measure, ...]
    train: tuple[Measure, ...] = ()

    def all(self) -> tuple[Measure, ...]:
        """Return all of them, the reference first."""
        return self.reference, *self.candidates, *self.train


@dataclass(frozen=True, slots=True)
class Candidates(Data[Sets]):
    """A reference, the candidates that are compared with it, and what they were made of.

    Attributes
    ----------
    reference : str
        A source.
    candidates : tuple of str
        Sources, at least one.
    train : tuple of str
        Sources.
    """

    reference: str
    candidates: tuple[str, ...]
    train: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a candidate that is there twice.

        Raises
        ------
        ParameterError
            If it is, or there is none.
        """
        if not self.candidates:
            raise ParameterError(
                "there is no candidate: give at least one source in addition to the reference."
            )
        for one, other in itertools.combinations(self.candidates, 2):
            if one == other:
                raise ParameterError(f"{one} was given twice: give each candidate once.")

    def load(self, report: Report = silent) -> Sets:
        """Read all of them: of one space, and each a draw of its own."""
        from wcheck.measures.sources import load_together

        texts = [(self.reference, "source")]
        texts += [(text, f"candidate {number}") for number, text in enumerate(self.candidates)]
        texts += [(text, f"train {number}") for number, text in enumerate(self.train)]
        reference, *others = load_together(texts, self.preprocessing, report)
        count = len(self.candidates)
        return Sets(reference, tuple(others[:count]), tuple(others[count:]))

    def roles(self, read: Sets) -> Mapping[str, Measure]:
        """Return all of them by what they are."""
        return {
            "reference": read.reference,
            **{f"candidate {number}": each for number, each in enumerate(read.candidates)},
            **{f"train {number}": each for number, each in enumerate(read.train)},
        }


@dataclass(frozen=True)
class Compare(OnData[Task, Sets]):
    """Candidates compared with what real data would get; options in tuples are multiplied out.

    Attributes
    ----------
    data : Candidates
        Who is compared.
    n : int, optional
        The points of a block; if left out, a tenth of the reference or a fifth of the smallest candidate (with five
        blocks), at most 1,000.
    blocks : int
        J: the reference is cut into 2 J blocks, every candidate into J.
    estimator : tuple of str
        What blocks are measured by: names in :data:`wcheck.experiments.gauges.GAUGES`.
    p : tuple of int
        Orders of the exact distance.
    embed : tuple of str
        Embeddings, see :mod:`wcheck.measures.embeddings.registry`; ``none`` for the points themselves, which is the
        default.
    statistic : str
        That of the permutation test, in :data:`wcheck.estimators.permutation.STATISTICS`.
    permutations : int
        The permutations of the test.
    confidence : float
        That of the intervals.
    shuffle_seed : int, optional
        The seed by which rows are put into another order before they are cut.
    seed : int
        The seed of permutations, resampling and directions.
    """

    data: Candidates
    n: int | None = None
    blocks: int = 5
    estimator: tuple[str, ...] = ("exact",)
    p: tuple[int, ...] = (1,)
    embed: tuple[str, ...] = (NONE,)
    statistic: str = "energy"
    permutations: int = 199
    confidence: float = 0.95
    shuffle_seed: int | None = None
    seed: int = 0

    kind: ClassVar[type[Candidates]] = Candidates
    name: ClassVar[str] = "compare"
    columns: ClassVar[tuple[str, ...]] = (
        "reference", "candidate", "against", "train", "embed", "estimator", "p", *comparison.COLUMNS, "blocks",
        "confidence", "statistic", "permutations", "effective_size", "dim", "scale", "image_size", "dtype",
        "shuffle_seed", "seed",
    )  # fmt: skip
    told = staticmethod(telling.told)

    def __post_init__(self) -> None:
        """Refuse what cannot be run before any data is read.

        Raises
        ------
        ParameterError
            If a value is not allowed.
        """
        from wcheck.estimators.permutation import check as check_test
        from wcheck.transport.cost.exponent import exponent

        for name in self.estimator:
            check_gauge(name)
        for p in self.p:
            exponent(p)
        if self.p != (1,) and "exact" not in self.estimator:
            raise ParameterError(f"--p {self.p[0]} is the order of the exact distance: leave it out.")
        check_test(self.statistic, self.permutations)
        if self.blocks < 2:
            raise ParameterError(f"blocks is {self.blocks}: a standard error needs at least 2; give more.")
        if not 0 < self.confidence < 1:
            raise ParameterError(f"confidence is {self.confidence}: it lies between 0 and 1, such as 0.95.")

    @classmethod
    def placed(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options by the parameters that take them: embeddings are the experiment's, not those of all points."""
        own = {"embed": tuple(options["embed"])} if options.get("embed") else {}
        return super().placed({name: value for name, value in options.items() if name != "embed"}) | own

    def load(self, report: Report) -> Sets:
        """Read all sets, and refuse what cannot be compared."""
        from wcheck.experiments.comparable import check_comparable

        read = self.data.load(report)
        check_comparable(read.reference, read.candidates, read.train, self.data.preprocessing)
        return read

    def tasks(self) -> Sequence[Task]:
        """Return the tasks: for each embedding every estimator, the exact distance in every order."""
        return [
            (None if embed == NONE else embed, estimator, p)
            for embed in self.embed
            for estimator in self.estimator
            for p in (self.p if estimator == "exact" else (None,))
        ]

    def run(self, task: Task, report: Report, place: Place | None = None) -> Iterator[Row]:
        """Yield the rows of one embedding and one estimator; see :func:`wcheck.experiments.comparison.compared`."""
        from wcheck.experiments.blocks import size
        from wcheck.measures.scaling import scale_of

        embed, estimator, p = task
        sets = self._embedded(embed, report)
        blocks, looks = self.kept.once("blocks", lambda: self._looked_at(sets, report), of=embed)
        sizes = {candidate.name: size(candidate) for candidate in sets.candidates}
        measured = gauge(estimator, p or 1, blocks.first + blocks.second, self.seed)
        about: Row = {
            "reference": sets.reference.name,
            "train": ", ".join(each.name for each in sets.train) or None,
            "embed": embed,
            "estimator": estimator,
            "p": p,
            "dim": sets.reference.dim,
            "scale": scale_of(sets.reference),
            "image_size": self.data.preprocessing.image_size,
            "dtype": str(sets.reference.dtype),
            **{
                option: getattr(self, option)
                for option in ("blocks", "confidence", "statistic", "permutations", "shuffle_seed", "seed")
            },
        }
        for candidate, against, row in comparison.compared(blocks, measured, looks, self.confidence, report):
            who = {"candidate": candidate, "against": against, "effective_size": sizes[candidate]}
            yield about | who | row

    def _embedded(self, embed: str | None, report: Report) -> Sets:
        from wcheck.measures.embeddings.registry import embedding as embedding_of

        sets = self.read(report)
        if embed is None:
            return sets
        embedding = embedding_of(embed, self.data.preprocessing.folder)

        def mapped() -> Sets:
            reference, *others = (embedding.measure(measure, report) for measure in sets.all())
            count = len(sets.candidates)
            return Sets(reference, tuple(others[:count]), tuple(others[count:]))

        return self.kept.once("embedded", mapped, of=embed)

    def _looked_at(self, sets: Sets, report: Report) -> tuple[Blocks, dict[str, comparison.Seen]]:
        """Cut the sets into blocks, and return them with what is said beside distances."""
        from wcheck.experiments.blocks import Blocks

        blocks = Blocks.of(
            sets.reference,
            {candidate.name: candidate for candidate in sets.candidates},
            n=self.n,
            blocks=self.blocks,
            shuffle_seed=self.shuffle_seed,
            seed=self.seed,
        )
        looks = comparison.seen(
            blocks, _joined(sets.train), self.statistic, self.permutations, self.seed, report
        )
        return blocks, looks


def _joined(sets: Sequence[Measure]) -> Measure | None:
    """Return all points of some sets; None where there are no sets."""
    import numpy as np

    from wcheck.measures.measure import Measure

    if len(sets) < 2:
        return sets[0] if sets else None
    name = ", ".join(each.name for each in sets)
    joined = Measure.of(np.concatenate([each.dense() for each in sets]), name=name)
    return replace(joined, shape=sets[0].shape)
