"""The user's own coordinates, and the classes of points."""

import numpy as np
import pytest

from wcheck import exact
from wcheck.errors import ParameterError, SourceError
from wcheck.measures.embeddings.function import Function
from wcheck.measures.sources import Preprocessing, load, load_labels, load_pair, scale_of

MODULE = """
import numpy as np
NOTHING = 3
def means(points):
    return points.reshape(len(points), -1).mean(axis=1)
def corner(images):
    return images[:, :, :2, :2]
def fewer(points):
    return points[:-1]
def broken(points):
    raise ValueError("a\\nbug")
def empty(points):
    return np.full((len(points), 2), np.nan)
def tensor(points):
    import torch
    return torch.from_numpy(points.reshape(len(points), -1)[:, :3].copy())
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    name = f"features_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["", *__import__("sys").path])
    return name


def test_points_are_mapped_in_the_scale_asked_for(folder):
    plain = load("digits[0:50]", preprocessing=Preprocessing(scale="-1,1"))
    mapped = load("digits[0:50]", preprocessing=Preprocessing(scale="-1,1", embed=f"{folder}:means"))
    assert mapped.dim == 1
    assert mapped.dense()[:, 0] == pytest.approx(plain.dense().mean(axis=1))
    assert (mapped.name, scale_of(mapped), mapped.shape) == ("digits[0:50]", "-1,1", (1,))


def test_images_keep_their_axes_and_results_are_flattened(folder):
    mapped = load("digits[0:9]", preprocessing=Preprocessing(embed=f"{folder}:corner"))
    plain = load("digits[0:9]").dense().reshape(9, 8, 8)
    assert (mapped.dense().reshape(9, 2, 2) == plain[:, :2, :2]).all()


def test_tensors_are_taken(folder):
    assert load("digits[0:9]", preprocessing=Preprocessing(embed=f"{folder}:tensor")).dim == 3


def test_weights_stay(folder, tmp_path):
    np.savez(tmp_path / "w.npz", points=np.eye(3), weights=np.array([0.5, 0.3, 0.2]))
    mapped = load("w.npz", preprocessing=Preprocessing(embed=f"{folder}:means"))
    assert mapped.weights.tolist() == [0.5, 0.3, 0.2]


def test_the_distance_of_a_pair_is_that_of_its_vectors(folder):
    x, y = load_pair("digits[0:40]", "digits[40:90]", preprocessing=Preprocessing(embed=f"{folder}:means"))
    plain = load_pair("digits[0:40]", "digits[40:90]")
    expected = exact(*(measure.dense().mean(axis=1) for measure in plain)).value
    assert exact(x, y).value == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("nowhere:f", SourceError, r"cannot be imported \(ModuleNotFoundError"),
        ("{}:missing", SourceError, r"cannot be imported \(AttributeError"),
        ("{}:NOTHING", SourceError, "is not a function"),
        ("{}", SourceError, "is neither a function nor a known embedding: write one of efficientnet-lite0"),
        ("{}:broken", SourceError, r"failed on 5 points of shape \(1, 8, 8\) \(ValueError: a bug\)"),
        ("{}:fewer", ParameterError, "returned 4 vectors for 5 points"),
        ("{}:empty", ParameterError, "holds nan"),
    ],
)
def test_what_is_no_embedding_is_refused(folder, text, error, message):
    with pytest.raises(error, match=message):
        load("digits[0:5]", preprocessing=Preprocessing(embed=text.format(folder)))


def test_vectors_of_different_lengths_are_refused(folder, monkeypatch):
    monkeypatch.setattr("wcheck.measures.points.BLOCK_BYTES", 8 * 64 * 3)
    embedding = Function(f"{folder}:means")
    monkeypatch.setattr(embedding, "_function", lambda points: np.ones((len(points), len(points))))
    with pytest.raises(ParameterError, match="different lengths"):
        embedding.measure(load("digits[0:5]"))


def test_digits_know_their_class():
    labels = load_labels("digits[0:10]")
    assert labels.tolist() == [str(digit) for digit in range(10)]


def test_a_subset_has_the_classes_of_its_points():
    preprocessing = Preprocessing(subset=60, data_seed=4)
    part, whole = load("digits", preprocessing=preprocessing), load("digits")
    expected = [
        load_labels("digits")[np.flatnonzero((whole.dense() == row).all(axis=1))[0]] for row in part.dense()
    ]
    assert load_labels("digits", preprocessing=preprocessing).tolist() == expected


def test_subfolders_are_classes(tmp_path):
    from PIL import Image

    for name in ("cats/a.png", "cats/b.png", "dogs/c.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    assert load_labels(str(tmp_path)).tolist() == ["cats", "cats", "dogs"]
    assert load_labels(str(tmp_path / "cats")) is None


def test_vectors_know_no_class():
    assert load_labels("gaussian:dim=2,n=3") is None


@pytest.mark.cifar10
def test_cifar10_knows_its_classes():
    assert load_labels("cifar10:train[0:5]").tolist() == ["frog", "truck", "truck", "deer", "automobile"]
    assert load_labels("cifar10:test[0:3]").tolist() == ["cat", "ship", "ship"]
