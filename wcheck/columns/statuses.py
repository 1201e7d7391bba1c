"""The statuses of rows that are not as they should be, or less certain than they look: what each means, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

GOOD = frozenset({"ok", "optimal", "certified", "converged"})
"""The statuses of which there is nothing to say."""

RAISED = "raised"
"""The status of a row whose task ended in an exception of the user's own code."""

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "rounding": "float64 cannot narrow the bracket of an exact solve any further, because its distances differ too "
        "much in size; the bracket holds, but the value is its upper end and may be far from the truth: give points "
        "whose distances differ less in size, or a larger tolerance (--tol).",
        "stalled": "no pair of points is left that could narrow the bracket, which holds all the same: try another "
        "--seed or a larger tolerance (--tol), and please report the data.",
        "time_limit": "the time limit came first, and the bracket is the best until then: give a longer --time-limit, "
        "or a --checkpoint with which the same command goes on where it was left.",
        "interrupted": "the solve was interrupted, and the bracket is the best until then: with a --checkpoint the "
        "same command goes on where it was left.",
        "unconverged": "the iterations of a Sinkhorn divergence ended with part of the mass still in the wrong place "
        "(the column marginal_violation says how much), and the value may be off by some percent: give a larger "
        "--epsilon, or a --scaling nearer to 1, such as 0.99.",
        "failed": "the solver ended without a value that can be certified: give a larger --epsilon to Sinkhorn, or "
        "another --seed, and please report the data if that does not help.",
        "diverged": "the values or the gradients of a critic, or the points of a generator, are not finite numbers any "
        "more: train with a smaller step size (--lr), or from another --seed.",
        RAISED: "a function or a network of your own failed, and the rest goes on without it:"
        " repair it, and run the command again with --overwrite, or with another -o.",
        "collapsed": "the points of a generator, which were spread before, have almost no spread beside real ones any "
        "more, less than --collapse, and it goes on all the same: if later rows do not recover, train with a smaller "
        "step size, from another --seed, or by another --objective.",
        "absent": "a group is in one of the two tables alone, or has no weight in the other, so that there is no "
        "distance: give both tables one name for the group, or leave its points out.",
        "max_iter": "the clustering ended at --max-iter before it had converged, and its loss could still fall: give a "
        "larger --max-iter, or a larger --tol.",
        "ties": "too many points have their first two neighbours at the same distance, so they lie on a lattice or "
        "were rounded, and both estimates need a density: give the points as they were before rounding.",
        "differs": "a computed value is not the closed form, which is a fault of wcheck or of a library that it uses: "
        "please report it with the versions of both.",
    }
)
"""For every other status one sentence: what happened, what the row is still worth, and what to do."""


def advised(statuses: Sequence[object]) -> Iterator[str]:
    """Yield a sentence for each status among those of all rows that needs one."""
    for status, count in Counter(map(str, statuses)).items():
        if status in ADVICE:
            where = f" ({count} of {len(statuses)} rows)" if len(statuses) > 1 else ""
            yield f"Status {status}{where}: {ADVICE[status]}"
