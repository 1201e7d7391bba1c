"""Time a training loop with and without a watch, in one run: ``python benchmarks/watch.py -o watch.csv``.

The loop is a WGAN-GP's, as in docs/watch.md: MLPs of three layers, batches of 64, some critic steps a generator step.
In every repeat the bare loop and the watched ones take turns on the same number of steps, in one warm process. There is
no look among them: what is timed is what a watch costs between looks, the solving of all batches included. The same
command goes on where it was.

Columns
-------
dim, width, critic_steps, repeat
    The loop.
watch
    ``bare``: without one. ``between``: a watch that takes the last points of batches for its next look. ``sample``: one
    that is given a sampler instead. ``every``: the exact distance of every step's batches besides.
ms
    Milliseconds of a generator step with its critic steps.
share
    ms over that of the bare loop of the same repeat, less 1: the goal is .05, and .1 for ``every``.
own_share, batch_share
    What the watch itself says of its calls, and of the distances of batches in them, as shares of the whole: less noisy
    than the difference of two times.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import machine
import torch
from exact import write
from rich.console import Console
from rich.table import Table
from torch import nn

from wcheck import Watch

COLUMNS = ("dim", "width", "critic_steps", "repeat", "watch", "ms", "share", "own_share", "batch_share")
OF_REPEAT = COLUMNS[:4]
"""What tells the repeats of loops apart, all integers."""
BATCH, LATENT, POINTS, WARM_STEPS = 64, 32, 4000, 5
NEVER = 1 << 40
"""Steps between two looks: there is none."""
WATCHES: dict[str, dict[str, Any] | None] = {
    "bare": None,
    "between": {},
    "sample": {},
    "every": {"batch_exact_every": 1},
}
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for and the CSV does not hold yet; it is whole after every repeat."""
    options = _options(arguments)
    path = Path(options.output)
    repeats, steps = (2, 20) if options.small else (options.repeats, options.steps)
    rows = _begun(path, {"machine": machine.describe(), "steps": steps, "small": options.small})
    held = {tuple(row[name] for name in OF_REPEAT) for row in rows}
    for dim, width in ((64, 128),) if options.small else ((64, 256), (3072, 512)):
        for critic_steps in (5, 1):
            loop = Loop(dim, width, critic_steps)
            for repeat in range(repeats):
                if (dim, width, critic_steps, repeat) in held:
                    continue
                print(
                    f"d = {dim}, width {width}, {critic_steps} critic steps, repeat {repeat}",
                    file=sys.stderr,
                    flush=True,
                )
                rows += measured(loop, steps, repeat)
                write(path, rows, COLUMNS)
    table(rows)


def _begun(path: Path, about: Row) -> list[Row]:
    """Return the rows of a run with the same steps on the same machine; begin a file if there is none."""
    about["machine"].pop("load_average")  # which is another at every start
    sidecar = path.with_name(path.name + ".json")
    if path.exists():
        if not sidecar.exists() or json.loads(sidecar.read_text()) != about:
            sys.exit(f"{path} is of another machine, or of other --steps: give another file, or delete it.")
        with path.open(newline="") as file:
            return [
                {name: text if name == "watch" else (int if name in OF_REPEAT else float)(text)
                 for name, text in row.items()}
                for row in csv.DictReader(file)
            ]  # fmt: skip
    sidecar.write_text(json.dumps(about, indent=2) + "\n")
    return []


class Loop:
    """A WGAN-GP in training, by hand."""

    def __init__(self, dim: int, width: int, critic_steps: int) -> None:
        torch.manual_seed(0)
        self.about: Row = {"dim": dim, "width": width, "critic_steps": critic_steps}
        self._data, self.held_out = torch.randn(2, POINTS, dim)
        self._generator, self._critic = _network(LATENT, width, dim), _network(dim, width, 1)
        self._descents = [
            torch.optim.Adam(net.parameters(), 1e-4, betas=(0.5, 0.9))
            for net in (self._generator, self._critic)
        ]

    def sample(self, n: int) -> torch.Tensor:
        """Return n points of the generator."""
        return self._generator(torch.randn(n, LATENT))

    def run(self, steps: int, watch: Watch | None, sampled: bool) -> None:
        """Take some generator steps."""
        of_generator, of_critic = self._descents
        for step in range(1, steps + 1):
            for _ in range(self.about["critic_steps"]):
                real = self._data[torch.randint(POINTS, (BATCH,))]
                fake = self.sample(BATCH).detach()
                loss = self._critic(real).mean() - self._critic(fake).mean()
                between = torch.lerp(fake, real, torch.rand(BATCH, 1)).requires_grad_()
                (gradient,) = torch.autograd.grad(self._critic(between).sum(), between, create_graph=True)
                of_critic.zero_grad()
                (10 * ((gradient.norm(dim=1) - 1) ** 2).mean() - loss).backward()
                of_critic.step()
            if watch is not None:
                sample = self.sample if sampled else None
                watch(step, fake=fake, real=real, loss=loss, critic=self._critic, sample=sample, look=False)
            descent = -self._critic(self.sample(BATCH)).mean()
            of_generator.zero_grad()
            descent.backward()
            of_generator.step()


def measured(loop: Loop, steps: int, repeat: int) -> list[Row]:
    """Time the loop with each watch in turn."""
    rows = []
    for name, options in WATCHES.items():
        loop.run(WARM_STEPS, None, sampled=False)
        watch = None if options is None else Watch(loop.held_out, every=NEVER, **options)
        begun = time.perf_counter()
        loop.run(steps, watch, sampled=name == "sample")
        if watch is not None:
            watch.close()
        seconds = time.perf_counter() - begun
        row = {**loop.about, "repeat": repeat, "watch": name, "ms": 1e3 * seconds / steps}
        own, batches = (0.0, 0.0) if watch is None else (watch.seconds, watch.batch_seconds)
        rows.append(row | {"own_share": own / seconds, "batch_share": batches / seconds})
    for row in rows:
        row["share"] = row["ms"] / rows[0]["ms"] - 1
    return rows


def table(rows: Sequence[Row]) -> None:
    """Print the medians over repeats."""
    shown = Table("d", "critic steps", "watch", "ms a step", "more than bare", "calls", "batches in them")
    for key in dict.fromkeys((row["dim"], row["critic_steps"], row["watch"]) for row in rows):
        group = [row for row in rows if (row["dim"], row["critic_steps"], row["watch"]) == key]
        ms, *shares = (median(row[name] for row in group) for name in COLUMNS[-4:])
        shown.add_row(*map(str, key), f"{ms:.3g}", *(f"{share:.1%}" for share in shares))
    Console(width=None if sys.stdout.isatty() else 100).print(shown)


def _network(inputs: int, width: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, outputs)
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time a training loop with and without a watch, in one run.")
    parser.add_argument("--steps", type=int, default=300, help="generator steps per turn")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--small", action="store_true", help="a few steps of one small loop")
    parser.add_argument("-o", "--output", required=True, metavar="FILE.csv", help="the file for the rows")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
