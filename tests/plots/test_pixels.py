"""Triples of images with their distances."""

import numpy as np
import pytest

from wcheck.plots.pixels import triples


def row(**about):
    distances = {"altered_distance": 1.0, "nearest_distance": 2.0}
    return {"index": 7, "label": "cat", "nearest_index": 8, "nearest_label": "dog", **distances, **about}


@pytest.mark.parametrize("count", [1, 4, 6])
@pytest.mark.parametrize("channels", [1, 3])
def test_each_triple_stands_in_its_order_under_its_captions(count, channels):
    given = np.random.default_rng(0).random((count, 3, channels, 4, 4))
    rows = [row(index=index, alteration=f"crop {index}") for index in range(count)]
    figure = triples(rows, lambda row: given[row["index"]])
    captions = [text for index in range(count) for text in ("cat", f"crop {index}: 1", "dog: 2")]
    assert [axes.get_title() for axes in figure.axes] == captions
    shown = [np.asarray(axes.images[0].get_array()).reshape(4, 4, -1) for axes in figure.axes]
    assert (np.array(shown) == given.reshape(-1, channels, 4, 4).transpose(0, 2, 3, 1)).all()


def test_images_without_classes_are_called_by_their_places():
    drawn = triples(
        [row(label=None, nearest_label=None, alteration="flip")], lambda row: np.zeros((3, 1, 4, 4))
    )
    assert [axes.get_title() for axes in drawn.axes] == ["7", "flip: 1", "8: 2"]
