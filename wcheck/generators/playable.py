"""Checks before a game begins: whether it can be played with the data, and with how many threads."""

from __future__ import annotations

from pathlib import Path

from wcheck.critics import networks as critics
from wcheck.critics.training import is_light
from wcheck.errors import ParameterError, there_are
from wcheck.generators import networks as generators
from wcheck.generators.game import Game
from wcheck.measures.measure import Measure


def check(game: Game, points: Measure, modules: Path = Path()) -> None:
    """Refuse data that a game cannot be played with.

    Parameters
    ----------
    game : Game
    points : Measure
        The data that the generator is to be trained on.
    modules : Path
        Where the user's modules may lie.

    Raises
    ------
    ParameterError
        If an architecture has no form for points of this shape, the batch is larger than the data, or full batches are
        of data with weights.
    SourceError
        If the user's module fails.
    """
    generators.check(game.generator.generator, points.shape)
    if game.generator.is_code:
        game.generator.network(points.shape, seed=0, modules=modules)
    if game.critic is not None:
        critics.check(game.critic.arch, points.shape, modules)
    if game.batch_size is None and not points.is_uniform:
        raise ParameterError(
            "batch_size is full, but the data have weights, according to which points are drawn: give a number."
        )
    if game.batch_size is not None and game.batch_size > len(points):
        raise ParameterError(
            f"batch_size is {game.batch_size}, and {there_are(len(points), 'point')} to train on: give at most "
            f"{len(points)}."
        )


def is_small(game: Game, points: Measure, modules: Path = Path()) -> bool:
    """Return whether a step of the players is too little work for threads to share."""
    size = game.batch_size or len(points)
    players = [game.generator.network(points.shape, seed=0, modules=modules)]
    if game.critic is not None:
        players.append(game.critic.network(points.shape, seed=0, modules=modules))
    return all(is_light(network, size) for network in players)
