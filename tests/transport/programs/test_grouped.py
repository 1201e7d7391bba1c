"""A counting sort beside numpy's."""

import numpy as np
import pytest

from wcheck.transport.programs.grouped import by_row, grouped


@pytest.mark.parametrize("size", [0, 1, 1000])
def test_groups_are_those_of_a_stable_sort(size):
    numbers = np.random.default_rng(1).integers(0, 40, size).astype(np.int32)
    begin, order = grouped(numbers, 50)
    assert order.tolist() == np.argsort(numbers, kind="stable").tolist()
    assert np.diff(begin).tolist() == np.bincount(numbers, minlength=50).tolist()


def test_arcs_are_in_the_order_of_rows_and_then_columns():
    random = np.random.default_rng(2)
    keys = random.permutation(30 * 20)[:300]
    rows, columns = np.divmod(keys, 20)
    assert keys[by_row(rows, columns, (30, 20))].tolist() == sorted(keys.tolist())
