"""The grid of centroids, and what all figures share."""

import numpy as np
import pytest

from wcheck.errors import OutputError
from wcheck.plots.centroids import centroids
from wcheck.plots.figure import check_suffix, save


def images(k, channels):
    return np.random.default_rng(0).random((k, channels, 4, 5))


@pytest.mark.parametrize("channels", [1, 3])
def test_each_centroid_is_a_tile_with_its_weight(channels):
    given = images(5, channels)
    figure = centroids(given, np.array([0.4, 0.3, 0.2, 0.06, 0.04]), "five")
    tiles = [axes for axes in figure.axes if axes.images]
    assert [tile.get_title() for tile in tiles] == ["40 %", "30 %", "20 %", "6 %", "4 %"]
    for tile, image in zip(tiles, given, strict=True):
        shown = np.asarray(tile.images[0].get_array())
        assert (shown.reshape(4, 5, -1).transpose(2, 0, 1) == image).all()
        assert not tile.axison


@pytest.mark.parametrize("suffix", [".png", ".PDF", ".svg"])
def test_a_figure_is_written_whole(tmp_path, suffix):
    path = tmp_path / f"figure{suffix}"
    save(centroids(images(1, 3), np.ones(1), "one"), path)
    assert path.stat().st_size > 500
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_no_figure_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"figure\.txt has no suffix of a figure"):
        check_suffix(tmp_path / "figure.txt")
    with pytest.raises(OutputError, match="cannot write"):
        save(centroids(images(1, 1), np.ones(1), "one"), tmp_path / "missing" / "figure.png")
