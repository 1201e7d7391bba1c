"""The group of options that change or select the points of a source, alike in every command that takes sources."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wcheck.cli.options import EMBED, EMBEDDING, DataDir

if TYPE_CHECKING:
    from wcheck.measures.sources import Preprocessing


def _names(values: list[str] | None) -> list[str] | None:
    """Split names at their commas; one that holds a comma is written in double quotes."""
    import csv

    return [name.strip() for cells in csv.reader(values) for name in cells] if values else None


@dataclass(frozen=True, slots=True)
class Points:
    """What the command line says of the points: a field is an option and, by its name, a field of ``Preprocessing``."""

    scale: Annotated[
        str | None,
        typer.Option(
            metavar="0,1|-1,1|zscore",
            help="The scale of the points, written --scale=-1,1; images default to 0,1, and other data stay as they "
            "are.",
            show_default=False,
        ),
    ] = None
    image_size: Annotated[
        int | None,
        typer.Option(
            metavar="PIXELS", help="Resize images to this many pixels a side, bilinearly.", show_default=False
        ),
    ] = None
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="vectors|chw|hwc",
            help="The layout of the numbers in a file, where its shape does not determine it: images with their "
            "channels first (chw) or last (hwc), or vectors, whose coordinates are compared in the order of the file.",
            show_default="by shape",
        ),
    ] = None
    pixel_range: Annotated[
        str | None,
        typer.Option(
            metavar="BLACK,WHITE",
            help="The values of black and white in files of numbers other than uint8, which are then read as images; "
            "written --pixel-range=-1,1.",
            show_default=False,
        ),
    ] = None
    channels: Annotated[
        str | None,
        typer.Option(
            metavar="grey|rgb",
            help="Convert images to one channel (luma) or to three; a grey image is repeated in all three.",
            show_default=False,
        ),
    ] = None
    subset: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Use a random subset of N points, drawn by --data-seed.", show_default=False
        ),
    ] = None
    embed: Annotated[
        str | None,
        typer.Option(
            metavar=EMBEDDING,
            help=EMBED,
            show_default=False,
        ),
    ] = None
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,...",
            help="The columns of tables that are coordinates, all but the weights by default; without a header they "
            "are called 0, 1 and so on.",
            show_default=False,
            callback=_names,
        ),
    ] = None
    drop: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,...",
            help="The columns of tables that are left out.",
            show_default=False,
            callback=_names,
        ),
    ] = None
    weights: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column of tables that holds the weights of the points.",
            show_default="weight or weights, if present",
        ),
    ] = None
    where: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=VALUE",
            help="Take only the cells of .h5ad files whose category COLUMN in obs is VALUE; several conditions must "
            "all hold. For one side alone, write FILE.h5ad:obsm/X_pca,COLUMN=VALUE.",
            show_default=False,
        ),
    ] = None
    normalise: Annotated[
        bool,
        typer.Option(
            "--normalise",
            help="Divide the weights of each source, such as counts, by their total; without it the total must be 1.",
        ),
    ] = False
    header: Annotated[
        bool | None,
        typer.Option(
            "--header/--no-header",
            help="Whether the first line of a .csv or .tsv file is a header.",
            show_default="detected",
        ),
    ] = None
    separator: Annotated[
        str | None,
        typer.Option(
            metavar=",|;|tab",
            help="The character between the cells of a .csv or .tsv file.",
            show_default="a comma; a tab in .tsv",
        ),
    ] = None
    decimal_comma: Annotated[
        bool, typer.Option("--decimal-comma", help="Read 1,5 in a .csv or .tsv file as one and a half.")
    ] = False
    data_seed: Annotated[
        int | None,
        typer.Option(
            metavar="SEED", help="The seed of random subsets and of synthetic sources.", show_default="0"
        ),
    ] = None
    data_dir: DataDir = None

    def preprocessing(self) -> Preprocessing:
        """Return what the library does to the points.

        Raises
        ------
        ParameterError
            If a value is not allowed.
        """
        from wcheck.measures.sources import Preprocessing

        return Preprocessing(**self.given())

    def given(self) -> dict[str, Any]:
        """Return the options whose values are not the defaults."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {
            field.name: tuple(values[field.name])
            if isinstance(values[field.name], list)
            else values[field.name]
            for field in fields(self)
            if values[field.name] != field.default
        }
