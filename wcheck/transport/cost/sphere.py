r"""The great-circle distance in kilometres between latitudes and longitudes in degrees, by the haversine formula.

With ``a = sin^2(dphi/2) + cos phi_1 cos phi_2 sin^2(dlambda/2)`` the angle is ``2 atan2(sqrt a, sqrt(1 - a))``, where

.. math:: 1 - a = \cos^2(\Delta\varphi/2) \cos^2(\Delta\lambda/2)
    + \sin^2((\varphi_1+\varphi_2)/2) \sin^2(\Delta\lambda/2)

is summed, too, instead of subtracted. All terms are positive and differences are taken in degrees, those of longitudes
modulo 360 with their rounding, so the relative error is at most :data:`ROUNDING`, for near points and for antipodes:
sines are off by 5 roundings, ``sqrt a`` by 20 (relatively), ``sqrt(1 - a)`` by 25 (absolutely), the angle by both.
Libraries' sines are taken to be off by one unit in the last place.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError
from wcheck.kernels import compiled
from wcheck.lazily import torch
from wcheck.measures.measure import Measure
from wcheck.transport.arithmetic.rounding import U64
from wcheck.transport.arithmetic.sums import two_sum
from wcheck.transport.cost.costs import float_points, power_precision
from wcheck.transport.cost.directions import APART, Directions, Reading, angles

RADIUS = 6371.0088
"""The mean radius of the earth in kilometres (IUGG)."""
ROUNDING = 64.0 * U64
LOST = 2.0**-46
"""More than a product of two computed unit vectors of three coordinates is off the cosine."""
DEGREE = math.pi / 180.0


def great_circles(x: Measure, y: Measure, p: int) -> Directions:
    """Return the costs between points (latitude, longitude) in degrees.

    Raises
    ------
    ParameterError
        If points are not of this kind.
    """
    points = float_points(*(_places(measure) for measure in (x, y)))
    vectors = tuple(_on_sphere(side.astype(np.float64)) for side in points)
    return Directions(points, vectors, p, HAVERSINE, LOST)


def _places(measure: Measure) -> Measure:
    """Return points (latitude, longitude), in the order of their columns' names where these tell; refuse others."""
    name, wanted = measure.name, "haversine takes (latitude, longitude) in degrees"
    if measure.dim != 2:
        raise ParameterError(f"{name} has dimension {measure.dim}: {wanted}; give two columns.")
    first, second = (column.lower() for column in measure.columns or ("", ""))
    turned = first.startswith(("lon", "lng")), second.startswith("lat")
    if all(turned):
        measure = measure.reordered([1, 0])
    elif any(turned):
        raise ParameterError(
            f"{name} has the columns {first} and {second}: {wanted}; call the columns lat and lon, or put the latitude "
            "first."
        )
    for rows, block in measure.blocks():
        wrong = (np.abs(block[:, 0]) > 90.0) | (np.abs(block[:, 1]) > 360.0)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise ParameterError(
                f"{name} holds the point {tuple(block[row].tolist())} at row {rows.start + row}: {wanted}, latitudes "
                "from -90 to 90 and longitudes from -360 to 360; convert the points, or swap the columns."
            )
    return measure


def _on_sphere(places: NDArray[np.float64]) -> NDArray[np.float64]:
    latitude, longitude = np.radians(places).T
    across = np.cos(latitude)
    vectors = across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)
    return np.ascontiguousarray(np.stack(vectors, axis=1))


@compiled(inline="always")
def _sine(degrees):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Return the sine of at most 90 degrees."""
    return math.sin(degrees * DEGREE)


@compiled()
def _haversine_pairs(points_x, points_y, x, y, i, j, out):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    for k in range(len(out)):
        first, second = np.float64(points_x[i[k], 0]), np.float64(points_y[j[k], 0])
        turn, rest = two_sum(np.float64(points_x[i[k], 1]), -np.float64(points_y[j[k], 1]))
        turn -= 360.0 * np.rint(turn / 360.0)  # exactly: between -180 and 180
        turn = 0.5 * abs(turn + rest)
        apart = 0.5 * abs(first - second)
        across = _sine(90.0 - abs(first)) * _sine(90.0 - abs(second))
        near = math.hypot(_sine(apart), math.sqrt(across) * _sine(turn))
        far = math.hypot(
            _sine(90.0 - apart) * _sine(90.0 - turn), _sine(0.5 * abs(first + second)) * _sine(turn)
        )
        distance = 2.0 * math.atan2(near, far) * RADIUS
        if distance < APART and (first != second or across * turn > 0.0):
            distance = APART
        out[k] = distance


def _kilometres(cosines: torch.Tensor) -> torch.Tensor:
    return angles(cosines).mul_(RADIUS * (1.0 - 4.0 * U64))


HAVERSINE = Reading(
    _haversine_pairs,
    _kilometres,
    math.pi * RADIUS * (1.0 + 1e-12),
    lambda dim, p: power_precision(ROUNDING, 0.0, p),
    unit=2.0**14,
)
