"""The kinds of sources there are, and how a source's text finds its own."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from wcheck.errors import SourceError, did_you_mean
from wcheck.measures import arrays, cifar10, digits, idx, images, lazy, sampler, synthetic, tensors
from wcheck.measures.delimited import open_delimited
from wcheck.measures.h5ad import open_h5ad
from wcheck.measures.histogram import open_histogram
from wcheck.measures.misspelt import check_spelling
from wcheck.measures.parquet import open_parquet
from wcheck.measures.preprocessing import UNCHANGED, Preprocessing
from wcheck.measures.rows import Rows
from wcheck.progress import Report, silent


@dataclass(frozen=True, slots=True)
class Request:
    """A source's text without its slice, and what its opener may need besides."""

    base: str
    role: str = "source"
    preprocessing: Preprocessing = UNCHANGED
    report: Report = silent

    @property
    def parameters(self) -> str:
        """What follows the first colon."""
        return self.base.partition(":")[2]

    @property
    def key(self) -> str | None:
        """Which array of a file that holds several, if the text says so."""
        return _split_key(self.base)[1]

    @property
    def path(self) -> Path:
        """The text as a path, without the key."""
        return self.preprocessing.folder / os.path.expanduser(_split_key(self.base)[0])


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source.

    Attributes
    ----------
    form : str
        How its text looks.
    about : str
        What it is.
    open : callable
        How it is opened.
    obeys : frozenset of str
        The options that few kinds know, this one among them.
    drawn : bool
        Whether points are drawn for each role again, so that two sources with one text are independent.
    """

    form: str
    about: str
    open: Callable[[Request], Rows]
    obeys: frozenset[str] = frozenset()
    drawn: bool = False


def registry() -> tuple[Kind, ...]:
    """Return all kinds of sources, in the order in which they are listed."""
    return (
        *(kind for name in names() if (kind := _named(name))),
        _FOLDER,
        *dict.fromkeys(_BY_SUFFIX.values()),
    )


def names() -> tuple[str, ...]:
    """Return the names of sources that are neither folders nor files."""
    return (*_NAMED, *lazy.PLACES)


def is_drawn(base: str) -> bool:
    """Whether the points of a source, by its text without a slice, are drawn for each role again."""
    kind = _named(base.partition(":")[0])
    return kind is not None and kind.drawn


def open_rows(request: Request) -> Rows:
    """Open the source that a text names; a registered name goes before a file of that name.

    Raises
    ------
    SourceError
        If it is not a source, cannot be opened, or is empty.
    """
    check_spelling(request.base, request.preprocessing.folder)
    kind = _named(request.base.partition(":")[0]) or _kind_of_path(request)
    rows = kind.open(request)
    if rows.n == 0:
        raise SourceError(f"{request.base} holds no points: a measure needs at least one.")
    return replace(rows, obeys=kind.obeys)


def _named(name: str) -> Kind | None:
    return _NAMED.get(name) or lazy.find(name)


def _idx(data: idx.DataSet, request: Request) -> Rows:
    return idx.rows(data, request.parameters, request.preprocessing.data_dir)


def _synthetic(request: Request) -> Rows:
    return synthetic.rows(request.base, request.preprocessing.data_seed, request.role)


GRID = ":grid"
"""What follows the name of a .npy file that holds a histogram."""
_NUMBERS = frozenset({"pixel_range"})
_NAMED = {
    "cifar10": Kind(
        "cifar10[:train|:test]",
        "CIFAR-10, 32x32 RGB: 50,000 training images, 10,000 test images, or all, training first; "
        "`wcheck data fetch cifar10` downloads it",
        lambda request: cifar10.rows(request.parameters, request.preprocessing.data_dir),
    ),
    **{
        data.name: Kind(
            f"{data.name}[:train|:test]",
            f"{data.called}, 28x28 grey: 60,000 training images, 10,000 test images, or all, training first; "
            f"`wcheck data fetch {data.name}` downloads it",
            partial(_idx, data),
        )
        for data in idx.DATA_SETS.values()
    },
    "digits": Kind(
        "digits",
        "scikit-learn's 1,797 handwritten digits, 8x8 grey; nothing to download",
        lambda request: digits.rows(request.parameters),
    ),
    "gaussian": Kind(
        "gaussian:dim=D,n=N[,mean=0,std=1]",
        "N points of a normal distribution with independent coordinates",
        _synthetic,
        drawn=True,
    ),
    "8gaussians": Kind(
        "8gaussians:n=N[,radius=2,std=0.02]",
        "N points of eight equal normal modes on a circle in the plane",
        _synthetic,
        drawn=True,
    ),
    "funnel": Kind(
        "funnel:dim=D,n=N[,funnels=4,move=0,radius=2.5,offset=0.1,pair=0]",
        "N uniform points of a cube, moved by a share of their way to the nearest of some random centres: two that "
        "differ only in move have a known distance",
        _synthetic,
        drawn=True,
    ),
    "sampler": Kind(
        sampler.FORM,
        "n points that your own function draws, called with n and a seed in this process; it returns an "
        "array or a tensor",
        sampler.rows,
        _NUMBERS,
        drawn=True,
    ),
}

_GRID = _NAMED["histogram"] = Kind(
    "histogram:FILE or FILE.npy:grid",
    "a histogram (.npy, .npz[:KEY], .csv) or a grey picture as a measure on its bins or pixels: the points are their "
    "indices, such as (row, column), the weights their values, divided by their total",
    lambda request: open_histogram(_histogram_path(request)),
)

_FOLDER = Kind(
    "FOLDER",
    "the PNG, JPEG, WebP and TIFF images in a folder and its subfolders, sorted by path, as RGB",
    lambda request: images.folder(request.path, request.preprocessing.image_size, request.report),
)

_TABLE = _NUMBERS | {"columns", "drop", "weights", "by"}
_DELIMITED = Kind(
    "FILE.csv|.tsv[.gz]",
    "a table of text, with or without header; a column `weight` or `weights` holds the weights",
    lambda request: open_delimited(request.path, request.preprocessing),
    _TABLE | {"header", "separator", "decimal_comma"},
)

_TORCH = Kind(
    "FILE.pt|.pth[:KEY]",
    "a dense tensor that torch.save wrote, memory-mapped, or of a dict or list of them the one KEY; without KEY as for "
    "FILE.npz",
    lambda request: tensors.open_pt(request.path, request.key),
    _NUMBERS,
)

_BY_SUFFIX = {
    ".npy": Kind(
        "FILE.npy",
        "an array, one point along the first axis, memory-mapped; "
        "uint8 of shape (n, 1|3, h, w) or (n, h, w, 1|3) is images",
        lambda request: arrays.open_npy(request.path),
        _NUMBERS,
    ),
    ".npz": Kind(
        "FILE.npz[:KEY]",
        "the array KEY of an archive, or its `points` (or `centroids`, or the only array there is) "
        "with its `weights`, if there are any",
        lambda request: arrays.open_npz(request.path, request.key),
        _NUMBERS,
    ),
    **{suffix: _TORCH for suffix in (".pt", ".pth")},
    ".safetensors": Kind(
        "FILE.safetensors[:KEY]",
        "the tensor KEY, memory-mapped; without KEY as for FILE.npz",
        lambda request: tensors.open_safetensors(request.path, request.key),
        _NUMBERS,
    ),
    ".h5ad": Kind(
        "FILE.h5ad[:PLACE[,COLUMN=VALUE]]",
        "the cells of an AnnData file, dense or CSR: X, or what lies at PLACE, such as obsm/X_pca; of them those whose "
        "category COLUMN in obs is VALUE; needs pip install 'wcheck[h5ad]'",
        lambda request: open_h5ad(request.path, request.key, request.preprocessing.where or ()),
        _NUMBERS | {"where"},
    ),
    **{suffix: _DELIMITED for suffix in (".csv", ".tsv", ".csv.gz", ".tsv.gz")},
    ".parquet": Kind(
        "FILE.parquet",
        "a Parquet table, or one column of vectors in it; a column `weight` or `weights` holds the weights",
        lambda request: open_parquet(request.path, request.preprocessing),
        _TABLE,
    ),
}


def _split_key(base: str) -> tuple[str, str | None]:
    match = re.fullmatch(r"(.+\.(?:npz|pth?|safetensors|h5ad)):(.+)", base, re.IGNORECASE)
    return (match[1], match[2]) if match else (base, None)


def _histogram_path(request: Request) -> Path:
    file = request.parameters if request.base.startswith("histogram:") else request.base.removesuffix(GRID)
    return request.preprocessing.folder / os.path.expanduser(file)


def _neighbours(request: Request) -> list[str]:
    """Return files and folders that lie where one was looked for and is not, as they would be written."""
    typed = Path(_split_key(request.base)[0]).parent
    try:
        return [str(typed / entry.name) for entry in islice(os.scandir(request.path.parent), 1000)]
    except (OSError, ValueError):
        return []


def _kind_of_path(request: Request) -> Kind:
    if request.base.lower().endswith(f".npy{GRID}"):
        return _GRID
    if request.base and request.path.is_dir():
        return _FOLDER
    if not request.path.is_file():
        raise SourceError(
            f"{request.base!r} is not a source"
            + did_you_mean(
                request.base.partition(":")[0],
                (*names(), *_neighbours(request)),
                ("there is no such file or folder" if request.base else "its name is missing")
                + f", and the names are {', '.join(names())}; `wcheck data list` shows the forms.",
            )
        )
    suffixes = "".join(request.path.suffixes[-2:]).lower()
    kind = _BY_SUFFIX.get(suffixes) or _BY_SUFFIX.get(request.path.suffix.lower())
    if kind is None:
        raise SourceError(
            f"{request.base} has no suffix of a source: files are {', '.join(_BY_SUFFIX)}; convert it to one."
        )
    return kind
