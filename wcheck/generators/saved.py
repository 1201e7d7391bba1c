"""Generators in folders: weights, and a description as JSON. No code in them is run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from wcheck.errors import SourceError
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.modules import Kind
from wcheck.measures.scaling import ENDS, SCALES, Moments

GENERATORS = Kind("generator", formats=(1,), command="wcheck gan")


@dataclass(frozen=True, slots=True)
class Saved:
    """What a folder says of the generator in it: the attributes of :class:`wcheck.generators.generator.Generator`.

    Attributes
    ----------
    recipe : GeneratorRecipe
    shape : tuple of int
    scale : str
    moments : Moments, optional
    columns : tuple of str, optional
    about : mapping
        All that the description says.
    """

    recipe: GeneratorRecipe
    shape: tuple[int, ...]
    scale: str
    moments: Moments | None
    columns: tuple[str, ...] | None
    about: Mapping[str, Any]

    def description(self) -> dict[str, object]:
        """Return what is written, as plain values."""
        return {
            **self.about,
            "recipe": self.recipe.values(),
            "shape": self.shape,
            "scale": self.scale,
            "moments": self.moments and self.moments.values(),
            "columns": self.columns,
        }

    @staticmethod
    def of(folder: Path) -> Saved:
        """Read the description in a folder.

        Raises
        ------
        SourceError
            If there is none, it is of another format, or it is damaged.
        """
        about = GENERATORS.describe(folder)
        try:
            return _checked(about)
        except Exception as error:  # a damaged file can make its readers raise anything
            raise GENERATORS.unreadable(folder, error) from error

    def network(self, folder: Path, factory: str | None, modules: Path) -> nn.Module:
        """Build the network, on the CPU, and give it the weights in the folder.

        Parameters
        ----------
        folder : Path
            That the description is from.
        factory : str, optional
            The function of the user's that makes the network, which must be the one that the description names.
        modules : Path
            Where its module may lie.

        Raises
        ------
        SourceError
            If the weights are not those of this generator; if a factory is not named, is not needed, or fails.
        ParameterError
            If the factory makes something else than a generator.
        """
        recipe, made, ends = self.recipe, None, ENDS.get(self.scale)
        if recipe.is_code and factory != recipe.generator:
            raise SourceError(
                f"{folder} holds a generator that {recipe.generator} makes, which is code: give "
                f"factory={recipe.generator} to let it run."
            )
        if factory not in (None, recipe.generator):
            raise SourceError(
                f"{folder} holds a generator {recipe.generator}, which was not made by a factory: leave "
                f"factory={factory} out."
            )
        if recipe.is_code:
            made = recipe.network(self.shape, seed=0, modules=modules)
        try:
            if made is None:
                with torch.device("meta"):  # takes no memory, whatever size the files claim
                    GENERATORS.check_weights(folder, recipe.network(self.shape, seed=0, ends=ends))
                made = recipe.network(self.shape, seed=0, ends=ends)
            GENERATORS.read_weights(folder, made, self.about)
        except Exception as error:
            by = f", written by wcheck {self.about.get('wcheck')}"
            raise GENERATORS.unreadable(folder, error, by) from error
        return made


def _checked(about: Mapping[str, Any]) -> Saved:
    settings = dict(about["recipe"])
    betas = settings.pop("generator_betas")
    shape, columns, scale, moments = (about[name] for name in ("shape", "columns", "scale", "moments"))
    if not (isinstance(shape, list) and shape and all(type(size) is int and size > 0 for size in shape)):
        raise TypeError("a shape is a list of numbers")
    if columns is not None and not (isinstance(columns, list) and len(columns) == math.prod(shape)):
        raise TypeError("columns are the names of all coordinates")
    if scale not in ("", *SCALES) or (scale == "zscore") != (moments is not None):
        raise ValueError("there is no such scale")
    return Saved(
        GeneratorRecipe.of(**settings, generator_betas=betas and tuple(betas)),
        tuple(shape),
        scale,
        None if moments is None else Moments.of(moments, math.prod(shape)),
        None if columns is None else tuple(map(str, columns)),
        about,
    )
