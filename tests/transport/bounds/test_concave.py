"""The search for the maximum of a concave function."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wcheck.transport.bounds.concave import MOST_EVALUATIONS, TOLERANCE, lockstep, search


def lines(seed):
    """The lower envelope of random lines, positive at its top, as value and supergradient."""
    rng = np.random.default_rng(seed)
    slopes = 10.0 * rng.standard_normal(50)
    slopes[0] = -abs(slopes[0]) - 0.1  # so that there is a maximum
    heights = rng.random(50) + np.where(slopes < 0, 5.0, 0.1)  # so that most are not at 0

    def at(s):
        values = slopes * s + heights
        return float(values.min()), float(slopes[values.argmin()])

    return at


@given(st.integers(0, 10_000), st.sampled_from([0.0, 1e-3, 1.0, 500.0]), st.sampled_from([1.05, 4.0]))
def test_the_best_value_is_the_maximum(seed, start, factor):
    at = lines(seed)
    asked = []

    def evaluate(requests):
        asked.extend(requests)
        return [at(s) for _, s in requests]

    ((s, value),) = lockstep([search(start, 1.0, factor)], evaluate)
    top = max(at(t)[0] for t in np.concatenate([[0.0], np.geomspace(1e-5, 1e3, 5000)]))
    assert len(asked) <= MOST_EVALUATIONS
    assert at(s)[0] == value
    assert value >= top - 1.01 * TOLERANCE * abs(top)


def test_a_maximum_at_zero_is_found():
    ((s, value),) = lockstep([search(3.0, 1.0, 2.0)], lambda requests: [(2.0 - t, -1.0) for _, t in requests])
    assert (s, value) == (0.0, 2.0)


def test_several_searches_share_their_evaluations():
    functions = [lines(seed) for seed in (1, 2, 3)]
    alone = [
        lockstep([search(1.0, 1.0, 2.0)], lambda requests, f=f: [f(s) for _, s in requests])[0]
        for f in functions
    ]
    calls = []

    def evaluate(requests):
        calls.append(len(requests))
        return [functions[index](s) for index, s in requests]

    assert lockstep([search(1.0, 1.0, 2.0) for _ in functions], evaluate) == alone
    assert calls[0] == 3
