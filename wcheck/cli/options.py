"""Options and groups of options that commands share, so that one name means one thing everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from wcheck.experiments import driver

_SOURCE = (
    "A source of points: cifar10[:train|:test][a:b], digits[a:b], gaussian:dim=20,n=1000, 8gaussians:n=1000, "
    "a folder of images, or a file (.npy, .npz, .pt, .safetensors, .h5ad, .csv, .parquet); 'wcheck data list' says "
    "more."
)

P = Annotated[str, typer.Argument(metavar="P", help=_SOURCE, show_default=False)]
Q = Annotated[str, typer.Argument(metavar="Q", help="The other source.", show_default=False)]
DataDir = Annotated[
    Path | None,
    typer.Option(
        help="The folder that directly contains cifar-10-batches-bin; by default WCHECK_DATA or the cache.",
        show_default=False,
    ),
]
Device = Annotated[str, typer.Option(help="Where the heavy work is done: cpu, cuda, cuda:1.")]
Factory = Annotated[
    str | None,
    typer.Option(
        "--arch",
        metavar="MODULE:FACTORY",
        help="Let this function of yours make the saved critic, if its folder names it.",
        show_default=False,
    ),
]
Memory = Annotated[
    str | None,
    typer.Option(
        metavar="BYTES",
        help="Memory that wcheck's own copies may take, such as 2GiB; a quarter of what is free by default.",
        show_default=False,
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Stop a solve after this long with the best certified bracket so far, and exit status 1.",
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
Estimator = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="exact, batch, sinkhorn, sliced, max-sliced, energy, mmd, lp-extension, debiased, oracle or closed-form.",
        show_default=False,
    ),
]
Epsilon = Annotated[
    list[float] | None,
    typer.Option(
        metavar="EPS",
        help="Regularisation of sinkhorn, in the unit of the points.",
        show_default=False,
    ),
]
Scaling = Annotated[
    list[float] | None,
    typer.Option(
        metavar="FACTOR",
        help="Annealing of sinkhorn, between 0 and 1: nearer to 1 is more exact and slower.",
        show_default="0.9",
    ),
]
Projections = Annotated[
    list[int] | None, typer.Option(metavar="K", help="Directions of sliced.", show_default="500")
]
Kernel = Annotated[
    list[str] | None,
    typer.Option(metavar="gaussian|imq", help="Of mmd.", show_default="gaussian"),
]
Seed = Annotated[int, typer.Option(help="Seed of everything that is random in the run itself.")]


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command writes its rows."""

    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the rows to this CSV file and their provenance to FILE.json beside it; a run that was "
            "cut off goes on where it was. '-' writes CSV to standard output, even to a terminal.",
            show_default=False,
        ),
    ] = None
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Start the output anew instead of resuming it.")
    ] = False

    @property
    def path(self) -> Path | None:
        """The file, if the rows go to one."""
        return None if self.is_stream else self.output

    @property
    def is_stream(self) -> bool:
        """Whether CSV was asked for on standard output."""
        return str(self.output) == "-"


@dataclass(frozen=True, slots=True)
class Workers:
    """Who runs the tasks of a command."""

    jobs: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="The number of processes that share the tasks, each on one thread; the rows do not depend on it.",
            show_default="one a core; on a GPU one",
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
