"""Cells of AnnData files: both encodings of categories, dense and sparse, and files that lie or point elsewhere."""

import sys
import zlib

import h5py
import numpy as np
import pytest
import scipy.sparse
import typer.testing

from wcheck.cli.app import app
from wcheck.errors import ParameterError, SourceError
from wcheck.measures import h5ad, hdf5
from wcheck.measures import rows as rows_module
from wcheck.measures.lzf import unpacked_size
from wcheck.measures.sources import Preprocessing, load
from wcheck.rows.table import parse_rows

RNG = np.random.default_rng(0)
COUNTS = RNG.poisson(0.3, (200, 30)).astype(np.float32)
PCA = RNG.normal(size=(200, 5))
NAMES = np.array(["B", "CD4-positive, alpha-beta T cell", "NK"])
TYPES = RNG.integers(-1, 3, 200).astype(np.int8)  # -1 is missing
BATCH = RNG.integers(0, 3, 200)
DOUBLET = RNG.random(200) < 0.5


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rows(*args):
    ended = typer.testing.CliRunner().invoke(app, [*map(str, args)])
    assert ended.exit_code == 0, ended.stderr
    return list(parse_rows(ended.stdout))


def encoded(group, kind, **attributes):
    group.attrs["encoding-type"] = kind
    for name, value in attributes.items():
        group.attrs[name] = value
    return group


def write_csr(file, place, matrix, legacy=False, **storage):
    group = file.create_group(place)
    if legacy:
        group.attrs["h5sparse_format"], group.attrs["h5sparse_shape"] = "csr", matrix.shape
    else:
        encoded(group, "csr_matrix", shape=matrix.shape)
    for name in ("data", "indices", "indptr"):
        group.create_dataset(name, data=getattr(matrix, name), **storage)


def write(name="cells.h5ad", *, legacy=False, **storage):
    """Write what anndata writes, since 0.8 or (legacy) in 0.7; compared with its own files when this was written."""
    text = {key: value for key, value in storage.items() if key != "fletcher32"}  # is not for text
    with h5py.File(name, "w") as file:
        write_csr(file, "X", scipy.sparse.csr_matrix(COUNTS), legacy, **storage)
        file.create_dataset("obsm/X_pca", data=PCA, **storage)
        file.create_dataset("layers/dense", data=COUNTS.astype("f8"), **storage)
        obs = encoded(file.create_group("obs"), "dataframe")
        if legacy:
            column = obs.create_dataset("cell_type", data=TYPES, **storage)
            names = obs.create_dataset("__categories/cell_type", data=NAMES.astype(object), **text)
            column.attrs["categories"] = names.ref
        else:
            group = encoded(obs.create_group("cell_type"), "categorical")
            group.create_dataset("codes", data=TYPES, **storage)
            group.create_dataset("categories", data=NAMES.astype(object), **text)
            group = encoded(obs.create_group("donor"), "categorical")
            group.create_dataset("codes", data=BATCH, **storage)
            group.create_dataset("categories", data=[7, 8, 9])
        obs.create_dataset("batch", data=BATCH, **storage)
        obs.create_dataset("doublet", data=DOUBLET, **storage)
        obs.create_dataset("n_counts", data=COUNTS.sum(1), **storage)
        obs.create_dataset("barcode", data=[f"c{i}" for i in range(200)])


STORAGES = [
    {},
    {"chunks": True},
    {"compression": "gzip"},
    {"compression": "gzip", "shuffle": True, "fletcher32": True},
    {"compression": "lzf"},
    {"compression": "lzf", "shuffle": True},
    {"fletcher32": True},
]


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("storage", STORAGES, ids=str)
def test_matrices_and_categories_are_read(storage, legacy):
    write(legacy=legacy, **storage)
    assert np.array_equal(load("cells.h5ad").dense(), COUNTS)
    assert load("cells.h5ad").dtype == np.float32
    assert np.array_equal(load("cells.h5ad:X[20:90]").dense(), COUNTS[20:90])
    assert np.array_equal(load("cells.h5ad:obsm/X_pca").dense(), PCA)
    assert np.array_equal(load("cells.h5ad:layers/dense[3:4]").dense(), COUNTS[3:4])
    assert np.array_equal(load("cells.h5ad:obs/n_counts").dense(), COUNTS.sum(1)[:, None])
    for code, name in enumerate(NAMES):
        chosen = PCA[code == TYPES]
        assert np.array_equal(load(f"cells.h5ad:obsm/X_pca,cell_type={name}").dense(), chosen)
        assert np.array_equal(load(f"cells.h5ad:obsm/X_pca,cell_type={name}[2:9]").dense(), chosen[2:9])
        found = load("cells.h5ad:obsm/X_pca", preprocessing=Preprocessing(where=(f"cell_type={name}",)))
        assert found.digest() == load(f"cells.h5ad:obsm/X_pca,cell_type={name}").digest()


def test_conditions_all_hold():
    write()
    both = (TYPES == 0) & DOUBLET & (BATCH == 1)
    assert both.any()
    assert np.array_equal(load("cells.h5ad:cell_type=B,doublet=True,batch=1").dense(), COUNTS[both])
    found = load("cells.h5ad:donor=8", preprocessing=Preprocessing(where=("cell_type=B", "doublet=True")))
    assert np.array_equal(found.dense(), COUNTS[both])


@pytest.mark.parametrize("place", ["X", "layers/dense", "obsm/X_pca,doublet=True"])
def test_any_rows_are_read_block_by_block(place, monkeypatch):
    write(chunks=True, compression="gzip")
    whole = load(f"cells.h5ad:{place}").dense()
    monkeypatch.setattr(hdf5, "BLOCK", 1000)
    monkeypatch.setattr(h5ad, "ENTRIES", 7)
    assert np.array_equal(load(f"cells.h5ad:{place}").dense(), whole)
    points = {row.tobytes() for row in whole}
    for seed in range(5):
        drawn = load(f"cells.h5ad:{place}", preprocessing=Preprocessing(subset=40, data_seed=seed)).dense()
        assert all(row.tobytes() in points for row in drawn)
        order = [np.flatnonzero((whole == row).all(1))[0] for row in drawn]
        assert place == "X" or order == sorted(set(order))


@pytest.mark.parametrize("dtype", ["<f8", ">f8", ">f4", "<f2", "<i8", ">i4", "u1", "?"])
def test_sparse_and_dense_of_every_type_are_the_same(dtype):
    values = (COUNTS[:50] > 0).astype(dtype)
    with h5py.File("cells.h5ad", "w") as file:
        file["dense"] = values
        matrix = scipy.sparse.csr_matrix(values.astype("f8"))
        group = encoded(file.create_group("X"), "csr_matrix", shape=matrix.shape)
        group["data"] = matrix.data.astype(dtype)
        group["indices"], group["indptr"] = matrix.indices.astype(">i8"), matrix.indptr
    assert np.array_equal(load("cells.h5ad").dense(), values.astype("f8"))
    assert load("cells.h5ad:dense").digest() == load("cells.h5ad").digest()


def test_entries_that_occur_twice_are_added():
    with h5py.File("cells.h5ad", "w") as file:
        group = encoded(file.create_group("X"), "csr_matrix", shape=(3, 2))
        group["data"], group["indices"], group["indptr"] = [1.0, 2.0, 4.0], [1, 1, 0], [0, 0, 3, 3]
    assert load("cells.h5ad").dense().tolist() == [[0, 0], [4, 3], [0, 0]]


def test_two_cell_types_of_one_file_are_compared(here):
    write()
    source, target = (f"cells.h5ad:obsm/X_pca,cell_type={name}" for name in NAMES[:2])
    ended = rows("exact", source, target)
    np.savez("p.npz", PCA[TYPES == 0])
    np.savez("q.npz", PCA[TYPES == 1])
    plain = rows("exact", "p.npz", "q.npz")
    assert ended[0]["value"] == plain[0]["value"]
    same = rows("exact", "cells.h5ad:obsm/X_pca", "cells.h5ad:obsm/X_pca", "--where", "cell_type=B")
    assert (same[0]["n"], same[0]["value"]) == ((TYPES == 0).sum(), 0)


def test_workers_read_the_file_themselves():
    write()
    text = "cells.h5ad:obsm/X_pca,doublet=True"
    options = ("--batch-size", 8, "--reps", 2, "--estimator", "exact", "--data", text)
    alone, together = (rows("batch", *options, "--jobs", jobs) for jobs in (1, 2))
    assert len(alone) > 1
    assert [row["value"] for row in alone] == [row["value"] for row in together]


# What is refused


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cells.h5ad:nope", ("no nope", "layers, nothing, number, obs, obsm")),
        ("cells.h5ad:obsm/nope", ("no obsm/nope", "X_pca")),
        ("cells.h5ad:obsm/X_pca/x", ("X_pca",)),
        ("cells.h5ad:obs", ("dataframe",)),
        ("cells.h5ad:obsm", ("/obsm",)),
        ("cells.h5ad:obs/cell_type", ("categorical",)),
        ("cells.h5ad:obs/barcode", ("instead of numbers",)),
        ("cells.h5ad:cell_type=T", ("'B', 'CD4-positive, alpha-beta T cell', 'NK'",)),
        ("cells.h5ad:type=B", ("no type", "cell_type")),
        ("cells.h5ad:cell_type=B,cell_type=NK", ("no row",)),
        ("cells.h5ad:batch=x", ("'x'", "an integer")),
        ("cells.h5ad:doublet=1", ("'1'", "True or False")),
        ("cells.h5ad:n_counts=3", ("category",)),
        ("cells.h5ad:barcode=c3", ("category",)),
        ("cells.h5ad:small,cell_type=B", ("200 rows in obs and 3",)),
        ("cells.h5ad:number", ("single number",)),
        ("cells.h5ad:nothing", ("empty",)),
        ("cells.h5ad:csc", ("csc", "csr_matrix(")),
        ("cells.h5ad:type", ("/type",)),
    ],
)
def test_what_is_not_there_is_named(text, words, refuses):
    write()
    with h5py.File("cells.h5ad", "a") as file:
        file["small"], file["number"], file["nothing"] = np.zeros((3, 2)), 3.0, h5py.Empty("f")
        encoded(file.create_group("csc"), "csc_matrix", shape=(200, 30))
        file["type"] = np.dtype("f8")
    with refuses(SourceError, "cells.h5ad", *words):
        load(text)


def test_conditions_are_for_cells_alone(refuses):
    np.save("p.npy", PCA)
    with refuses(ParameterError, "where", "p.npy", "FILE.h5ad"):
        load("p.npy", preprocessing=Preprocessing(where=("cell_type=B",)))
    write()
    with refuses(SourceError, "'B'", "COLUMN=VALUE"):
        load("cells.h5ad", preprocessing=Preprocessing(where=("B",)))


def test_a_code_without_its_categories_is_not_a_value(refuses):
    write(legacy=True)
    with refuses(SourceError, "/obs/cell_type of cells.h5ad", "categorical"):
        load("cells.h5ad:obs/cell_type")
    with h5py.File("cells.h5ad", "a") as file:
        del file["obs/__categories"]
    with refuses(SourceError, "/obs/cell_type", "category"):
        load("cells.h5ad:cell_type=1")


def test_tables_of_records_are_refused(refuses):
    with h5py.File("cells.h5ad", "w") as file:
        file["X"] = PCA
        file["obs"] = np.zeros(200, [("cell_type", "i1")])
    with refuses(SourceError, "cells.h5ad", "before 0.7"):
        load("cells.h5ad:cell_type=B")


def test_without_h5py_the_extra_is_named(refuses, monkeypatch):
    write()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with refuses(SourceError, "cells.h5ad", "pip install 'wcheck[h5ad]'"):
        load("cells.h5ad")


def plan(*steps):
    """Return a creation property list by which data are stored in one part of (6, 2)."""
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk((6, 2))
    for step in steps:
        step(made)
    return made


def create(file, name, made, shape=(6, 2)):
    space = h5py.h5s.create_simple(shape)
    return h5py.Dataset(h5py.h5d.create(file.id, name.encode(), h5py.h5t.IEEE_F64LE, space, made))


def deflate(made):
    made.set_deflate(1)


def zstd(made):
    made.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))


def shuffle(made):
    made.set_shuffle()


def elsewhere(kind):
    with h5py.File("other.h5", "w") as other:
        other["X"] = PCA
    PCA.tofile("raw")
    with h5py.File("cells.h5ad", "w") as file:
        if kind == "external link":
            file["X"] = h5py.ExternalLink("other.h5", "X")
        elif kind == "link to nowhere":
            file["X"] = h5py.ExternalLink("/dev/stdin", "X")
        elif kind == "soft link":
            file["X"] = h5py.SoftLink("/Y")
            file["Y"] = PCA
        elif kind == "external storage":
            file.create_dataset("X", PCA.shape, "f8", external=[("raw", 0, h5py.h5f.UNLIMITED)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout(PCA.shape, "f8")
            layout[:] = h5py.VirtualSource("other.h5", "X", PCA.shape)
            file.create_virtual_dataset("X", layout)
        elif kind == "sparse parts":
            encoded(file.create_group("X"), "csr_matrix", shape=(2, 2))
            for name in ("data", "indices", "indptr"):
                file[f"X/{name}"] = h5py.ExternalLink("other.h5", "X")
        elif kind == "scaleoffset":
            file.create_dataset("X", data=PCA, scaleoffset=3)
        else:
            steps = {"plug-in": [zstd], "twice": [deflate, deflate], "order": [deflate, shuffle]}[kind]
            create(file, "X", plan(*steps))


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("external link", "link"),
        ("link to nowhere", "link"),
        ("soft link", "link"),
        ("sparse parts", "link"),
        ("external storage", "another file"),
        ("virtual", "other files"),
        ("scaleoffset", "filters"),
        ("plug-in", "filters"),
        ("twice", "filters"),
        ("order", "filters"),
    ],
)
def test_data_that_lie_elsewhere_or_need_a_plug_in_are_refused(kind, word, refuses):
    elsewhere(kind)
    with refuses(SourceError, "cells.h5ad", word):
        load("cells.h5ad")


@pytest.mark.parametrize("data", [bytes(10**6), bytes(95), bytes(97), b""], ids=len)
def test_a_part_that_unpacks_to_another_size_is_refused(data, refuses):
    with h5py.File("cells.h5ad", "w") as file:
        array = create(file, "X", plan(deflate))
        array.id.write_direct_chunk((0, 0), zlib.compress(np.arange(12.0).tobytes()))
    assert np.array_equal(load("cells.h5ad").dense(), np.arange(12.0).reshape(6, 2))
    with h5py.File("cells.h5ad", "a") as file:
        file["X"].id.write_direct_chunk((0, 0), zlib.compress(data))
    with refuses(SourceError, "cells.h5ad", "does not unpack to the 96 bytes"):
        load("cells.h5ad")
    with h5py.File("cells.h5ad", "a") as file:
        file["X"].id.write_direct_chunk((0, 0), zlib.compress(np.zeros(12).tobytes())[:-6])
    with refuses(SourceError, "cells.h5ad"):
        load("cells.h5ad")


@pytest.mark.parametrize("size", [1, 31, 32, 33, 1000, 100_000])
@pytest.mark.parametrize("kind", ["zeros", "noise", "text"])
def test_what_lzf_unpacks_to_is_known_beforehand(size, kind):
    data = {"zeros": bytes(size), "noise": RNG.bytes(size), "text": (b"abcdefgh12" * size)[:size]}[kind]
    with h5py.File("x.h5", "w") as file:
        array = file.create_dataset("x", data=np.frombuffer(data, "u1"), chunks=(size,), compression="lzf")
        file.flush()
        skipped, packed = array.id.read_direct_chunk((0,))
    found = len(packed) if skipped else unpacked_size(np.frombuffer(packed, np.uint8))
    assert found == size


def test_sizes_that_are_claimed_are_asked_of_the_memory(refuses):
    with h5py.File("cells.h5ad", "w") as file:
        file.create_dataset("rows", (10**9, 10**6), "f4", chunks=(10, 10))
        file.create_dataset("chunk", (10, 2), "f4", chunks=(10**8, 10), maxshape=(None, None))
        file.create_dataset("points", (10**15,), "u1", chunks=(10,))
        group = encoded(file.create_group("X"), "csr_matrix", shape=(10**8, 10**6))
        group.create_dataset("indptr", (10**8 + 1,), "i8", chunks=(1000,))
        group["data"], group["indices"] = [1.0], [0]
    for place in ("rows", "points", "X"):
        with refuses(SourceError, "cells.h5ad", "GiB", "--subset"):
            load(f"cells.h5ad:{place}")
    with refuses(SourceError, "obsm/X_pca"):
        load("cells.h5ad:X")


def test_a_part_larger_than_the_memory_is_refused(refuses, monkeypatch):
    with h5py.File("cells.h5ad", "w") as file:
        file.create_dataset("X", (10, 2), "f4", chunks=(10**7, 10), maxshape=(None, None))
    monkeypatch.setattr(rows_module, "_free_memory", lambda: 10**8)
    with refuses(SourceError, "cells.h5ad", "GiB"):
        load("cells.h5ad")


@pytest.mark.parametrize(
    "lie",
    [
        {"indices": [0, 2]},
        {"indices": [0, -1]},
        {"indices": [0]},
        {"indices": [0.0, 1.0]},
        {"indptr": [0, 2, 1, 2]},
        {"indptr": [-1, 0, 1, 2]},
        {"indptr": [0, 1, 2, 10**15]},
        {"indptr": [0, 1, 2]},
        {"shape": (5, 2)},
        {"shape": (3, -2)},
        {"shape": (3,)},
        {"shape": np.zeros(1000)},
        {"data": ["a", "b"]},
        {"data": [[1.0, 2.0], [1.0, 2.0]]},
    ],
    ids=str,
)
def test_sparse_matrices_that_lie_are_refused(lie, refuses):
    true = {"shape": (3, 2), "data": [1.0, 2.0], "indices": [0, 1], "indptr": [0, 1, 2, 2]}
    for matrix in (true, true | lie):
        with h5py.File("cells.h5ad", "w") as file:
            group = encoded(file.create_group("X"), "csr_matrix", shape=matrix["shape"])
            for name in ("data", "indices", "indptr"):
                group[name] = matrix[name]
        if matrix is true:
            assert load("cells.h5ad").dense().tolist() == [[1, 0], [0, 2], [0, 0]]
    with refuses(SourceError, "cells.h5ad"):
        load("cells.h5ad")


def test_damaged_files_are_refused(refuses, here):
    write(compression="gzip")
    whole = (here / "cells.h5ad").read_bytes()
    for data in (b"", b"\x89HDF\r\n\x1a\n", b"no such format" * 100, whole[: len(whole) // 2]):
        (here / "cells.h5ad").write_bytes(data)
        with refuses(SourceError, "cells.h5ad", "cannot be read"):
            load("cells.h5ad")
