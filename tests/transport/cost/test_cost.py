"""Costs and their error bounds, against rational arithmetic and SciPy."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from wcheck.errors import ParameterError
from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.cost.pairs import cost_rounding, pair_costs
from wcheck.transport.cost.squared import SquaredDistances

coordinates = st.floats(-1e3, 1e3, width=32)


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=40))
def test_squared_pair_costs_are_within_their_rounding_of_the_rational_truth(
    pairs: list[tuple[float, float]],
) -> None:
    x, y = (np.array([column], np.float32) for column in zip(*pairs, strict=True))
    truth = sum((Fraction(float(p)) - Fraction(float(q))) ** 2 for p, q in zip(x[0], y[0], strict=True))
    zero = np.zeros(1, np.int64)
    found = Fraction(float(pair_costs(x, y, zero, zero, 2)[0]))
    assert abs(found - truth) <= Fraction(cost_rounding(len(pairs), 2)) * truth


def test_pair_costs_agree_with_scipy_and_take_the_unit_out() -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(30, 700)), random.normal(size=(40, 700))
    i, j = np.divmod(np.arange(1200), 40)
    assert pair_costs(x, y, i, j).reshape(30, 40) == pytest.approx(cdist(x, y), rel=1e-13)
    assert pair_costs(x, y, i, j, 2, 4.0).reshape(30, 40) == pytest.approx(cdist(x, y) ** 2 / 16, rel=1e-13)


def test_costs_to_one_point_are_to_the_last_bit_those_among_many() -> None:
    """They are measured from the other side, four at a time."""
    random = np.random.default_rng(1)
    x, y = random.normal(size=(31, 77)).astype(np.float32), random.normal(size=(3, 77))
    every = np.arange(31)
    for p in (1, 2):
        among = pair_costs(x, y, np.repeat(every, 3), np.tile(np.arange(3), 31), p, 0.5)[1::3]
        assert pair_costs(x, y[1:2], every, np.zeros(31, np.int64), p, 0.5).tolist() == among.tolist()


@pytest.mark.parametrize("dim", [1, 7, 64, 3072])
def test_a_pair_costs_the_same_bits_in_any_company(dim: int) -> None:
    rng = np.random.default_rng(dim)
    x, y = rng.random((5, dim), dtype=np.float32), rng.random((9, dim), dtype=np.float32)
    i, j = np.repeat(np.arange(5), 9), np.tile(np.arange(9), 5)
    together = pair_costs(x, y, i, j)
    alone = [pair_costs(x, y, i[k : k + 1], j[k : k + 1])[0] for k in range(45)]
    assert together.tolist() == alone
    order = rng.permutation(45)
    assert pair_costs(x, y, i[order], j[order]).tolist() == together[order].tolist()


@pytest.mark.parametrize(
    ("dim", "offset", "scale"), [(1, 0, 1), (3, 1e6, 1e-3), (20, 0, 1e-200), (500, 0, 1e100)]
)
def test_screened_distances_are_within_their_error(dim: int, offset: float, scale: float) -> None:
    random = np.random.default_rng(dim)
    x, y = (Measure.of(random.normal(size=(n, dim)) * scale + offset) for n in (70, 50))
    distances = SquaredDistances(x, y)
    truth = cdist(x.points / distances.frame.unit, y.points / distances.frame.unit, "sqeuclidean")
    error = (distances.error_x[:, None] + distances.error_y).numpy()
    found = distances.block(slice(None)).numpy()
    assert (np.abs(found - truth) <= error).all()
    assert error.max() < 1e-3


def test_an_error_bound_that_is_too_small_is_noticed() -> None:
    """A hundredth of the bound does not cover a thousand dimensions far from the origin of the frame."""
    random = np.random.default_rng(1)
    x, y = (Measure.of(random.normal(size=(200, 2)).astype(np.float32)) for _ in range(2))
    distances = SquaredDistances(x, y)
    truth = (
        cdist(x.points.astype(np.float64), y.points.astype(np.float64), "sqeuclidean")
        / distances.frame.unit**2
    )
    found = distances.block(slice(None)).numpy()
    error = (distances.error_x[:, None] + distances.error_y).numpy()
    assert (np.abs(found - truth) > error / 100).any()


def test_the_diameter_bounds_every_distance_and_not_by_much() -> None:
    random = np.random.default_rng(2)
    x, y = Measure.of(random.normal(size=(50, 4))), Measure.of(random.normal(size=(60, 4)) + 3)
    largest = cdist(x.points, y.points).max()
    assert largest <= joint_frame(x, y).diameter <= 2.5 * largest


def test_frames_refuse_what_cannot_be_measured() -> None:
    with pytest.raises(ParameterError, match=r"dimension 2 and .* dimension 3"):
        joint_frame(Measure.of(np.zeros((4, 2)), name="p"), Measure.of(np.zeros((4, 3)), name="q"))
    with pytest.raises(ParameterError, match="rescale"):
        joint_frame(Measure.of(np.full((1, 1), 1e200)), Measure.of(np.full((1, 1), -1e200)))


def test_one_point_twice_has_no_extent() -> None:
    point = Measure.of(np.ones((3, 2)))
    frame = joint_frame(point, point)
    assert frame.unit == 1.0
    assert frame.diameter == 0.0


def test_rounding_grows_with_the_dimension() -> None:
    assert math.isclose(cost_rounding(3072, 2), 3076 * 2.0**-53, rel_tol=1e-9)
