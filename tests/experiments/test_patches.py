"""Patches of images, and the exact distance between them."""

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from tests.experiments.test_gan import rows_of, tiny
from wcheck import Measure, exact
from wcheck.errors import ParameterError
from wcheck.experiments import reference as kept
from wcheck.experiments.parts import Parts
from wcheck.experiments.patches import PatchDistance
from wcheck.generators.generator import Generator
from wcheck.measures.patches import patches
from wcheck.measures.sources import Preprocessing, load
from wcheck.progress import silent


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "folder", lambda: tmp_path / "cache")


def images(n=3, shape=(2, 5, 4)):
    points = np.random.default_rng(0).normal(size=(n, np.prod(shape))).astype(np.float32)
    return Measure.of(points, name="noise", shape=shape)


def unfolded(measure, side):
    """All patches by torch, whose order is the same."""
    pixels = torch.from_numpy(measure.dense().copy()).reshape(-1, *measure.shape)
    return torch.nn.functional.unfold(pixels, side).transpose(1, 2).flatten(0, 1).numpy()


@pytest.mark.parametrize("side", [1, 3, 4])
def test_patches_are_all_pieces_of_the_images(side):
    found = patches(images(), side, 100)
    assert found.shape == (2, side, side)
    assert (found.dense() == unfolded(images(), side)).all()


def test_of_too_many_some_are_drawn_without_replacement_each_role_its_own():
    all_of_them = {row.tobytes() for row in unfolded(images(), 2)}
    drawn = [patches(images(), 2, 20, role=role).dense() for role in ("a", "b", "a")]
    for some in drawn:
        assert len({row.tobytes() for row in some}) == 20
        assert {row.tobytes() for row in some} <= all_of_them
    assert (drawn[0] == drawn[2]).all()
    assert not (drawn[0] == drawn[1]).all()


def test_the_distance_is_that_of_a_second_solver():
    digits = [load(f"digits[{a}:{a + 4}]") for a in (0, 4, 8)]
    fake, reference, real = digits
    found = PatchDistance.to(reference, real, 6).of(fake)
    for column, own in (("patch_exact", fake), ("patch_exact_real", real)):
        costs = cdist(unfolded(own, 6), unfolded(reference, 6))
        value = costs[linear_sum_assignment(costs)].mean()
        assert found[column] == found[f"{column}_upper"] == pytest.approx(value, rel=1e-5)
        assert found[f"{column}_lower"] == pytest.approx(value, rel=1e-5)
    assert found["patch_count"] == 36


def test_patches_as_large_as_the_images_are_the_images_and_flat_images_lose_by_small_ones():
    reference, real, fake = (load(f"digits[{a}:{a + 30}]") for a in (0, 30, 60))
    found = PatchDistance.to(reference, real, 8).of(fake)
    assert found["patch_exact"] == pytest.approx(exact(fake, reference).value, rel=1e-6)
    assert found["patch_exact_real"] == pytest.approx(exact(real, reference).value, rel=1e-6)
    grey = Measure.of(np.full((30, 64), reference.dense().mean()), name="grey", shape=(1, 8, 8))
    small = PatchDistance.to(reference, real, 4).of(grey)
    assert small["patch_exact"] > 1.2 * small["patch_exact_real"]


def test_looks_have_it(tmp_path):
    options = {
        "data": "digits",
        "n": 20,
        "objective": ("exact",),
        "every": 6,
        "save": tmp_path,
        "scale": "-1,1",
    }
    rows = rows_of(tiny(**options, patches=4))
    _, reference, real = Parts("digits", 20, preprocessing=Preprocessing(scale="-1,1")).load()
    to = PatchDistance.to(reference, real, 4)
    for row in rows:
        own = to.of(Generator.load(row["saved"]).sample(20, 0, "look"))
        assert {column: row[column] for column in own} == own
        assert (row["patches"], row["patch_count"]) == (4, 500)
    assert all(row["patch_exact"] is row["patches"] is None for row in rows_of(tiny(**options)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patches": 4}, "patches need images, but .* has points of dimension 3"),
        ({"patches": 9, "data": "digits"}, "patches is 9, but .* images of 8x8 pixels: give 1 to 8"),
        ({"patches": 0, "data": "digits"}, "patches is 0"),
    ],
)
def test_what_has_no_patches_is_refused_before_a_game(options, message):
    with pytest.raises(ParameterError, match=message):
        tiny(**options).load(silent)
