"""Weight clipping: E9, where weights pile up and what depth does to gradients, with and without batch normalisation."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from wcheck.studies.statistics import Interval, over_runs
from wcheck.studies.study import FAILURES, Claim, Finding, Rows, Run, Study
from wcheck.studies.thresholds import FEWEST, above, below, finding, last_looks, together

if TYPE_CHECKING:
    import pandas as pd

PUBLISHED = 0.01
"""The clip of the WGAN paper."""
PILED = 0.5
"""The share of weights at the clip from which on they pile up there."""
STOPPED = 0.1
"""The share of what a shallow critic certifies, below which a deep one has failed."""
LEAST = 1e-12
"""What a growth of 0, of gradients that float32 cannot hold, counts as."""

CLIPS = Run(
    name="clipping",
    command="oracle",
    quick={
        "data": "{data}", "lipschitz": ("clip",), "clip": (0.001, 0.01, 0.1, 1.0), "layers": (3, 12),
        "norm": ("none", "batch"), "width": (64,), "lr": (1e-3,), "steps": (600,), "every": 600,
        "grad_points": 200, "seed": (0, 1, 2), "together": 3,
    },
    full={"n": 2000, "width": (256,)},
    paper={
        "n": 10_000, "image_size": 64, "scale": "-1,1", "width": (256,), "lr": (5e-5,), "steps": (50_000,),
        "every": 10_000, "together": 1, "device": "cuda",
    },
    fine=FAILURES,
    seconds={"quick": 42, "full": 700, "paper": 100_000},
    figures={
        "depth": "The norm of the gradient with respect to each layer's output, on a logarithmic axis from the last "
        "layer to the first, with one line for each clip and one panel for each depth and normalisation. With a small "
        "clip the norm shrinks by a factor at each layer, and with a large clip it grows. Beside these panels: the "
        "share of weights at the clip.",
    },
)  # fmt: skip


def weights_pile_up(rows: Rows) -> Finding:
    """Hold the share of weights at the published clip against a half, and that at the next larger against before."""
    frame = _plain(rows[CLIPS.name])
    last = last_looks(frame)
    found = over_runs(last[last["clip"] == PUBLISHED].groupby("seed")["clip_share"].mean())
    larger = sorted(clip for clip in last["clip"].dropna().unique() if clip > PUBLISHED)[:1]
    grown = over_runs(_grown(frame[frame["clip"].isin(larger)]))
    verdict = together([above(found, PILED), above(grown, 0.0)])
    said = (
        f"{100 * found.mean:.0f} % of the weights are at +-{PUBLISHED} after training; at the next larger clip, "
        f"training adds {100 * grown.mean:.0f} percentage points ({100 * grown.lower:.0f} to {100 * grown.upper:.0f})"
        if found.n and grown.n
        else "too few critics"
    )
    return finding(
        verdict,
        said,
        found,
        PILED,
        why="fewer weights are at the clip, or training moves them away from it",
        minutes=0.5,
    )


def gradients_vanish_and_explode(rows: Rows) -> Finding:
    """Ask whether gradients shrink from layer to layer at the smallest clip, and grow at the largest, at all depths."""
    last = last_looks(_plain(rows[CLIPS.name]))
    ends = _ends(last)
    if not ends:
        return Finding("not settled", "too few critics", more=f"{FEWEST} seeds of two clips")
    verdict = together(
        [below(each, 1.0) for each, _ in ends.values()] + [above(each, 1.0) for _, each in ends.values()]
    )
    said = "; ".join(
        f"{depth:.0f} hidden layers: a factor of {small.mean:.2g} per layer at the smallest clip, {large.mean:.2g} at "
        "the largest"
        for depth, (small, large) in ends.items()
    )
    why = "for one of the clips and depths, the gradient does not change as claimed"
    return finding(verdict, said, ends[max(ends)][1], 1.0, why=why, minutes=0.5)


def normalisation_helps(rows: Rows) -> Finding:
    """Compare how far apart the clips are in the growth of gradients, with and without batch normalisation."""
    last = last_looks(rows[CLIPS.name])
    deep = last[last["layers"] == last["layers"].max()]
    spans = {norm: _spans(own) for norm, own in deep.groupby("norm")}
    if not {"none", "batch"} <= set(spans):
        return Finding("not settled", "too few critics", more=f"{FEWEST} seeds of each")
    seeds = spans["none"].keys() & spans["batch"].keys()
    found = over_runs(spans["batch"][seed] - spans["none"][seed] for seed in sorted(seeds))
    means = {norm: over_runs(spans[norm].values()).mean for norm in ("batch", "none")}
    said = (
        f"from the smallest to the largest clip, the growth per layer changes by 10^{means['batch']:.2f} with batch "
        f"normalisation and by 10^{means['none']:.2f} without"
    )
    why = "the clip affects gradients as much with batch normalisation as without it"
    return finding(below(found, 0.0), said, found, 0.0, why=why, minutes=0.5)


def deep_critics_fail(rows: Rows) -> Finding:
    """Compare what deep and shallow critics with batch normalisation certify at each clip."""
    last = last_looks(rows[CLIPS.name])
    last = last[last["norm"] == "batch"]
    depths = sorted(last["layers"].unique())
    if len(depths) < 2:
        return Finding("not settled", "too few critics", more="two depths")
    # a critic that is not higher on the source than on the target certifies nothing
    shares = last.assign(share=last["normalised_pairs_ratio"].fillna(0.0).clip(lower=0.0))
    by_seed = shares.pivot_table(index="seed", columns="layers", values="share", aggfunc="mean")
    relative = over_runs(by_seed[depths[-1]] / by_seed[depths[0]])
    failed = shares[shares["layers"] == depths[-1]]
    count = int((failed["share"] <= 0).sum())
    said = (
        f"with {depths[-1]:.0f} hidden layers, critics certify {100 * relative.mean:.0f} % of what they certify with "
        f"{depths[0]:.0f}, on average over clips; {count} of {len(failed)} certify nothing"
    )
    why = "deep critics with batch normalisation certify a good part of what shallow ones do"
    return finding(below(relative, STOPPED), said, relative, STOPPED, why=why, minutes=0.5)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["norm"] == "none"]


def _grown(frame: pd.DataFrame) -> pd.Series:
    """Return by how much the share of weights at the clip grew in training, a number for each seed."""
    frame = frame[frame["status"] == "ok"]
    before = frame[frame["step"] == 0].groupby("seed")["clip_share"].mean()
    return (last_looks(frame).groupby("seed")["clip_share"].mean() - before).dropna()


def _ends(last: pd.DataFrame) -> dict[float, tuple[Interval, Interval]]:
    """Return the growth of gradients at the smallest and at the largest clip, by depth."""
    found = {}
    for depth, own in last.groupby("layers"):
        clips = sorted(own["clip"].unique())
        if len(clips) > 1:
            small, large = (
                over_runs(own[own["clip"] == clip]["grad_growth"]) for clip in (clips[0], clips[-1])
            )
            found[float(str(depth))] = small, large
    return found


def _spans(own: pd.DataFrame) -> dict[float, float]:
    """Return, for each seed, the decimal logarithm of the growth at the largest clip over that at the smallest."""
    clips = sorted(own["clip"].unique())
    growth = own.pivot_table(index="seed", columns="clip", values="grad_growth", aggfunc="mean")
    spans = {}
    for seed, row in growth.iterrows():
        ends = float(row[clips[0]]), float(row[clips[-1]])
        if not math.isnan(sum(ends)):
            small, large = (max(end, LEAST) for end in ends)
            spans[float(str(seed))] = math.log10(large / small)
    return spans


SOURCE = "Encyclopedia article on WGAN, on weight clipping, after Gulrajani et al. 2017, Section 3"
STUDY = Study(
    name="E9",
    title="Weight clipping",
    question="How are clipped weights distributed after training, and how do gradients change on their way through "
    "many clipped layers?",
    runs=(CLIPS,),
    claims=(
        Claim(
            name="weights-pile-up",
            source=SOURCE,
            says="Clipped weights accumulate at +c and -c, instead of taking the many values that a deep network can "
            "use.",
            rule="For critics without normalisation, in the mean over depths: reproduced if the interval over seeds of "
            f"clip_share at clip {PUBLISHED} at the last look lies above {PILED}, and that of clip_share at the next "
            "larger clip less its value at step 0 lies above 0; not reproduced if one lies below; else, or with fewer "
            "than three seeds, not settled.",
            judge=weights_pile_up,
        ),
        Claim(
            name="gradients-vanish-and-explode",
            source=SOURCE,
            says="If the clip is too small, gradients vanish with depth; if it is too large, they blow up.",
            rule="For critics without normalisation, the intervals over seeds of grad_growth at the last look, for "
            "each number of hidden layers. Reproduced if at the smallest clip all lie below 1 and at the largest all "
            "above 1; not reproduced if one lies on the other side; else, or with fewer than three seeds, not settled.",
            judge=gradients_vanish_and_explode,
        ),
        Claim(
            name="normalisation-helps-clipping",
            source="Gulrajani et al. 2017, Section 3",
            says="In some cases, batch normalisation in the critic reduces the problems with gradients under clipping.",
            rule="For critics of the largest depth, log10 of grad_growth (at least 1e-12) at the largest clip over "
            "that at the smallest, with norm batch less that with norm none, paired by seed. Reproduced if the "
            "interval lies below 0, not reproduced if above; else, or with fewer than three seeds, not settled.",
            judge=normalisation_helps,
        ),
        Claim(
            name="deep-clipped-critics-fail",
            source="Gulrajani et al. 2017, Section 3",
            says="Even with batch normalisation, very deep clipped critics often fail to converge.",
            rule="For critics with norm batch, normalised_pairs_ratio at the last look, 0 where it is blank or "
            "negative, in the mean over clips: that of the deepest over that of the shallowest. Reproduced if the "
            f"interval over seeds lies below {STOPPED}, not reproduced if above; else, or with fewer than three seeds, "
            "not settled.",
            judge=deep_critics_fail,
        ),
    ),
    means="The clip decides how gradients change from layer to layer, so a clip that works for three layers is wrong "
    "for twelve. If layers are normalised over the batch, the gradients are those of the critic with its running "
    "averages. The step size is larger than the published one, so that few steps go as far as many small ones.",
)
