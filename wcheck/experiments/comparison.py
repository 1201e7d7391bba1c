"""Candidates compared with real data at the same sample size: the rows of a comparison.

Per block j, a candidate's points C_j and other points B_j of the reference are measured against the same points A_j of
the reference: ``excess`` is the mean of D(A_j, C_j) - D(A_j, B_j). Blocks are independent draws if rows are in random
order; what is said of a candidate is conditional on the points that it has, such as those of one training run.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, cast

from wcheck.experiments.blocks import Blocks
from wcheck.experiments.gauges import Gauge, Measured
from wcheck.experiments.paired import LEVEL, Paired, holm, ranks
from wcheck.progress import TASK, Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure

COLUMNS = (
    "n", "estimand", "excess", "rank", "interval_low", "interval_high", "standard_error", "value", "lower", "upper",
    "baseline", "baseline_lower", "baseline_upper", "farther", "excess_p_value", "excess_p_corrected", "p_value",
    "p_corrected", "spread", "nearest", "seconds", "status",
)  # fmt: skip
"""What :func:`compared` says of each row, besides who is compared."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is said of a candidate beside its distance.

    Attributes
    ----------
    p_value : float
        That of the permutation test that it has the reference's distribution.
    spread, nearest : float, optional
        As in :mod:`wcheck.estimators.likeness`, the mean over blocks.
    """

    p_value: float
    spread: float | None
    nearest: float | None


def seen(
    blocks: Blocks,
    train: Measure | None,
    statistic: str,
    permutations: int,
    seed: int,
    report: Report = silent,
) -> dict[str, Seen]:
    """Look at every candidate beside its distance.

    Parameters
    ----------
    train : Measure, optional
        What the candidates were made of: ``nearest`` is then about the nearest of its points, for those of the first
        block; otherwise about the nearest point of A_j, in every block.
    """
    from wcheck.estimators.likeness import Likeness
    from wcheck.estimators.permutation import permutation_test

    pairs = list(zip(blocks.first, blocks.second, strict=True))
    looks = [Likeness(real, None if train else near) for near, real in pairs]
    beside_train = None if train is None else Likeness(blocks.second[0], train)
    found = {}
    for number, (name, parts) in enumerate(blocks.candidates.items()):
        report("tests", number, len(blocks.candidates))
        tested = permutation_test(
            list(zip(blocks.first, parts, strict=True)), statistic, permutations=permutations, seed=seed
        )
        likeness = [look.of(part) for look, part in zip(looks, parts, strict=True)]
        near = likeness if beside_train is None else [beside_train.of(parts[0])]
        found[name] = Seen(
            tested.p_value,
            _mean([look["spread"] for look in likeness]),
            _mean([look["nearest"] for look in near]),
        )
    report("tests", len(blocks.candidates), len(blocks.candidates))
    return found


def compared(
    blocks: Blocks, gauge: Gauge, looks: Mapping[str, Seen], confidence: float, report: Report = silent
) -> Iterator[tuple[str, str | None, Row]]:
    """Yield the rows of a comparison, each with the candidate and with the one it is compared with.

    First every candidate against real data, then every pair of candidates; then every candidate again with half of the
    points of each block, and with a quarter.
    """
    sizes = [size for size in (blocks.n, blocks.n // 2, blocks.n // 4) if size >= 2]
    steps = len(sizes) * (1 + len(blocks.candidates))
    for level, size in enumerate(sizes):
        some = blocks if size == blocks.n else blocks.smaller(size)
        told = _Told(report, level * (1 + len(blocks.candidates)), steps)
        baseline = told(gauge, some.first, some.second)
        measured = {name: told(gauge, some.first, parts) for name, parts in some.candidates.items()}
        about: Row = {"n": size, "estimand": gauge.named()}
        against_real = {name: _row(own, baseline, confidence) for name, own in measured.items()}
        if size == blocks.n:
            yield from _claims(about, measured, against_real, looks, confidence)
        else:
            for name, row in against_real.items():
                yield name, None, about | {key: row[key] for key in row if key != "excess_p_value"}


def _claims(
    about: Row,
    measured: Mapping[str, Timed],
    against_real: Mapping[str, Row],
    looks: Mapping[str, Seen],
    confidence: float,
) -> Iterator[tuple[str, str | None, Row]]:
    """Yield the rows whose p-values are corrected: those of excesses, of pairs, and of the tests."""
    names = list(measured)
    pairs = {
        (one, other): _row(measured[one], measured[other], confidence)
        for one, other in combinations(names, 2)
    }
    for rows in (against_real, pairs):
        _correct(list(rows.values()))
    nearer = {}
    for (one, other), row in pairs.items():
        apart = cast("float", row["excess_p_corrected"]) <= LEVEL
        nearer[one, other] = apart and cast("float", row["excess"]) < 0.0
        nearer[other, one] = apart and cast("float", row["excess"]) > 0.0
    order = ranks(names, nearer)
    tests = dict(zip(names, holm([looks[name].p_value for name in names]), strict=True))
    for name in names:
        look = looks[name]
        extra: Row = {
            "rank": order[name],
            "p_value": look.p_value,
            "p_corrected": tests[name],
            "spread": look.spread,
            "nearest": look.nearest,
        }
        yield name, None, about | against_real[name] | extra
    for (one, other), row in pairs.items():
        yield one, other, about | row


@dataclass(frozen=True, slots=True)
class Timed:
    """Distances of blocks, and the seconds that they took."""

    measured: Measured
    seconds: float


@dataclass(slots=True)
class _Told:
    """Measures blocks, and reports how many of several measurements are done."""

    report: Report
    done: int
    steps: int

    def __call__(self, gauge: Gauge, x: Sequence[Measure], y: Sequence[Measure]) -> Timed:
        begun = time.perf_counter()
        found = gauge(x, y, self.report)
        self.done += 1
        self.report(TASK, self.done, self.steps)
        return Timed(found, time.perf_counter() - begun)


def _row(own: Timed, other: Timed, confidence: float) -> Row:
    one, two = own.measured, other.measured
    differences = one.values - two.values
    found = Paired.of(differences, confidence, one.unresolved + two.unresolved)
    return {
        "value": float(one.values.mean()),
        "lower": _mean(one.lower, outwards=-1),
        "upper": _mean(one.upper, outwards=1),
        "baseline": float(two.values.mean()),
        "baseline_lower": _mean(two.lower, outwards=-1),
        "baseline_upper": _mean(two.upper, outwards=1),
        "excess": found.mean,
        "standard_error": found.standard_error,
        "interval_low": found.low,
        "interval_high": found.high,
        "farther": float((differences > 0.0).mean()),
        "excess_p_value": found.p_value,
        "seconds": own.seconds,
        "status": next((each.status for each in (one, two) if each.status != "ok"), "ok"),
    }


def _correct(rows: Sequence[Row]) -> None:
    corrected = holm([cast("float", row["excess_p_value"]) for row in rows])
    for row, p_value in zip(rows, corrected, strict=True):
        row["excess_p_corrected"] = p_value


def _mean(values: Iterable[float | None] | None, outwards: int = 0) -> float | None:
    """Return the mean, or None where a value is missing; a certified one is rounded outwards, down or up."""
    import math

    if values is None:
        return None
    found = list(values)
    numbers = [float(value) for value in found if value is not None]
    if len(numbers) < len(found):
        return None
    mean = math.fsum(numbers) / len(numbers)
    return math.nextafter(mean, outwards * math.inf) if outwards else mean
