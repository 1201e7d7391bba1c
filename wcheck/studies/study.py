"""What a study is: runs whose rows it reads, and claims that these rows decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import pandas as pd

Preset: TypeAlias = Literal["quick", "full", "paper"]
Verdict: TypeAlias = Literal["reproduced", "not reproduced", "not settled"]
Rows: TypeAlias = "Mapping[str, pd.DataFrame]"
"""Rows by the name of their run: numbers as floats, blank cells as NaN, everything else as text."""
DATA = "{data}"
"""In a setting of a run: the source that the preset, or ``--data``, puts there."""
FOLDER = "{folder}"
"""In a setting of a run: the folder of its name, beside its rows, such as for generators that are saved."""
FAILURES = frozenset({"diverged", "collapsed"})
"""How a training may fail."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of an experiment: the command of the same name with ``-o``; studies that name the same run share its rows.

    Attributes
    ----------
    name : str
        That of its file, without ``.csv``.
    command : str
        The name of the experiment.
    quick, full, paper : mapping
        The options of each preset, under the names of :meth:`wcheck.experiments.base.Experiment.of`; ``full`` and
        ``paper`` are on top of ``quick``, so that each says what differs. ``{data}`` in a text stands for the source,
        ``{folder}`` at its beginning for a folder of the run's own; what follows makes another. Two more names:
        ``preset``, one of the experiment's own, and for ``sample-complexity`` ``fit``, whose rows are those of
        ``NAME.fit``.
    seconds : mapping
        What each preset may take on two cores, of those that say so; the shares of ``quick`` add up to at most 20
        minutes.
    figures : mapping
        What figures are drawn of the rows: the kind, as in ``wcheck plot --kind``, -> what is to be seen, in a
        sentence for those who do not see it.
    beside : tuple of str
        The names of runs of the same study whose rows all these figures show too.
    pictures : mapping
        What pictures that the run itself wrote are shown: a pattern of file names such as
        ``"{folder}-sheets/001-*.png"``, of which the last in the order of names is taken -> what is to be seen.
    fine : frozenset of str
        Statuses that are a result of this run, and no fault of it, beside those of the experiment: such as
        :data:`FAILURES`, of trainings that are looked at for whether they fail.
    """

    name: str
    command: str
    quick: Mapping[str, Any]
    seconds: Mapping[Preset, float]
    full: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    paper: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    figures: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    beside: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    fine: frozenset[str] = frozenset()


def names_data(run: Run) -> bool:
    """Whether a run is on the data of the plan."""
    return DATA in repr((run.quick, run.full, run.paper))


@dataclass(frozen=True, slots=True)
class Finding:
    """What rows say of a claim.

    Attributes
    ----------
    verdict : str
        ``reproduced``, ``not reproduced``, or ``not settled`` where the sample is too small.
    found : str
        The number that was found, with its bracket or its interval, in words: ``"V / L is 2.1 to 4.0 % of the exact
        11.04"``.
    value, lower, upper : float, optional
        The number that the rule compares, and its bracket or interval.
    more : str
        What it would take to settle it, where it is not, such as ``"about 40 seeds, 20 minutes"``.
    why : str
        The reason why the claim was not reproduced, as far as it is known.
    """

    verdict: Verdict
    found: str
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    more: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a paper says, and the rule by which rows decide it.

    Attributes
    ----------
    name : str
        Short, lower case with dashes, one among all: ``"loss-is-a-tenth"``.
    source : str
        The place in the paper: ``"Stanczuk et al. 2021, Section 4.2, Figure 3"``.
    says : str
        The claim, in one sentence of our own words.
    rule : str
        The conditions under which it is reproduced and not reproduced, by columns and thresholds: what :attr:`judge`
        does.
    judge : callable
        From rows to a finding. It never raises for rows of few or failed tasks: those are ``not settled``.
    number : str
        The paper's number, if it gives one: ``"41.21"``.
    original : tuple of str
        The data of the paper, as sources begin (``("cifar10",)``); empty where it needs none, such as a closed form.
        On any others the verdict is on a stand-in, and its row says which.
    data : str
        The data on which it is decided, if they differ from those of the study's other claims.
    settles : tuple of str
        The presets that are large enough to decide it.
    """

    name: str
    source: str
    says: str
    rule: str
    judge: Callable[[Rows], Finding]
    number: str = ""
    original: tuple[str, ...] = ()
    data: str = ""
    settles: tuple[Preset, ...] = ("quick", "full", "paper")


@dataclass(frozen=True, slots=True)
class Study:
    """A question, the runs that answer it, and what the papers claim of it.

    Attributes
    ----------
    name : str
        What ``--only`` takes: a letter and a number, as in ``A1``, or a word.
    title : str
        A short heading.
    question : str
        The question in plain words, a sentence or two.
    runs : sequence of Run
        Whose rows its claims read.
    claims : sequence of Claim
        What the papers say of it.
    means : str
        What the answer means, and what it does not mean.
    """

    name: str
    title: str
    question: str
    runs: Sequence[Run]
    claims: Sequence[Claim]
    means: str
