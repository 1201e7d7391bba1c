"""One hostile file for each compressed format, under a limit of memory: one line, and nothing is allocated."""

import json
import re
import resource
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from tests.running import WCHECK

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

BOMB = 1 << 27
"""Bytes that a bomb unpacks to, which are more than :data:`LEFT`."""

LEFT = 1 << 26
"""Bytes that the process may take besides what its libraries have."""

LOAD = f"""
import json, resource, sys
import h5py, numpy, psutil, torch, safetensors, scipy.sparse
from wcheck.errors import SourceError
from wcheck.measures.lzf import unpacked_size
from wcheck.measures.sources import load
unpacked_size(numpy.zeros(3, numpy.uint8))
limit = psutil.Process().memory_info().vms + {LEFT}
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for text in sys.argv[1:]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        load(text).dense()
        said = "it was read"
    except SourceError as error:
        said = str(error)
    print(json.dumps([text, said, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before]))
"""


def zeros():
    """Return what unpacks to BOMB zeros, without making them."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(BOMB >> 20)) + packer.flush()


def write_bombs():
    """Write the files, and return their texts with a word of what is to be said of each."""
    packed = zeros()
    most = (
        None if h5py.version.hdf5_version_tuple[0] > 1 else 2**16 - 1
    )  # more it could not write for small chunks
    np.savez_compressed("bomb.npz", np.broadcast_to(0.0, (BOMB // 64, 8)))
    np.save("honest.npy", np.ones((4, 2)))
    with zipfile.ZipFile("bomb.pt", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p/data.pkl", bytes(BOMB))
    with zipfile.ZipFile("bytes.pt", "w") as archive:
        archive.writestr("p/data.pkl", b"\x80\x02cbuiltins\nbytearray\n(J\xff\xff\xff\x7ftR.")
    with open("bomb.safetensors", "wb") as file:
        file.write((10**8 - 1).to_bytes(8, "little") + b'{"x":' + bytes(100))
    with h5py.File("bomb.h5ad", "w") as file:
        for name, chunk, data in (("bomb", (4, 2), packed), ("large", (BOMB // 16, 2), packed)):
            array = file.create_dataset(
                name, (4, 2), "f8", chunks=chunk, maxshape=(None, 2), compression="gzip"
            )
            array.id.write_direct_chunk((0, 0), data[:most])
        lzf = file.create_dataset("lzf", (4, 2), "f8", chunks=(4, 2), compression="lzf")
        lzf.id.write_direct_chunk((0, 0), (b"\x00\x00" + b"\xff\xff\x00" * (BOMB // 264))[:most])
        file.create_dataset("claim", (BOMB, 8), "f8", chunks=(1000, 8))
    return {
        "honest.npy": "it was read",
        "bomb.npz": "GiB",
        "bomb.pt": "compressed",
        "bytes.pt": "builtins.bytearray",
        "bomb.safetensors": "cannot be read",
        "bomb.h5ad:bomb": "does not unpack to the 64 bytes",
        "bomb.h5ad:large": "GiB",
        "bomb.h5ad:lzf": "does not unpack to the 64 bytes",
        "bomb.h5ad:claim": "GiB",
    }


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_bomb_is_one_line_and_takes_no_memory(here):
    expected = write_bombs()
    assert sum(path.stat().st_size for path in here.iterdir()) < BOMB / 20
    ended = subprocess.run(
        [sys.executable, "-c", LOAD, *expected], capture_output=True, text=True, check=False
    )
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [text for text, _, _ in found] == list(expected), ended.stderr
    for text, said, kilobytes in found:
        assert "\n" not in said
        assert expected[text] in said, text
        assert kilobytes < 32 * 1024, text


def test_memory_that_runs_out_later_is_one_line(here):
    """A mapped file of float16 takes no memory, and its float32 more than there is."""
    np.lib.format.open_memmap("p.npy", "w+", "f2", (1 << 30, 2)).flush()
    limit = 1 << 33

    def bound():
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    ended = subprocess.run(
        [*WCHECK, "data", "show", "p.npy"], capture_output=True, text=True, preexec_fn=bound, check=False
    )
    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1), ended.stderr
    assert "memory" in ended.stderr


def test_hundreds_of_damaged_files_are_refused_in_one_line_or_read():
    ended = subprocess.run(
        [sys.executable, BENCHMARKS / "files.py", "--small"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    counts = [
        re.search(r"\((\d+)\): (\d+) refused, (\d+) read, 0 hung, 0 wrong", line)
        for line in ended.stdout.splitlines()
    ]
    assert len(counts) == 10
    for count, refused, read in (map(int, found.groups()) for found in counts):
        assert count == refused + read
        assert min(refused, read) > 0  # the campaign changes something, and what it leaves whole is read
