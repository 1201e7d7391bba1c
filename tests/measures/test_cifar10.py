"""CIFAR-10: its layout, its checks, and a download that leaves all of it or nothing."""

import gc
import hashlib
import http.server
import io
import socket
import tarfile
import threading
import warnings

import numpy as np
import pytest

from wcheck.errors import ParameterError, SourceError
from wcheck.measures import cifar10
from wcheck.measures.sources import Preprocessing, load, split_pair


@pytest.fixture
def small(tmp_path, monkeypatch, small_files):
    """Return a home with 10 images a file, found through WCHECK_DATA, and its records."""
    records = small_files(tmp_path / "home")
    monkeypatch.setenv("WCHECK_DATA", str(tmp_path / "home"))
    return tmp_path / "home", records


# Layout and checks


def test_parts_slices_and_the_order_of_all(small):
    _, records = small
    pixels = records[:, 1:] / np.float32(255)
    assert np.array_equal(load("cifar10").dense(), pixels)
    assert np.array_equal(load("cifar10:train").dense(), pixels[:50])
    assert np.array_equal(load("cifar10:test").dense(), pixels[50:])
    assert np.array_equal(load("cifar10:train[8:31]").dense(), pixels[8:31])
    assert np.array_equal(load("cifar10:test[9:]").dense(), pixels[59:])
    assert load("cifar10[0:1]").shape == (3, 32, 32)


def test_points_stay_bytes_and_only_the_rows_wanted_are_kept(small):
    measure = load("cifar10:train[8:12]")
    assert measure.points.store.dtype == np.uint8
    assert measure.points.store.shape == (4, 3, 32, 32)
    drawn = load("cifar10", preprocessing=Preprocessing(subset=7, image_size=64))
    assert drawn.points.store.shape == (7, 3, 32, 32)
    assert drawn.dense().shape == (7, 3 * 64 * 64)


def test_the_default_pair_is_training_images(small):
    x, y = split_pair("cifar10")
    assert (x.name, y.name) == ("cifar10:train[0:25]", "cifar10:train[25:50]")
    x, y = split_pair("cifar10[40:]")
    assert (x.name, y.name) == ("cifar10[40:50]", "cifar10[50:60]")


def test_n_beyond_half_is_refused(small, refuses):
    with refuses(ParameterError, "n is 26", "50 points", "1 to 25"):
        split_pair("cifar10", 26)


def test_another_part_is_refused(small, refuses):
    with refuses(SourceError, "cifar10:valid", "cifar10:train", "cifar10:test"):
        load("cifar10:valid[0:5]")


def test_a_truncated_batch_is_named(small, refuses):
    home, _ = small
    batch = home / "cifar-10-batches-bin" / "data_batch_3.bin"
    batch.write_bytes(batch.read_bytes()[:-1])
    with refuses(SourceError, str(batch), "30,729 bytes", "30,730", "wcheck data fetch cifar10"):
        load("cifar10:test")


def test_a_label_out_of_range_is_named(small, refuses):
    home, records = small
    records[23, 0] = 10
    batch = home / "cifar-10-batches-bin" / "data_batch_3.bin"
    records[20:30].tofile(batch)
    with refuses(SourceError, str(batch), "label 10 at image 3", "wcheck data fetch cifar10"):
        load("cifar10:train")


def test_absent_data_are_refused_with_both_ways_out(tmp_path, monkeypatch, refuses):
    monkeypatch.setenv("WCHECK_DATA", str(tmp_path))
    with refuses(SourceError, str(tmp_path), "wcheck data fetch cifar10", "--data-dir", "WCHECK_DATA"):
        load("cifar10")


def test_a_missing_batch_is_named(small, refuses):
    home, _ = small
    (home / "cifar-10-batches-bin" / "test_batch.bin").unlink()
    with refuses(SourceError, "test_batch.bin", "wcheck data fetch cifar10"):
        load("cifar10:train[0:1]")


def test_data_dir_goes_before_wcheck_data_before_the_cache(tmp_path, monkeypatch, small_files):
    for name in ("option", "variable", "cache"):
        small_files(tmp_path / name)
    monkeypatch.setenv("WCHECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("WCHECK_DATA", str(tmp_path / "variable"))
    assert cifar10.locate(tmp_path / "option").parent == tmp_path / "option"
    assert cifar10.locate().parent == tmp_path / "variable"
    monkeypatch.delenv("WCHECK_DATA")
    assert cifar10.locate().parent == tmp_path / "cache"
    preprocessing = Preprocessing(data_dir=tmp_path / "option")
    assert len(load("cifar10", preprocessing=preprocessing)) == 60


# Download, from a server on this machine


@pytest.fixture
def archive(tmp_path, small_files):
    """Return the bytes of an archive with ten images a file, as the official one is built."""
    small_files(tmp_path / "packed")
    return packed(tmp_path / "packed")


def packed(home):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        tar.add(home / "cifar-10-batches-bin", "cifar-10-batches-bin")
    return file.getvalue()


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Server:
    """A server on the loopback interface that serves ``data`` whole, or as much of it as it is told."""

    def __init__(self, data):
        self.data, self.sent, self.status, self.hits = data, len(data), 200, 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.hits += 1
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(outer.data)))
                self.end_headers()
                self.wfile.write(outer.data[: outer.sent])

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/cifar-10-binary.tar.gz"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def server(archive, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    server = Server(archive)
    yield server
    server.close()
    # pooch leaves a failed transfer's socket to the garbage collector; the warning shall hit no other test.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def test_the_constants_are_those_of_the_home_page():
    assert cifar10.URL == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    assert cifar10.CHECKSUM.partition(":")[0] == "sha256"
    assert len(bytes.fromhex(cifar10.CHECKSUM.partition(":")[2])) == 32


def test_fetched_once_and_found_without_network(server, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("WCHECK_CACHE", str(tmp_path / "wcheck"))
    monkeypatch.delenv("WCHECK_DATA", raising=False)
    told = []
    folder = cifar10.fetch(
        url=server.url,
        checksum=sha256(archive),
        report=lambda label, done, total, note="": told.append((label, done, total)),
    )
    assert folder == tmp_path / "wcheck" / "cifar-10-batches-bin"
    assert ("download", len(archive), len(archive)) in told
    assert all(0 <= done <= total for label, done, total in told if label == "download")
    assert "unpack" in {label for label, _, _ in told}
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]

    def offline(*args, **kwargs):
        pytest.fail("the network was used")

    monkeypatch.setattr(socket, "socket", offline)
    assert cifar10.fetch(url=server.url, checksum=sha256(archive)) == folder
    assert len(load("cifar10")) == 60
    assert server.hits == 1


def test_fetch_goes_where_locate_looks(server, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("WCHECK_DATA", str(tmp_path / "mine"))
    cifar10.fetch(url=server.url, checksum=sha256(archive))
    assert cifar10.locate() == tmp_path / "mine" / "cifar-10-batches-bin"
    cifar10.fetch(tmp_path / "other", url=server.url, checksum="md5:" + hashlib.md5(archive).hexdigest())
    assert cifar10.locate(tmp_path / "other").is_dir()


def refused_and_nothing_left(refuses, home, url, checksum, *words):
    with refuses(SourceError, url, str(home), "--data-dir", *words):
        cifar10.fetch(home, url=url, checksum=checksum)
    assert list(home.iterdir()) == []
    with refuses(SourceError, "wcheck data fetch cifar10"):
        cifar10.locate(home)


def test_a_wrong_checksum_is_refused(server, tmp_path, refuses):
    refused_and_nothing_left(
        refuses, tmp_path / "home", server.url, sha256(b"other"), "hash", "does not match"
    )


@pytest.mark.parametrize("share", [0, 0.5, 0.999])
def test_an_interrupted_transfer_leaves_nothing_and_can_be_repeated(
    server, archive, tmp_path, refuses, share
):
    server.sent = int(share * len(archive))
    refused_and_nothing_left(refuses, tmp_path / "home", server.url, sha256(archive))
    server.sent = len(archive)
    assert cifar10.fetch(tmp_path / "home", url=server.url, checksum=sha256(archive)).is_dir()


def test_a_server_that_has_it_not_is_refused(server, archive, tmp_path, refuses):
    server.status = 404
    refused_and_nothing_left(refuses, tmp_path / "home", server.url, sha256(archive), "404")


def test_no_server_is_refused(tmp_path, refuses, archive):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x.tar.gz"
        refused_and_nothing_left(refuses, tmp_path / "home", url, sha256(archive))


@pytest.mark.parametrize("label", ["download", "unpack"])
def test_an_interrupt_leaves_nothing(server, archive, tmp_path, refuses, label):
    def interrupt(at, done, total, note=""):
        if at == label and done:
            raise KeyboardInterrupt

    home = tmp_path / "home"
    with pytest.raises(KeyboardInterrupt):
        cifar10.fetch(home, url=server.url, checksum=sha256(archive), report=interrupt)
    assert list(home.iterdir()) == []


def test_damaged_files_are_replaced_and_other_files_kept(server, archive, tmp_path):
    home = tmp_path / "packed"
    folder = home / "cifar-10-batches-bin"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "data_batch_2.bin").write_bytes(b"half")
    (folder / "mine.txt").write_text("a note")
    cifar10.fetch(home, url=server.url, checksum=sha256(archive))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before | {"mine.txt": b"a note"}


def archive_of(**members):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"no archive at all", ""),
        (archive_of(readme=b"nothing else"), "does not hold CIFAR-10"),
        (archive_of(**{"cifar-10-batches-bin/test_batch.bin": b"short"}), "does not hold CIFAR-10"),
        (archive_of(**{"../../escaped": b"evil"}), "outside"),
    ],
    ids=["no-archive", "other-files", "short", "escaping"],  # archives hold the time at which they were made
)
def test_an_archive_of_something_else_is_refused(server, tmp_path, refuses, data, word):
    server.data, server.sent = data, len(data)
    refused_and_nothing_left(refuses, tmp_path / "a" / "b" / "home", server.url, sha256(data), word)
    assert not list(tmp_path.rglob("escaped"))


def test_a_truncated_archive_with_the_right_checksum_is_refused(server, archive, tmp_path, refuses):
    server.data = archive[: len(archive) // 2]
    server.sent = len(server.data)
    refused_and_nothing_left(refuses, tmp_path / "home", server.url, sha256(server.data))


def test_a_folder_that_cannot_be_written_is_refused(server, archive, tmp_path, refuses):
    (tmp_path / "file").write_text("in the way")
    with refuses(SourceError, str(tmp_path / "file")):
        cifar10.fetch(tmp_path / "file", url=server.url, checksum=sha256(archive))


# The real data


@pytest.mark.cifar10
def test_the_real_images(real_cifar10):
    for part, n in (("", 60_000), (":train", 50_000), (":test", 10_000)):
        assert cifar10.rows(part[1:], real_cifar10).n == n
    records = np.concatenate(
        [
            np.fromfile(real_cifar10 / "cifar-10-batches-bin" / name, np.uint8).reshape(-1, 3073)
            for name in ("data_batch_1.bin", "data_batch_2.bin")
        ]
    )
    measure = load("cifar10:train[9990:10010]", preprocessing=Preprocessing(data_dir=real_cifar10))
    assert np.array_equal(measure.dense(), records[9990:10010, 1:] / np.float32(255))


@pytest.mark.cifar10
def test_the_real_images_have_the_published_mean_per_channel(real_cifar10):
    """Mean 0.4914, 0.4822, 0.4465 and deviation 0.2470, 0.2435, 0.2616 over the training images, as known."""
    pixels = cifar10.rows("train", real_cifar10).read(slice(0, 50_000)).reshape(50_000, 3, 1024)
    counts = np.stack([np.bincount(pixels[:, channel].ravel(), minlength=256) for channel in range(3)])
    values = np.arange(256) / 255
    mean = counts @ values / counts.sum(axis=1)
    deviation = np.sqrt(counts @ values**2 / counts.sum(axis=1) - mean**2)
    assert np.allclose(mean, [0.4914, 0.4822, 0.4465], atol=5e-5)
    assert np.allclose(deviation, [0.2470, 0.2435, 0.2616], atol=5e-5)
