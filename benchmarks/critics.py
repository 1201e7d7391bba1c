"""Time wcheck's training of a critic beside bare PyTorch loops: ``python benchmarks/critics.py -o critics.csv``.

All peers run in one warm process on the same points in memory, in turn within every repeat, each starting first in
its turn. ``bare`` is the loop of the same step, operation by operation, written by hand without anything around it;
``textbook`` is the loop as it is commonly written: the critic called at x and at y apart, and Adam as torch makes it.

Columns
-------
problem, arch, lipschitz, dim, batch_size, threads, peer, repeat, steps
    What was run; ``steps`` steps are one repeat.
seconds
    Wall time of them.
ratio_to_bare
    seconds over those of ``bare`` in the same repeat.
difference
    The largest difference of any weight from those of ``bare`` after as many steps from the same start: 0 says that
    the steps are the same to the last bit.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import machine
import numpy as np
import torch
from exact import write
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn

from wcheck.critics.recipe import Recipe
from wcheck.critics.training import Training
from wcheck.learning.samplers import FrozenPoints
from wcheck.measures.measure import Measure
from wcheck.rng import derived_seed, torch_generator

COLUMNS = (
    *("problem", "arch", "lipschitz", "dim", "batch_size", "threads", "peer", "repeat", "steps", "seconds"),
    *("ratio_to_bare", "difference"),
)
POINTS = 2000
Row = dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """A critic, and how many steps of it make a repeat."""

    shape: tuple[int, ...]
    recipe: Recipe
    steps: int


PROBLEMS = {
    "mlp-20-gp": Problem((20,), Recipe.of("mlp", "gp"), 30),
    "mlp-gp": Problem((3, 32, 32), Recipe.of("mlp", "gp"), 10),
    "mlp-clip": Problem((3, 32, 32), Recipe.of("mlp", "clip"), 20),
    "dcgan-gp": Problem((3, 32, 32), Recipe.of("dcgan", "gp"), 2),
    "dcgan-clip": Problem((3, 32, 32), Recipe.of("dcgan", "clip"), 4),
}


class Loop:
    """A hand-written loop: nothing is reported, checked, kept or looked at.

    Parameters
    ----------
    problem : Problem
    x, y : FrozenPoints
    textbook : bool
        Whether to write it as is common.
    """

    def __init__(self, problem: Problem, x: FrozenPoints, y: FrozenPoints, *, textbook: bool) -> None:
        recipe = problem.recipe
        seed = derived_seed(recipe.seed, "critic", "weights")
        self.network = recipe.network(problem.shape, seed=seed)
        self._x, self._y, self._size = x.points, y.points, recipe.batch_size
        settings, self._textbook = recipe.values(), textbook
        self._penalty, self._clip = settings["penalty"], settings["clip"]
        self._generator = torch_generator(recipe.seed, "critic", "batches")
        if recipe.descent.betas is not None:
            fused = None if textbook else True
            self._optimizer = torch.optim.Adam(
                self.network.parameters(), recipe.descent.lr, betas=recipe.descent.betas, fused=fused
            )
        else:
            self._optimizer = torch.optim.RMSprop(self.network.parameters(), recipe.descent.lr)

    def run(self, steps: int) -> None:
        """Take a number of steps."""
        network, generator, size = self.network, self._generator, self._size
        for _ in range(steps):
            self._optimizer.zero_grad(set_to_none=True)
            x = self._x[torch.randint(len(self._x), (size,), generator=generator)]
            y = self._y[torch.randint(len(self._y), (size,), generator=generator)]
            penalty = 0.0
            if self._penalty is not None:
                t = torch.rand((size, 1), generator=generator)
                z = torch.lerp(y, x, t).requires_grad_()
                (gradient,) = torch.autograd.grad(network(z).sum(), z, create_graph=True)
                penalty = self._penalty * (gradient.norm(dim=1) - 1).square().mean()
            (penalty + self._difference(network, x, y)).backward()
            self._optimizer.step()
            if self._clip is not None:
                with torch.no_grad():
                    for parameter in network.parameters():
                        parameter.clamp_(-self._clip, self._clip)

    def _difference(self, network: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        if self._textbook:
            return network(y).mean() - network(x).mean()
        values = network(torch.cat([x, y]))
        return values[len(x) :].mean() - values[: len(x)].mean()


class Ours:
    """wcheck's training, as ``wcheck oracle`` runs it."""

    def __init__(self, problem: Problem, x: FrozenPoints, y: FrozenPoints) -> None:
        self._training = Training(problem.recipe, x, y)
        self.network = self._training.critic.network

    def run(self, steps: int) -> None:
        """Take a number of steps."""
        self._training.advance(self._training.step + steps)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; the CSV is whole after every problem."""
    options = _options(arguments)
    path = Path(options.output)
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    rows: list[Row] = []
    for name in options.problem:
        print(name, file=sys.stderr, flush=True)
        rows.extend(measure(name, PROBLEMS[name], options.repeats))
        write(path, rows, COLUMNS)
    table(rows)


def measure(name: str, problem: Problem, repeats: int) -> list[Row]:
    """Time all peers on a problem, in turn, after an untimed repeat of each."""
    random = np.random.default_rng(0)
    x, y = (FrozenPoints(Measure.of(random.random((POINTS, *problem.shape), np.float32))) for _ in range(2))
    peers: dict[str, Ours | Loop] = {
        "wcheck": Ours(problem, x, y),
        "bare": Loop(problem, x, y, textbook=False),
        "textbook": Loop(problem, x, y, textbook=True),
    }
    for peer in peers.values():
        peer.run(problem.steps)
    order = list(peers)
    rows: list[Row] = []
    for repeat in range(repeats):
        order = [*order[1:], order[0]]
        seconds = {peer: _timed(peers[peer].run, problem.steps) for peer in order}
        for peer, taken in seconds.items():
            rows.append(
                {
                    "problem": name,
                    "arch": problem.recipe.arch,
                    "lipschitz": problem.recipe.constraint.name,
                    "dim": x.points.shape[1],
                    "batch_size": problem.recipe.batch_size,
                    "threads": torch.get_num_threads(),
                    "peer": peer,
                    "repeat": repeat,
                    "steps": problem.steps,
                    "seconds": taken,
                    "ratio_to_bare": taken / seconds["bare"],
                    "difference": _apart(peers[peer].network, peers["bare"].network),
                }
            )
    return rows


def table(rows: list[Row]) -> None:
    """Print medians over repeats, of the ratios too."""
    shown = Table(
        "problem",
        "d",
        "batch",
        "threads",
        "peer",
        "ms a step",
        "of the bare loop",
        "from",
        "to",
        "difference",
    )
    for key in dict.fromkeys((row["problem"], row["peer"]) for row in rows):
        group = [row for row in rows if (row["problem"], row["peer"]) == key]
        first, ratios = group[0], [row["ratio_to_bare"] for row in group]
        shown.add_row(
            key[0],
            *(f"{first[column]:,}" for column in ("dim", "batch_size", "threads")),
            key[1],
            f"{1e3 * median(row['seconds'] / row['steps'] for row in group):.3g}",
            *(f"{ratio:.3f}" for ratio in (median(ratios), min(ratios), max(ratios))),
            f"{max(row['difference'] for row in group):.0e}",
        )
    Console(width=None if sys.stdout.isatty() else 160).print(shown)


def _timed(run: Callable[[int], None], steps: int) -> float:
    begun = time.perf_counter()
    run(steps)
    return time.perf_counter() - begun


def _apart(network: nn.Module, other: nn.Module) -> float:
    pairs = zip(network.parameters(), other.parameters(), strict=True)
    return max(float((own - others).detach().abs().max()) for own, others in pairs)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Time wcheck's training of a critic beside bare PyTorch loops."
    )
    parser.add_argument(
        "--problem", action="append", choices=PROBLEMS, help="can be given more than once; default: all"
    )
    parser.add_argument("--repeats", type=int, default=31)
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    options = parser.parse_args(arguments)
    options.problem = options.problem or list(PROBLEMS)
    return options


if __name__ == "__main__":
    main()
