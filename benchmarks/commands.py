"""All commands of wcheck on small inputs, run in one process: ``python benchmarks/commands.py FOLDER [NAME...]``.

The wcheck that is run is the one that Python finds first, of whatever revision: the commands are written as they have
been since the first of them was recorded, and what is asked of wcheck is ``wcheck.cli.app.main`` alone. Each command
writes ``NAME.csv`` with its sidecar, what else it saves begins with ``NAME.``, and what it said goes to ``NAME.said``.
Those that have a cut are run a second time, into ``NAME-cut.csv``, and interrupted there. ``golden.py`` compares two
such folders.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import itertools
import logging
import os
import re
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np


@dataclass(frozen=True)
class Command:
    """A command, which is given ``-o NAME.csv`` where it takes one.

    Attributes
    ----------
    words : str
        As a user types them.
    cut : {"", "task", "training", "early"}
        Where it is interrupted: after the first task; in the middle of the second one; when a task has been finished
        before its turn.
    """

    words: str
    cut: str = ""


PAIR = "--source gaussian:dim=2,n=40 --target gaussian:dim=2,n=40,mean=1"
TINY = f"{PAIR} --width 8 --batch-size 16 --grad-points 20 --jobs 1"
PLAYED = (
    "gan --data gaussian:dim=2,n=80 --generator-width 8 --batch-size 16 --grad-points 20 --steps 32 "
    "--every 16 --batch-exact-every 5 --jobs 1"
)
TRAINED = f"oracle {TINY} --steps 32 --every 16"
IMAGES = (
    "oracle --data digits --n 12 --image-size 32 --batch-size 4 --steps 2 --every 2 --grad-points 4 --jobs 1"
)
TOLD = "--epsilon .5 --epsilon 1 --scaling .7 --projections 20 --kernel imq"
"""What estimators are told."""

COMMANDS = {
    "exact": Command("exact points.csv others.csv --p 1 --p 2", "task"),
    "exact-images": Command("exact digits[0:30] digits[30:60] --image-size 4 --scale=-1,1"),
    "exact-line": Command("exact gaussian:dim=1,n=50 gaussian:dim=1,n=60,mean=1 --seed 1"),
    "exact-plan": Command("exact gaussian:dim=2,n=20 8gaussians:n=20 --save-plan exact-plan.npz"),
    "exact-different": Command(
        "exact gaussian:dim=3,n=20 gaussian:dim=3,n=30 --tol 1e-2 --save-plan exact-different.npz"
    ),
    "exact-subset": Command("exact digits digits[100:400] --subset 30 --data-seed 3 --checkpoint exact-subset.npz"),
    "exact-embedded": Command("exact digits[0:20] digits[20:40] --embed mine:halved"),
    "exact-weighted": Command("exact weighted.npz points.csv"),
    "exact-weights-column": Command("exact weighted.csv points.csv --weights mass --drop z --p 1 --p 2"),
    "exact-preset": Command("exact digits[0:8] digits[8:16] --preset paper"),
    "exact-refused": Command("exact digits[0:8] points.csv"),
    "oracle": Command(f"{TRAINED} --penalty 1 --penalty 10 --save oracle.critics", "training"),
    "oracle-task": Command(f"{TRAINED} --penalty 1 --penalty 10 --seed 1", "task"),
    **{
        f"oracle-{name}": Command(f"{TRAINED} --lipschitz {name}")
        for name in ("lp", "clip", "spectral", "orthonormal", "aol", "c-transform", "c-eps-transform", "none")
    },
    "oracle-ct": Command(f"{TRAINED} --lipschitz ct --consistency 1 --dropout .2 --penalty 5"),
    "oracle-widths": Command(f"{TRAINED} --width 16 --lipschitz clip --clip .1 --lr 1e-3"),
    "oracle-epsilon": Command(f"{TRAINED} --lipschitz c-eps-transform --epsilon .5 --epsilon 2"),
    "oracle-groupsort": Command(
        f"{TRAINED} --arch groupsort --lipschitz spectral --lipschitz orthonormal --lipschitz aol "
        "--save oracle-groupsort.critics"
    ),
    "oracle-dcgan": Command(f"{IMAGES} --arch dcgan --lipschitz gp --lipschitz spectral --lipschitz clip"),
    "oracle-dcgan-bound": Command(f"{IMAGES.replace('--steps 2 --every 2', '--steps 1')} --arch dcgan --lipschitz aol"),
    "oracle-resnet": Command(f"{IMAGES} --arch resnet --lipschitz gp --lipschitz spectral"),
    "oracle-digits": Command(
        "oracle --data digits --n 30 --scale=-1,1 --penalty 10 --steps 10 --every 5 --width 8 --jobs 1"
    ),
    "oracle-pinetz": Command(f"{TRAINED} --protocol pinetz"),
    "oracle-mallasto": Command(f"{TRAINED} --protocol mallasto --fresh-batches 3", "training"),
    "oracle-full": Command(f"oracle {PAIR} --width 8 --batch-size full --steps 8 --grad-points 20 --jobs 1"),
    "oracle-held-out": Command(f"{TRAINED} --held-out .25 --data-seed 2"),
    "oracle-together": Command(f"{TRAINED} --together 4 --seed 0 --seed 1 --penalty 1 --penalty 10", "task"),
    "oracle-jobs": Command(
        f"oracle {PAIR} --width 8 --grad-points 20 --jobs 2 --steps 4000 --steps 4 --every 4000", "early"
    ),
    "oracle-ranges": Command(f"{TRAINED} --samples 2 --lr 1e-4:1e-2:log --penalty 1:10 --clip .01"),
    "oracle-rmsprop": Command(f"{TRAINED} --optimizer rmsprop --optimizer sgd --lr 1e-3"),
    "oracle-betas": Command(f"{TRAINED} --betas .5,.9 --betas 0,.99"),
    "oracle-quick": Command(f"oracle {TINY} --preset quick --steps 4"),
    "oracle-mine": Command(
        f"oracle {PAIR} --critic mine:critic --steps 8 --grad-points 20 --jobs 1 --save oracle-mine.critics"
    ),
    "oracle-refused": Command(f"{TRAINED} --lipschitz strong"),
    "audit": Command("audit oracle.critics/000 points.csv others.csv --grad-points 20"),
    "audit-sorted": Command("audit oracle-groupsort.critics/002 points.csv others.csv --grad-points 20 --seed 2"),
    "audit-mine": Command(
        "audit oracle-mine.critics points.csv others.csv --grad-points 20 --critic mine:critic"
    ),
    "batch": Command(f"batch {PAIR.replace('--source ', '').replace('--target ', '')} --reps 3 --jobs 1 "
        "--batch-size 8 --batch-size 16 --estimator exact --estimator energy", "task"),
    "batch-estimators": Command("batch --data digits --size 40 --reps 2 --batch-size 10 --image-size 4 --jobs 1 "
        f"--estimator exact --estimator sinkhorn --estimator sliced --estimator max-sliced --estimator mmd {TOLD}"),
    "batch-jobs": Command("batch --data digits --size 40 --reps 4 --batch-size 10 --jobs 2"),
    "sample-complexity": Command(
        "sample-complexity --dim 2 --dim 5 --n 10 --n 20 --n 40 --reps 4 --estimator exact --fit --jobs 1", "task"
    ),
    "sample-complexity-estimators": Command(f"sample-complexity --dim 3 --n 10 --n 20 --reps 2 --jobs 1 {TOLD} "
        "--estimator batch --batch-size 5 --batches 3 --estimator sinkhorn --estimator sliced --estimator max-sliced "
        "--estimator energy --estimator mmd --estimator lp-extension --estimator debiased --estimator closed-form"),
    "sample-complexity-data": Command(
        "sample-complexity --source digits --n 10 --n 20 --reps 3 --image-size 4 --estimator exact --jobs 1"
    ),
    "sample-complexity-pair": Command("sample-complexity --source gaussian:dim=2 --target gaussian:dim=2,mean=1 --n 10 "
        "--n 20 --reps 3 --estimator exact --estimator oracle --jobs 1 --fit"),
    "interval": Command("interval digits[0:60] digits[60:120] --image-size 4 --permutations 9"),
    "interval-diameter": Command("interval points.csv others.csv --diameter 9 --confidence .9 --permutations 0"),
    "interval-critic": Command(
        "interval points.csv others.csv --diameter 9 --critic oracle.critics/001 --permutations 3 --seed 1"
    ),
    "dimension": Command("dimension digits[0:200] --k 3 --k 5", "task"),
    "dimension-subset": Command("dimension gaussian:dim=4,n=300 --subset 100 --k 4"),
    "kmedians": Command("kmedians --data digits[0:80] --k 3 --k 4 --starts 2 --jobs 1", "task"),
    "kmedians-saved": Command("kmedians --data digits[0:80] --k 3 --starts 2 --save kmedians-saved.npz --jobs 1"),
    "kmedians-grid": Command("kmedians --data digits[0:60] --k 4 --starts 3 --tol 1e-3 --max-iter 5 --seed 4 "
        "--grid kmedians-grid.png --image-size 4 --jobs 1"),
    "kmedians-jobs": Command("kmedians --data gaussian:dim=2,n=60 --k 3 --starts 4 --jobs 2"),
    "exact-centroids": Command("exact kmedians-saved.npz digits[0:80]"),
    "false-minima": Command(
        "false-minima --data digits[0:300] --n 4 --n 8 --reps 3 --starts 2 --fit 60 --jobs 1", "task"
    ),
    "false-minima-gaussian": Command(
        "false-minima --gaussian --dim 2:6 --dim 20 --n 8 --n 16 --reps 4 --jobs 1", "task"
    ),
    "bernoulli": Command("bernoulli --theta-star .4 --theta-star .7 --n 1 --n 5 --reps 200 --seed 1", "task"),
    "pixels": Command("pixels --data digits[0:200] --index 3 --index 7 --jobs 1", "task"),
    "pixels-picture": Command(
        "pixels --data digits[0:100] --references 3 --picture pixels-picture.png --embed mine:halved --jobs 1"
    ),
    "known": Command(
        "known --dim 2 --funnels 2 --funnels 1 --n 30 --lipschitz gp --estimator exact --steps 8 --batch-size 8 "
        "--width 8 --seed 0 --jobs 1", "task"
    ),
    "known-critics": Command("known --dim 2 --n 30 --lipschitz lp --lipschitz spectral --lipschitz c-transform "
        "--penalty 5 --lr 1e-3 --epsilon .5 --steps 8 --batch-size 8 --width 8 --seed 3 --jobs 1 --move .3"),
    "known-all": Command("known --dim 2 --funnels 1 --n 64 --steps 2 --width 4 --seed 1 --jobs 1"),
    "gan": Command(
        f"{PLAYED} --width 8 --objective wasserstein --objective c-transform --save gan.generators", "training"
    ),
    "gan-direct": Command(f"{PLAYED} --objective exact --objective sinkhorn --objective mmd --average .9"),
    "toys": Command("toys --toy segments --toy peak", "task"),
    "toys-others": Command("toys --toy shift --toy quantiles --seed 2"),
    "two-gaussians": Command("two-gaussians --steps 8 --n 50 --width 8 --batch-size 16 --seed 0 --seed 1", "task"),
    "two-gaussians-others": Command(
        "two-gaussians --lipschitz gp --steps 4 --n 30 --width 4 --lr 1e-3 --mean 1 --std 1"
    ),
    "data-list": Command("data list"),
    "data-show": Command("data show digits --image-size 4 --scale=-1,1"),
}  # fmt: skip

AFTER = {
    "audit": "oracle",
    "audit-sorted": "oracle-groupsort",
    "audit-mine": "oracle-mine",
    "interval-critic": "oracle",
    "exact-centroids": "kmedians-saved",
}
"""Whose files a command reads."""

PROGRESS = re.compile(r", \d+ s(, about .* left)?$")
"""Lines that come and go with the machine."""

CUT = "-cut"
"""What the name of an interrupted run ends with."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for, in the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument(
        "folder", type=Path, help="the folder for inputs and outputs; it is made if it does not exist"
    )
    parser.add_argument(
        "name",
        nargs="*",
        help="the name of a command; default: all; NAME-cut continues with the files that are there",
    )
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    os.chdir(options.folder)
    write_inputs()
    for name in options.name or COMMANDS:
        print(name, flush=True)
        if name.endswith(CUT):
            run(name, COMMANDS[name.removesuffix(CUT)].words)
            continue
        command = COMMANDS[name]
        run(name, command.words)
        if command.cut:
            cut(name + CUT, command)


def needed(names: Sequence[str]) -> list[str]:
    """Return the commands in their order, with those whose files they read."""
    wanted = {*names, *(AFTER[name] for name in names if name in AFTER)}
    return [name for name in COMMANDS if name in wanted]


def write_inputs() -> None:
    """Write the files that commands read to the working directory."""
    random = np.random.default_rng(0)
    for name, shift in (("points", 0.0), ("others", 1.0)):
        np.savetxt(
            f"{name}.csv", random.standard_normal((40, 2)) + shift, delimiter=",", header="x,y", comments=""
        )
    points, weights = random.standard_normal((10, 2)), np.arange(1.0, 11.0) / 55
    np.savez("weighted.npz", points=points, weights=weights)
    table = np.column_stack([points, weights, weights])
    np.savetxt("weighted.csv", table, delimiter=",", header="x,y,z,mass", comments="")
    Path("mine.py").write_text(
        "import torch\n\n\ndef halved(points):\n    return points.reshape(len(points), -1)[:, ::2]\n\n\n"
        "def critic(shape):\n    (dim,) = shape\n"
        "    return torch.nn.Sequential(torch.nn.Linear(dim, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1), "
        "torch.nn.Flatten(0))\n"
    )


def run(name: str, words: str) -> None:
    """Run a command as the shell does, and keep how it ended and what it said."""
    from wcheck.cli.app import main as wcheck

    arguments = shlex.split(words)
    output = [] if arguments[0] == "data" else ["-o", f"{name}.csv"]
    handlers = logging.getLogger("wcheck").handlers
    with (
        contextlib.redirect_stdout(io.StringIO()) as stdout,
        contextlib.redirect_stderr(io.StringIO()) as stderr,
        mock.patch.object(sys, "argv", ["wcheck", *arguments, *output]),
    ):
        status: object = 0
        try:
            wcheck()
        except SystemExit as ended:
            status = ended.code
        finally:
            handlers.clear()
    lines = [line for line in stderr.getvalue().splitlines(keepends=True) if not PROGRESS.search(line)]
    Path(f"{name}.said").write_text(f"status {status or 0}\n{stdout.getvalue()}{''.join(lines)}")


def cut(name: str, command: Command) -> None:
    """Run a command and interrupt it at the same place always."""
    with {"task": _after_a_task, "training": _in_training, "early": _early}[command.cut](name):
        run(name, command.words)


@contextlib.contextmanager
def _after_a_task(name: str) -> Iterator[None]:
    def finished(target: str) -> bool:
        return target.endswith(f"{name}.csv.json") and '"tasks_finished": 1' in Path(target).read_text()

    with _interrupted(finished):
        yield


@contextlib.contextmanager
def _in_training(name: str) -> Iterator[None]:
    """Interrupt when the second task has left something to go on from, which is early on a clock that runs ahead."""
    clock, ahead = time.monotonic, itertools.count(step=10.0)
    with (
        mock.patch.object(time, "monotonic", side_effect=lambda: clock() + next(ahead)),
        _interrupted(lambda target: _is_of_task(target, name, 1) or _only_task(target, name)),
    ):
        yield


def _only_task(target: str, name: str) -> bool:
    """Whether this is what the first task left, and there is no second."""
    return _is_of_task(target, name, 0) and '"tasks": 1,' in _text(f"{name}.csv.json")


def _is_of_task(target: str, name: str, task: int) -> bool:
    return target.endswith(tuple(f"{name}.csv.unfinished/{task}.{suffix}" for suffix in ("checkpoint", "pt")))


def _text(name: str) -> str:
    return Path(name).read_text() if Path(name).exists() else ""


@contextlib.contextmanager
def _interrupted(when: Callable[[str], bool]) -> Iterator[None]:
    """Raise a KeyboardInterrupt, once, after a file has been replaced for which this holds."""
    replace, done = os.replace, False

    def replaced(source: str, target: str) -> None:
        nonlocal done
        replace(source, target)
        if not done and when(os.fspath(target)):
            done = True
            raise KeyboardInterrupt

    with mock.patch.object(os, "replace", replaced):
        yield


@contextlib.contextmanager
def _early(name: str) -> Iterator[None]:
    """Interrupt as soon as the journal holds a task."""
    journal, ended = Path(f"{name}.csv.journal"), threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            if journal.exists() and journal.read_bytes().count(b"\n") > 1:
                os.kill(os.getpid(), signal.SIGINT)
                return

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


if __name__ == "__main__":
    main()
