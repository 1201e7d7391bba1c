"""What is guessed from samples of estimated costs."""

import numpy as np
import pytest
import torch

from wcheck.measures.measure import Measure
from wcheck.transport.cost.frame import joint_frame
from wcheck.transport.scans import estimates
from wcheck.transport.scans.contraction import Features
from wcheck.transport.scans.listing import PartsScanner
from wcheck.transport.scans.pricing import Screen


class Matrix:
    """A scanner whose estimates are the entries of a matrix."""

    def __init__(self, costs):
        self.costs, self.most = costs, 0

    def sample(self, columns, rows, *, estimate):
        assert estimate
        assert len(columns)
        self.most = max(self.most, len(columns))
        return torch.from_numpy(self.costs[np.ix_(rows, columns)].astype(np.float32))


class PartsMatrix(Matrix):
    """The same, of several parts at once."""

    def samples(self, columns, rows):
        assert columns.size
        self.most = max(self.most, len(rows))
        return torch.from_numpy(self.costs[rows[:, :, None], columns[:, None, :]].astype(np.float32))

    def scan(self): ...

    def extend(self): ...

    projected = False


@pytest.mark.parametrize("shape", [(2560, 2560), (2571, 1033), (700, 3000), (1400, 3)])
def test_scattered_rows_are_the_least_of_a_part_whether_parts_are_sampled_together_or_not(shape):
    random = np.random.default_rng(7)
    costs, u = random.normal(size=shape), random.normal(size=shape[0])
    n, m = shape
    scanners = Matrix(costs), PartsMatrix(costs)
    assert isinstance(scanners[1], PartsScanner)
    assert not isinstance(scanners[0], PartsScanner)
    plain, together = (
        estimates.scattered_rows(scanner, u, m, 16, 256, np.random.default_rng(1)) for scanner in scanners
    )
    assert np.array_equal(plain, together)
    assert 1 <= scanners[1].most <= estimates.PARTS
    draw, count = np.random.default_rng(1), -(-n // 256)
    parts = zip(*(np.array_split(draw.permutation(length), count) for length in (n, m)), strict=True)
    for rows, columns in (part for part in parts if len(part[1])):
        reduced = (costs[np.ix_(rows, columns)] - u[rows][:, None]).astype(np.float32)
        least = rows[reduced.argsort(axis=0, kind="stable")[:16]].T
        assert (plain[columns] == least).mean() > 0.999  # costs that are equal in float32 may change places


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("dim", [4, 200])
def test_a_screen_samples_parts_as_it_samples_each(p, dim):
    random = np.random.default_rng(dim)
    x, y = (Measure.of(random.normal(size=(600, dim))) for _ in range(2))
    frame = joint_frame(x, y)
    basis = None if dim == 4 else np.linalg.qr(random.normal(size=(dim, 32)))[0].T
    screen = Screen(*(Features(side, frame, basis) for side in (x, y)), p)
    columns, rows = (np.stack(np.split(random.permutation(600), 5)) for _ in range(2))
    together = screen.samples(columns, rows[:, :77]).clone()
    assert together.shape == (5, 77, 120)
    for part in range(5):
        alone = screen.sample(columns[part], rows[part, :77], estimate=True)
        assert torch.allclose(together[part], alone, rtol=1e-4, atol=1e-5)
