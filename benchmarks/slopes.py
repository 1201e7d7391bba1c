"""Try to break the bound of slopes by ascent on random networks: ``python benchmarks/slopes.py --draws 5000``.

Each draw is a random network of the layers and operations that have a bound (:mod:`random_networks`), read out along
the direction in which its derivative is largest at the best of many points, so that what is found comes near the bound
where the bound is sharp. Slopes are measured in float64 with the same weights: by derivatives at random points and
uphill from the best of them, and between neighbours on lines, which shows jumps. A file of rows is gone on with where
it ends.

Columns
-------
draw, network
    The number of the draw, which with the seed makes it, and what the network is made of.
bound, reason
    ``lipschitz_upper``, or why there is none.
found, ratio
    The largest slope that was met, and the bound over it.
broken
    Whether the slope exceeds the bound by more than a millionth (weights that are made by iterations in float32 differ
    that much in float64).
"""

from __future__ import annotations

import argparse
import collections
import copy
import csv
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import random_networks
import torch
from torch import Tensor, nn

from wcheck.critics.certified import lipschitz_bound

COLUMNS = ("draw", "network", "bound", "reason", "found", "ratio", "broken")
SMALL = 40
"""Draws of ``--small``."""
TOLERANCE = 1e-6
POINTS, ROUNDS, LINES, STEPS = 24, 4, 6, 200
Row = dict[str, object]


class ReadOut(nn.Module):
    """The numbers of a network along one direction."""

    def __init__(self, network: nn.Module, direction: Tensor) -> None:
        super().__init__()
        self.network = network
        self.register_buffer("direction", direction[:, None])

    def forward(self, z: Tensor) -> Tensor:
        """Return one number for each point."""
        values: Tensor = (self.network(z) @ self.direction)[:, 0]
        return values


def attempt(draw: int, seed: int) -> Row:
    """Draw a network, bound its slope, and look for a steeper one."""
    stream = random.Random(f"{seed} {draw}")
    torch.manual_seed(stream.getrandbits(31))
    network, shape, names = random_networks.draw(stream)
    wide = copy.deepcopy(network).double()
    dim = int(torch.tensor(shape).prod())
    point, direction = _steepest(wide, dim)
    whole = ReadOut(network, direction.float())
    bound = lipschitz_bound(whole, shape)
    wide = ReadOut(wide, direction.float().double())
    found = max(_derivative(wide, point), _on_lines(wide, point))
    ratio = bound.value / found if bound.value is not None and found > 0 else None
    return {
        "draw": draw,
        "network": ", ".join(names),
        "bound": bound.value,
        "reason": bound.reason,
        "found": found,
        "ratio": ratio,
        "broken": bound.value is not None and found > bound.value * (1 + TOLERANCE),
    }


def _steepest(network: nn.Module, dim: int) -> tuple[Tensor, Tensor]:
    """Return the point where the derivative is largest of those tried, and the direction of values in which it is."""
    scales = torch.tensor([0.1, 1.0, 5.0, 30.0]).double().repeat(POINTS // 4)[:, None]
    tried, radius, best = scales * torch.randn(POINTS, dim, dtype=torch.float64), 1.0, -1.0
    for _ in range(ROUNDS):
        derivatives = _derivatives(network, tried)
        left, sizes, _ = torch.linalg.svd(derivatives, full_matrices=False)
        at = int(sizes[:, 0].argmax())
        if float(sizes[at, 0]) > best:
            best, point, direction = float(sizes[at, 0]), tried[at], left[at, :, 0]
        tried = point + radius * torch.randn(POINTS // 2, dim, dtype=torch.float64)
        radius /= 3
    return point, direction


def _derivatives(network: nn.Module, points: Tensor) -> Tensor:
    """Return derivatives, shape (points, values, d)."""
    at = points.detach().requires_grad_()
    values = network(at.clone())
    rows = [
        torch.autograd.grad(column.sum(), at, retain_graph=True, materialize_grads=True)[0]
        for column in values.unbind(1)
    ]
    return torch.stack(rows, dim=1)


def _derivative(network: nn.Module, point: Tensor) -> float:
    at = point[None].detach().requires_grad_()
    (gradient,) = torch.autograd.grad(network(at.clone()).sum(), at, materialize_grads=True)
    return float(gradient.norm())


def _on_lines(network: nn.Module, point: Tensor) -> float:
    """Return the largest slope between neighbours on random lines through a point."""
    ways = torch.randn(LINES, 1, len(point), dtype=torch.float64)
    ways = ways / ways.norm(dim=2, keepdim=True)
    steps = torch.linspace(-8.0, 8.0, STEPS, dtype=torch.float64)
    with torch.no_grad():
        values = network((point + steps[:, None] * ways).flatten(0, 1)).unflatten(0, (LINES, STEPS))
    return float((values.diff(dim=1) / steps.diff()).abs().max())


def report(rows: Sequence[Row]) -> str:
    """Return the counts: how many bounds were broken, how many networks have one, and how sharp they are."""
    bounded = [row for row in rows if row["bound"] not in (None, "")]
    ratios = [float(str(row["ratio"])) for row in bounded if row["ratio"] not in (None, "")]
    broken = [row for row in rows if str(row["broken"]) == "True"]
    lines = [
        f"{len(rows)} random networks: {len(broken)} bounds broken; {len(bounded) / len(rows):.1%} have a bound; "
        f"the median of bound over slope found is {median(ratios):.3f}, the least {min(ratios):.7f}."
    ]
    lines += [f"broken: {row['draw']} {row['network']} {row['bound']} {row['found']}" for row in broken]
    reasons = collections.Counter(str(row["reason"]) for row in rows if row["reason"])
    lines += [f"no bound, {count} times: {reason}" for reason, count in reasons.most_common()]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Draw what is left to draw, and print the counts."""
    parser = argparse.ArgumentParser(description="Try to break the bound of slopes on random networks.")
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--small", action="store_true", help=f"{SMALL} draws")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE.csv", help="the file for the rows"
    )
    options = parser.parse_args(arguments)
    draws = SMALL if options.small else options.draws
    torch.set_num_threads(1)
    done = _read(options.output)
    with open(options.output, "a", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS)
        if not done:
            rows.writeheader()
        for draw in range(len(done), draws):
            done.append(attempt(draw, options.seed))
            rows.writerow(done[-1])
            file.flush()
    print(report(done[:draws]))


def _read(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with open(path, newline="") as file:
        return [dict(row) for row in csv.DictReader(file)]


if __name__ == "__main__":
    main()
