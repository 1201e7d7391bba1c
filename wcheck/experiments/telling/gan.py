"""Sentences about generators in training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from wcheck.columns.rounding import between, rounded
from wcheck.errors import counted_are
from wcheck.experiments.telling.words import groups, numbers, percent, span
from wcheck.rows.table import Row

DIGITS = 4
COPIED = 0.1
"""A share of copies, beyond twice that among real points, which is told."""
WIDER = 0.02
"""What one spread exceeds another by, if it is called wider."""


def told(rows: Sequence[Row]) -> str:
    """Say how far each game's loss is from its batch's distance, and which generator is nearer, which is not better."""
    last = [row for row in _last_rows(rows) if row.get("exact") is not None]
    if not last:
        return "No generator could be looked at."
    row = last[0]
    n = cast("int", row["n"])
    lower, upper = cast("float", row["exact_real_lower"]), cast("float", row["exact_real_upper"])
    is_shown = rounded(lower, DIGITS) == rounded(upper, DIGITS)
    bracket = "" if is_shown else f", {between(lower, upper, DIGITS)}"
    sentences = [
        f"{counted_are(n, 'real point', separator=',')} at W1 {rounded(upper, DIGITS)} "
        f"(certified{bracket}) from {'another' if n == 1 else 'as many others'}, the reference, which neither player "
        "has seen: a perfect generator would be about as far."
    ]
    found = [(_title(key), own) for key, own in groups(last, "objective", "lipschitz")]
    sentences += [_about(title, own) for title, own in found]
    if sum(bool(row["step"]) for row in last) > 1:
        sentences.append(_compared(found))
    return "\n".join(sentences)


def _last_rows(rows: Sequence[Row]) -> Sequence[Row]:
    """Return the last row with a look of each game, diverged if a later one has: the next game starts from step 0."""
    found: list[Row] = []
    for row, before in zip(rows, [None, *rows], strict=False):
        if before is None or cast("int", row["step"]) <= cast("int", before["step"]):
            found.append(row)
        elif row.get("exact") is not None:
            found[-1] = row
        elif row["status"] == "diverged":
            found[-1] = {**found[-1], "status": row["status"]}
    return found


NAMES = {
    ("wasserstein", "clip"): "WGAN",
    ("wasserstein", "gp"): "WGAN-GP",
    ("wasserstein", "lp"): "WGAN-LP",
    ("wasserstein", "ct"): "WGAN-CT",
    ("non-saturating", "dragan"): "DRAGAN",
    ("least-squares", "none"): "LSGAN",
    ("hinge", "spectral"): "SN-GAN",
    ("feature-energy", "gp"): "Cramér GAN",
    ("feature-mmd", "gp"): "MMD GAN",
    ("energy-based", "none"): "EBGAN",
    ("began", "none"): "BEGAN",
    ("c-transform", "none"): "c-transform WGAN",
    ("c-eps-transform", "none"): "(c, eps)-transform WGAN",
    ("exact", "None"): "minibatch W1",
    ("sinkhorn", "None"): "minibatch Sinkhorn",
    ("sliced", "None"): "sliced Wasserstein",
    ("energy", "None"): "energy distance",
    ("mmd", "None"): "MMD",
}
"""An objective and a constraint of the critic -> their name in the literature."""


def _title(key: tuple[object, ...]) -> str:
    objective, lipschitz = map(str, key)
    if objective == "None":  # of a watch that was not told
        return "The watched training"
    other = objective if lipschitz in ("None", "none") else f"{objective} with {lipschitz}"
    return NAMES.get((objective, lipschitz), other)


def _about(title: str, rows: Sequence[Row]) -> str:
    """Say what is known of the games of one objective and constraint at their last looks."""
    who = title if len(rows) == 1 else f"{title}, {len(rows)} games"
    trained = sorted((row for row in rows if row["step"]), key=lambda row: cast("int", row["step"]))
    if not trained:
        return f"{who}: no step has been taken yet."
    steps = span([f"{row['step']:,}" for row in trained])
    far = span([rounded(number, DIGITS) for number in numbers(trained, "exact")])
    return (
        f"{who}, after {steps} step{'s' if steps != '1' else ''}: {_loss(trained)}. "
        f"{'Its' if len(rows) == 1 else 'Their'} points are at {far}, {_excess(trained)}{_spread(trained)}."
        f"{_copies(trained)}{_ended(trained)}"
    )


def _loss(rows: Sequence[Row]) -> str:
    if shares := numbers(rows, "loss_ratio"):
        if shares[-1] < 0:
            return (
                "the loss is below 0: the critic takes generated points for real ones and has not learnt yet"
            )
        below = " (below 0: the critic has not learnt yet)"
        return f"the loss is {_percents(shares)} of the exact distance of its own batches{below * (shares[0] < 0)}"
    if shares := numbers(rows, "target_ratio"):
        target = {"ot-eps": "the entropic cost", "sinkhorn-divergence": "the Sinkhorn divergence"}
        return f"the loss is {_percents(shares)} of {target[str(rows[0]['approximates'])]} of its own batches"
    if rows[0].get("objective") is None:
        return "what its loss is worth is not said, because its objective was not named (objective=)"
    return "the loss approximates no Wasserstein distance"


def _copies(rows: Sequence[Row]) -> str:
    """Warn of points that are copies far more often than real ones are."""
    shares = numbers([row for row in rows if _beyond(row)], "copied")
    return (
        f" A warning: {_percents(shares)} of the points are near copies of training points." if shares else ""
    )


def _beyond(row: Row) -> bool:
    copied, real = (cast("float | None", row.get(column)) for column in ("copied", "copied_real"))
    return copied is not None and copied > COPIED + 2 * (real or 0.0)


def _excess(rows: Sequence[Row]) -> str:
    excess = numbers(rows, "excess")
    sizes = sorted(map(abs, excess))
    text = span([rounded(size, 2) for size in sizes])
    if excess[0] == excess[-1] == 0:
        return "as far as real ones"
    if excess[0] >= 0:
        return f"{text} farther than real ones"
    if excess[-1] < 0:
        return f"{text} nearer than real ones are, which is a warning and not an achievement"
    return f"{rounded(-excess[0], 2)} nearer to {rounded(excess[-1], 2)} farther than real ones"


def _spread(rows: Sequence[Row]) -> str:
    shares = numbers(rows, "spread")
    return f", and have {_percents(shares)} of their spread" if shares else ""


def _ended(rows: Sequence[Row]) -> str:
    """Say what went wrong with the spread, or after the last look."""
    ends = [_end(row) for row in rows]
    found = {end: ends.count(end) for end in dict.fromkeys(ends) if end}
    if len(rows) == 1:
        return "".join(f" The generator {end}." for end in found)
    have = {end: end.replace("has", "have") if count > 1 else end for end, count in found.items()}
    return "".join(f" {count} of them {have[end]}." for end, count in found.items())


def _end(row: Row) -> str:
    if row["status"] == "diverged":
        return "has diverged since"
    if row["status"] == "collapsed":
        return "has collapsed"
    spread, least = (cast("float | None", row.get(column)) for column in ("spread", "collapse"))
    return "has not spread yet" if spread is not None and least is not None and spread < least else ""


def _compared(found: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """Say which generator is nearest, as far as brackets and digits tell, and that this does not make it the best."""
    games = [(title, row) for title, own in found for row in own if row["step"] and not _end(row)]
    if len(games) < 2:
        return "No generator is named as the nearest: fewer than two have spread without collapsing or diverging."
    title, nearest = min(games, key=lambda game: cast("float", game[1]["exact"]))
    equal = [name for name, row in games if _is_no_farther(row, nearest)]
    if len(equal) > 1:
        names = " and ".join(dict.fromkeys(equal))
        return (
            f"{len(equal)} generators, of {names}, are equally near to the reference in {DIGITS} digits, and nearer "
            f"would not be better: {_advice(games)}"
        )
    text = f"Nearest to the reference is the generator of {title}, and nearer is not better:"
    spreads = {name: numbers([row], "spread") for name, row in games}
    own = numbers([nearest], "spread")
    wider = [
        (other[0], name) for name, other in spreads.items() if other and own and other[0] > own[0] + WIDER
    ]
    if own and wider:
        most, name = max(wider)
        return (
            f"{text} its points have {_percents(own)} of the spread of real ones, those of {name} {_percents([most])}. "
            "Points near the middle of the data are near all of them."
        )
    return f"{text} {_advice(games)}"


def _is_no_farther(row: Row, nearest: Row) -> bool:
    """Whether brackets overlap, or the numbers are the same as they are shown."""
    lower, exact = (cast("float", row.get(column, row["exact"])) for column in ("exact_lower", "exact"))
    least = cast("float", nearest["exact"])
    return lower <= least or rounded(exact, DIGITS) == rounded(least, DIGITS)


def _advice(games: Sequence[tuple[str, Row]]) -> str:
    """Say what else to look at, of what there is for the kind of the data."""
    rows = [row for _, row in games]
    images = bool(numbers(rows, "sharpness"))
    *first, last = [name for name in ("spread", "sharpness", "nearest", "copied") if numbers(rows, name)] or [
        ""
    ]
    columns = f"{', '.join(first)} and {last}" if first else last
    drawn = ", and with --grid at samples" if images or rows[0].get("dim") == 2 else ""
    return "points in the middle of the data are near all of them, and copies of the data are nearest." + (
        f" Look at {columns}{drawn}." if columns else ""
    )


def _percents(shares: Sequence[float]) -> str:
    texts = [percent(share) if share >= 0 else f"-{percent(-share)}" for share in shares]
    return f"{span(texts)} %"
