"""Many small problems with another ground metric than the Euclidean: each by itself, shared among threads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from functools import partial

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError
from wcheck.lazily import torch
from wcheck.threads import shared
from wcheck.transport.cost.metric import Metric, Users
from wcheck.transport.solve.batch_problems import Problems
from wcheck.transport.solve.exact import exact


def solve_each(
    problems: Problems, metric: Metric, p: int, tol: float, report: Callable[[int], None]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lower and upper bounds of all problems.

    Parameters
    ----------
    problems : Problems
        The problems.
    metric : Metric
        The ground metric; a function of the user's is called from one thread.
    p : {1, 2}
        The exponent.
    tol : float
        How narrow each bracket shall be.
    report : callable
        Told how many problems are done.
    """
    lower, upper = np.empty((2, len(problems)))
    threads = 1 if isinstance(metric, Users) else torch.get_num_threads()
    solve = partial(_bracket, problems, metric, p, tol)
    with closing(shared(solve, range(len(problems)), threads)) as found:
        for k, (least, most) in enumerate(found):
            lower[k], upper[k] = least, most
            report(k + 1)
    return lower, upper


def _bracket(problems: Problems, metric: Metric, p: int, tol: float, k: int) -> tuple[float, float]:
    try:
        found = exact(problems.measure("x", k), problems.measure("y", k), p=p, metric=metric, tol=tol)
    except (ParameterError, SourceError) as error:
        raise type(error)(f"problem {k}: {error}") from error
    return found.bracket.lower, found.bracket.upper
