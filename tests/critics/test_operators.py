"""Norms of convolutions and matrices, against the operators written out."""

import math

import pytest
import torch
from torch import nn

from wcheck.critics.convolution_rules import convolution_of
from wcheck.critics.operators import matrix_norm, matrix_residual


def written_out(layer, shape):
    """The matrix of a convolution on images of this shape."""
    basis = torch.eye(math.prod(shape), dtype=torch.float64).reshape(-1, *shape)
    with torch.no_grad():
        return (layer(basis) - layer(torch.zeros_like(basis))).flatten(1)


def convolution(*, seed=0, **options):
    torch.manual_seed(seed)
    return nn.Conv2d(4, 6, dtype=torch.float64, **options)


@pytest.mark.parametrize(
    ("options", "size", "slack"),
    [
        ({"kernel_size": 3, "padding": 1}, (9, 8), 1.15),
        ({"kernel_size": 4, "stride": 2, "padding": 1}, (8, 8), 1.15),
        ({"kernel_size": 3, "stride": 2}, (7, 9), 1.25),
        ({"kernel_size": (2, 3), "stride": (1, 2), "padding": (0, 2)}, (6, 7), 1.25),
        ({"kernel_size": 3, "stride": 2, "padding": 1, "dilation": 2, "groups": 2}, (9, 8), 1.6),
        ({"kernel_size": 3, "padding": "same"}, (5, 5), 1.25),
        ({"kernel_size": 3, "padding": 1, "padding_mode": "circular"}, (8, 8), 1 + 1e-9),
        ({"kernel_size": 4, "stride": 2, "padding": 1, "padding_mode": "circular"}, (8, 8), 1 + 1e-9),
        ({"kernel_size": 4}, (4, 4), 1 + 1e-9),
        ({"kernel_size": 3, "stride": 3, "padding": 4, "padding_mode": "circular"}, (7, 7), 3.0),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_convolution_is_bounded_by_little_more_than_its_norm(options, size, slack, seed):
    layer = convolution(seed=seed, **options)
    truth = torch.linalg.matrix_norm(written_out(layer, (4, *size)), 2).item()
    assert truth <= convolution_of(layer, *size).norm() <= slack * truth


def test_the_reshaped_kernels_norm_is_not_the_convolutions():
    """The comparator: what torch's spectral_norm divides by is too small a bound."""
    layer = convolution(kernel_size=3, padding=1)
    nn.init.constant_(layer.weight, 0.1)
    truth = torch.linalg.matrix_norm(written_out(layer, (4, 8, 8)), 2).item()
    assert matrix_norm(layer.weight.flatten(1)) < 0.5 * truth < convolution_of(layer, 8, 8).norm()


def test_too_many_frequencies_leave_the_kernels_bound(monkeypatch):
    layer = convolution(kernel_size=3, padding=1)
    truth = torch.linalg.matrix_norm(written_out(layer, (4, 6, 6)), 2).item()
    monkeypatch.setattr("wcheck.critics.operators.MOST_WORK", 1.0)
    kernel = matrix_norm(layer.weight.flatten(1))
    assert truth <= convolution_of(layer, 6, 6).norm() == pytest.approx(3 * kernel)


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (50, 3), (20, 20)])
def test_a_matrix_is_bounded_by_its_largest_singular_value(shape):
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    truth = torch.linalg.matrix_norm(matrix, 2).item()
    assert truth <= matrix_norm(matrix) <= truth * (1 + 1e-10)


def test_powers_of_two_are_bounded_from_above_exactly():
    assert 1.0 <= matrix_norm(torch.eye(5)) < 1.0 + 1e-11
    assert matrix_norm(torch.zeros(3, 4)) == 0.0
    assert matrix_norm(torch.full((2, 2), math.inf)) == math.inf


def test_orthonormal_rows_or_columns_leave_no_residual():
    wide = torch.linalg.qr(torch.randn(9, 4, dtype=torch.float64))[0].T
    assert matrix_residual(wide) < 1e-14
    assert matrix_residual(wide.T) < 1e-14
    assert matrix_residual(1.5 * wide) == pytest.approx(1.25)


def test_a_shift_is_an_orthogonal_convolution_and_a_mean_is_not():
    layer = nn.Conv2d(2, 2, 3, padding=1, bias=False, padding_mode="circular")
    with torch.no_grad():
        layer.weight.zero_()
        layer.weight[0, 1, 0, 2] = layer.weight[1, 0, 2, 2] = 1.0
    assert convolution_of(layer, 8, 8).residual() < 1e-12
    assert convolution_of(layer, 8, 8).norm() == pytest.approx(1.0, abs=1e-10)
    nn.init.constant_(layer.weight, 1 / 18)
    assert convolution_of(layer, 8, 8).residual() > 0.4
