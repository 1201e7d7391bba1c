"""A generator: a distribution of points, given by a network that maps latents to points, and by its recipe."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wcheck.critics.critic import evaluating
from wcheck.errors import DivergedError, ParameterError, SourceError
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.generators.saved import GENERATORS, Saved
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.layout import Ends, times
from wcheck.measures.measure import Measure
from wcheck.measures.points import LazyPoints
from wcheck.measures.scaling import ENDS, Moments, ScaledPoints
from wcheck.parallel import on_threads
from wcheck.progress import Report, silent
from wcheck.rng import derived_seed, torch_generator
from wcheck.threads import shared, spans

BLOCK = 256
"""Latents that are drawn, and points that are made of them, at a time."""
TOGETHER = 64
"""Blocks whose latents are held at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Generator:
    """A generator, which is a network or free points, with its recipe.

    Attributes
    ----------
    network : Module
        The network, which maps latents ``(k, latent)`` to flat float32 points ``(k, d)``; see
        :func:`wcheck.generators.networks.build`.
    recipe : GeneratorRecipe
        The settings with which it was trained.
    shape : tuple of int
        The shape of one point: ``(channels, height, width)`` for images.
    scale : str
        The scale of the points that it was trained on and of its own points; see
        :func:`wcheck.measures.scaling.scale_of`.
    moments : Moments, optional
        The mean and the standard deviation of the z-score scaling, if that was used.
    columns : tuple of str, optional
        The names of the coordinates, where they have any.

    Examples
    --------
    Once a generator is saved, its points are a source, ``generator:DIR``, of every command:

    >>> import tempfile
    >>> from wcheck.generators.recipe import GeneratorRecipe
    >>> from wcheck.learning.samplers import FrozenPoints
    >>> data = FrozenPoints(wcheck.Measure.of([[0.0, 1.0], [2.0, 3.0]]))
    >>> generator = Generator.fresh(GeneratorRecipe.of(generator_width=8), data)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     generator.save(folder)
    ...     again = Generator.load(folder)
    >>> again.sample(5, seed=0).points.shape
    (5, 2)
    """

    network: nn.Module
    recipe: GeneratorRecipe
    shape: tuple[int, ...]
    scale: str = ""
    moments: Moments | None = None
    columns: tuple[str, ...] | None = None

    def __repr__(self) -> str:
        """Say in a line what it is, without the weights."""
        return f"Generator({self.recipe.generator}, points of shape {times(self.shape)})"

    @staticmethod
    def fresh(recipe: GeneratorRecipe, points: FrozenPoints, modules: Path = Path()) -> Generator:
        """Return an untrained generator for training on the given points, on their device.

        Parameters
        ----------
        recipe : GeneratorRecipe
            Its settings. Its seed draws the weights, by the stream "generator", "weights".
        points : FrozenPoints
            The data.
        modules : Path
            The folder in which a module of your own may be.

        Raises
        ------
        ParameterError, SourceError
            As :func:`wcheck.generators.networks.build`.
        """
        seed = derived_seed(recipe.seed, "generator", "weights")
        ends = ENDS.get(points.scale)
        network = recipe.network(points.shape, seed=seed, ends=ends, modules=modules)
        network = network.to(points.points.device)
        return Generator(network, recipe, points.shape, points.scale, points.moments, points.columns)

    @property
    def ends(self) -> Ends | None:
        """The values of black and of white, where the scale has them."""
        return ENDS.get(self.scale)

    @property
    def dim(self) -> int:
        """The number of coordinates of a point."""
        return math.prod(self.shape)

    @property
    def device(self) -> torch.device:
        """The device of the network."""
        placed = itertools.chain(self.network.parameters(), self.network.buffers())
        return next((tensor.device for tensor in placed), torch.device("cpu"))

    @torch.no_grad()
    def __call__(self, latents: Tensor) -> Tensor:
        """Return the points ``(k, d)``, float32, of latents on the network's device, one independent of the others.

        The network is in eval mode: batches are normalised by the statistics that it has learned.
        """
        with evaluating(self.network):
            return torch.cat([self.network(part.clone()).float() for part in latents.split(BLOCK)])

    def sample(self, n: int, seed: int = 0, *stream: str | int) -> Measure:
        """Draw n independent points; free points are repeated in their order until there are n.

        Parameters
        ----------
        n : int
            At least 1. The first points of a larger sample are those of a smaller one.
        seed : int
            The seed of the latents. On the same machine the same seed gives the same points; on the processor, this
            does not depend on the number of threads.
        *stream : str or int
            Further names that distinguish this draw from others with the same seed.

        Returns
        -------
        Measure
            Float32 points in the generator's scale, with the shape of images if they are images. The name of the
            measure is ``generator``.

        Raises
        ------
        ParameterError
            If n or the seed is not allowed.
        DivergedError
            If the points are not finite numbers.
        SourceError
            If a module of your own fails.
        """
        if n < 1:
            raise ParameterError(f"n is {n}: give an integer of at least 1.")
        points = self.rows(slice(0, n), seed, *stream)
        measure = Measure.of(points, name="generator", shape=self.shape, columns=self.columns)
        if not self.scale:
            return measure
        scaled = ScaledPoints(LazyPoints(points, _same, self.dim), _same, self.scale, self.moments)
        return Measure(scaled, measure.weights, measure.name, measure.shape, columns=measure.columns)

    def rows(
        self, wanted: slice, seed: int = 0, *stream: str | int, report: Report = silent
    ) -> NDArray[np.float32]:
        """Return some points ``(k, d)`` of a sample of any size, without keeping the others; see :meth:`sample`.

        Latents and points are made in whole blocks, so that a point does not depend on which others are asked for.
        """
        device, size = self.device, self.recipe.batch(BLOCK)
        latents = torch_generator(seed, "generator", "latents", *stream, device=str(device))
        begins = range(0, wanted.stop, size)
        drawn: dict[int, Tensor] = {}

        def block(begin: int) -> NDArray[np.float32]:
            torch.set_num_threads(1)  # of this thread: several sum in another order
            return self._block(drawn[begin], derived_seed(seed, "generator", "module", *stream, begin))

        threads = 1 if self.recipe.is_code or device.type != "cpu" else torch.get_num_threads()
        made = np.empty((wanted.stop - wanted.start, self.dim), np.float32)
        with on_threads(1), evaluating(self.network):
            for some in spans(len(begins), TOGETHER):
                drawn.clear()
                drawn.update((begin, self.recipe.latents(size, latents, device)) for begin in begins[some])
                needed = [begin for begin in drawn if begin + size > wanted.start]
                with closing(shared(block, needed, threads)) as blocks:
                    for begin, points in zip(needed, blocks, strict=True):
                        first, last = max(begin, wanted.start), min(begin + size, wanted.stop)
                        made[first - wanted.start : last - wanted.start] = points[
                            first - begin : last - begin
                        ]
                        report("generate", last - wanted.start, len(made))
        return made

    def save(self, folder: Path | str, about: Mapping[str, object] = MappingProxyType({})) -> None:
        """Write the weights, as tensors only, and a description as JSON.

        Parameters
        ----------
        folder : Path
            The folder, which is made if it does not exist.
        about : mapping
            Further entries of the description, such as the data and the number of steps.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        saved = Saved(self.recipe, self.shape, self.scale, self.moments, self.columns, about)
        GENERATORS.write(Path(folder), self.network, saved.description())

    @staticmethod
    def load(
        folder: Path | str, device: str = "cpu", factory: str | None = None, modules: Path = Path()
    ) -> Generator:
        """Read a generator that :meth:`save` wrote; no code in the files is run.

        Parameters
        ----------
        folder : Path
            The folder in which it was saved.
        device : str
            The device on which to load it.
        factory : str, optional
            The ``module:factory`` of a generator that is made by a function of your own. A function that is only named
            in a file is never called; you must name the same one here.
        modules : Path
            The folder in which the module of the factory may be.

        Raises
        ------
        SourceError
            If the folder does not contain a generator, or contains a damaged one or one of another version; if it was
            made by a factory that is not named here, or that fails.
        ParameterError
            If the factory does not return a generator.
        """
        folder = Path(folder)
        saved = Saved.of(folder)
        network = saved.network(folder, factory, modules).to(device)
        return Generator(network, saved.recipe, saved.shape, saved.scale, saved.moments, saved.columns)

    @torch.no_grad()
    def _block(self, latents: Tensor, seed: int) -> NDArray[np.float32]:
        """Return points of latents; what a user's module draws itself follows the seed."""
        code, size = self.recipe.generator, (len(latents), self.dim)
        if not self.recipe.is_code:
            points = self.network(latents).float()
        else:
            cuda = [latents.device] if latents.is_cuda else []
            with torch.random.fork_rng(devices=cuda):
                torch.manual_seed(seed)
                try:
                    points = self.network(latents).float()
                except Exception as error:  # whatever the user's module raises
                    raise SourceError(
                        f"{code} made a module that failed on latents of shape {tuple(latents.shape)} "
                        f"({type(error).__name__}: {' '.join(str(error).split())}): repair it."
                    ) from error
        if tuple(points.shape) != size:
            raise SourceError(
                f"{code} made points of shape {tuple(points.shape)}, not of shape {size}: repair it."
            )
        if not bool(torch.isfinite(points).all()):
            raise DivergedError(
                "the generator makes points that are not finite numbers: its training diverged; use an earlier one, "
                "or train it again with a smaller step size."
            )
        found: NDArray[np.float32] = points.cpu().numpy()
        return found


def _same(block: NDArray[np.float32]) -> NDArray[np.float32]:
    return block
