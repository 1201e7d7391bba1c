"""MNIST and Fashion-MNIST: their files, their checks, and a download that leaves all of it or nothing."""

import gc
import gzip
import hashlib
import http.server
import threading
import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import typer.testing

from wcheck.cli.app import app
from wcheck.errors import SourceError
from wcheck.measures import idx
from wcheck.measures.sources import load, load_labels

COUNTS = {"train": ("train", 6), "test": ("t10k", 3)}


def encoded(array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(length.to_bytes(4, "big") for length in array.shape)
    return header + array.tobytes()


@pytest.fixture
def small(tmp_path, monkeypatch):
    """Both data sets with 6 and 3 images, one compressed and one not, found through WCHECK_DATA; their pixels."""
    monkeypatch.setattr(idx, "PARTS", COUNTS)
    monkeypatch.setenv("WCHECK_DATA", str(tmp_path / "home"))
    random, pixels = np.random.default_rng(0), {}
    for name, suffix in (("mnist", ".gz"), ("fashion-mnist", "")):
        folder = tmp_path / "home" / name
        folder.mkdir(parents=True)
        for start, count in COUNTS.values():
            images = random.integers(0, 256, (count, 28, 28), np.uint8)
            pixels.setdefault(name, []).append(images)
            for kind, array in ((idx.IMAGES, images), (idx.LABELS, np.arange(count, dtype=np.uint8))):
                content = encoded(array)
                (folder / f"{start}-{kind}{suffix}").write_bytes(
                    gzip.compress(content) if suffix else content
                )
    return {name: np.concatenate(parts) for name, parts in pixels.items()}


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_parts_slices_and_classes(small, name):
    pixels = small[name].reshape(9, -1) / np.float32(255)
    assert np.array_equal(load(name).dense(), pixels)
    assert np.array_equal(load(f"{name}:train").dense(), pixels[:6])
    assert np.array_equal(load(f"{name}:test[1:]").dense(), pixels[7:])
    assert np.array_equal(load(f"{name}[4:8]").dense(), pixels[4:8])
    assert load(f"{name}[0:1]").shape == (1, 28, 28)
    assert load(name).points.store.dtype == np.uint8
    assert load_labels(f"{name}[5:8]").tolist() == [idx.DATA_SETS[name].classes[k] for k in (5, 0, 1)]


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_what_is_missing_or_damaged_is_named(small, tmp_path, refuses, name):
    folder = tmp_path / "home" / name
    suffix = ".gz" if name == "mnist" else ""
    path = folder / f"train-{idx.IMAGES}{suffix}"
    whole = path.read_bytes()
    with refuses(SourceError, f"{name}:valid", f"{name}:train"):
        load(f"{name}:valid")
    unpacked = gzip.decompress(whole) if suffix else whole
    for damaged in (unpacked[:-1], unpacked + b"0", b"\0\0\x08\x01" + unpacked[4:], b""):
        path.write_bytes(gzip.compress(damaged) if suffix else damaged)
        with refuses(SourceError, str(path), f"wcheck data fetch {name}"):
            load(f"{name}:train")
    if suffix:
        path.write_bytes(whole[:-20])
        with refuses(SourceError, str(path), "cannot be read"):
            load(f"{name}:train")
    path.unlink()
    with refuses(SourceError, f"wcheck data fetch {name}", "--data-dir", "WCHECK_DATA"):
        load(f"{name}:train")
    assert len(load(f"{name}:test")) == 3


def test_a_label_out_of_range_is_named(small, tmp_path, refuses):
    path = tmp_path / "home" / "mnist" / f"t10k-{idx.LABELS}.gz"
    path.write_bytes(gzip.compress(encoded(np.array([0, 10, 1], np.uint8))))
    with refuses(SourceError, str(path), "label 10"):
        load_labels("mnist:test")


def test_what_unpacks_to_more_than_the_data_set_is_not_unpacked(small, tmp_path, refuses):
    path = tmp_path / "home" / "mnist" / f"t10k-{idx.IMAGES}.gz"
    path.write_bytes(gzip.compress(encoded(np.zeros((3, 28, 28), np.uint8)) + bytes(1 << 24)))
    with refuses(SourceError, str(path), "does not hold 3x28x28 bytes"):
        load("mnist:test")


@pytest.fixture
def served(small, tmp_path, monkeypatch):
    """A server on this machine with the four files, and the data set as it is there."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "home" / "mnist"
    handler = partial(type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *given: None}),
                      directory=str(folder))  # fmt: skip
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    sums = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in folder.iterdir()}
    yield replace(idx.MNIST, url=f"http://127.0.0.1:{server.server_port}/", checksums=sums)
    server.shutdown()
    thread.join()
    server.server_close()
    with warnings.catch_warnings():  # pooch leaves the socket of a failed transfer to the garbage collector
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_it_is_fetched_once_and_found(served, small, tmp_path):
    folder = idx.fetch(served, tmp_path / "other")
    assert folder == tmp_path / "other" / "mnist"
    assert [path.name for path in folder.parent.iterdir()] == ["mnist"]
    assert idx.fetch(served, tmp_path / "other", url="http://127.0.0.1:9/") == folder
    assert np.array_equal(idx.rows(idx.MNIST, "", tmp_path / "other").read(slice(0, 9))[:, 0], small["mnist"])


def test_another_checksum_or_a_missing_file_leaves_nothing(served, tmp_path, refuses):
    name = f"train-{idx.LABELS}.gz"
    for sums in ({**served.checksums, name: "0" * 32}, {**served.checksums, "more.gz": "0" * 32}):
        with refuses(SourceError, "MNIST could not be fetched", "--data-dir"):
            idx.fetch(replace(served, checksums=sums), tmp_path / "other")
        assert list((tmp_path / "other").iterdir()) == []


def test_the_command_knows_all_that_is_fetched(small, tmp_path):
    invoke = lambda *words: typer.testing.CliRunner().invoke(app, ["data", "fetch", *words])  # noqa: E731
    ended = invoke("fashion-mnist")
    assert ended.exit_code == 0
    assert ended.stderr == f"Fashion-MNIST is in {tmp_path / 'home' / 'fashion-mnist'}.\n"
    refused = invoke("imagenet")
    assert refused.exit_code == 2
    assert "only cifar10, mnist and fashion-mnist can be downloaded" in refused.stderr
