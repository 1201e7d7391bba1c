"""Histograms and pictures as measures on grids: points, weights, forms, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from wcheck import exact
from wcheck.errors import ParameterError, SourceError
from wcheck.measures.sources import load, load_pair


def test_a_grey_picture_is_a_measure_on_its_pixels(tmp_path: Path) -> None:
    pixels = np.array([[0, 10, 20], [30, 0, 40]], np.uint8)
    Image.fromarray(pixels).save(tmp_path / "grey.png")
    measure = load(f"histogram:{tmp_path / 'grey.png'}")
    assert measure.points.tolist() == [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    np.testing.assert_allclose(measure.weights, pixels.ravel() / 100, rtol=1e-15)
    assert measure.amounts.tolist() == pixels.ravel().tolist()
    part = load(f"histogram:{tmp_path / 'grey.png'}[1:4]")
    assert part.amounts.tolist() == [10, 20, 30]


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32, bool])
def test_arrays_of_any_dimension(tmp_path: Path, kind: type) -> None:
    values = (np.random.default_rng(0).random((3, 4, 2)) * 5).astype(kind)
    np.save(tmp_path / "cube.npy", values)
    np.savez(tmp_path / "some.npz", other=np.ones(3), cube=values)
    measures = [
        load(text)
        for text in (
            f"histogram:{tmp_path / 'cube.npy'}",
            f"{tmp_path / 'cube.npy'}:grid",
            f"histogram:{tmp_path / 'some.npz'}:cube",
        )
    ]
    assert len({measure.digest() for measure in measures}) == 1
    assert (len(measures[0]), measures[0].dim) == (24, 3)
    assert measures[0].points[13].tolist() == [1, 2, 1]
    assert measures[0].amounts[13] == values[1, 2, 1]


def test_a_csv_file_is_a_grid_of_numbers(tmp_path: Path) -> None:
    (tmp_path / "grid.csv").write_text("1,2,3\n0,0,4\n")
    assert load(f"histogram:{tmp_path / 'grid.csv'}").amounts.tolist() == [1, 2, 3, 0, 0, 4]


def test_mass_moves_over_the_grid(tmp_path: Path) -> None:
    one, other = np.zeros((2, 5, 6))
    one[1, 1], one[4, 5], other[1, 4], other[4, 5] = 3, 1, 3, 1
    np.save(tmp_path / "one.npy", one)
    np.save(tmp_path / "other.npy", other)
    x, y = load_pair(f"{tmp_path / 'one.npy'}:grid", f"histogram:{tmp_path / 'other.npy'}")
    assert exact(x, y).value == pytest.approx(3 * 3 / 4)
    assert exact(x, y, metric="chebyshev", partial=4).value == pytest.approx(9.0)
    assert exact(x, y, penalty_unmatched=1.0).value == pytest.approx(6.0)


def test_what_is_refused(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)).save(
        tmp_path / "colour.png"
    )
    np.save(tmp_path / "negative.npy", np.array([[1.0, -1.0]]))
    np.save(tmp_path / "nothing.npy", np.zeros((3, 3)))
    np.save(tmp_path / "number.npy", np.float64(3))
    np.save(tmp_path / "complex.npy", np.ones((2, 2), complex))
    np.save(tmp_path / "nan.npy", np.array([[1.0, np.nan]]))
    (tmp_path / "text.csv").write_text("a,b\n1,2\n")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "notes.txt").write_text("1")
    for name, why in {
        "colour.png": "convert it to grey",
        "negative.npy": "not negative",
        "nan.npy": "finite",
        "nothing.npy": "none of its points has mass",
        "number.npy": "at least one axis",
        "complex.npy": "real numbers",
        "text.csv": "lines with the same number of values",
        "broken.png": "cannot be read",
        "notes.txt": "not a histogram by its name",
        "absent.png": "is not a file",
    }.items():
        with pytest.raises((SourceError, ParameterError), match=why):
            load(f"histogram:{tmp_path / name}")
