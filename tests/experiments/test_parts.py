"""One source in three disjoint parts: one to train on, two that no player sees."""

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.experiments.parts import Parts
from wcheck.measures.preprocessing import Preprocessing
from wcheck.measures.sources import load


def rows(measure):
    return [tuple(point) for point in measure.dense()]


def test_parts_are_disjoint_and_together_the_whole():
    parts = Parts("gaussian:dim=3,n=41").load()
    assert [len(part) for part in parts] == [21, 10, 10]
    assert sorted(point for part in parts for point in rows(part)) == sorted(
        rows(load("gaussian:dim=3,n=41"))
    )


def test_digits_are_cut_by_seed_for_their_writers_change():
    parts, again, other = (
        Parts("digits", preprocessing=Preprocessing(data_seed=seed)).load() for seed in (0, 0, 1)
    )
    assert [len(part) for part in parts] == [801, 498, 498]
    assert [part.digest() for part in parts] == [part.digest() for part in again]
    assert all(part.digest() != changed.digest() for part, changed in zip(parts, other, strict=True))


@pytest.mark.cifar10
def test_cifar10_is_cut_as_published():
    source = Parts("cifar10", n=3)
    parts = source.load()
    assert [len(part) for part in parts] == [50_000, 3, 3]
    assert [part.name for part in parts] == [
        "cifar10:train",
        "cifar10:test[0:5000]",
        "cifar10:test[5000:10000]",
    ]
    for part, published in zip(parts, ("train[0:3]", "test[0:3]", "test[5000:5003]"), strict=True):
        assert np.array_equal(part.block(slice(0, 3)), load(f"cifar10:{published}").dense())
    about = source.about(parts)
    assert (about["data"], about["train"], about["n"]) == ("cifar10", "cifar10:train", 3)


def test_points_are_drawn_by_their_weights_and_then_weigh_the_same(tmp_path):
    weights = np.where(np.arange(400) % 2, 3.0, 1.0)
    weights[:40] = 0.0
    np.savez(tmp_path / "weighted.npz", points=np.arange(400.0)[:, None], weights=weights / weights.sum())
    train, reference, real = Parts(str(tmp_path / "weighted.npz")).load()
    assert (len(train), len(reference), len(real)) == (180, 90, 90)
    assert not train.is_uniform
    assert reference.is_uniform
    assert real.is_uniform
    points = [set(part.dense()[:, 0]) for part in (train, reference, real)]
    assert not points[0] & points[1] | points[0] & points[2] | points[1] & points[2]
    assert min(map(min, points)) >= 40  # points of weight 0 are none
    odd = np.concatenate([part.dense()[:, 0] for part in (reference, real)]) % 2
    assert odd.mean() == pytest.approx(0.75, abs=0.1)


def test_a_file_is_cut_the_same_wherever_it_lies(tmp_path, monkeypatch):
    def cut(text):
        return [part.digest() for part in Parts(text, preprocessing=Preprocessing(subset=30)).load()]

    random = np.random.default_rng(0)
    points, weights = random.normal(size=(40, 2)), random.dirichlet(np.ones(40))
    folders = tmp_path / "here", tmp_path / "there [2]"
    for folder in folders:
        folder.mkdir()
        np.savez(folder / "mine.npz", points=points, weights=weights)
    first, second = (cut(f"{folder}/mine.npz[2:39]") for folder in folders)
    assert first == second
    monkeypatch.chdir(folders[0])
    assert cut("mine.npz[2:39]") == cut("./mine.npz[2:39]") == first
    assert cut("mine.npz[1:38]") != first


@pytest.mark.parametrize(
    ("source", "n", "message"),
    [
        ("gaussian:dim=2,n=3", None, "has 3 points, and a generator needs three disjoint parts"),
        (
            "digits",
            499,
            "n is 499, but there are 498 reference points and 498 real points: give at most 498",
        ),
        ("digits", 0, "n is 0: give an integer of at least 1"),
    ],
)
def test_too_few_points_are_refused(source, n, message):
    with pytest.raises(ParameterError, match=message):
        Parts(source, n).load()
