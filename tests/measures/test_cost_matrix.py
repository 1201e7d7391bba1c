"""Cost matrices: what is read, what is refused, and that nothing is rounded away."""

import zipfile

import numpy as np
import pytest
import torch

from wcheck.errors import ParameterError, SourceError
from wcheck.measures.cost import CostMatrix, read_cost, read_vector

COSTS = np.array([[3.0, -1.0, np.inf], [0.0, 2.5, 7.0]])


def whole(matrix):
    """Return a matrix as its blocks and their rests say."""
    return np.concatenate([matrix.block(rows).astype(float) for rows in matrix.blocks()])


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", ">f8", "i1", "u2", "i4", ">i8", "u8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_real_type_is_read_as_it_is(dtype, order, tmp_path):
    costs = np.array([[3, 1, 0], [1, 0, 1]]).astype(dtype, order=order)
    np.save(tmp_path / "m.npy", costs)
    for matrix in (CostMatrix.of(costs), read_cost(tmp_path / "m.npy")):
        assert np.array_equal(whole(matrix), costs.astype(float))
        assert matrix.shape == (2, 3)
        assert (matrix.largest, matrix.forbids) == (float(costs.max()), False)
        assert np.array_equal(matrix.least, costs.astype(float).min(axis=1))
        assert np.array_equal(matrix.pairs(np.array([0, 1]), np.array([1, 0])), costs[[0, 1], [1, 0]])


def test_inf_forbids_and_signs_are_kept():
    matrix = CostMatrix.of(COSTS)
    assert matrix.forbids
    assert np.array_equal(matrix.least, [-1.0, 0.0])
    assert matrix.largest == 7.0
    assert CostMatrix.of([[np.inf, np.inf]]).least[0] == np.inf


def test_arrays_are_not_copied_and_tensors_and_lists_are_read():
    assert CostMatrix.of(COSTS).block(slice(0, 2)) is not None
    assert np.shares_memory(CostMatrix.of(COSTS).block(slice(0, 2)), COSTS)
    assert np.array_equal(whole(CostMatrix.of(torch.tensor(COSTS))), COSTS)
    assert np.array_equal(whole(CostMatrix.of(COSTS.tolist())), COSTS)


@pytest.mark.parametrize(("dtype", "values"), [
    ("i8", [[2**63 - 1, -(2**63)], [2**53 + 1, -(2**53) - 1]]),
    ("u8", [[2**64 - 1, 2**63 + 1], [2**53 + 1, 0]]),
])  # fmt: skip
def test_large_integers_lose_nothing(dtype, values):
    costs = np.array(values, dtype)
    matrix = CostMatrix.of(costs)
    assert matrix.is_wide
    rounded, rest = matrix.block(slice(0, 2)), matrix.rest(slice(0, 2))
    rows, columns = np.divmod(np.arange(4), 2)
    pairs, more = matrix.pairs(rows, columns), matrix.rest_of_pairs(rows, columns)
    for given, high, low, pair, left in zip(
        costs.ravel(), rounded.ravel(), rest.ravel(), pairs, more, strict=True
    ):
        assert int(high) + int(low) == int(given) == int(pair) + int(left)


@pytest.mark.parametrize(("costs", "says"), [
    ([[1.0, np.nan]], "nan at row 0, column 1"),
    ([[1.0, 2.0], [-np.inf, 0.0]], "-inf at row 1, column 0"),
    ([1.0, 2.0], r"shape \(2,\)"),
    (np.empty((0, 3)), r"shape \(0, 3\)"),
    ([[1j]], "dtype complex128"),
    (np.zeros((2, 2), np.longdouble), "dtype float128|dtype longdouble"),
    ([["a"]], "dtype <U1"),
    (np.ma.masked_array([[1.0]]), "masked"),
])  # fmt: skip
def test_what_is_no_cost_matrix_is_refused(costs, says):
    with pytest.raises(ParameterError, match=says):
        CostMatrix.of(costs)


def test_stored_archives_are_mapped_and_compressed_ones_read(tmp_path):
    path = tmp_path / "m.npz"
    np.savez(path, other=np.arange(3), cost=COSTS)
    assert isinstance(read_cost(path).costs, np.memmap)
    assert np.array_equal(read_cost(path).costs, COSTS)
    assert np.array_equal(read_vector(f"{path}:other", "weights"), [0, 1, 2])
    np.savez_compressed(path, cost=COSTS)
    assert np.array_equal(read_cost(path).costs, COSTS)


def test_files_that_hold_no_matrix_are_refused(tmp_path):
    np.savez(tmp_path / "two.npz", a=COSTS, b=COSTS)
    np.save(tmp_path / "objects.npy", np.array([[{}]]), allow_pickle=True)
    np.save(tmp_path / "vector.npy", np.arange(3))
    np.save(tmp_path / "nan.npy", np.array([[np.nan]]))
    (tmp_path / "text.csv").write_text("1,2\n")
    (tmp_path / "cut.npy").write_bytes((tmp_path / "vector.npy").read_bytes()[:-5])
    with zipfile.ZipFile(tmp_path / "lies.npz", "w") as archive:
        archive.writestr("cost.npy", (tmp_path / "vector.npy").read_bytes()[:-5])
    for name, says in (
        ("two.npz", "not 'cost'"), ("two.npz:c", "not 'c'"), ("objects.npy", "never unpickled"),
        ("vector.npy", "shape"), ("nan.npy", "nan at row 0"), ("text.csv", "neither .npy nor .npz"),
        ("cut.npy", "more than it holds"), ("lies.npz", "more than it holds"), ("none.npy", "does not exist"),
    ):  # fmt: skip
        with pytest.raises(SourceError, match=says):
            read_cost(tmp_path / name)
    with pytest.raises(SourceError, match="are a vector"):
        read_vector(tmp_path / "nan.npy", "weights")


def test_the_digest_is_of_values_not_of_memory(tmp_path):
    digest = CostMatrix.of(COSTS).digest()
    np.save(tmp_path / "m.npy", np.asfortranarray(COSTS).astype(">f8"))
    assert read_cost(tmp_path / "m.npy").digest() == digest
    assert CostMatrix.of(COSTS.astype("f4")).digest() != digest
    assert CostMatrix.of(COSTS.reshape(3, 2)).digest() != digest
