"""The preprocessing of a source's numbers into points: all of its options, checked once."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

from wcheck.errors import ParameterError, did_you_mean, not_one_of
from wcheck.measures.layout import LAYOUTS, Ends
from wcheck.measures.recolour import CHANNELS
from wcheck.measures.scaling import SCALES

SEPARATORS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
"""What separates the cells of a table of text, and how it is called."""


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """What is done to the numbers of a source on their way to points.

    Attributes
    ----------
    scale : str, optional
        ``"0,1"`` (pixel / white), ``"-1,1"`` (pixel / (white / 2) - 1), both in float32 and for images alone,
        or ``"zscore"`` (less the mean, over the standard deviation: per channel for images, per coordinate
        for vectors). If left out, ``"0,1"`` for images; other data are untouched. White is 255, for digits
        16.
    image_size : int, optional
        Height and width that images are resized to: bilinear, half-pixel centres, in float without rounding.
    subset : int, optional
        How many points are drawn at random, without replacement; each role draws its own.
    data_seed : int
        Seed of the random subset and of synthetic sources.
    data_dir : Path, optional
        The folder that directly contains ``cifar-10-batches-bin/``; see
        :func:`wcheck.measures.cifar10.locate`.
    folder : Path
        Where relative paths of sources start; by default where the process is.
    embed : str, optional
        What maps the points so prepared to vectors; see :data:`wcheck.measures.embeddings.registry.EMBEDDINGS`.
    layout : {"vectors", "chw", "hwc"}, optional
        How the numbers of files lie; see :func:`wcheck.measures.layout.read_as`.
    pixel_range : str, optional
        Black and white, as in ``"-1,1"``, in files of numbers that are not uint8: they are images then.
    channels : {"grey", "rgb"}, optional
        Brings images to one channel or to three; see :func:`wcheck.measures.recolour.recoloured`.
    header : bool, optional
        Whether the first line of a table of text is a header; if left out, as it looks.
    separator : str, optional
        One of :data:`SEPARATORS`, between the cells of a table of text; if left out, a tab for ``.tsv``, else a comma.
    decimal_comma : bool
        Whether numbers in a table of text are written 1,5.
    columns : tuple of str, optional
        The columns of a table that are coordinates; all but the weights if left out.
    drop : tuple of str, optional
        Columns of a table that are left out.
    weights : str, optional
        The column of a table that holds the weights; see :func:`wcheck.measures.columns.assign`.
    where : tuple of str, optional
        ``COLUMN=VALUE``: of the cells of an ``.h5ad`` file those that hold all of these conditions; see
        :func:`wcheck.measures.h5ad.open_h5ad`.
    by : str, optional
        The column of a table that names the group of each point, and is not a coordinate; its text is what
        :func:`wcheck.measures.sources.load_labels` returns.
    normalise : bool
        Whether weights are divided by their total, which otherwise must be 1 within 1e-6.

    Raises
    ------
    ParameterError
        If a value is not allowed.
    """

    scale: str | None = None
    image_size: int | None = None
    subset: int | None = None
    data_seed: int = 0
    data_dir: Path | None = None
    folder: Path = Path()
    embed: str | None = None
    layout: str | None = None
    pixel_range: str | None = None
    channels: str | None = None
    header: bool | None = None
    separator: str | None = None
    decimal_comma: bool = False
    columns: tuple[str, ...] | None = None
    drop: tuple[str, ...] | None = None
    weights: str | None = None
    where: tuple[str, ...] | None = None
    by: str | None = None
    normalise: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        if self.scale is not None and self.scale not in SCALES:
            told = did_you_mean(self.scale, SCALES, f"choose one of {', '.join(map(repr, SCALES))}.")
            raise ParameterError(f"scale is {self.scale!r}{told}")
        for option, word, allowed in (
            ("layout", self.layout, LAYOUTS),
            ("channels", self.channels, tuple(CHANNELS)),
        ):
            if word is not None and word not in allowed:
                raise not_one_of(option, word, allowed)
        if self.ends is not None and self.layout == "vectors":
            raise ParameterError("pixel_range is for images, and layout is 'vectors': leave one of them out.")
        if self.separator is not None and self.separator not in SEPARATORS:
            raise ParameterError(
                f"separator is {self.separator!r}: give one of {', '.join(map(repr, SEPARATORS))}."
            )
        for name, value in (("image_size", self.image_size), ("subset", self.subset)):
            if value is not None and value < 1:
                raise ParameterError(f"{name} is {value}: give an integer of at least 1.")
        if self.data_seed < 0:
            raise ParameterError(f"data_seed is {self.data_seed}: give an integer of at least 0.")

    @property
    def ends(self) -> Ends | None:
        """The pixel range as numbers."""
        if self.pixel_range is None:
            return None
        try:
            black, white = map(float, self.pixel_range.split(","))
        except ValueError:
            black = white = math.nan
        if not -math.inf < black < white < math.inf:
            raise ParameterError(
                f"pixel_range is {self.pixel_range!r}: give two finite numbers, black below white, such as '-1,1'."
            )
        return black, white

    @property
    def moves_vectors(self) -> bool:
        """Whether points that are not images are changed too, and with them what is known of their distances."""
        return self.scale == "zscore" or self.embed is not None

    def anchored(self) -> Preprocessing:
        """Return the same for a process in another folder."""
        return replace(
            self, data_dir=self.data_dir and self.data_dir.absolute(), folder=self.folder.absolute()
        )


UNCHANGED = Preprocessing()
"""The default preprocessing: images to [0, 1], other data untouched."""
