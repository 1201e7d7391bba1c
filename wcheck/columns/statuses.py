"""The statuses of rows that failed or are less certain than they look: what each means, and what to do."""

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
        "rounding": "float64 cannot narrow the bracket of an exact solve to the tolerance; the bracket is still "
        "valid, and the value is its upper end: give a larger tolerance (--tol), or, if the bracket is wide, points "
        "whose distances differ less in size.",
        "stalled": "no pair of points is left that could narrow the bracket, which is still valid: try another "
        "--seed or a larger tolerance (--tol), and please report the data.",
        "time_limit": (
            "the time limit was reached, and the bracket is the best one found by then: give a longer --time-limit, "
            "or a --checkpoint with which the same command resumes where it stopped."
        ),
        "interrupted": "the solve was interrupted, and the bracket is the best one found by then: with a --checkpoint "
        "the same command resumes where it stopped.",
        "unconverged": "the iterations of a Sinkhorn divergence ended with part of the mass still in the wrong place "
        "(the column marginal_violation says how much), so the value may be wrong by a few percent: give a larger "
        "--epsilon, or a --scaling closer to 1, such as 0.99.",
        "failed": "the solver ended without a value that can be certified: give a larger --epsilon for Sinkhorn, or "
        "another --seed, and please report the data if that does not help.",
        "diverged": "the values or the gradients of a critic, or the points of a generator, are no longer finite "
        "numbers: train with a smaller step size (--lr), or with another --seed.",
        RAISED: "one of your own functions or networks failed, and the run continued without it:"
        " repair it, and run the command again with --overwrite, or with another -o.",
        "collapsed": "the spread of the generated points has fallen below --collapse, as a share of the spread "
        "of real points, and the training continued: if later rows do not recover, train with a smaller step "
        "size, with another --seed, or with another --objective.",
        "absent": "a group is in only one of the two tables, or has no weight in the other, so it has no distance: "
        "give the group one name in both tables, or leave its points out.",
        "max_iter": "the clustering ended at --max-iter before it had converged, and its loss could still fall: give a "
        "larger --max-iter, or a larger --tol.",
        "ties": "too many points have their first two neighbours at the same distance, so they lie on a lattice or "
        "were rounded, but both estimates need a density: give the points as they were before rounding.",
        "differs": (
            "a computed value differs from the closed form, which is an error in wcheck or in a library that it "
            "uses: please report it with the versions of both."
        ),
    }
)
"""For every other status one sentence: what happened, what the row is still worth, and what to do."""


def advised(statuses: Sequence[object]) -> Iterator[str]:
    """Yield a sentence for each status among those of all rows that needs one."""
    for status, count in Counter(map(str, statuses)).items():
        if status in ADVICE:
            where = f" ({count} of {len(statuses)} rows)" if len(statuses) > 1 else ""
            yield f"Status {status}{where}: {ADVICE[status]}"
