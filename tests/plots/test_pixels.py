"""Triples of images with their distances."""

import numpy as np
import pytest

from wcheck.plots.pixels import triples


@pytest.mark.parametrize("count", [1, 4, 6])
@pytest.mark.parametrize("channels", [1, 3])
def test_each_triple_stands_in_its_order_under_its_captions(count, channels):
    given = np.random.default_rng(0).random((count, 3, channels, 4, 4))
    captions = [(f"{index} a", f"{index} b", f"{index} c") for index in range(count)]
    figure = triples(list(given), captions)
    assert [axes.get_title() for axes in figure.axes] == [text for caption in captions for text in caption]
    shown = [np.asarray(axes.images[0].get_array()).reshape(4, 4, -1) for axes in figure.axes]
    assert (np.array(shown) == given.reshape(-1, channels, 4, 4).transpose(0, 2, 3, 1)).all()
