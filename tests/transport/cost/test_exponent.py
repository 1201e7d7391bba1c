"""The exponent: 1 and 2 of any numeric type, and nothing else, wherever it is taken."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from wcheck import exact, exact_batch
from wcheck.errors import ParameterError
from wcheck.transport.cost.exponent import exponent


@pytest.mark.parametrize("kind", [int, float, np.int64, np.uint8, np.float32, Fraction])
@pytest.mark.parametrize("p", [1, 2])
def test_one_and_two_are_taken_of_any_type(kind: Any, p: int) -> None:
    for found in (
        exponent(kind(p)),
        exact([0.0], [3.0], p=kind(p)).p,
        exact_batch([[0.0]], [[3.0]], p=kind(p)).p,
    ):
        assert type(found) is int
        assert found == p


@pytest.mark.parametrize(
    "p", [True, np.True_, 0, 3, 1.5, math.nan, math.inf, 1j, "1", None, [1], torch.tensor(1)]
)
def test_everything_else_is_refused_in_one_line(p: Any) -> None:
    for solve in (
        lambda: exponent(p),
        lambda: exact([0.0], [3.0], p=p),
        lambda: exact_batch([[0.0]], [[3.0]], p=p),
    ):
        with pytest.raises(ParameterError, match="the exponent is 1 or 2") as caught:
            solve()
        assert "\n" not in str(caught.value)
