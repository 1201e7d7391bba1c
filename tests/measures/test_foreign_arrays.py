"""Arrays and frames of other libraries are read as numpy's and pandas' are; those not installed here are skipped."""

import numpy as np
import pytest

import wcheck
from wcheck.errors import ParameterError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 2)), RNG.normal(size=(30, 2)) + 1.0


class OnlyDLPack:
    """An array that says nothing but DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


class Elsewhere(OnlyDLPack):
    """One on a device that numpy cannot read."""

    def __dlpack__(self, **options):
        raise BufferError("on another device")


def test_dlpack():
    assert wcheck.exact(OnlyDLPack(X), OnlyDLPack(Y)).value == wcheck.exact(X, Y).value
    with pytest.raises(ParameterError, match="x cannot be read as an array"):
        wcheck.exact(Elsewhere(X), Y)


def test_bfloat16_of_jax():
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    rounded = X.astype(bfloat16)
    assert wcheck.exact(rounded, Y).value == wcheck.exact(rounded.astype(np.float32), Y).value


def test_jax():
    jax = pytest.importorskip("jax.numpy")
    found = wcheck.judge(jax.asarray(X), jax.asarray(Y), jax.asarray(X[:, 0]), jax.asarray(Y[:, 0]))
    assert found.claimed == pytest.approx(X[:, 0].mean() - Y[:, 0].mean(), rel=1e-5)


def test_xarray():
    xarray = pytest.importorskip("xarray")
    x = xarray.DataArray(X, dims=("point", "coordinate"))
    assert wcheck.exact(x, Y).value == wcheck.exact(X, Y).value


def test_polars():
    """Columns are compared by their names, and a column of weights is one."""
    polars = pytest.importorskip("polars")
    x = polars.DataFrame({"eta": X[:, 0], "phi": X[:, 1], "weight": np.full(20, 0.05)})
    y = polars.DataFrame({"phi": Y[:, 1], "eta": Y[:, 0]})
    assert wcheck.exact(x, y).value == pytest.approx(wcheck.exact(X, Y).value)
