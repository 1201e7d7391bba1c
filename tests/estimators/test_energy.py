"""The unbiased energy distance to held-out points, beside that of real ones."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from wcheck import Measure
from wcheck.errors import SourceError
from wcheck.estimators.energy import EnergyDistance
from wcheck.measures.embeddings.function import Function
from wcheck.measures.sources import load


def brute(x, y):
    """The same by SciPy: pdist leaves out the pairs of a point with itself."""
    return cdist(x, y).mean() - pdist(x).mean() / 2 - pdist(y).mean() / 2


def biased(x, y):
    return cdist(x, y).mean() - cdist(x, x).mean() / 2 - cdist(y, y).mean() / 2


def parts(seed, n=40, d=3, shift=0.0):
    random = np.random.default_rng(seed)
    reference, real, fake = random.normal(size=(3, n, d))
    return reference, real, fake + shift


def test_it_is_that_of_a_second_implementation():
    reference, real, fake = parts(0, shift=0.3)
    found = EnergyDistance(Measure.of(reference), Measure.of(real)).of(Measure.of(fake))
    assert found["energy_distance"] == pytest.approx(brute(fake, reference))
    assert found["energy_distance_real"] == pytest.approx(brute(real, reference))
    assert found["energy_distance_excess"] == pytest.approx(brute(fake, reference) - brute(real, reference))
    assert found["energy_distance"] != pytest.approx(biased(fake, reference), rel=1e-3)


def test_its_mean_is_0_for_equal_distributions_and_that_of_the_biased_one_is_not():
    draws = [parts(seed, n=12) for seed in range(200)]
    ours, theirs = [], []
    for reference, real, fake in draws:
        found = EnergyDistance(Measure.of(reference), Measure.of(real)).of(Measure.of(fake))
        ours.append(found["energy_distance"])
        theirs.append(biased(fake, reference))
    error = np.std(ours) / np.sqrt(len(ours))
    assert abs(np.mean(ours)) < 3 * error
    assert min(ours) < 0
    assert np.mean(theirs) > 10 * error


def test_generated_points_are_measured_in_the_feature_space(tmp_path, monkeypatch):
    (tmp_path / "halves_of.py").write_text(
        "def first(images):\n    return images[:, 0, :4].reshape(len(images), -1)\n"
    )
    first = Function("halves_of:first", tmp_path)
    reference, real, fake = (load(f"digits[{a}:{a + 40}]") for a in (0, 40, 80))
    found = EnergyDistance(reference, real, first).of(fake)
    x, y = (part.dense().astype(float)[:, :32] for part in (fake, reference))
    assert found["energy_distance"] == pytest.approx(brute(x, y), rel=1e-5)
    with pytest.raises(SourceError, match="halves_of:first failed"):
        EnergyDistance(reference, real, first).of(Measure.of(np.zeros((4, 64)), shape=(64,)))


def test_one_point_has_no_pair():
    one, two = Measure.of(np.zeros((1, 2))), Measure.of(np.eye(2))
    assert set(EnergyDistance(one, one).of(one).values()) == {None}
    found = EnergyDistance(two, two).of(one)
    assert (found["energy_distance"], found["energy_distance_excess"]) == (None, None)
    assert found["energy_distance_real"] is not None


def test_classes_are_those_that_a_hundredth_of_the_points_belong_to():
    class Signs(Function):
        """The points themselves, in classes by the sign of their first coordinate."""

        def __init__(self):
            pass

        def __call__(self, points, shape, scale=""):
            return points

        def classes(self, vectors):
            return np.sign(vectors[:, 0]).astype(np.int64)

    reference, real, fake = parts(0, n=200)
    energy = EnergyDistance(Measure.of(reference), Measure.of(real), Signs())

    def found(*positive):
        own = -np.abs(fake)
        own[: len(positive), 0] = positive
        return energy.of(Measure.of(own))["classes"]

    assert (found(), found(1.0), found(1.0, 2.0), found(1.0, 2.0, 0.0)) == (1, 1, 2, 2)
    assert EnergyDistance(Measure.of(reference), Measure.of(real)).of(Measure.of(fake))["classes"] is None
