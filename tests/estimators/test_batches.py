"""Batch distances in bulk: those of one by one, in order, of copies, in a buffer that is bounded."""

import gc
import weakref

import numpy as np
import pytest
import torch

from wcheck import exact
from wcheck.errors import ParameterError
from wcheck.estimators import batches
from wcheck.estimators.batches import BatchDistances


def pairs(count, n=6, m=6, dim=3, kind=torch.float32):
    stream = torch.Generator().manual_seed(0)
    return [tuple(torch.randn(k, dim, generator=stream, dtype=kind) for k in (n, m)) for _ in range(count)]


@pytest.mark.parametrize(("n", "m"), [(6, 6), (4, 7)])
def test_each_bracket_is_that_of_its_own_batches_however_they_were_bundled(n, m):
    given = pairs(10, n, m)
    rows = []
    for memory in (1, 500, 1 << 20):
        distances = BatchDistances(memory=memory)
        for step, (x, y) in enumerate(given):
            distances.add(step, x, y, loss=torch.tensor(step / 4))
        rows.append(distances.take())
        assert distances.take() == []
    assert rows[0] == rows[1] == rows[2]
    for step, ((x, y), row) in enumerate(zip(given, rows[0], strict=True)):
        assert (row["step"], row["loss"]) == (step, step / 4)
        assert row["batch_exact_lower"] <= row["batch_exact"] == row["batch_exact_upper"]
        assert row["batch_exact"] == pytest.approx(exact(x, y).value, rel=1e-9)


def test_what_becomes_of_a_batch_later_does_not_matter_and_nothing_is_kept_of_its_graph():
    x = torch.zeros(4, 2)
    weight = torch.ones(2, requires_grad=True)
    y = torch.ones(4, 2) * weight
    loss = y.sum()
    distances = BatchDistances()
    distances.add(0, x, y, loss=loss)
    alive = weakref.ref(y), weakref.ref(loss)
    with torch.no_grad():
        x += 100
    del y, loss
    gc.collect()
    assert [tensor() for tensor in alive] == [None, None]
    (row,) = distances.take()
    assert row["batch_exact"] == pytest.approx(2**0.5)
    assert row["loss"] == 8.0
    assert weight.grad is None


def test_the_buffer_is_as_large_as_it_may_be(monkeypatch):
    solved = []
    solve = batches.exact_batch
    monkeypatch.setattr(
        batches,
        "exact_batch",
        lambda x, y, **options: solved.append(x.nbytes + y.nbytes) or solve(x, y, **options),
    )
    distances = BatchDistances(memory=1000)
    for step, (x, y) in enumerate(pairs(20)):
        distances.add(step, x, y)
    assert len(distances.take()) == 20
    assert max(solved) <= 1000
    assert len(solved) == 4


def test_batches_of_other_shapes_and_dtypes_follow_each_other():
    distances = BatchDistances()
    image = torch.ones(2, 1, 3, 3)
    distances.add(0, image, image)
    distances.add(1, image.double() * 1e-20, image.double() * 0)
    distances.add(2, image.to(torch.bfloat16), 0 * image.to(torch.bfloat16))
    distances.add(3, torch.ones(3), torch.zeros(2))
    assert [row["batch_exact"] for row in distances.take()] == pytest.approx([0.0, 3e-20, 3.0, 1.0])


def test_batches_that_are_not_finite_have_no_distance_and_the_others_have():
    (good, other), *_ = pairs(1)
    distances = BatchDistances()
    for step, x in enumerate((good, good * torch.nan, good, good / 0, good.double() * 1e305)):
        distances.add(step, x, other, loss=torch.tensor(torch.nan))
    found = distances.take()
    assert [row["batch_exact"] is None for row in found] == [False, True, False, True, True]
    assert all(np.isnan(row["loss"]) for row in found)


def test_batches_beyond_a_bundle_are_solved_one_by_one(monkeypatch):
    monkeypatch.setattr(batches, "LARGEST_PAIRS", 30)
    given = pairs(2)
    distances = BatchDistances()
    for step, (x, y) in enumerate(given):
        distances.add(step, x, y)
    assert [row["batch_exact"] for row in distances.take()] == pytest.approx(
        [exact(x, y).value for x, y in given]
    )


@pytest.mark.parametrize(
    ("x", "y", "loss", "told"),
    [
        (torch.zeros(2, 3), torch.zeros(2, 4), 0.0, r"step 7 have shapes \(2, 3\) and \(2, 4\)"),
        (torch.zeros(0, 3), torch.zeros(2, 3), 0.0, "at least one on each side"),
        (torch.zeros(2, 3), torch.zeros(2, 3), torch.zeros(2), r"loss has shape \(2,\): give one number"),
    ],
)
def test_says_what_is_wrong(x, y, loss, told):
    with pytest.raises(ParameterError, match=told):
        BatchDistances().add(7, x, y, loss=loss)


def test_says_how_long_it_took():
    distances = BatchDistances()
    assert distances.seconds == 0.0
    distances.add(0, *pairs(1)[0])
    before = distances.seconds
    distances.take()
    assert 0.0 < before < distances.seconds
