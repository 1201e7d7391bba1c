"""What answers of other solvers prove: ``python benchmarks/foreign.py -o foreign.csv``.

Of each pair of sources: POT's Sinkhorn (plan and scalings), GeomLoss (potentials, and the plan that they make with its
blur), a greedy matching (each point takes the nearest that is free), the identity, and wcheck's own exact answer. Each
is certified by ``wcheck.certify`` and, with ``--polish``, gone on from. A row that is there is not computed again.

Columns
-------
source, target, n, dim, p
    The pair.
answer, epsilon
    Whose answer, and its regularisation in units of the cost.
claimed
    What the solver itself says of the distance.
lower, upper, relative_gap, marginal_violation
    What ``wcheck.certify`` proves.
exact_lower, exact_upper
    The bracket of ``wcheck.exact``.
seconds_solve, seconds_certify, seconds_polish
    Wall times; the last until the bracket is closed to 1e-6 from there, blank without ``--polish``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import machine
import numpy as np

import wcheck
from wcheck.measures.measure import Measure
from wcheck.measures.sources import load_pair

COLUMNS = (
    "source", "target", "n", "dim", "p", "answer", "epsilon", "claimed", "lower", "upper", "relative_gap",
    "marginal_violation", "exact_lower", "exact_upper", "seconds_solve", "seconds_certify", "seconds_polish",
)  # fmt: skip
PAIRS = (
    ("gaussian:dim=2,n=2000", "8gaussians:n=2000"),
    ("gaussian:dim=20,n=2000", "gaussian:dim=20,n=2000"),
    ("digits[0:898]", "digits[898:1796]"),
)
SMALL = (("gaussian:dim=2,n=100", "8gaussians:n=100"), ("digits[0:150]", "digits[150:300]"))
SHARE = 0.05
"""The regularisation, as a share of the mean cost."""
Answer = tuple[float | None, dict[str, Any], float | None]
"""What a solver claims, its answer as ``wcheck.certify`` takes it, and the regularisation."""


def sinkhorn(x: np.ndarray, y: np.ndarray, p: int) -> Answer:
    """Run POT's Sinkhorn in the log domain, with its default of 1,000 iterations."""
    import ot

    cost = ot.dist(x, y, "euclidean") ** p
    a, b = np.full(len(x), 1 / len(x)), np.full(len(y), 1 / len(y))
    epsilon = SHARE * float(cost.mean())
    plan, log = ot.sinkhorn(a, b, cost, epsilon, method="sinkhorn_log", log=True, warn=False)
    claimed = float((plan * cost).sum()) ** (1 / p)
    return claimed, {"plan": plan, "potentials": (log["u"], log["v"]), "epsilon": epsilon}, epsilon


def geomloss(x: np.ndarray, y: np.ndarray, p: int) -> Answer:
    """Return GeomLoss's potentials; for p = 2 they are of half the squared distance."""
    import torch
    from geomloss import SamplesLoss

    one, other = torch.from_numpy(x), torch.from_numpy(y)
    blur = (SHARE * float(torch.cdist(one, other).pow(p).mean()) / p) ** (1 / p)
    options = {"blur": blur, "scaling": 0.9, "debias": False, "backend": "tensorized"}
    f, g = SamplesLoss("sinkhorn", p=p, potentials=True, **options)(one, other)
    claimed = (p * float(f.mean() + g.mean())) ** (1 / p)
    return claimed, {"potentials": {"f": f, "g": g}, "epsilon": blur**p}, blur**p


def greedy(x: np.ndarray, y: np.ndarray, p: int) -> Answer:
    """Let each point in turn take the nearest that is free."""
    free, permutation, total = np.ones(len(y), np.bool_), np.empty(len(x), np.int64), 0.0
    for i, point in enumerate(x):
        cost = np.where(free, np.linalg.norm(y - point, axis=1), np.inf)
        permutation[i] = cost.argmin()
        total += cost.min() ** p
        free[permutation[i]] = False
    return (total / len(x)) ** (1 / p), {"plan": permutation}, None


def identity(x: np.ndarray, y: np.ndarray, p: int) -> Answer:
    """Send the i-th point to the i-th."""
    cost = np.linalg.norm(x - y, axis=1) ** p
    return float(cost.mean()) ** (1 / p), {"plan": np.arange(len(x))}, None


def own(x: np.ndarray, y: np.ndarray, p: int) -> Answer:
    """Return the answer of ``wcheck.exact``."""
    found = wcheck.exact(x, y, p=p)
    return found.value, {"plan": found.plan, "potentials": found.potentials}, None


ANSWERS: dict[str, Callable[[np.ndarray, np.ndarray, int], Answer]] = {
    "sinkhorn": sinkhorn,
    "geomloss": geomloss,
    "greedy": greedy,
    "identity": identity,
    "wcheck": own,
}


def rows(
    pairs: Sequence[tuple[str, str]], orders: Sequence[int], polish: float | None, done: set[tuple[str, ...]]
) -> Iterator[dict[str, Any]]:
    """Yield a row for each pair, order and answer that is not done."""
    for source, target in pairs:
        x, y = (z.dense().astype(np.float64) for z in load_pair(source, target))
        for p in orders:
            missing = [name for name in ANSWERS if (source, target, str(p), name) not in done]
            if not missing:
                continue
            truth = wcheck.exact(x, y, p=p).bracket
            for name in missing:
                begun = time.perf_counter()
                claimed, answer, epsilon = ANSWERS[name](x, y, p)
                solved = time.perf_counter()
                found = wcheck.certify(Measure.of(x), Measure.of(y), p=p, **answer)
                certified = time.perf_counter()
                if polish is not None:
                    wcheck.certify(Measure.of(x), Measure.of(y), p=p, polish=polish, **answer)
                yield {
                    **{
                        "source": source,
                        "target": target,
                        "n": len(x),
                        "dim": x.shape[1],
                        "p": p,
                        "answer": name,
                    },
                    **{"epsilon": epsilon, "claimed": claimed},
                    **{"lower": found.bracket.lower, "upper": found.bracket.upper},
                    **{
                        "relative_gap": found.bracket.relative_gap,
                        "marginal_violation": found.marginal_violation,
                    },
                    **{"exact_lower": truth.lower, "exact_upper": truth.upper},
                    **{"seconds_solve": solved - begun, "seconds_certify": certified - solved},
                    "seconds_polish": None if polish is None else time.perf_counter() - certified,
                }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the options ask for; rows are written as they come."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("-o", "--output", required=True, help="the CSV file; existing rows are kept")
    parser.add_argument("--small", action="store_true", help="few points, for a test of some seconds")
    parser.add_argument(
        "--p",
        type=int,
        action="append",
        choices=(1, 2),
        help="the exponent; can be given more than once; default: 1 and 2",
    )
    parser.add_argument(
        "--polish", type=float, help="continue from every answer for at most this many seconds"
    )
    options = parser.parse_args(arguments)
    path, done = Path(options.output), set[tuple[str, ...]]()
    path.with_name(path.name + ".json").write_text(
        json.dumps({"machine": machine.describe(), "options": vars(options)}, indent=2) + "\n"
    )
    if path.exists():
        with path.open(newline="") as file:
            done = {
                tuple(row[name] for name in ("source", "target", "p", "answer"))
                for row in csv.DictReader(file)
            }
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\n")
        if not done:
            writer.writeheader()
        for row in rows(SMALL if options.small else PAIRS, options.p or (1, 2), options.polish, done):
            writer.writerow(row)
            file.flush()
            print(
                f"{row['source']} p={row['p']} {row['answer']}: claims {row['claimed']:.6g}, certified "
                f"[{row['lower']:.6g}, {row['upper']:.6g}], exact {row['exact_upper']:.6g}",
                file=sys.stderr,
            )


if __name__ == "__main__":
    main()
