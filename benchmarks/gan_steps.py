"""Time a step of games in training beside bare PyTorch loops: ``python benchmarks/gan_steps.py -o gan_steps.csv``.

Digits in [-1, 1], both players of width 256, 64 points a batch, 5 critic steps: the games of a table of prototypes.
Each game has a loop of its own, ``bare``: the same step, operation by operation, written by hand without anything
around it. Both run in one warm process on the same points, in turn within every repeat, each starting first in turn.

Columns
-------
game, dim, batch_size, threads, peer, repeat, steps
    What was run; ``steps`` steps of the generator are one repeat.
seconds
    Wall time of them.
ratio_to_bare
    seconds over those of ``bare`` in the same repeat.
difference
    The largest difference of any of the generator's weights from those of ``bare`` after as many steps from the same
    start: 0 says that the steps are the same to the last bit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
import torch
from exact import write
from rich.console import Console
from rich.table import Table
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torch.nn.functional import softplus

from wcheck.generators.game import Game
from wcheck.generators.training import GameTraining
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.measures.sources import load
from wcheck.rng import torch_generator

COLUMNS = (
    *("game", "dim", "batch_size", "threads", "peer", "repeat", "steps", "seconds", "ratio_to_bare"),
    "difference",
)
WIDTH = {"width": 256, "generator_width": 256, "generator_layers": 3}
GAMES = {
    "wgan-gp": {"objective": "wasserstein", "lipschitz": "gp"},
    "c-transform": {"objective": "c-transform"},
    "exact": {"objective": "exact"},
    "sinkhorn": {"objective": "sinkhorn", "epsilon": 1.0},
    "non-saturating": {"objective": "non-saturating", "average": 0.999},
    "wgan": {"objective": "wasserstein", "lipschitz": "clip"},
}
"""The first four are those of the prototypes' table."""
SCALING = 0.9
Row = dict[str, Any]


class Bare:
    """A hand-written loop: nothing is reported, checked, kept or looked at.

    Parameters
    ----------
    name : str
        The game, of which the loss is written out below.
    ours : GameTraining
        Whose first weights, draws and optimisers' settings are taken.
    points : Tensor
    """

    def __init__(self, name: str, ours: GameTraining, points: Tensor) -> None:
        game = ours.game
        self.generator = deepcopy(ours._generator.network)
        self._name, self._points, self._game = name, points, game
        self._latents, self._batches = (
            torch_generator(game.seed, "generator", stream) for stream in ("steps", "batches")
        )
        self._descent = _optimizer(game.generator.descent, self.generator)
        self._average = deepcopy(self.generator).requires_grad_(False)
        if game.critic is not None:
            self.critic = deepcopy(ours.critic.network)
            self._ascent = _optimizer(game.critic.descent, self.critic)
            self._draws = torch_generator(game.seed, game.objective.player, "batches")

    def run(self, steps: int) -> None:
        """Take a number of steps of the generator."""
        points, size, latent = self._points, self._game.batch_size, self._game.generator.size.latent
        for _ in range(steps):
            for _ in range(self._game.critic_steps or 0):
                with torch.no_grad():
                    y = self.generator(torch.randn((size, latent), generator=self._latents))
                x = points[torch.randint(len(points), (size,), generator=self._draws)]
                self._ascent.zero_grad(set_to_none=True)
                CRITICS[self._name](self.critic, x, y, self._draws).backward()
                self._ascent.step()
                if self._name == "wgan":
                    with torch.no_grad():
                        for parameter in self.critic.parameters():
                            parameter.clamp_(-0.01, 0.01)
            x = points[torch.randint(len(points), (size,), generator=self._batches)]
            z = torch.randn((size, latent), generator=self._latents)
            self._descent.zero_grad(set_to_none=True)
            loss = GENERATORS[self._name](self, x, self.generator(z))
            loss.backward(inputs=list(self.generator.parameters()))
            self._descent.step()
            if self._game.generator.average is not None:
                with torch.no_grad():
                    for own, new in zip(self._average.parameters(), self.generator.parameters(), strict=True):
                        own.lerp_(new, 1 - self._game.generator.average)


def difference(critic: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Return what a WGAN's critic descends on."""
    values = critic(torch.cat([x, y]))
    return values[len(x) :].mean() - values[: len(x)].mean()


def penalised(critic: nn.Module, x: Tensor, y: Tensor, draws: torch.Generator) -> Tensor:
    """Return what WGAN-GP's critic descends on."""
    z = torch.lerp(y, x, torch.rand((len(x), 1), generator=draws)).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(z).sum(), z, create_graph=True)
    return 10.0 * (gradient.norm(dim=1) - 1).square().mean() + difference(critic, x, y)


def transformed(critic: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Return the bound of c-transforms."""
    f = critic(x)
    return f.mean() + (_distances(x, y) - f[:, None]).amin(dim=0).mean()


def matched(x: Tensor, y: Tensor) -> Tensor:
    """Return W1 of the batches."""
    rows, columns = linear_sum_assignment(_distances(x, y.detach()).numpy())
    return (x[rows] - y[columns]).norm(dim=1).mean()


def divergence(x: Tensor, y: Tensor) -> Tensor:
    """Return the Sinkhorn divergence by GeomLoss."""
    from geomloss import SamplesLoss

    diameter = 2.0 * float(_distances(x, y.detach()).max())
    loss = SamplesLoss(
        "sinkhorn", p=1, blur=1.0, scaling=SCALING, diameter=diameter, cost=_distances, backend="tensorized"
    )
    return loss(x, y)


def _distances(x: Tensor, y: Tensor) -> Tensor:
    return torch.cdist(x, y, compute_mode="donot_use_mm_for_euclid_dist")


CRITICS: dict[str, Callable[[nn.Module, Tensor, Tensor, torch.Generator], Tensor]] = {
    "wgan-gp": penalised,
    "c-transform": lambda critic, x, y, draws: -transformed(critic, x, y),
    "non-saturating": lambda critic, x, y, draws: softplus(-critic(x)).mean() + softplus(critic(y)).mean(),
    "wgan": lambda critic, x, y, draws: difference(critic, x, y),
}
GENERATORS: dict[str, Callable[[Bare, Tensor, Tensor], Tensor]] = {
    "wgan-gp": lambda bare, x, y: -bare.critic(y).mean(),
    "c-transform": lambda bare, x, y: transformed(bare.critic, x, y),
    "exact": lambda bare, x, y: matched(x, y),
    "sinkhorn": lambda bare, x, y: divergence(x, y),
    "non-saturating": lambda bare, x, y: softplus(-bare.critic(y)).mean(),
    "wgan": lambda bare, x, y: -bare.critic(y).mean(),
}


class Ours:
    """wcheck's training, as ``wcheck gan`` runs it."""

    def __init__(self, training: GameTraining) -> None:
        self._training = training
        self.generator = training._generator.network

    def run(self, steps: int) -> None:
        """Take a number of steps of the generator."""
        self._training.advance(self._training.step + steps)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; the CSV is whole after every game."""
    options = _options(arguments)
    path = Path(options.output)
    torch.set_num_threads(options.threads)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    rows: list[Row] = []
    for name in options.game:
        print(name, file=sys.stderr, flush=True)
        rows.extend(measure(name, options.repeats, options.steps))
        write(path, rows, COLUMNS)
    table(rows)


def measure(name: str, repeats: int, steps: int) -> list[Row]:
    """Time both peers on a game, in turn, after an untimed repeat of each."""
    digits = load("digits", role="digits").dense().astype(np.float32)
    points = FrozenPoints(Measure.of(2 * digits - 1))
    training = GameTraining(Game.of(**WIDTH, **GAMES[name]), points)
    peers: dict[str, Ours | Bare] = {
        "bare": Bare(name, training, points.points),
        "wcheck": Ours(training),
    }
    for peer in peers.values():
        peer.run(steps)
    order = list(peers)
    rows: list[Row] = []
    for repeat in range(repeats):
        order = [*order[1:], order[0]]
        seconds = {peer: _timed(peers[peer].run, steps) for peer in order}
        for peer, taken in seconds.items():
            rows.append(
                {
                    "game": name,
                    "dim": points.points.shape[1],
                    "batch_size": training.game.batch_size,
                    "threads": torch.get_num_threads(),
                    "peer": peer,
                    "repeat": repeat,
                    "steps": steps,
                    "seconds": taken,
                    "ratio_to_bare": taken / seconds["bare"],
                    "difference": _apart(peers[peer].generator, peers["bare"].generator),
                }
            )
    return rows


def table(rows: list[Row]) -> None:
    """Print medians over repeats, of the ratios too."""
    shown = Table(
        "game", "d", "batch", "threads", "peer", "ms a step", "s for 2,000 steps", "of the bare loop", "from", "to",
        "difference",
    )  # fmt: skip
    for key in dict.fromkeys((row["game"], row["peer"]) for row in rows):
        group = [row for row in rows if (row["game"], row["peer"]) == key]
        first, ratios = group[0], [row["ratio_to_bare"] for row in group]
        step = median(row["seconds"] / row["steps"] for row in group)
        shown.add_row(
            key[0],
            *(f"{first[column]:,}" for column in ("dim", "batch_size", "threads")),
            key[1],
            f"{1e3 * step:.3g}",
            f"{2000 * step:.3g}",
            *(f"{ratio:.3f}" for ratio in (median(ratios), min(ratios), max(ratios))),
            f"{max(row['difference'] for row in group):.0e}",
        )
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


def _optimizer(descent: Any, network: nn.Module) -> torch.optim.Optimizer:
    if descent.betas is None:
        return torch.optim.RMSprop(network.parameters(), descent.lr)
    return torch.optim.Adam(network.parameters(), descent.lr, betas=descent.betas, fused=True)


def _timed(run: Callable[[int], None], steps: int) -> float:
    begun = time.perf_counter()
    run(steps)
    return time.perf_counter() - begun


def _apart(network: nn.Module, other: nn.Module) -> float:
    pairs = zip(network.parameters(), other.parameters(), strict=True)
    return max(float((own - others).detach().abs().max()) for own, others in pairs)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time steps of games in training beside bare PyTorch loops.")
    parser.add_argument(
        "--game", action="append", choices=GAMES, help="can be given more than once; default: all"
    )
    parser.add_argument("--repeats", type=int, default=31)
    parser.add_argument("--steps", type=int, default=20, help="steps of the generator per repeat")
    parser.add_argument("--threads", type=int, default=1, help="default: 1, as wcheck gan runs small games")
    parser.add_argument("--small", action="store_true", help="three repeats of five steps, for a test")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    options = parser.parse_args(arguments)
    options.game = options.game or list(GAMES)
    if options.small:
        options.repeats, options.steps = 3, 5
    return options


if __name__ == "__main__":
    main()
