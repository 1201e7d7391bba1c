"""Points drawn by weight."""

from __future__ import annotations

import numpy as np
import pytest

from wcheck.transport.programs.sample import drawn, random_part


@pytest.mark.parametrize("kind", ["equal", "some", "one heavy"])
@pytest.mark.parametrize("size", [1, 40, 99, 100, 200])
def test_points_stand_for_their_weight(kind: str, size: int) -> None:
    random = np.random.default_rng(size)
    weights = {"equal": np.ones(100), "some": random.random(100) + 0.01, "one heavy": np.ones(100)}[kind]
    weights[7] += 300.0 * (kind == "one heavy")
    weights /= weights.sum()
    some = drawn(weights, size, random)
    assert (np.diff(some.points) > 0).all()
    assert len(some) == len(some.weights) <= min(size, 100)
    assert some.weights.sum() == pytest.approx(1.0, abs=1e-12)
    if size < 100:
        at_least = np.floor(weights[some.points] * size * (1.0 - 1e-12)) / size
        assert (some.weights >= at_least - 1e-12).all()
        assert (some.weights <= at_least + 1.0 / size + 1e-12).all()
    else:
        np.testing.assert_allclose(some.weights, weights, rtol=1e-12)


def test_the_mean_of_many_samples_is_that_of_all() -> None:
    random = np.random.default_rng(1)
    weights, values = random.dirichlet(np.full(300, 0.2)), random.normal(size=300)
    means = [
        sample.weights @ values[sample.points] for sample in (drawn(weights, 60, random) for _ in range(2000))
    ]
    assert np.mean(means) == pytest.approx(weights @ values, abs=5.0 * np.std(means) / np.sqrt(2000))
    own = [
        (weights[some] @ values[some]) / weights[some].sum()
        for some in (random_part(300, 60, random) for _ in range(2000))
    ]
    assert np.std(means) < np.std(own) / 2.0
