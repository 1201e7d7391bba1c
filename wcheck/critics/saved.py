"""Critics in folders, with the points on which they were trained and the names of their coordinates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from torch import Tensor

from wcheck.critics import seen
from wcheck.critics.critic import Critic
from wcheck.critics.recipe import Recipe
from wcheck.errors import SourceError
from wcheck.learning.factory import is_factory
from wcheck.learning.modules import Kind
from wcheck.measures.columns import order
from wcheck.measures.measure import Measure
from wcheck.rows.replace import as_output_error

CRITICS = Kind(
    "critic",
    formats=(1, 2),
    command="wcheck oracle",
    instead="the weights of a network of yours go with --critic module:factory --state FILE",
)
"""Format 1 has no objective: c-transforms stand there as what keeps the slope."""


def save(
    critic: Critic, folder: Path, about: Mapping[str, object], trained_on: Sequence[Tensor] = ()
) -> None:
    """Write a critic's weights, tensors alone, and a description as JSON.

    Parameters
    ----------
    critic : Critic
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
    with as_output_error(folder, CRITICS.unwritable):
        folder.mkdir(parents=True, exist_ok=True)
        sets = [points.cpu().numpy() for points in trained_on]
        known = seen.write(folder, sets) if sets else None
    description = {"recipe": critic.recipe.values(), "shape": critic.shape, **about, "trained_on": known}
    CRITICS.write(folder, critic.network, description)


def load(folder: Path, device: str = "cpu", arch: str | None = None, modules: Path = Path()) -> Critic:
    """Read a critic that :func:`save` wrote; no code in the files is run.

    Parameters
    ----------
    folder : Path
        That it was saved in.
    device : str
        Where it is to lie.
    arch : str, optional
        The ``module:factory`` that the folder must name, for a critic that was made by a function of your own. A file
        that names a function does not get it called: the user must name the same one.
    modules : Path
        Where the factory's module may lie.

    Raises
    ------
    SourceError
        If the folder holds no critic, a damaged one, or one of another version; if it is a factory's, and that is
        not named.
    """
    description = CRITICS.describe(folder)
    try:
        fields, shape = dict(description["recipe"]), tuple(map(int, description["shape"]))
        saved = str(fields["arch"])
    except (KeyError, TypeError, ValueError) as error:
        raise CRITICS.unreadable(folder, error) from error
    if is_factory(saved) and arch != saved:
        raise SourceError(
            f"{folder} holds a critic that {saved} makes, which is code: give --arch {saved} to let it run."
        )
    if is_factory(str(fields.get("objective"))):
        raise SourceError(
            f"{folder} holds a critic of the objective {fields['objective']}, which is code, and code that a file "
            "names is never run: give a critic with another objective."
        )
    if arch not in (None, saved):
        raise SourceError(
            f"{folder} holds a critic of arch {saved}, which was not made by a factory: leave --arch out."
        )
    about = f", written by wcheck {description.get('wcheck')}"
    try:
        recipe = Recipe.of(**{**fields, "betas": fields["betas"] and tuple(fields["betas"])})
        network = None if is_factory(saved) else recipe.network(shape, seed=0)
    except Exception as error:  # a damaged file can make its readers raise anything
        raise CRITICS.unreadable(folder, error, about) from error
    if network is None:  # what the user's function raises is about the function, and not about the files
        network = recipe.network(shape, seed=0, modules=modules)
    try:
        CRITICS.read_weights(folder, network, description)
    except Exception as error:  # as above
        raise CRITICS.unreadable(folder, error, about) from error
    return Critic(network.to(device), recipe, shape)


def in_order(folder: Path, measure: Measure) -> Measure:
    """Return a measure with its coordinates in the order in which a saved critic was trained on them, by their names.

    Raises
    ------
    ParameterError
        If they have other names.
    SourceError
        If the folder holds no critic of a format that is read.
    """
    columns = CRITICS.describe(folder).get("columns")
    if columns is not None and not (
        isinstance(columns, list) and all(isinstance(name, str) for name in columns)
    ):
        raise CRITICS.unreadable(folder, TypeError("columns are names"))
    found = order(f"the critic in {folder}", columns, measure.name, measure.columns)
    return measure if found is None else measure.reordered(found)
