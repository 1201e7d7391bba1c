"""Command lines and their files, made wrong in every way: ``python benchmarks/command_lines.py --lines 5000``.

A short command line of each command gets one or two of its options with hostile values (not numbers, infinite,
negative, huge, empty, of other alphabets, with markup), or one of its files is damaged: bytes are flipped, cut out,
doubled, or the file is cut short. Then it runs in this process, under a limit of memory. Allowed are rows, a refusal in
one line, and an interruption: a line that is still at work after some seconds, for it was asked for much, gets a Ctrl-C
and must end by it. Wrong is any other exception, and a line that does not end. Seeded: line k of a seed is always the
same.

Prints for each command how many lines ended with rows, were refused, interrupted and wrong, with what was wrong; exits
with 1 if any was.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import random
import resource
import shlex
import signal
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import typer.main
from typer.testing import CliRunner

from wcheck.cli.app import app

HOSTILE = (
    "nan", "inf", "-inf", "-1", "0", "1", "-0.0", "1e-320", "1e308", "1e400", "3.5", "1e3", "99999999999999999999",
    "0x10", "1_000", "", " ", "x", "--", "-", "..", "/", "/dev/null", "/dev/full", "a,b", ",", "1,2,3", "1:2", "5:1",
    "1:2:log", "[a:b]", "[bold]x[/bold]", "{}", "%s", "\\", "ä", "日本", "🙂", "\x07", "a\nb", "'", "no:such",
    "os:getcwd", "math:sqrt", "digits[0:4]", "p.npy", "damaged", "x" * 5000,
)  # fmt: skip
"""Values that options are given."""
BASES: Mapping[str, str] = {
    "exact": "p.npy q.npy",
    "exact of tables": "exact t.csv t.csv --by group",
    "exact of costs": "exact --cost c.npy",
    "certify": "p.npy q.npy --plan plan.npz",
    "compare": "p.npy q.npy --n 3 --blocks 2 --permutations 3",
    "two-sample": "p.npy q.npy --permutations 3",
    "interval": "p.npy q.npy --diameter 99 --splits 2 --permutations 3",
    "oracle": "p.npy q.npy --steps 2 --width 2 --batch-size 4 --grad-points 4 --jobs 1",
    "audit": "critic p.npy q.npy --grad-points 4",
    "gan": "--data p.npy --steps 2 --width 2 --generator-width 2 --batch-size 4 --grad-points 4 --jobs 1",
    "known": "--dim 1 --n 4 --funnels 1 --seed 0 --estimator exact --jobs 1",
    "two-gaussians": "--n 20 --steps 2 --width 2 --batch-size 4 --jobs 1",
    "batch": "p.npy q.npy --batch-size 3 --reps 2 --jobs 1",
    "sample-complexity": "--dim 2 --n 3 --n 4 --reps 2 --estimator exact --jobs 1",
    "dimension": "p.npy --k 3",
    "bernoulli": "--n 2 --reps 4 --jobs 1",
    "toys": "--toy shift",
    "kmedians": "--data p.npy --k 2 --starts 1 --jobs 1",
    "false-minima": "--data p.npy --n 2 --reps 2 --starts 1 --minimiser-starts 1 --fit-points 6 --jobs 1",
    "crossover": "--n 2 --dim 2 --reps 2 --jobs 1",
    "pixels": "--data digits --index 3 --jobs 1",
    "plot": "rows.csv -o figure.png",
    "columns": "V/L",
    "data show": "p.npy",
}
"""Command -> its line."""
EXACT = "exact p.npy q.npy --save-plan plan.npz -o exact.csv"
"""Writes a plan."""
ORACLE = (
    "oracle p.npy q.npy --steps 2 --width 2 --batch-size 4 --grad-points 4 --jobs 1 --save critic -o rows.csv"
)
"""Writes a critic and rows."""
SMALL = ("exact", "exact of tables", "exact of costs", "certify", "columns", "data show")
"""The commands of the small form, which need neither."""
LIBRARIES = ("matplotlib.pyplot", "pandas", "scipy.ndimage", "sklearn.datasets", "torch._dynamo")
"""What lines import."""
FILES = ("p.npy", "t.csv", "c.npy", "plan.npz", "rows.csv", "critic/critic.json", "critic/critic.pt")
"""What can be damaged."""
SECONDS = 5
"""After them a line gets a Ctrl-C."""
PATIENCE = 60
"""Seconds after which it hangs."""
MEMORY = 16 << 30
"""Bytes of addresses that the process may have."""
OUTCOMES = ("with rows", "refused", "interrupted", "wrong")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the campaign; return the exit status."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    options.add_argument("--lines", type=int, default=5000, help="the number of command lines in total")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--only", help="the commands, separated by commas; all if left out")
    options.add_argument("--small", action="store_true", help="three lines for each fast command")
    chosen = options.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    warnings.simplefilter("ignore")
    logging.getLogger("wcheck").addHandler(logging.NullHandler())
    names = [name for name in BASES if not chosen.only or name in chosen.only.split(",")]
    if chosen.small:
        names = [name for name in names if name in SMALL]
    lines = 3 * len(names) if chosen.small else chosen.lines
    counts = {name: Counter[str]() for name in names}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        if not chosen.small:  # the kernels that are compiled already make the small form short
            os.environ["XDG_CACHE_HOME"] = folder
        _prepare(names, trained=not chosen.small)
        whole = {file: Path(file).read_bytes() for file in FILES if Path(file).exists()}
        for number in range(lines):
            name = names[number % len(names)]
            for file, content in whole.items():
                Path(file).write_bytes(content)
            line = _line(name, random.Random(f"{chosen.seed} {number}"), whole)
            outcome, what = _outcome(line)
            counts[name][outcome] += 1
            if outcome == "wrong":
                print(
                    f"line {number} of seed {chosen.seed}: {what}\n  wcheck {shlex.join(line)}",
                    file=sys.stderr,
                )
        os.chdir("/")
    for name, count in counts.items():
        print(f"{name}: " + ", ".join(f"{count[outcome]} {outcome}" for outcome in OUTCOMES))
    total = sum(counts.values(), Counter())
    print(f"all {total.total()}: " + ", ".join(f"{total[outcome]} {outcome}" for outcome in OUTCOMES))
    return 1 if total["wrong"] else 0


def _prepare(names: Sequence[str], *, trained: bool) -> None:
    """Write the small files that the lines name, with the commands themselves where they are results.

    Libraries are imported and each right line is run: a Ctrl-C in the midst of an import, or of a kernel's compilation,
    would leave them halfway for all further lines.
    """
    for library in LIBRARIES if trained else ():
        importlib.import_module(library)
    random_points = np.random.default_rng(0)
    for name in ("p", "q"):
        np.save(f"{name}.npy", random_points.normal(size=(24, 2)).astype(np.float32))
    np.save("c.npy", random_points.random((5, 5)))
    Path("t.csv").write_text("x,y,group\n0,1,a\n1,0,b\n2,2,a\n0.5,1e-3,b\n")
    for line in (EXACT, ORACLE) if trained else (EXACT,):
        ended = CliRunner().invoke(app, shlex.split(line))
        if ended.exit_code:
            raise RuntimeError(f"{line}: {ended.output}")
    for name in names:
        CliRunner().invoke(app, _right(name))


def _right(name: str) -> list[str]:
    """Return the line of a command as it should be."""
    base = shlex.split(BASES[name])
    command = name.split(" of ")[0].split()
    return base if base[0] == command[0] else [*command, *base]


def _line(name: str, chance: random.Random, whole: Mapping[str, bytes]) -> list[str]:
    """Return one wrong line of a command; a file that it reads may be damaged for it."""
    command, words = name.split(" of ")[0].split(), _right(name)
    _damage(whole, chance)
    if chance.random() < 0.3:
        return words
    for _ in range(chance.choice((1, 1, 2))):
        option = chance.choice(_options(tuple(command)))
        takes = not getattr(option, "is_flag", False)
        value = chance.choice((*HOSTILE, *_choices(option))) if takes else ""
        if option.param_type_name == "argument":
            words.append(value)
        else:
            words.append(f"{option.opts[0]}={value}" if takes else option.opts[0])
    return words


def _options(command: Sequence[str]) -> list[Any]:
    found: Any = typer.main.get_command(app)
    for word in command:
        found = found.commands[word]
    aside = ("--help", "--dask", "--jobs", "--device", "--compile")  # processes, machines and compilers
    return [parameter for parameter in found.params if not set(parameter.opts) & set(aside)]


def _choices(option: Any) -> list[str]:
    """Return the words that the option's metavar offers: right values stand beside wrong ones."""
    return [word for word in str(option.metavar or "").split("|") if word.islower()]


def _damage(whole: Mapping[str, bytes], chance: random.Random) -> None:
    """Change one file, in half of all cases."""
    if chance.random() < 0.5:
        return
    file = chance.choice(sorted(whole))
    content = bytearray(whole[file])
    for _ in range(chance.choice((1, 1, 3, 30))):
        place = chance.randrange(len(content) + 1)
        match chance.randrange(4):
            case 0 if place < len(content):
                content[place] ^= 1 << chance.randrange(8)
            case 1:
                del content[place : place + chance.choice((1, 8, 100))]
            case 2:
                content[place:place] = content[place : place + 20] + chance.choice(
                    (b"", b"nan", b",", b"\n", b"\0")
                )
            case _:
                del content[place:]
    Path(file).write_bytes(bytes(content))


def _outcome(line: Sequence[str]) -> tuple[str, str]:
    def interrupt(signum: int, frame: Any) -> None:
        signal.signal(signal.SIGALRM, hang)
        signal.alarm(PATIENCE)
        raise KeyboardInterrupt

    def hang(signum: int, frame: Any) -> None:
        raise TimeoutError("it hangs")

    signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(SECONDS)
    try:
        ended = CliRunner().invoke(app, list(line))
    except KeyboardInterrupt:
        return "interrupted", ""
    except TimeoutError as error:
        return "wrong", str(error)
    finally:
        signal.alarm(0)
    error = ended.exception
    if error is not None and not isinstance(error, SystemExit):
        return "wrong", f"{type(error).__name__}: {error}"
    if "Traceback" in ended.output:
        return "wrong", "a traceback"
    if ended.exit_code == 2 and len(ended.stderr.splitlines()) > 4:
        return "wrong", f"a refusal of several lines: {ended.stderr}"
    outcomes = {0: "with rows", 1: "with rows", 2: "refused", 130: "interrupted"}
    return outcomes.get(ended.exit_code, "wrong"), f"exit status {ended.exit_code}"


if __name__ == "__main__":
    sys.exit(main())
