"""Options and groups of options that commands share, so that one name means one thing everywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.models import OptionInfo

from wcheck.cli.groups import as_typed
from wcheck.cli.settings import setting
from wcheck.cli.shown import Shown
from wcheck.cli.written import Writes
from wcheck.errors import ParameterError
from wcheck.experiments import driver
from wcheck.experiments.base import Experiment
from wcheck.experiments.data import CIFAR10

SOURCE = (
    "A source of points: cifar10[:train|:test][a:b], digits[a:b], gaussian:dim=20,n=1000, 8gaussians:n=1000, a saved "
    "generator (generator:DIR), a folder of images, or a file (.npy, .npz, .pt, .safetensors, .h5ad, .csv, .parquet); "
    "'wcheck data list' says more."
)
OTHER = "The other source."

P = Annotated[str, typer.Argument(metavar="P", help=SOURCE, show_default=False)]
Q = Annotated[str, typer.Argument(metavar="Q", help=OTHER, show_default=False)]
First = Annotated[str | None, typer.Argument(metavar="P", help=SOURCE, show_default=False)]
Second = Annotated[str | None, typer.Argument(metavar="Q", help=OTHER, show_default=False)]
DataDir = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="The folder that directly contains cifar-10-batches-bin, mnist or fashion-mnist.",
        show_default="WCHECK_DATA, or the cache",
    ),
]
Device = Annotated[
    str,
    # Typer 0.27 takes an option's name from its metavar, where one is the other in capitals and the name is not said
    typer.Option("--device", metavar="DEVICE", help="The device to compute on: cpu, cuda or cuda:1."),
]
Memory = Annotated[
    str | None,
    typer.Option(
        metavar="BYTES",
        help="The memory for wcheck's own copies and lists, such as 2GiB.",
        show_default="a quarter of the free memory",
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="The time after which a solve stops, with the best certified bracket so far and exit status 1.",
        show_default=False,
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="Compute on the workers of this running Dask cluster, which read the sources themselves; "
        "needs pip install 'wcheck[dask]'.",
        show_default=False,
    ),
]
EMBED = (
    "Measure in an embedding: efficientnet-lite0 (image features), classifier:SOURCE (features of a classifier that "
    "wcheck trains), an ONNX file, or module:function for your own function, which maps points (k, ...), images as (k, "
    "channels, height, width), to vectors (k, d); 'wcheck data embeddings' says more."
)
EMBEDDING = "NAME|FILE.onnx|MODULE:FUNCTION"
Embeddings = Annotated[
    list[str] | None, typer.Option("--embed", metavar=EMBEDDING, help=EMBED, show_default="none")
]
Seed = Annotated[int, setting("seed")]
Data = Annotated[str, setting("data")]
_SAVE: OptionInfo = typer.Option(
    metavar="DIR|FILE.npz",
    help="Save the results: trained critics or generators in this folder, or centroids and their weights in this "
    "file, which can be used as a source.",
    show_default=False,
)
SaveFolder = Annotated[Path | None, _SAVE, Writes(folder=True)]
SaveFile = Annotated[Path | None, _SAVE, Writes(".npz")]
_GRID: OptionInfo = typer.Option(
    metavar="FILE.png|DIR",
    help="Draw images as one picture: the first 64 of a source, or the centroids. In wcheck gan, draw the "
    "points of each evaluation, images or points of the plane, into this folder.",
    show_default=False,
)
Grid = Annotated[Path | None, _GRID, Writes()]
GridFolder = Annotated[Path | None, _GRID, Writes(folder=True)]
Samples = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="The number of draws from the options that are given as a RANGE (low:high or low:high:log), seeded by "
        "the first --seed; each draw is run with every combination of the other options.",
        show_default=False,
    ),
]
Every = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="The number of steps between two evaluations.", show_default="a tenth of the steps"
    ),
]
Compile = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="Compile each training's steps with torch.compile, which first takes up to a minute.",
    ),
]
AS_SAVED = "as saved; your own function must be named"
"""The default of ``--arch`` where a critic is read."""


def dims(published: str | tuple[int, ...]) -> OptionInfo:
    """Return the option ``--dim`` with this default; :func:`all_dims` reads its values."""
    return setting("dim", published, "A:B stands for all numbers from A to B.")


def all_dims(texts: Sequence[str] | None) -> list[int]:
    """Return the dimensions that were written as ``20``, or as ``1:100`` for all from 1 to 100.

    Raises
    ------
    ParameterError
        If a text is neither.
    """
    found: list[int] = []
    for text in texts or ():
        match = re.fullmatch(r"(\d+)(?::(\d+))?", text.strip())
        if match is None or int(match[2] or match[1]) < int(match[1]):
            raise ParameterError(
                f"--dim {text} is not a dimension: write 20, or 1:100 for all from 1 to 100."
            )
        found += range(int(match[1]), int(match[2] or match[1]) + 1)
    return found


def presets(experiment: type[Experiment[Any]]) -> OptionInfo:
    """Return the option ``--preset``, which offers the presets of an experiment."""
    told = [
        f"{name}: {'; '.join(_said(option, value) for option, value in preset.items())}."
        for name, preset in experiment.presets.items()
    ]
    option: OptionInfo = typer.Option(
        metavar="|".join(experiment.presets),
        help=" ".join(["A named set of options; explicit options take precedence.", *told]),
        show_default=False,
    )
    return option


def given(**values: Any) -> dict[str, Any]:
    """Return the options that were given; what was given several times is a tuple, each value once."""
    return {
        name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value
        for name, value in values.items()
        if value is not None and value != []
    }


def _said(option: str, value: object) -> str:
    values = value if isinstance(value, tuple) else (value,)
    texts = (",".join(map(as_typed, each)) if isinstance(each, tuple) else as_typed(each) for each in values)
    return f"{option.replace('_', ' ')} {', '.join(texts)}"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sets that a command compares: two sources, or the two parts of one."""

    source: First = None
    target: Second = None
    data: Annotated[str | None, setting("data", CIFAR10)] = None
    n: Annotated[int | None, setting("n", "10000, or half of the data")] = None

    def given(self) -> dict[str, Any]:
        """Return what was given, by the parameters of :class:`wcheck.experiments.data.Pair`."""
        return given(source=self.source, target=self.target, data=self.data, n=self.n)


@dataclass(frozen=True, slots=True)
class PairOrMatrix:
    """What a command finds costs in: two sources, or the files of a cost matrix."""

    source: First = None
    target: Second = None
    cost: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="A cost matrix (.npy, or .npz with an array cost) in place of P and Q: real numbers of either sign, "
            "inf for a pair that is forbidden.",
            show_default=False,
        ),
    ] = None
    source_weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The weights of the rows of --cost.", show_default="equal"),
    ] = None
    target_weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The weights of the columns of --cost.", show_default="equal"),
    ] = None

    def given(self) -> dict[str, Any]:
        """Return what was given, by the parameters of :class:`wcheck.experiments.matrix.OnPairOrMatrix`."""
        return given(**asdict(self))


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Write the rows to standard output as JSON, one object per line, with null for a blank cell and the text "
        '"inf" for infinity.',
    ),
]


@dataclass(frozen=True, slots=True)
class Output(Shown):
    """Where a command writes its rows, and what a table shows of them."""

    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the rows to this CSV file and their provenance to FILE.json beside it; an interrupted run "
            "resumes where it stopped. '-' writes CSV to standard output, even to a terminal.",
            show_default=False,
        ),
        Writes(".csv", beside=(".json", ".journal", ".unfinished")),
    ] = None
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start the file again instead of resuming it.")
    ] = False
    json: Json = False

    def __post_init__(self) -> None:
        """Refuse two places for the rows, and a file that is overwritten where there is none, by a ParameterError."""
        if self.overwrite and self.path is None:
            raise ParameterError("--overwrite is for a file of rows: give -o FILE.csv, or leave it out.")
        if self.json and self.output is not None:
            raise ParameterError(
                "--json writes the rows to standard output, and -o to a file: leave one of them out."
            )

    @property
    def path(self) -> Path | None:
        """The file, if the rows go to one."""
        return None if self.is_stream else self.output

    @property
    def is_stream(self) -> bool:
        """Whether CSV or JSON was asked for on standard output."""
        return self.json or str(self.output) == "-"


@dataclass(frozen=True, slots=True)
class Workers:
    """Who runs the tasks of a command."""

    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="The number of processes that share the tasks, each on one thread; the rows do not depend on it.",
            show_default="one per core; one on a GPU",
        ),
    ] = None
    dask: Dask = None

    def on(self, device: str = "cpu", *, alone: bool = False, spare_threads: bool = False) -> driver.Workers:
        """Return who runs tasks on a device: on a GPU one process unless more were asked for, for they would share it.

        Parameters
        ----------
        device : str
            Where tasks do their heavy work.
        alone : bool
            Whether one process is the default for another reason.
        spare_threads : bool
            Whether tasks that are fewer than cores share all threads by default; sums differ by rounding with it.
        """
        if self.jobs is not None or self.dask is not None:
            return driver.Workers(self.jobs, self.dask)
        return driver.Workers(1 if alone or device != "cpu" else None, threads=None if spare_threads else 1)
