"""What is guessed from samples of estimated costs."""

import numpy as np
import torch

from wcheck.transport.scans import estimates


class Matrix:
    """A scanner whose estimates are the entries of a matrix."""

    def __init__(self, costs):
        self.costs, self.most = costs, 0

    def sample(self, columns, rows, *, estimate):
        assert estimate
        self.most = max(self.most, len(columns))
        return torch.from_numpy(self.costs[np.ix_(rows, columns)].astype(np.float32))


def test_the_nearest_columns_are_those_of_the_whole_matrix():
    random = np.random.default_rng(5)
    costs = random.integers(0, 3000, (40, 3 * estimates.COLUMNS + 7)).astype(float)
    costs[3, -1] = -1.0  # the least of all, in the last part
    rows = random.choice(40, 16, replace=False)
    rows[0] = 3
    scanner = Matrix(costs)
    assert np.array_equal(
        estimates.nearest_columns(scanner, costs.shape[1], rows), costs[rows].argmin(axis=1)
    )
    assert scanner.most == estimates.COLUMNS
