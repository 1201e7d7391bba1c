"""D1 and D2: images that are nearer than an altered copy, between pixels and in learned features."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist
from typing import TYPE_CHECKING

from wcheck.studies.statistics import sign_test
from wcheck.studies.study import Claim, Finding, Rows, Run, Study

if TYPE_CHECKING:
    import pandas as pd

ALTERATIONS = ("crop", "rotate", "flip", "darken")
REFERENCES = 100
"""References below which nothing is settled."""
CHANCE = 0.01
"""The p-value from which on a difference is more than chance."""

PIXELS = Run(
    name="pixels",
    command="pixels",
    quick={"source": "{data}", "references": 300},
    full={"references": 500},
    paper={"references": 1000},
    seconds={"quick": 3, "full": 400, "paper": 480},
    figures={
        "pixels": "For each alteration: the distance from the reference to the altered image, against the distance to "
        "the nearest image of another class. For points above the diagonal, the image of another class is closer."
    },
)
FEATURES = replace(
    PIXELS,
    name="pixels-features",
    quick={**PIXELS.quick, "embed": "classifier:digits"},
    full={"references": 500, "embed": "efficientnet-lite0", "subset": 10_000},
    paper={"references": 1000, "embed": "efficientnet-lite0"},
    seconds={"quick": 8, "full": 900, "paper": 1800},
    figures={
        "pixels": "The same in the coordinates of the embedding. For each alteration: the distance to the altered "
        "image, against the distance to the nearest image of another class."
    },
)


def other_classes_are_nearer(rows: Rows) -> Finding:
    """Count, for each alteration, the references with an image of another class nearer than the altered one."""
    fails = _fails(rows[PIXELS.name])
    if len(fails) < REFERENCES:
        return Finding("not settled", f"{len(fails)} references", more=f"{REFERENCES} references, seconds")
    counts = {name: int(fails[name].sum()) for name in ALTERATIONS}
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    said = f"of {len(fails)} references, the number with a closer image of another class: {told}"
    least = min(counts.values()) / len(fails)
    if least > 0:
        return Finding("reproduced", said, value=least)
    none = [name for name, count in counts.items() if not count]
    why = (
        f"no example was found for {' and '.join(none)} (at 95 % at most {3 / len(fails):.1%} of the images have "
        "one): how much these alterations change depends on the size and the content of the images"
    )
    return Finding("not reproduced", said, value=least, why=why)


def features_fail_less(rows: Rows) -> Finding:
    """Compare pixels and features reference by reference: in how many alterations another class is nearer."""
    pixels, features = (_fails(rows[run.name]) for run in (PIXELS, FEATURES))
    both = pixels.index.intersection(features.index)
    if len(both) < REFERENCES:
        return Finding("not settled", f"{len(both)} references", more=f"{REFERENCES} references, seconds")
    before, after = (found.loc[both].sum(axis=1) for found in (pixels, features))
    fewer, more, p = int((after < before).sum()), int((after > before).sum()), sign_test(after - before)
    said = (
        f"of {len(both)} references, {fewer} fail for fewer alterations in features than between pixels, {more} for "
        f"more (p = {p:.2g}); the number of failures changes from {int(before.sum())} to {int(after.sum())}"
    )
    change = float((after - before).mean())
    if p > CHANCE:
        return Finding("not settled", said, change, more=_references(len(both), fewer, more))
    if fewer > more:
        return Finding("reproduced", said, change)
    why = "these features distinguish alterations better than classes"
    return Finding("not reproduced", said, change, why=why)


def _references(looked_at: int, fewer: int, more: int) -> str:
    """Say how many references would settle it, if the shares of those that fail less and more stayed as they are."""
    if fewer == more:
        return "images that fail more often"
    needed = looked_at * (fewer + more) * (NormalDist().inv_cdf(1 - CHANCE / 2) / (fewer - more)) ** 2
    return f"about {needed:,.0f} references of such images, some milliseconds each, or images that fail more often"


def _fails(frame: pd.DataFrame) -> pd.DataFrame:
    """Return, for each reference with all alterations, whether another class is nearer: a column an alteration."""
    fine = frame[frame["status"] == "ok"]
    table = fine.pivot_table(index="index", columns="alteration", values="nearer")
    return table.reindex(columns=list(ALTERATIONS)).dropna() > 0


ABSURD = Study(
    name="D1",
    title="Which images are close in pixels",
    question="Are there images of another class that are closer to an image than a slightly altered copy of it?",
    runs=(PIXELS,),
    claims=(
        Claim(
            name="other-classes-are-nearer",
            source="Stanczuk et al. 2021, Section 6 and Figure 16",
            says="For cropping, rotation, flipping and darkening, there are images to which a very different image is "
            "closer in Euclidean distance than the slightly altered copy.",
            rule="Reproduced if for each alteration at least one reference has nearer of at least 1, an image of "
            f"another class nearer than the altered one; otherwise not reproduced. Not settled with fewer than "
            f"{REFERENCES} references that have all alterations.",
            judge=other_classes_are_nearer,
            original=("imagenet",),
        ),
    ),
    means="If an image of another class is closer, a loss that uses this distance prefers that image. How often this "
    "happens depends on the images: a crop changes a digit of 8 x 8 pixels little, and a flip changes most of it.",
)
OUTLOOK = Study(
    name="D2",
    title="Another ground metric",
    question="Does a distance between learned features, instead of pixels, avoid these failures?",
    runs=(PIXELS, FEATURES),
    claims=(
        Claim(
            name="features-fail-less",
            source="Stanczuk et al. 2021, Section 8 (outlook: a perceptually meaningful notion of distance)",
            says="With a perceptually more meaningful distance than that between pixels, altered copies are closer "
            "than images of other classes.",
            rule="For each reference that both runs have, the number of alterations for which nearer is at least 1, in "
            f"features less that between pixels; two-sided sign test. Not settled if p is above {CHANCE} or there are "
            f"fewer than {REFERENCES} references; otherwise reproduced if more references fail less than more, and not "
            "reproduced if not.",
            judge=features_fail_less,
            original=("imagenet",),
        ),
    ),
    means="On digits, the features come from a classifier that was trained on the same digits and their classes, so "
    "it separates the classes by construction. The study shows what a ground metric can achieve, not that it agrees "
    "with human perception.",
)
