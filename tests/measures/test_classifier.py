"""The features of a classifier that is trained here: the same by one seed, kept between runs, better than pixels."""

import numpy as np
import pytest
import torch

from wcheck import cache
from wcheck.errors import ParameterError, SourceError
from wcheck.measures.embeddings import classifier, kept
from wcheck.measures.embeddings.classifier import WIDTH, Classifier
from wcheck.measures.embeddings.registry import embedding
from wcheck.measures.sources import Preprocessing, load, load_labels

TEXT = "classifier:digits[0:900]"


@pytest.fixture(scope="module")
def own_cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(cache.VARIABLE, str(tmp_path_factory.mktemp("cache")))
        cache.usable.cache_clear()
        yield
    cache.usable.cache_clear()


@pytest.fixture(scope="module")
def network(own_cache):
    return embedding(TEXT)


def of(network, text="digits[900:1797]", **options):
    return network.measure(load(text, preprocessing=Preprocessing(**options))).dense()


def test_vectors_are_the_last_hidden_layer(network):
    """By a second implementation, in numpy and float64."""
    weights = [parameter.double().numpy() for parameter in network.network.parameters()]
    hidden = 2.0 * load("digits[900:1797]").dense().astype(np.float64) - 1.0
    for matrix, bias in zip(weights[:4:2], weights[1:4:2], strict=True):
        hidden = np.maximum(hidden @ matrix.T + bias, 0.0)
    found = of(network)
    assert found.shape == (897, WIDTH)
    assert found == pytest.approx(hidden, abs=1e-4)


def test_classes_of_images_that_it_has_not_seen_are_told_better_than_by_pixels(network):
    labels = load_labels("digits").astype(int)
    x, y = (network.measure(load(f"digits[{part}]")).dense() for part in ("0:900", "900:1797"))
    with torch.no_grad():
        told = network.network[-1](torch.from_numpy(y)).argmax(1).numpy()
    assert (told == labels[900:]).mean() > 0.9
    assert (network.classes(y) == told).all()
    pixels = load("digits").dense()

    def share_right(seen, unseen):
        means = np.stack([seen[labels[:900] == digit].mean(axis=0) for digit in range(10)])
        apart = np.linalg.norm(unseen[:, None] - means, axis=2)
        return (apart.argmin(axis=1) == labels[900:]).mean()

    assert share_right(x, y) > share_right(pixels[:900], pixels[900:])


def test_one_seed_gives_one_network_on_any_number_of_threads(network, monkeypatch):
    monkeypatch.setattr(kept, "read", lambda *_: None)
    state = torch.get_rng_state()
    again, other = Classifier(TEXT), Classifier(f"{TEXT},seed=3")
    assert torch.equal(state, torch.get_rng_state())
    for one, two in zip(network.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(one, two)
    assert not np.allclose(of(again), of(other))
    assert len({each.fingerprint() for each in (network, again, other)}) == 2


def test_weights_are_kept_and_damaged_ones_are_found_anew(network, monkeypatch):
    trained = []
    honest = classifier._train
    monkeypatch.setattr(classifier, "_train", lambda *given: trained.append(honest(*given)))
    assert (of(Classifier(TEXT)) == of(network)).all()
    assert not trained
    for path in cache.usable("embeddings").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    again = Classifier(TEXT)
    assert trained
    assert all(map(torch.equal, network.network.parameters(), again.network.parameters()))


def test_the_scale_and_the_size_of_images_are_undone(network):
    assert of(network, scale="-1,1") == pytest.approx(of(network), abs=1e-4)
    large = of(network, image_size=32)
    assert np.corrcoef(large.ravel(), of(network).ravel())[0, 1] > 0.9


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("classifier:", SourceError, "classifier: names no source: write classifier:SOURCE"),
        ("classifier:nowhere", SourceError, "nowhere"),
        ("classifier:gaussian:dim=2,n=9", SourceError, "has no class labels"),
        ("classifier:digits,seed=x", SourceError, "digits,seed=x"),
        ("classifier:digits[0:1]", SourceError, "has no class labels"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(text, error, message):
    with pytest.raises(error) as refused:
        embedding(text)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("gaussian:dim=64,n=5", {}, "maps images of 1 channel, and these points have the shape 64"),
        ("digits[0:50]", {"scale": "zscore"}, "the scale of these is zscore"),
        ("digits[0:5]", {"channels": "rgb"}, "these points have the shape 3x8x8"),
    ],
)
def test_points_that_it_cannot_map_are_refused(network, source, options, message):
    with pytest.raises(ParameterError, match=message):
        of(network, source, **options)
