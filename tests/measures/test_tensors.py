"""Tensors from files: read as torch reads them, without following what a file says."""

import json
import shutil
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from wcheck.errors import SourceError
from wcheck.measures import rows as rows_module
from wcheck.measures.outline import StoredTensor, Unread, outline
from wcheck.measures.sources import Preprocessing, load, scale_of

POINTS = torch.arange(24.0).reshape(6, 4) / 7
FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]
OTHERS = [
    torch.int64,
    torch.int32,
    torch.int16,
    torch.int8,
    torch.uint8,
    torch.uint16,
    torch.uint32,
    torch.bool,
]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def save(tensors, name):
    if name.endswith(".safetensors"):
        safetensors.torch.save_file(tensors if isinstance(tensors, dict) else {"x": tensors}, name)
    else:
        torch.save(tensors, name)


def is_mapped(points):
    while isinstance(points, np.ndarray) and not isinstance(points, np.memmap):
        points = points.base
    return points is not None


@pytest.mark.parametrize("name", ["p.pt", "p.PTH", "p.safetensors"])
@pytest.mark.parametrize("dtype", FLOATS + OTHERS)
def test_every_type_of_real_numbers_is_read_to_the_last_bit(name, dtype):
    values = (torch.randn(6, 4, generator=torch.Generator().manual_seed(0)) * 9).abs().to(dtype)
    save(values, name)
    measure = load(name)
    # float64 holds all of these numbers, and torch's own conversion to it is exact.
    assert np.array_equal(measure.dense().astype(np.float64), values.double().numpy())
    assert measure.dtype == (np.float32 if dtype in [*FLOATS[1:], torch.uint8] else np.float64)
    assert load(f"{name}[1:4]").dense().tolist() == measure.dense()[1:4].tolist()
    drawn = load(name, preprocessing=Preprocessing(subset=3)).dense().tolist()
    assert len(drawn) == 3
    assert all(point in measure.dense().tolist() for point in drawn)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -0.0, 1e-40, 3e38])
def test_a_bfloat16_is_the_float_of_the_same_bits(value, refuses):
    torch.save(torch.tensor([[value]], dtype=torch.bfloat16), "p.pt")
    if np.isfinite(value):
        (found,) = load("p.pt").dense()[0]
        assert found.tobytes() == torch.tensor(value).bfloat16().float().numpy().tobytes()
    else:
        with pytest.raises(ValueError, match=str(value)):
            load("p.pt")


def test_views_are_read_as_torch_reads_them():
    """Slices, steps, transposed and permuted tensors keep their storage in the file: only strides tell them."""
    rng = np.random.default_rng(0)
    base = torch.randn(7, 6, 5, 4)
    for _ in range(100):
        view = base.permute(*rng.permutation(4).tolist())
        cut = [slice(a, None, step) for a, step in rng.integers(1, 3, (4, 2)).tolist()]
        view = view[tuple(cut[: rng.integers(1, 5)])]
        view = view.select(1, 0) if rng.random() < 0.3 else view
        torch.save({"x": view, "base": base}, "p.pt")
        expected = torch.load("p.pt", weights_only=True)["x"]
        measure = load("p.pt:x")
        assert measure.shape == tuple(expected.shape[1:])
        assert np.array_equal(measure.dense(), expected.reshape(len(expected), -1))


@pytest.mark.parametrize("name", ["p.pt", "p.safetensors"])
def test_files_stay_mapped(name):
    save(POINTS, name)
    points = load(f"{name}[1:]").points
    assert name == "p.safetensors" or is_mapped(points)
    assert not points.flags.owndata


@pytest.mark.parametrize("name", ["p.pt", "p.safetensors"])
def test_keys_weights_and_the_only_tensor(name, refuses):
    weights = torch.tensor([0.1, 0.2, 0.3, 0.0, 0.15, 0.25])
    save({"points": POINTS, "weights": weights, "other": POINTS + 1}, name)
    assert np.allclose(load(name).weights, weights, rtol=0, atol=1e-7)
    assert np.array_equal(load(f"{name}:other[2:]").dense(), POINTS[2:] + 1)
    assert load(f"{name}:other").is_uniform
    with refuses(
        SourceError, name, "points, weights, other" if name == "p.pt" else "weights", "'no'", f"{name}:KEY"
    ):
        load(f"{name}:no")
    save({"embedding": POINTS, "weights": weights}, name)
    assert not load(name).is_uniform
    save({"train": POINTS, "test": POINTS + 1}, name)
    with refuses(SourceError, name, "train", f"{name}:KEY"):
        load(name)


@pytest.mark.parametrize(
    ("saved", "key"),
    [
        (OrderedDict(x=POINTS), ""),
        (
            {
                "x": POINTS,
                "epoch": 3,
                "name": "ä" * 300,
                "lr": 1e-3,
                "big": 2**70,
                "none": None,
                "seen": {1, 2},
            },
            "",
        ),
        ({"x": POINTS, "config": {"a": [1, (2, 3)], "b": b"bytes"}, 3: POINTS[0]}, ":x"),
        ((POINTS, torch.arange(6)), ":0"),
        ([POINTS], ""),
        (torch.nn.Parameter(POINTS), ""),
        ({"x": POINTS.clone().requires_grad_(), "y": torch.nn.Parameter(POINTS)}, ":x"),
        ({"state": Path("x"), "x": POINTS}, ""),
        (torch.nn.Linear(4, 6).state_dict() | {"weight": POINTS}, ":weight"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 4])
def test_what_lies_beside_a_tensor_is_left_alone(saved, key, protocol):
    torch.save(saved, "p.pt", pickle_protocol=protocol)
    assert np.array_equal(load("p.pt" + key).dense(), POINTS.detach())


def test_images_are_told_as_in_other_files():
    images = torch.randint(256, (5, 3, 8, 6), dtype=torch.uint8)
    torch.save(images, "p.pt")
    np.save("p.npy", images.numpy())
    assert load("p.pt").digest() == load("p.npy").digest()
    assert scale_of(load("p.pt")) == "0,1"


def test_a_file_of_a_big_endian_machine_is_read(here):
    torch.save(POINTS, "p.pt")
    with zipfile.ZipFile("p.pt") as old, zipfile.ZipFile("q.pt", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("byteorder"):
                data = b"big"
            elif name.endswith("data/0"):
                data = np.frombuffer(data, "<f4").astype(">f4").tobytes()
            new.writestr(name, data)
    assert np.array_equal(torch.load("q.pt", weights_only=True), POINTS)
    assert np.array_equal(load("q.pt").dense(), POINTS)


@pytest.mark.parametrize(
    ("saved", "word"),
    [
        (POINTS.to_sparse(), "_rebuild_sparse_tensor"),
        (POINTS.to(torch.complex64), "ComplexFloatStorage"),
        (POINTS.to(torch.float8_e4m3fn), "float8"),
        (torch.zeros(3, 2, device="meta"), "_rebuild_meta_tensor"),
        (torch.imag(torch.conj(torch.randn(3, 2, dtype=torch.complex64))), "torch.neg"),
        (torch.nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        ({"x": POINTS.to_sparse()}, "'x' of p.pt"),
        (POINTS[:1].expand(10**9, 4), "contiguous()"),
        (POINTS[:0], "no points"),
        (torch.tensor(3.0), "single number"),
        ({"a": {"b": POINTS}}, "no array"),
        ([1, 2], "no array"),
    ],
)
def test_what_is_no_dense_tensor_of_real_numbers_is_refused(saved, word, refuses):
    torch.save(saved, "p.pt")
    with refuses(SourceError, "p.pt", word):
        load("p.pt")


@pytest.mark.filterwarnings("ignore:.*quantize.*:")
def test_quantised_tensors_are_refused(refuses):
    torch.save(torch.quantize_per_tensor(POINTS, 0.1, 0, torch.qint8), "p.pt")
    with refuses(SourceError, "p.pt", "_rebuild_qtensor", "dequantize()"):
        load("p.pt")


@pytest.mark.parametrize("dtype", [torch.complex64, torch.float8_e4m3fn])
def test_safetensors_of_other_types_are_refused(dtype, refuses):
    safetensors.torch.save_file({"x": POINTS.to(dtype)}, "p.safetensors")
    with refuses(SourceError, "'x' of p.safetensors", "real numbers"):
        load("p.safetensors")


def test_older_files_and_programs_are_refused(refuses):
    torch.save(POINTS, "p.pt", _use_new_zipfile_serialization=False)
    with refuses(SourceError, "p.pt", "torch 1.6"):
        load("p.pt")
    # TorchScript's archives have constants.pkl beside data.pkl; torch.load tells them by it, too.
    with zipfile.ZipFile("p.pt", "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/__torch__.py"):
            archive.writestr(f"p/{name}", b"\x80\x02N.")
    with refuses(SourceError, "p.pt", "TorchScript", "torch.save"):
        load("p.pt")


# Files that lie


def number(value):
    size = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([size]) + value.to_bytes(size, "little", signed=True)


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def tensor(held=6, offset=0, shape=(3, 2), strides=(2, 1), kind="FloatStorage", key="0"):
    """Return the pickle that torch.save writes for a tensor."""

    def lengths(values):
        return b"(" + b"".join(map(number, values)) + b"t"

    storage = text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text(key) + text("cpu") + number(held)
    return (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(("
        + (storage + b"tQ" + number(offset) + lengths(shape) + lengths(strides))
        + b"\x89ccollections\nOrderedDict\n)RtR."
    )


def write(pickled, records=None, method=zipfile.ZIP_STORED, name="p.pt"):
    with zipfile.ZipFile(name, "w", method) as archive:
        archive.writestr("p/data.pkl", pickled)
        for key, data in {
            "version": b"3\n",
            "data/0": np.arange(6, dtype="<f4").tobytes(),
            **(records or {}),
        }.items():
            archive.writestr(f"p/{key}", data)


def call(name, *arguments):
    module, function = name.rsplit(".", 1)
    return f"\x80\x02c{module}\n{function}\n(".encode("latin-1") + b"".join(arguments) + b"tR."


def test_the_pickles_below_are_read_where_they_do_not_lie():
    write(tensor())
    assert load("p.pt").dense().tolist() == [[0, 1], [2, 3], [4, 5]]
    assert torch.load("p.pt", weights_only=True).tolist() == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize(
    ("lie", "word"),
    [
        ({"shape": (10**12, 10**6), "strides": (0, 0)}, "claims more"),
        ({"shape": (7, 1), "strides": (0, 1)}, "claims more"),
        ({"shape": (4, 2)}, "claims more"),
        ({"shape": (3, 2), "strides": (10**15, 1)}, "claims more"),
        ({"shape": (2**33, 2**33), "strides": (2**33, 1)}, "claims more"),
        ({"offset": 1}, "claims more"),
        ({"offset": 10**20}, "claims more"),
        ({"offset": -1}, "none"),
        ({"shape": (-3, -2)}, "none"),
        ({"strides": (-2, 1)}, "none"),
        ({"strides": (1,)}, "disagree"),
        ({"shape": (1,) * 100, "strides": (1,) * 100}, ""),
        ({"shape": (10**30, 0)}, ""),
        ({"kind": "DoubleStorage"}, "claims more"),
        ({"key": "1"}, "data/1"),
        ({"key": "../data.pkl"}, "data"),
    ],
    ids=str,
)
def test_a_tensor_that_lies_is_refused(lie, word, refuses):
    write(tensor(**lie))
    with refuses(SourceError, "p.pt", "cannot be read", word):
        load("p.pt")


def test_what_a_pickle_says_of_the_length_of_a_record_is_not_believed():
    write(tensor(held=10**15))
    assert load("p.pt").dense().tolist() == [[0, 1], [2, 3], [4, 5]]


@pytest.mark.parametrize(
    ("pickled", "by"),
    [
        (call("posix.system", text("touch ran")), "posix.system"),
        (call("builtins.eval", text("open('ran', 'w')")), "builtins.eval"),
        (call("builtins.bytearray", number(10**13)), "builtins.bytearray"),
        (call("torch.FloatTensor", number(10**13)), "torch.FloatTensor"),
        (call("torch.storage.UntypedStorage", number(10**13)), "torch.storage.UntypedStorage"),
    ],
    ids=str,
)
def test_nothing_that_a_file_names_is_called(pickled, by, refuses, here):
    write(pickled)
    with refuses(SourceError, "p.pt", by):
        load("p.pt")
    assert not (here / "ran").exists()
    assert outline(pickled) == Unread(by)


@pytest.mark.parametrize(
    "pickled",
    [
        b"",
        b".",
        b"\x80\x02",
        b"\x80\x02t.",
        b"\x80\x02h\x05.",
        b"\x80\x02X\xff\xff\xff\x7fshort.",
        b"\x80\x02\x8b\xff\xff\xff\x7f1.",
        b"\x80\x04\x8d" + struct.pack("<Q", 2**62) + b"x.",
        b"\x80\x05\x96" + struct.pack("<Q", 2**62) + b"x.",
        b"\x80\x02r\xff\xff\xff\xff.",
        b"(" * 10_000 + b".",
        b"I" + b"9" * 10_000 + b"\n.",
    ],
    ids=lambda pickled: repr(pickled[:20]),
)
def test_a_damaged_pickle_is_refused(pickled, refuses):
    write(pickled)
    with refuses(SourceError, "p.pt"):
        load("p.pt")


def test_an_outline_is_deep_without_recursion():
    deep = b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b"."
    assert isinstance(outline(deep), list)


def test_an_outline_notes_a_tensor_down():
    assert outline(tensor()) == StoredTensor("f4", "0", 0, (3, 2), (2, 1))


def test_compressed_records_are_refused(refuses):
    write(tensor(), method=zipfile.ZIP_DEFLATED)
    with refuses(SourceError, "p.pt", "compressed"):
        load("p.pt")


def test_cut_files_are_refused(refuses, here):
    torch.save(torch.randn(500, 2), "p.pt")
    safetensors.torch.save_file({"x": torch.randn(500, 2)}, "p.safetensors")
    for name in ("p.pt", "p.safetensors"):
        whole = (here / name).read_bytes()
        for keep in (0, 4, 100, len(whole) // 2, len(whole) - 1):
            (here / name).write_bytes(whole[:keep])
            with refuses(SourceError, name, "cannot be read"):
                load(name)


def test_two_pickles_are_refused(refuses):
    write(tensor(), {"more/data.pkl": tensor(shape=(1, 1))})
    with refuses(SourceError, "p.pt", "2 records data.pkl"):
        load("p.pt")


def test_a_directory_that_lies_of_a_record_is_refused(refuses, here):
    write(tensor())
    honest = (here / "p.pt").read_bytes()
    entry = honest.rindex(b"p/data/0")
    for size in (10**6, 2**32 - 2):
        lying = bytearray(honest)
        lying[entry - 26 : entry - 18] = struct.pack("<II", size, size)
        (here / "p.pt").write_bytes(lying)
        with refuses(
            SourceError, "p.pt"
        ):  # as more than there is or, by Python 3.11.8 and later, as overlapped
            load("p.pt")


def safe(header, data=bytes(24), length=None):
    head = header if isinstance(header, bytes) else json.dumps(header).encode()
    Path("p.safetensors").write_bytes(
        struct.pack("<Q", len(head) if length is None else length) + head + data
    )


@pytest.mark.parametrize(
    ("entry", "length"),
    [
        ({"shape": [3, 2], "data_offsets": [0, 24]}, 2**63),
        ({"shape": [3, 2], "data_offsets": [0, 24]}, 10**8),
        ({"shape": [10**9, 10**9], "data_offsets": [0, 24]}, None),
        ({"shape": [2**62, 4], "data_offsets": [0, 24]}, None),
        ({"shape": [3, 2], "data_offsets": [0, 2**60]}, None),
        ({"shape": [3, 2], "data_offsets": [24, 0]}, None),
        ({"shape": [-3, -2], "data_offsets": [0, 24]}, None),
    ],
    ids=str,
)
def test_safetensors_that_lie_are_refused(entry, length, refuses):
    safe({"x": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]}})
    assert load("p.safetensors").dense().shape == (3, 2)
    safe({"x": {"dtype": "F32", **entry}}, length=length)
    with refuses(SourceError, "p.safetensors", "cannot be read"):
        load("p.safetensors")


def test_memory_is_asked_for_before_bfloat16_becomes_float32(refuses, monkeypatch):
    torch.save(torch.zeros(1000, 1000, dtype=torch.bfloat16), "p.pt")
    monkeypatch.setattr(rows_module, "_free_memory", lambda: 7_999_999)
    with refuses(SourceError, "p.pt", "GiB"):
        load("p.pt")
    assert len(load("p.pt[:900]")) == 900


def test_a_source_from_another_folder_is_found(here):
    (here / "sub").mkdir()
    torch.save({"x": POINTS}, "sub/p.pt")
    assert len(load("p.pt:x[1:3]", preprocessing=Preprocessing(folder=here / "sub"))) == 2
    shutil.copy("sub/p.pt", "odd[1].pt")
    assert len(load("odd[1].pt:x[1:3]")) == 2
