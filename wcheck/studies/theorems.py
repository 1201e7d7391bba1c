"""What theory says of W1 as a loss: which distance is weaker, and what its gradient is (T2, T3)."""

from __future__ import annotations

import math

from wcheck.studies.study import Finding, Rows
from wcheck.studies.toy_rows import ALWAYS, ARJOVSKY, CLOSE, curve, decided, study, toys

NEAR, FAR = 0.05, 0.5
"""The most that is left of what has converged, and the least of what has not, as shares of where it began."""

CONVERGENCE = toys(
    "convergence",
    ("atoms", "coins", "tilt"),
    "Three panels against x, as x falls to 0. For atoms, W1 falls to 0 and every divergence stays constant. For "
    "coins, all of them fall to 0, and W1 is the diameter times the total variation. For random positions, W1 is far "
    "below that bound.",
)
GRADIENT = toys(
    "gradient",
    ("gradient",),
    "Against the angle by which the points are rotated: W1 is a smooth hill. Its slope is an uneven line, and the "
    "finite differences of exact values and the backward pass lie on it.",
)


def w1_is_the_weakest(rows: Rows) -> Finding:
    """See what has converged at the least x of the atoms and of the coins."""
    frame = rows[CONVERGENCE.name]
    ends = {
        (toy, quantity): _fallen(curve(frame, toy, quantity))
        for toy in ("atoms", "coins")
        for quantity in ("w1", "js", "tv")
    }
    stays = [ends["atoms", quantity] for quantity in ("js", "tv")]
    falls = [ends["coins", quantity] for quantity in ("w1", "js", "tv")]
    found = (
        f"for atoms, W1 falls to {ends['atoms', 'w1']:.4f} of its first value, and TV and JS stay at {min(stays):.3g} "
        f"of theirs; for coins, all three fall to at most {max(falls):.3g}"
    )
    return decided(
        [
            (ends["atoms", "w1"] <= NEAR, "W1 of the atoms does not fall"),
            (min(stays) >= FAR, "JS or TV of the atoms falls as well"),
            (max(falls) <= NEAR, "W1, JS or TV of the coins does not fall"),
        ],
        found,
        ends["atoms", "w1"],
        all(map(math.isfinite, ends.values())),
    )


def _fallen(values: dict[float, float]) -> float:
    """Return the value at the least x as a share of that at the greatest."""
    found = list(values.values())
    return found[0] / found[-1] if len(found) > 1 and found[-1] else math.nan


def bounds_hold(rows: Rows) -> Finding:
    """Compare certified W1 with the diameter times TV, and TV with the root of half of KL."""
    frame = rows[CONVERGENCE.name]
    shares, pinsker, tight = [], [], []
    for toy in ("coins", "tilt"):
        lower, bound = curve(frame, toy, "w1", "lower"), curve(frame, toy, "w1_bound")
        tv, root = curve(frame, toy, "tv"), curve(frame, toy, "tv_bound")
        shares += [lower[x] / bound[x] for x in lower if bound.get(x)]
        pinsker += [tv[x] / root[x] for x in tv if root.get(x)]
        tight += [curve(frame, toy, "w1")[x] / bound[x] for x in lower if toy == "coins" and bound.get(x)]
    most, variation = max(shares, default=math.nan), max(pinsker, default=math.nan)
    found = (
        f"W1 is {min(shares, default=math.nan):.3f} to {most:.3f} of the diameter times TV, TV at most "
        f"{variation:.3f} of "
        f"sqrt(KL / 2), at {len(shares)} pairs; between coins W1 equals the bound"
    )
    return decided(
        [
            (most <= 1 + CLOSE, "a certified lower bound of W1 is above the diameter times TV"),
            (variation <= 1 + CLOSE, "TV is above sqrt(KL / 2)"),
            (all(abs(share - 1) <= CLOSE for share in tight), "between coins W1 is not the bound"),
        ],
        found,
        most,
        len(shares) > 1 and len(pinsker) > 1 and bool(tight),
    )


def slope_is_the_potentials(rows: Rows) -> Finding:
    """Compare the slope by the optimal potential with differences of the exact value and the backward pass."""
    frame = rows[GRADIENT.name]
    slopes = frame[frame["quantity"].isin(["slope_differences", "slope_backward"])]
    off = (slopes["computed"] - slopes["closed_form"]).abs().max()
    steepest = slopes["closed_form"].abs().max()
    found = f"at {len(slopes) // 2} angles, slopes of up to {steepest:.3f} agree to within {off:.1e}"
    return decided(
        [(bool(off <= 1e-7 * max(1.0, steepest)), "a slope differs from the one given by the potential")],
        found,
        float(off),
        len(slopes) >= 10 and set(slopes["quantity"]) == {"slope_differences", "slope_backward"},
    )


T2 = study(
    "T2",
    "Which distance is weaker (Theorem 2)",
    "Which sequences of measures converge in W1, and which in the divergences?",
    CONVERGENCE,
    "On a bounded set, every sequence that converges in TV converges in W1, but not conversely. So W1 is a continuous "
    "loss where the others are not. Continuity does not mean that it can be estimated well from samples.",
    (
        "w1-is-weaker",
        f"{ARJOVSKY}, Theorem 2",
        "Convergence in TV is equivalent to convergence in JS and implies convergence in W1, which implies neither of "
        "them.",
        "",
        f"Reproduced if from the greatest to the least x w1 of atoms falls to at most {NEAR} of what it was while js "
        f"and tv stay at {FAR} at least, and w1, js and tv of coins fall to at most {NEAR} of what they were; {ALWAYS}",
        w1_is_the_weakest,
    ),
    (
        "w1-is-bounded-by-tv",
        f"{ARJOVSKY}, Theorem 2 and its proof",
        "W1 is at most the diameter times TV, and TV is at most sqrt(KL / 2) (Pinsker).",
        "",
        "Reproduced if at every x of coins and tilt lower of w1 is at most w1_bound and tv at most tv_bound, and w1 of "
        f"coins is w1_bound, all to within {CLOSE:g}; {ALWAYS}",
        bounds_hold,
    ),
)
T3 = study(
    "T3",
    "The gradient of W1 (Theorem 3)",
    "Is the gradient that a generator gets from the optimal critic the gradient of W1?",
    GRADIENT,
    "With the optimal potential, the update of a WGAN is the gradient of the distance between these finite measures. "
    "A trained critic is not that potential, and the distance between batches is not that between distributions.",
    (
        "gradient-by-the-potential",
        f"{ARJOVSKY}, Theorem 3; the notes on it, Theorem 1.3",
        "The gradient of W1 with respect to the generator's parameters is minus the mean gradient of the optimal "
        "potential at the generated points.",
        "",
        "Reproduced if slope_differences and slope_backward are within 1e-7 of closed_form, the slope by the "
        "potential, at every x (times the steepest slope where that is above 1); otherwise not reproduced; not settled "
        "with fewer than five x.",
        slope_is_the_potentials,
    ),
)
