"""Files of arrays, tensors and cells, damaged in every way: ``python benchmarks/files.py --mutations 20000``.

A small file of each format, or one of the two of a saved generator, is changed: bytes are flipped, set to the ends of
their range, cut out, doubled, exchanged with another part, or the file is cut short; in archives also the unpacked
members, which are packed again, so that their checksums are right. Then it is read under a limit of memory. Allowed is
to be refused in one line, or to be read; wrong is any other exception, or a crash of the process. A minute of computing
is a hang: HDF5's own library can loop for ever on a damaged heap of strings (seed 1, h5ad, mutation 1183). Seeded:
mutation k of a seed is always the same, and what ends a process is counted and passed over.

Prints for each format how many were refused, read, hung and wrong, with the first of these; exits with 1 if any was
wrong.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import signal
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import h5py
import numpy as np
import safetensors.torch
import torch

from wcheck.errors import WcheckError
from wcheck.generators.generator import Generator
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.lzf import unpacked_size
from wcheck.measures.measure import Measure
from wcheck.measures.sources import load

LEFT = 1 << 28
"""Bytes that a process may take besides what its libraries have."""

POINTS = np.random.default_rng(0).normal(size=(40, 3))


def main() -> None:
    """Run the campaign."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--mutations", type=int, default=2000, help="the mutations of each format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help="60 mutations of each format")
    options = parser.parse_args()
    count = 60 if options.small else options.mutations
    unpacked_size(np.zeros(3, np.uint8))  # compiled before memory is limited
    wrong = 0
    for name in FORMATS:
        outcomes, first = campaign(name, options.seed, count)
        wrong += outcomes["wrong"]
        line = ", ".join(f"{outcomes[kind]} {kind}" for kind in ("refused", "read", "hung", "wrong"))
        print(f"{name} ({count}): {line}{first and f'; first: {first}'}", flush=True)
    sys.exit(1 if wrong else 0)


def campaign(name: str, seed: int, count: int) -> tuple[Counter[str], str]:
    """Let a child read all mutations; one that dies is replaced behind the mutation that killed it."""
    outcomes: Counter[str] = Counter()
    form = FORMATS[name]()
    first, done = "", 0
    while done < count:
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            work(name, form, seed, range(done, count), theirs)
        os.close(theirs)
        with os.fdopen(ours) as lines:
            for line in lines:
                kind, _, what = line.rstrip("\n").partition("\t")
                outcomes[kind] += 1
                first = first or (f"mutation {done}: {what}" if kind == "wrong" else "")
                done += 1
        _, status = os.waitpid(child, 0)
        if done < count:
            ended = os.waitstatus_to_exitcode(status)
            outcomes["hung" if ended == -signal.SIGXCPU else "wrong"] += 1
            first = first or f"mutation {done}: the process ended with {ended}"
            done += 1
    return outcomes, first


def work(name: str, form: Format, seed: int, mutations: range, out: int) -> NoReturn:
    """In a child: read mutations, write the outcome of each, and end."""
    torch.set_num_threads(2)  # each takes some of the memory
    vms = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (vms + LEFT, vms + LEFT))
    with tempfile.TemporaryDirectory() as folder, os.fdopen(out, "w", buffering=1) as lines:
        os.chdir(folder)
        for file, content in form.beside.items():
            Path(file).write_bytes(content)
        for index in mutations:
            resource.setrlimit(resource.RLIMIT_CPU, (int(sum(os.times()[:2])) + 60, resource.RLIM_INFINITY))
            rng = random.Random(f"{seed} {name} {index}")
            Path(form.file).write_bytes(changed(form.whole, rng))
            lines.write(outcome(rng.choice(form.texts)) + "\n")
    os._exit(0)


def outcome(text: str) -> str:
    """Read a source and return what became of it."""
    try:
        measure = load(text)
        if len(measure) * measure.dim < 10**6:
            measure.digest()
        return "read"
    except WcheckError as error:
        return "refused" if "\n" not in str(error) else f"wrong\t{text}: more than one line"
    except BaseException as error:
        return f"wrong\t{text}: {type(error).__name__} {' '.join(str(error).split())[:200]}"


def changed(whole: bytes, rng: random.Random) -> bytes:
    """Return a file with damages; of an archive, half of the times in its members."""
    if whole.startswith(b"PK") and rng.random() < 0.5:
        return repacked(whole, rng)
    data = bytearray(whole)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        damage(data, rng)
    return bytes(data)


def damage(data: bytearray, rng: random.Random) -> None:
    """Do one damage; places near the start, where headers are, are as likely as all others together."""
    if not data:
        return
    at = rng.randrange(min(len(data), rng.choice((64, 512, len(data)))))
    length = rng.choice((1, 1, 2, 4, 8, 64))
    kind = rng.randrange(6)
    if kind == 0:
        data[at] ^= 1 << rng.randrange(8)
    elif kind == 1:
        data[at : at + length] = rng.choice((b"\x00", b"\xff", b"\x7f", b"\x80")) * len(
            data[at : at + length]
        )
    elif kind == 2:
        del data[at : at + length]
    elif kind == 3:
        data[at:at] = data[at : at + length]
    elif kind == 4:
        other = rng.randrange(len(data))
        data[at : at + length] = data[other : other + length]
    else:
        del data[max(at, 1) if rng.random() < 0.2 else rng.randrange(len(data)) :]


def repacked(whole: bytes, rng: random.Random) -> bytes:
    """Damage one member of an archive and pack all again."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(made, "w") as new:
        names = old.namelist()
        victim = rng.choice(names)
        for name in names:
            data = bytearray(old.read(name))
            for _ in range(rng.choice((1, 2, 8)) if name == victim else 0):
                damage(data, rng)
            new.writestr(name, bytes(data), old.getinfo(name).compress_type)
    return made.getvalue()


@dataclass(frozen=True)
class Format:
    """A file to be damaged, the texts by which it is read, and what lies beside it as it is."""

    file: str
    whole: bytes
    texts: list[str]
    beside: Mapping[str, bytes] = field(default_factory=dict)


def made(write: Callable[[str], object], name: str) -> bytes:
    """Return what a function writes to a file."""
    with tempfile.TemporaryDirectory() as folder:
        write(f"{folder}/{name}")
        return Path(folder, name).read_bytes()


def npy() -> Format:
    """Return an array or tensors."""
    return Format("x.npy", made(lambda path: np.save(path, POINTS), "x.npy"), ["x.npy"])


def npz() -> Format:
    """Return an array or tensors."""
    weights = np.full(40, 1 / 40)
    whole = made(lambda path: np.savez_compressed(path, points=POINTS, weights=weights), "x.npz")
    return Format("x.npz", whole, ["x.npz", "x.npz:points"])


def pt() -> Format:
    """Return an array or tensors."""
    tensors = {"x": torch.from_numpy(POINTS), "y": torch.from_numpy(POINTS).T.bfloat16(), "epoch": 3}
    return Format("x.pt", made(lambda path: torch.save(tensors, path), "x.pt"), ["x.pt:x", "x.pt:y"])


def safe() -> Format:
    """Return an array or tensors."""
    tensors = {"x": torch.from_numpy(POINTS), "y": torch.from_numpy(POINTS).bfloat16()}
    whole = made(lambda path: safetensors.torch.save_file(tensors, path), "x.safetensors")
    return Format("x.safetensors", whole, ["x.safetensors:x", "x.safetensors:y"])


def cells(compression: str | None) -> Format:
    """Return cells."""
    storage = {"compression": compression, "shuffle": True, "chunks": True} if compression else {}

    def write(path: str) -> None:
        with h5py.File(path, "w") as file:
            file.create_dataset("obsm/x", data=POINTS, **storage)
            sparse = file.create_group("X")
            sparse.attrs["encoding-type"], sparse.attrs["shape"] = "csr_matrix", (40, 3)
            sparse.create_dataset("data", data=POINTS.ravel(), **storage)
            sparse.create_dataset("indices", data=np.tile([0, 1, 2], 40), **storage)
            sparse.create_dataset("indptr", data=np.arange(0, 121, 3), **storage)
            file.create_dataset("obs/t/codes", data=np.arange(40) % 2, **storage)
            file["obs/t/categories"] = ["a", "b"]

    return Format("x.h5ad", made(write, "x.h5ad"), ["x.h5ad:obsm/x", "x.h5ad", "x.h5ad:obsm/x,t=b"])


def generator(damaged: str, name: str) -> Format:
    """Return a generator of which one file is damaged; its description does not say which weights are its own."""
    recipe = GeneratorRecipe.of(name, latent=3, generator_width=4, generator_layers=2, free_points=5)
    with tempfile.TemporaryDirectory() as folder:
        Generator.fresh(recipe, FrozenPoints(Measure.of(POINTS))).save(folder)
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
    about = json.loads(files["generator.json"])
    del about["weights_sha256"]
    files["generator.json"] = json.dumps(about).encode()
    return Format(damaged, files.pop(damaged), ["generator:.,n=20"], files)


FORMATS: dict[str, Callable[[], Format]] = {
    "npy": npy,
    "npz": npz,
    "pt": pt,
    "safetensors": safe,
    "h5ad": lambda: cells(None),
    "h5ad-gzip": lambda: cells("gzip"),
    "h5ad-lzf": lambda: cells("lzf"),
    "generator.json": lambda: generator("generator.json", "mlp"),
    "generator.pt": lambda: generator("generator.pt", "mlp"),
    "generator.pt-points": lambda: generator("generator.pt", "points"),
}


if __name__ == "__main__":
    main()
