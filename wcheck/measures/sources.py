"""Sources: texts that name measures, such as ``cifar10:train[0:10000]``, and what is done to their points.

The order is: source, slice, random subset, image size, scale, embedding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError, counted
from wcheck.measures import images
from wcheck.measures.columns import check_there, order
from wcheck.measures.embeddings.registry import embedding as embedding_of
from wcheck.measures.grammar import resolve_slice, split_slice
from wcheck.measures.layout import Reading, read_as
from wcheck.measures.measure import Measure
from wcheck.measures.preprocessing import UNCHANGED, Preprocessing
from wcheck.measures.registry import Kind, Request, open_rows, registry
from wcheck.measures.rows import Rows, Selection
from wcheck.measures.scaling import ENDS, scale_of
from wcheck.measures.together import Part, scaled
from wcheck.progress import Report, silent
from wcheck.rng import generator

__all__ = [
    "UNCHANGED",
    "Kind",
    "Preprocessing",
    "describe",
    "load",
    "load_labels",
    "load_pair",
    "load_together",
    "registry",
    "scale_of",
    "split_pair",
]

PAIR_SIZE = 10_000
"""The points a side that :func:`split_pair` takes where no number is given, if there are enough."""


def load(
    text: str, *, role: str = "source", preprocessing: Preprocessing = UNCHANGED, report: Report = silent
) -> Measure:
    """Load the measure that a source's text names; a zscore takes its statistics alone.

    Parameters
    ----------
    text : str
        The source; :func:`registry` lists the forms. A slice ``[a:b]``, ``[a:]`` or ``[:b]`` at its end takes
        these rows. The weights of a slice or subset of a weighted source are divided by their total: it is
        the measure conditioned on these points.
    role : str
        Names the random stream of synthetic sources and subsets, so that two roles are independent draws.
    preprocessing : Preprocessing
        What is done to the points.
    report : Report
        Told the progress of what takes long.

    Returns
    -------
    Measure
        Called ``text``. Images stay uint8 and are converted by block; ``.npy`` files stay memory-mapped.

    Raises
    ------
    SourceError
        If the source is unknown, cannot be found or read, or the slice or subset does not fit.
    ParameterError
        If its numbers do not make a measure, or the preprocessing does not apply to it.
    """
    return load_together([(text, role)], preprocessing, report)[0]


def load_pair(
    source: str,
    target: str,
    *,
    preprocessing: Preprocessing = UNCHANGED,
    report: Report = silent,
) -> tuple[Measure, Measure]:
    """Load two measures of one space, with roles ``"source"`` and ``"target"``; see :func:`load`.

    A zscore takes the joint statistics of both, each point counted once.

    Raises
    ------
    SourceError, ParameterError
        As :func:`load`; also if the two have not the same dimension, or not the same kind of points.
    """
    x, y = load_together([(source, "source"), (target, "target")], preprocessing, report)
    return x, y


def split_pair(
    data: str, n: int | None = None, *, preprocessing: Preprocessing = UNCHANGED, report: Report = silent
) -> tuple[Measure, Measure]:
    """Load the first n points of a source and the next n, two disjoint sets.

    It is :func:`load_pair` of two slices, such as ``digits[0:898]`` and ``digits[898:1796]``, and the
    measures are called so. ``cifar10`` alone means its training images here.

    Parameters
    ----------
    data : str
        The source.
    n : int, optional
        Points a side; 10,000 if left out, or half of the data if that is less.

    Raises
    ------
    SourceError, ParameterError
        As :func:`load_pair`; also if n is below 1 or more than half of the data.
    """
    base, inner = split_slice("cifar10:train" if data == "cifar10" else data)
    rows = resolve_slice(inner, _open(base, "source", preprocessing, silent).n, base)
    half = (rows.stop - rows.start) // 2
    size = min(PAIR_SIZE, half) if n is None else n
    if not 1 <= size <= half:
        raise ParameterError(
            f"n is {size}, but {data} has {counted(rows.stop - rows.start, 'point')}: two disjoint sets need 2 n; "
            + (f"give n from 1 to {half}." if half else "give a source of more points.")
        )
    first, second, end = rows.start, rows.start + size, rows.start + 2 * size
    return load_pair(
        f"{base}[{first}:{second}]", f"{base}[{second}:{end}]", preprocessing=preprocessing, report=report
    )


def load_labels(
    text: str, *, role: str = "source", preprocessing: Preprocessing = UNCHANGED
) -> NDArray[np.str_] | None:
    """Load the class of each point of :func:`load`: CIFAR-10's, the digit, an image's subfolder, a table's group.

    Returns
    -------
    ndarray of str, shape (n,), or None
        None where the source knows no classes, or has one alone that is not the group of a table.

    Raises
    ------
    SourceError, ParameterError
        As :func:`load`.
    """
    base, inner = split_slice(text)
    rows = _open(base, role, preprocessing, silent)
    labels = rows.labels() if rows.labels is not None else np.array([""])
    if len(np.unique(labels)) == 1 and preprocessing.by is None:
        return None
    return labels[_subset(text, resolve_slice(inner, rows.n, base), role, preprocessing)]


def describe(measure: Measure, *, report: Report = silent) -> dict[str, object]:
    """Return what there is to say about a measure in one row, by one pass over its points.

    Returns
    -------
    dict
        ``source, n, dim, shape, dtype, scale, weights, minimum, maximum, mean, sha256``: ``weights`` is
        ``"uniform"`` or the least and greatest, ``mean`` is over all coordinates, uniform over the points, in
        float64, and ``sha256`` is :meth:`Measure.digest`.
    """
    low, high, total = np.inf, -np.inf, 0.0
    for rows, block in measure.blocks():
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        total += float(block.sum(dtype=np.float64))
        report("describe", rows.stop, len(measure))
    weights = measure.weights
    return {
        "source": measure.name,
        "n": len(measure),
        "dim": measure.dim,
        "shape": "x".join(map(str, measure.shape)),
        "dtype": str(measure.dtype),
        "scale": scale_of(measure),
        "weights": "uniform" if measure.is_uniform else f"{weights.min():.3g} to {weights.max():.3g}",
        "minimum": low,
        "maximum": high,
        "mean": total / (len(measure) * measure.dim),
        "sha256": measure.digest(),
    }


def load_together(
    requests: Sequence[tuple[str, str]], preprocessing: Preprocessing = UNCHANGED, report: Report = silent
) -> list[Measure]:
    """Load measures of one space, each by its text and its role; see :func:`load_pair`."""
    opened = [_open(split_slice(text)[0], role, preprocessing, report) for text, role in requests]
    names = [text for text, _ in requests]
    _check_obeyed(names, opened, preprocessing)
    check_there(
        [(name, rows.table) for name, rows in zip(names, opened, strict=True) if rows.table is not None]
    )
    parts = [
        _part(text, role, _in_order(requests[0][0], opened[0], text, rows), preprocessing)
        for (text, role), rows in zip(requests, opened, strict=True)
    ]
    prepared = scaled(parts, preprocessing.scale, preprocessing.layout, report)
    if preprocessing.embed is None:
        return prepared
    embedding = embedding_of(preprocessing.embed, preprocessing.folder)
    embedded = [embedding.measure(measure, report) for measure in prepared]
    if len({measure.dim for measure in embedded}) > 1:
        raise ParameterError(f"{embedding.text} maps the sources to vectors of different lengths.")
    return embedded


def _part(text: str, role: str, rows: Rows, preprocessing: Preprocessing) -> Part:
    base, inner = split_slice(text)
    wanted = _subset(text, resolve_slice(inner, rows.n, base), role, preprocessing)
    normalise = preprocessing.normalise or rows.counts
    weights = _weights(rows, wanted, text, normalise)
    found = _read(rows, wanted, text, preprocessing)
    if not found.is_image:
        _check_for_images(base, rows, preprocessing)
        measure = Measure.of(found.store, weights, name=text, columns=rows.columns, normalise=normalise)
        return Part(measure)
    if found.ends is None and preprocessing.scale in ENDS:
        raise ParameterError(
            f"scale is {preprocessing.scale}, but the values of black and white in {base} are not known: "
            "give them, such as --pixel-range=-1,1."
        )
    points, shape = images.as_points(found.store, preprocessing.image_size, preprocessing.channels)
    measure = Measure.of(points, weights, name=text, shape=shape, normalise=normalise)
    return Part(measure, True, found.ends)


def _read(rows: Rows, wanted: Selection, text: str, preprocessing: Preprocessing) -> Reading:
    store = rows.read(wanted)
    if rows.white is not None:
        return Reading(store, True, (rows.black, rows.white))
    if not rows.is_plain:
        return Reading(store)
    return read_as(store, text, layout=preprocessing.layout, pixel_range=preprocessing.ends)


def _check_for_images(base: str, rows: Rows, preprocessing: Preprocessing) -> None:
    """Refuse what is for images alone."""
    for option in ("image_size", "scale", "channels"):
        value = getattr(preprocessing, option)
        if value is not None and value != "zscore":
            raise ParameterError(
                f"{option} is {value}, but {base} holds vectors: it is for images only; leave it out"
                + (", or say that they are images with --pixel-range." if rows.is_plain else ".")
            )


def _open(base: str, role: str, preprocessing: Preprocessing, report: Report) -> Rows:
    return open_rows(Request(base, role, preprocessing, report))


def _in_order(first_name: str, first: Rows, name: str, rows: Rows) -> Rows:
    """Return rows whose coordinates are in the order of the first source's, by their names."""
    found = order(first_name, first.columns, name, rows.columns)
    if found is None:
        return rows

    def read(wanted: Selection) -> NDArray[Any]:
        return rows.read(wanted)[:, found]

    return replace(rows, read=read, table=first.table)


def _check_obeyed(names: Sequence[str], opened: Sequence[Rows], preprocessing: Preprocessing) -> None:
    """Refuse an option that only some kinds of sources know, if none of these does."""
    kinds = registry()
    for option in fields(preprocessing):
        value = getattr(preprocessing, option.name)
        forms = [kind.form for kind in kinds if option.name in kind.obeys]
        if forms and value != option.default and not any(option.name in rows.obeys for rows in opened):
            raise ParameterError(
                f"--{'no-' * (value is False)}{option.name.replace('_', '-')} is given, but it means nothing for "
                f"{' and '.join(names)}: it is for "
                f"{', '.join(forms)}; leave it out."
            )
    if preprocessing.layout in ("chw", "hwc") and not any(rows.is_plain for rows in opened):
        raise ParameterError(
            f"layout is {preprocessing.layout!r}, but {' and '.join(names)} have no other possible layout; "
            "leave it out."
        )


def _subset(text: str, rows: slice, role: str, preprocessing: Preprocessing) -> Selection:
    size, n = preprocessing.subset, rows.stop - rows.start
    if size is None:
        return rows
    if size > n:
        raise ParameterError(f"subset is {size}, but {text} has {counted(n, 'point')}: give at most {n}.")
    drawn = generator(preprocessing.data_seed, "subset", text, role).choice(n, size, replace=False)
    return np.sort(rows.start + drawn)


def _weights(rows: Rows, wanted: Selection, text: str, normalise: bool) -> Any:
    if rows.weights is None or (isinstance(wanted, slice) and wanted == slice(0, rows.n)):
        return rows.weights
    # The whole source must be a measure before a part of it may be one.
    part = Measure.of(np.zeros((rows.n, 1)), rows.weights, name=text, normalise=normalise).weights[wanted]
    if part.sum() == 0:
        raise SourceError(f"{text} has no weight: all weights of these rows are 0; choose other rows.")
    return np.asarray(rows.weights)[wanted] if normalise else part / part.sum()
