"""A critic: a function of points, known by the network that computes it and by how it was trained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from wcheck._version import __version__
from wcheck.critics import networks, seen
from wcheck.critics.recipe import Recipe
from wcheck.errors import SourceError
from wcheck.learning.factory import is_factory
from wcheck.measures.columns import order
from wcheck.measures.measure import Measure
from wcheck.rows.replace import as_output_error, replacing

WEIGHTS, DESCRIPTION = "critic.pt", "critic.json"
FORMAT = 1
UNWRITABLE = "give another folder to --save"
BATCH = 512
"""Points that are evaluated at a time."""


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Hold a network in eval mode, its constrained weights computed once, and return it to the mode it was in."""
    training = network.training
    network.eval()
    try:
        with parametrize.cached():
            with torch.no_grad():  # kept without the way that leads to them
                for layer in network.modules():
                    for name in getattr(layer, "parametrizations", ()):
                        getattr(layer, name)
            yield
    finally:
        network.train(training)


@dataclass(frozen=True, slots=True, eq=False)
class Critic:
    """A network and how it was trained.

    Attributes
    ----------
    network : Module
        Maps float32 points ``(n, d)`` to values ``(n,)``.
    recipe : Recipe
        How it was trained.
    shape : tuple of int
        Of one point.
    """

    network: nn.Module
    recipe: Recipe
    shape: tuple[int, ...]

    @torch.no_grad()
    def __call__(self, points: Tensor) -> Tensor:
        """Return the values ``(n,)``, float32, at points ``(n, d)`` on the network's device.

        The network is given copies: one that changes its argument in place leaves the points as they are.
        """
        with evaluating(self.network):
            return torch.cat([self.network(batch.clone()) for batch in points.split(BATCH)])

    def has_gradient(self, points: Tensor) -> bool:
        """Whether a gradient of the values at points ``(n, d)`` can be had: not if the network detaches them."""
        with evaluating(self.network), torch.enable_grad():
            values: Tensor = self.network(points.detach().clone().requires_grad_().clone())
        return values.requires_grad

    def gradient_norms(self, points: Tensor) -> Tensor:
        """Return ``|grad D|`` ``(n,)``, float32, at points ``(n, d)`` on the network's device."""
        return torch.cat([torch.linalg.vector_norm(part, dim=1) for part in self._gradients(points)])

    def gradients(self, points: Tensor) -> Tensor:
        """Return ``grad D`` ``(n, d)``, float32, at points ``(n, d)`` on the network's device."""
        return torch.cat(list(self._gradients(points)))

    def _gradients(self, points: Tensor) -> Iterator[Tensor]:
        with evaluating(self.network):
            for batch in points.split(BATCH):
                at = batch.detach().requires_grad_()
                values = self.network(at.clone())
                (gradient,) = torch.autograd.grad(values.sum(), at, materialize_grads=True)
                yield gradient

    def save(self, folder: Path, about: Mapping[str, object], trained_on: Sequence[Tensor] = ()) -> None:
        """Write the weights, tensors alone, and a description as JSON.

        Parameters
        ----------
        folder : Path
            Is made if it is not there.
        about : mapping
            What else the description says: the data, the number of steps.
        trained_on : sequence of Tensor, each of shape (n, d)
            The sets that the critic was trained on, of which hashes are kept; see :mod:`wcheck.critics.seen`. If
            left out, the description says that they are not known.

        Raises
        ------
        OutputError
            If the folder cannot be written.
        """
        description = {
            "format": FORMAT,
            "wcheck": __version__,
            "recipe": asdict(self.recipe),
            "shape": self.shape,
            **about,
        }
        weights = {name: tensor.cpu() for name, tensor in self.network.state_dict().items()}
        with as_output_error(folder, UNWRITABLE):
            folder.mkdir(parents=True, exist_ok=True)
            sets = [points.cpu().numpy() for points in trained_on]
            description["trained_on"] = seen.write(folder, sets) if sets else None
            with replacing(folder / WEIGHTS, UNWRITABLE) as file:
                torch.save(weights, file)
            with replacing(folder / DESCRIPTION, UNWRITABLE) as file:
                file.write(json.dumps(description, indent=1).encode() + b"\n")

    @staticmethod
    def load(folder: Path, device: str = "cpu", factory: str | None = None, modules: Path = Path()) -> Critic:
        """Read a critic that :meth:`save` wrote; no code in the files is run.

        Parameters
        ----------
        folder : Path
            That it was saved in.
        device : str
            Where it is to lie.
        factory : str, optional
            ``module:factory``, for a critic that the user's own function made. A file that names a function does
            not get it called: the user must name the same one.
        modules : Path
            Where the factory's module may lie.

        Raises
        ------
        SourceError
            If the folder holds no critic, a damaged one, or one of another version; if it is a factory's, and that is
            not named.
        """
        description = describe(folder)
        try:
            fields, shape = dict(description["recipe"]), tuple(map(int, description["shape"]))
            arch = str(fields["arch"])
        except (KeyError, TypeError, ValueError) as error:
            raise _unreadable(folder, error) from error
        if is_factory(arch) and factory != arch:
            raise SourceError(
                f"{folder} holds a critic that {arch} makes, which is code: say --arch {arch} to let it run."
            )
        if not is_factory(arch) and factory is not None:
            raise SourceError(
                f"{folder} holds a critic of arch {arch}, which no factory made: leave --arch out."
            )
        try:
            recipe = Recipe.of(**{**fields, "betas": fields["betas"] and tuple(fields["betas"])})
            network = networks.build(
                arch, shape, recipe.mechanism, seed=0, width=recipe.width, folder=modules
            )
            weights = torch.load(folder / WEIGHTS, weights_only=True, map_location="cpu")
            network.load_state_dict(weights)
        except Exception as error:  # a damaged file can make its readers raise anything
            raise _unreadable(folder, error, f", written by wcheck {description.get('wcheck')}") from error
        return Critic(network.to(device), recipe, shape)


def describe(folder: Path) -> dict[str, Any]:
    """Return the description that :meth:`Critic.save` wrote beside the weights.

    Raises
    ------
    SourceError
        If there is none, or it is of another format.
    """
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        written = description["format"]
    except Exception as error:
        raise _unreadable(folder, error) from error
    if written != FORMAT:
        raise SourceError(
            f"{folder} holds no critic of this version: it has format {written}, written by wcheck "
            f"{description.get('wcheck')}, and wcheck {__version__} reads format {FORMAT}; use that version, or train "
            "the critic anew."
        )
    return cast("dict[str, Any]", description)


def in_order(folder: Path, measure: Measure) -> Measure:
    """Return a measure with its coordinates in the order in which a saved critic was trained on them, by their names.

    Raises
    ------
    ParameterError
        If they have other names.
    SourceError
        As :func:`describe`.
    """
    columns = describe(folder).get("columns")
    if columns is not None and not (
        isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    ):
        raise _unreadable(folder, TypeError("columns are names"))
    found = order(f"the critic in {folder}", columns, measure.name, measure.columns)
    return measure if found is None else measure.reordered(found)


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of a saved critic's files."""
    sha = hashlib.sha256()
    try:
        for name in (DESCRIPTION, WEIGHTS):
            sha.update((folder / name).read_bytes())
    except OSError as error:
        raise _unreadable(folder, error) from error
    return sha.hexdigest()


def _unreadable(folder: Path, error: Exception, about: str = "") -> SourceError:
    if isinstance(error, FileNotFoundError):
        return SourceError(
            f"{folder} holds no critic: there is no file {Path(error.filename).name} in it; "
            "give a folder that wcheck oracle --save wrote."
        )
    return SourceError(
        f"{folder} holds no critic that can be read ({type(error).__name__}{about}): its files are damaged or do not "
        "belong together; give a folder that wcheck oracle --save wrote."
    )
