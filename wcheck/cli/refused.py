"""Options that a command lacks for a reason, which is given instead of "No such option"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from wcheck.errors import ParameterError

SLOPES = "the slopes of critics are bounded by the Euclidean length of their gradients"
LINE = "its closed forms hold for the distance on the line"
EUCLIDEAN: Mapping[str, str] = MappingProxyType(
    {
        "audit": SLOPES,
        "bernoulli": LINE,
        "compare": "the spread, the nearest points and the test reported with W1 use Euclidean distances",
        "crossover": "the mean distance of a Gaussian from its mean is known for it",
        "dimension": "neighbours are counted in Euclidean balls, whose volume grows with the dimension",
        "false-minima": "its candidates are found for Euclidean distances: geometric medians, centroids, descents",
        "gan": SLOPES,
        "interval": "its lower end is proved by functions that are 1-Lipschitz in it, its upper one by the diameter",
        "kmedians": "centroids are geometric medians, which are found for Euclidean distances alone",
        "known": "the distances and the gradients of its pairs are known for it",
        "oracle": SLOPES,
        "pixels": "it demonstrates a flaw of the Euclidean distance between images",
        "sample-complexity": "the true distances are known for it",
        "toys": "its closed forms hold for Euclidean distances",
        "two-gaussians": LINE,
        "two-sample": "with it the energy distance separates any two distributions, which other metrics need not do",
    }
)
"""Command -> why it has no other ground metric."""

METRIC = "--metric"
HAVING = ("exact", "batch", "certify")
"""Commands that have the option."""


def check(arguments: Sequence[str]) -> None:
    """Raise a ParameterError if a command line, from the command on, has an option that the command does without.

    Raises
    ------
    ParameterError
        With the reason.
    """
    command, *typed = arguments or [""]
    if command in EUCLIDEAN and any(word.partition("=")[0] == METRIC for word in typed):
        *others, last = HAVING
        raise ParameterError(
            f"{command} needs the Euclidean metric: {EUCLIDEAN[command]}; leave {METRIC} out (wcheck "
            f"{', '.join(others)} and {last} take it)."
        )
