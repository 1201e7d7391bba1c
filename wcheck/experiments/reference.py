"""The exact W1 that estimates are compared with, solved once for a pair of measures and kept on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from wcheck import cache
from wcheck.errors import OutputError
from wcheck.progress import Report, silent
from wcheck.rows.sidecar import SEAL, save, seal

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket
    from wcheck.transport.cost.metric import Metric

TOLERANCE = 1e-6
"""Relative gap of a reference."""


def reference(
    x: Measure,
    y: Measure,
    *,
    p: int = 1,
    metric: str | Metric = "euclidean",
    device: str = "cpu",
    report: Report = silent,
) -> Bracket:
    """Return the certified bracket of the empirical distance between two measures; its upper end is the value.

    It is kept in the user's cache folder under the hash of both measures' contents, the tolerance and
    the sources that solve it. A file there that cannot be read is solved again; one that cannot be written is done
    without. By a function of the user's it is not kept: its code may change under its name.

    Parameters
    ----------
    x, y : Measure
        Measures of one dimension.
    p : {1, 2}
        The order of the distance.
    metric : str or Metric
        The ground metric.
    device : str
        Where it is solved, if it must be.
    report : Report
        As for :func:`wcheck.exact`.

    Raises
    ------
    WcheckError
        As :func:`wcheck.exact`.
    """
    from wcheck.transport.bounds.certificate import Bracket
    from wcheck.transport.cost.metric import EUCLIDEAN, Users, metric_of
    from wcheck.transport.solve.exact import exact
    from wcheck.transport.solve.result import uninterrupted

    metric = metric_of(metric)
    # Metrics may read coordinates by the names of their columns.
    ground = [] if metric is EUCLIDEAN else [metric.name, x.columns, y.columns]
    key = json.dumps(
        [x.digest(), y.digest(), x.residual, y.residual, p, TOLERANCE, cache.of_sources(), *ground]
    )
    place = None if isinstance(metric, Users) else folder()
    path = place and place / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
    if path and (kept := _read(path, key)):
        return Bracket(*kept)
    found = uninterrupted(exact(x, y, p=p, metric=metric, tol=TOLERANCE, device=device, report=report))
    bracket: Bracket = found.bracket
    if path:
        told = {"source": x.name, "target": y.name, "lower": bracket.lower, "upper": bracket.upper}
        _write(path, {"key": key, **told})
    return bracket


def folder() -> Path | None:
    """Return where references are kept, if they can be."""
    return cache.usable("exact")


def _read(path: Path, key: str) -> tuple[float, float] | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        lower, upper = float(record["lower"]), float(record["upper"])
        good = record["key"] == key and record[SEAL] == seal(record) and 0 <= lower <= upper < math.inf
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return (lower, upper) if good else None


def _write(path: Path, record: dict[str, object]) -> None:
    with contextlib.suppress(OSError, OutputError):
        path.parent.mkdir(parents=True, exist_ok=True)
        save(path, record)
