"""What a step is given: shares by weight, pairs of full batches, and what cannot be paired."""

import numpy as np
import pytest
import torch

from wcheck.errors import ParameterError
from wcheck.learning.samplers import Batches, FrozenPoints
from wcheck.measures.measure import Measure


def test_batches_follow_the_weights():
    weights = np.array([0.0, 0.1, 0.0, 0.6, 0.3, 0.0])
    points = FrozenPoints(Measure.of(np.arange(6.0), weights))
    drawn = points.draw(20_000, torch.Generator().manual_seed(0))
    shares = np.bincount(drawn[:, 0].long().numpy(), minlength=6) / 20_000
    # five standard deviations of a share are at most 0.018
    assert shares == pytest.approx(weights, abs=0.018)
    assert (shares[weights == 0] == 0).all()


def test_uniform_batches_take_every_point():
    points = FrozenPoints(Measure.of(np.arange(6.0)))
    drawn = points.draw(20_000, torch.Generator().manual_seed(0))
    shares = np.bincount(drawn[:, 0].long().numpy(), minlength=6) / 20_000
    assert shares == pytest.approx(np.full(6, 1 / 6), abs=0.018)


def test_read_only_points_are_copied_and_not_complained_about():
    array = np.ones((3, 2), np.float32)
    array.flags.writeable = False
    assert FrozenPoints(Measure.of(array)).points.tolist() == array.tolist()


def test_a_full_batch_is_all_of_both_sets_in_random_pairs():
    x, y = (FrozenPoints(Measure.of(np.arange(6.0) + shift)) for shift in (0, 10))
    batches, stream = Batches(x, y, None), torch.Generator().manual_seed(0)
    (first_x, first_y), (second_x, second_y) = batches.draw(stream), batches.draw(stream)
    assert torch.equal(first_x, x.points)
    assert torch.equal(second_x, x.points)
    assert not torch.equal(first_y, second_y)
    for drawn in (first_y, second_y):
        assert sorted(drawn[:, 0].tolist()) == y.points[:, 0].tolist()


@pytest.mark.parametrize(
    ("n", "weights", "words"), [(5, None, "6 and 5 points:"), (6, np.arange(6.0) / 15, "some with weights:")]
)
def test_sets_that_cannot_be_paired_have_no_full_batches(n, weights, words):
    x, y = FrozenPoints(Measure.of(np.arange(6.0))), FrozenPoints(Measure.of(np.arange(float(n)), weights))
    with pytest.raises(ParameterError, match=words):
        Batches(x, y, None)
    Batches(x, y, 4)
