"""All kinds of figures that are drawn from rows; the columns of the rows determine the kind."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from wcheck.errors import TableError, not_one_of
from wcheck.plots import (
    batch,
    bernoulli,
    best,
    brackets,
    compare,
    crossover,
    depth,
    dimension,
    estimators,
    extrapolation,
    false_minima,
    gan,
    gan_ends,
    gan_patches,
    gan_tracks,
    kmedians,
    known,
    nearer,
    oracle,
    penalties,
    sample_complexity,
    samples,
    sinkhorn,
    sweep,
    timings,
    toys,
    two_gaussians,
    vanishing,
)
from wcheck.plots.figure import drawable, styled
from wcheck.plots.rows import called, read, with_numbers

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from wcheck.plots.kind import Kind

KINDS: tuple[Kind, ...] = (
    extrapolation.KIND,
    timings.KIND,
    estimators.KIND,
    batch.KIND,
    sample_complexity.KIND,
    sinkhorn.KIND,
    gan.KIND,
    gan.BATCHES,
    gan.DIVERGENCES,
    best.KIND,
    gan_ends.KIND,
    gan_tracks.KIND,
    gan_patches.KIND,
    samples.KIND,
    oracle.KIND,
    sweep.KIND,
    penalties.KIND,
    depth.KIND,
    vanishing.KIND,
    false_minima.KIND,
    crossover.KIND,
    kmedians.KIND,
    nearer.KIND,
    known.KIND,
    toys.KIND,
    two_gaussians.KIND,
    bernoulli.KIND,
    dimension.KIND,
    compare.KIND,
    compare.OVER_N,
    brackets.KIND,
)
"""The first whose columns are all there is the kind of rows; those after one of the same columns are asked for."""

TOGETHER = {"sample-complexity", "extrapolation"}
"""Kinds that are joined: errors as they were met, and the line through them."""


def draw(
    frame: DataFrame, kind: str | None = None, style: str | None = None, inches: float | None = None
) -> Figure:
    """Draw rows as the figure that belongs to them, in the style of wcheck.

    Parameters
    ----------
    frame : DataFrame
        Rows as a command writes them; see :func:`load`.
    kind : str, optional
        A name in :data:`KINDS`; recognised from the columns if left out.
    style : str, optional
        A matplotlib style file, or the name of one of matplotlib's, that is laid over that of the house.
    inches : float, optional
        The width of the figure: 7.4, that of a page, if neither it nor the style says otherwise. Where panels have no
        room beside each other, they stand below each other; letters keep their size.

    Raises
    ------
    ParameterError
        If there is no such kind, the style cannot be read, or the width is none of a figure.
    TableError
        If columns are missing or hold no numbers, or there is nothing to draw.
    """
    chosen = recognise(frame.columns) if kind is None else named(kind)
    if missing := _missing(chosen, frame.columns):
        raise TableError(
            f"a figure of kind {chosen.name} shows columns that these rows lack: {', '.join(missing)}; "
            "leave --kind out, or give other rows."
        )
    with styled(style, inches), drawable(chosen.name):
        return chosen.draw(with_numbers(frame, chosen.numbers))


def load(sources: Sequence[Path | TextIO]) -> DataFrame:
    """Read CSV files or streams and join their rows.

    Parameters
    ----------
    sources : sequence of Path or text stream
        At least one; several are of one kind, or a fit and the rows that it is of.

    Raises
    ------
    TableError
        If one cannot be read, holds no rows, or is of another kind.
    """
    import pandas as pd

    frames = [read(source) for source in sources]
    if len(frames) > 1:
        kinds = [recognise(frame.columns).name for frame in frames]
        for source, kind in zip(sources, kinds, strict=True):
            if kind != kinds[0] and set(kinds) != TOGETHER:
                raise TableError(
                    f"{called(sources[0])} and {called(source)} are of the kinds {kinds[0]} and {kind}: "
                    "join files of one kind."
                )
    columns = dict.fromkeys(column for frame in frames for column in frame)
    filled = [
        frame.dropna(axis="columns", how="all") for frame in frames
    ]  # a blank column has no type to agree on
    return pd.concat(filled, ignore_index=True).reindex(columns=list(columns))


def recognise(columns: Collection[str]) -> Kind:
    """Return the kind of rows with these columns.

    Raises
    ------
    TableError
        If there is none; it names what the nearest one lacks.
    """
    for kind in KINDS:
        if not _missing(kind, columns):
            return kind
    nearest = max(KINDS, key=lambda kind: 1 - len(_missing(kind, columns)) / len(kind.columns))
    missing = _missing(nearest, columns)
    if len(missing) > len(nearest.columns) / 2:
        raise TableError(
            "these columns do not belong to a command of wcheck, so there is no figure for them; "
            f"figures are drawn of: {', '.join(kind.name for kind in KINDS)}."
        )
    raise TableError(
        f"there is no figure of these rows: the nearest kind, {nearest.name}, shows columns that they lack: "
        f"{', '.join(missing)}."
    )


def named(name: str) -> Kind:
    """Return a kind by its name.

    Raises
    ------
    ParameterError
        If there is none.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise not_one_of("kind", name, [kind.name for kind in KINDS])


def _missing(kind: Kind, columns: Collection[str]) -> list[str]:
    return [column for column in kind.columns if column not in columns]
