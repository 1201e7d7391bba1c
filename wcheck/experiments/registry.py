"""All experiments by their names, which are those of their commands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from wcheck.errors import not_one_of
from wcheck.experiments.audit import SavedCritic
from wcheck.experiments.base import Experiment
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.bernoulli import Bernoulli
from wcheck.experiments.certify import Certify
from wcheck.experiments.compare import Compare
from wcheck.experiments.crossover import Crossover
from wcheck.experiments.dimension import Dimension
from wcheck.experiments.exact import Exact
from wcheck.experiments.false_minima import FalseMinima
from wcheck.experiments.gan import Gan
from wcheck.experiments.interval import Interval
from wcheck.experiments.kmedians import KMedians
from wcheck.experiments.known import KnownTruth
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.pixels import Pixels
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.experiments.toys import Toys
from wcheck.experiments.two_gaussians import TwoGaussians
from wcheck.experiments.two_sample import TwoSample

EXPERIMENTS: Mapping[str, type[Experiment[Any]]] = MappingProxyType(
    {
        experiment.name: experiment
        for experiment in (
            Exact,
            Certify,
            Oracle,
            Gan,
            SavedCritic,
            BatchEstimates,
            SampleComplexity,
            Compare,
            TwoSample,
            Interval,
            Dimension,
            KMedians,
            FalseMinima,
            Crossover,
            Bernoulli,
            Pixels,
            KnownTruth,
            Toys,
            TwoGaussians,
        )
    }
)
"""In the order of the commands."""


def named(name: str) -> type[Experiment[Any]]:
    """Return the experiment of a name, that of its command.

    Raises
    ------
    ParameterError
        If there is no such experiment.
    """
    if name not in EXPERIMENTS:
        raise not_one_of("experiment", name, EXPERIMENTS)
    return EXPERIMENTS[name]
