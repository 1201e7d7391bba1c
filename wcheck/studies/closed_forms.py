"""What is known in closed form: F1, F2, F4, and the energy-based discriminator."""

from __future__ import annotations

import math

from wcheck.studies.study import Finding, Rows
from wcheck.studies.toy_rows import ALWAYS, ARJOVSKY, CLOSE, FLEURET, curve, decided, same, study, toys

WIDTH = 0.1
"""The width of the peak of Fleuret's lectures, as ``wcheck toys`` draws it."""

SEGMENTS = toys(
    "segments",
    ("segments",),
    "Against the distance x of two parallel segments: W1 has the shape of a V with its tip at 0; the Jensen-Shannon "
    "divergence and the total variation are constant at log 2 and at 1, with a gap at 0.",
)
PEAK = toys(
    "peak",
    ("peak",),
    "Against the shift x of a narrow peak: W1 grows linearly; all divergences grow until the peaks no longer overlap, "
    "at 0.1, and are constant from there on.",
)
LINE = toys(
    "line",
    ("shift", "quantiles"),
    "Two panels in which the solver's points lie on the closed forms: W1 between points and their shift is the length "
    "of the shift, and W1 between two measures on a line is the distance between their quantile functions.",
)
ENERGY = toys(
    "energy",
    ("energy",),
    "Against the share in which two sets differ: the loss of the energy-based generator rises linearly from 0 to the "
    "margin of 2, which is twice the total variation and equal to |P - Q|(X); the loss of its discriminator falls "
    "from 2 to 0.",
)


def only_w1_sees_the_distance(rows: Rows) -> Finding:
    """Compare the computed curves of the segments with the ones of Example 1."""
    frame = rows[SEGMENTS.name]
    w1, js, kl, tv = (curve(frame, "segments", quantity) for quantity in ("w1", "js", "kl", "tv"))
    apart = [x for x in w1 if x]
    constant = {"js": (js, math.log(2)), "kl": (kl, math.inf), "tv": (tv, 1.0)}
    conditions = [(all(same(w1[x], abs(x)) for x in w1), "W1 is not |x|")] + [
        (
            all(same(values.get(x, math.nan), value) for x in apart),
            f"{name} is not {value:.4g} for x other than 0",
        )
        for name, (values, value) in constant.items()
    ]
    found = (
        f"W1 is |x| at {len(w1)} x; JS is {js.get(1.0, math.nan):.6f}, KL infinite and TV 1 at all {len(apart)} x "
        "other than 0"
    )
    return decided(conditions, found, js.get(1.0, math.nan), len(apart) > 1)


def js_stops_where_w1_grows(rows: Rows) -> Finding:
    """See whether JS is proportional to min(width, x) and W1 to x."""
    frame = rows[PEAK.name]
    w1, js = (curve(frame, "peak", quantity) for quantity in ("w1", "js"))
    beyond = [x for x in js if x >= WIDTH]
    most = js[beyond[0]] if beyond else math.nan
    flat = all(same(js[x], most * min(WIDTH, x) / WIDTH) for x in js)
    rising = all(w1[low] < w1[high] for low, high in zip(list(w1)[:-1], list(w1)[1:], strict=True))
    found = (
        f"JS is {most:.4f} at every x from {WIDTH} on; W1 rises from {min(w1.values(), default=math.nan):.3g} to "
        + (f"{max(w1.values(), default=math.nan):.3g}")
    )
    return decided(
        [(flat, "JS is not proportional to min(width, x)"), (rising, "W1 does not rise with every x")],
        found,
        most,
        len(beyond) > 1 and len(js) > len(beyond),
    )


def line_is_known(rows: Rows) -> Finding:
    """Compare certified brackets with the distance of quantile functions and with the length of a shift."""
    frame = rows[LINE.name].query("quantity == 'w1'")
    off = (frame["computed"] - frame["closed_form"]).abs() / frame["closed_form"].abs().clip(lower=1.0)
    room = CLOSE * frame["closed_form"].abs().clip(lower=1.0)
    inside = (frame["lower"] - room <= frame["closed_form"]) & (frame["closed_form"] <= frame["upper"] + room)
    found = (
        f"at all {len(frame)} x the bracket contains the closed form, and the value is off by at most "
        f"{off.max():.1e}"
    )
    return decided(
        [
            (bool(inside.all()), "a bracket does not hold the closed form"),
            (bool(off.max() <= CLOSE), "a value is not the closed form"),
        ],
        found,
        float(off.max()),
        set(frame["toy"]) >= {"shift", "quantiles"},
    )


def energy_is_total_variation(rows: Rows) -> Finding:
    """Compare the generator's loss with both conventions, and with the mixture of them that the seed states."""
    frame = rows[ENERGY.name]
    loss, tv, variation = (curve(frame, "energy", name) for name in ("energy", "tv", "variation"))
    discriminator = curve(frame, "energy", "energy_discriminator")
    margin = discriminator.get(0.0, math.nan)
    settled = len(loss) > 2 and math.isfinite(margin)
    mixed = max(abs(loss[x] - margin / 2 * tv.get(x, math.nan)) for x in loss) if settled else math.nan
    found = (
        f"with m = {margin:.3g} the loss is m sup_A |P(A) - Q(A)| and m / 2 |P - Q|(X) at {len(loss)} pairs; m / 2 "
        f"times the total variation as defined in the paper's Section 2 would miss it by up to {mixed:.3g}"
    )
    return decided(
        [
            (
                all(same(loss[x], margin * tv.get(x, math.nan)) for x in loss),
                "the loss is not m sup |P(A) - Q(A)|",
            ),
            (
                all(same(loss[x], margin / 2 * variation.get(x, math.nan)) for x in loss),
                "the loss is not m / 2 |P - Q|(X)",
            ),
            (
                all(same(discriminator.get(x, math.nan), margin - loss[x]) for x in loss),
                "the discriminator's loss is not m less it",
            ),
        ],
        found,
        loss.get(1.0, math.nan),
        settled,
    )


F1 = study(
    "F1",
    "Parallel segments",
    "Which distances depend on how far apart two parallel segments are?",
    SEGMENTS,
    "If two supports do not overlap, a divergence between densities does not depend on the distance between them, so "
    "its gradient gives no direction. This does not show that the supports of real data do not overlap.",
    (
        "segments-seen-by-w1",
        f"{ARJOVSKY}, Example 1, Figure 1",
        "W1 between two parallel unit segments at distance x is |x|. For x other than 0, JS is log 2 (with its factor "
        "1/2, which the paper leaves out), KL is infinite and TV is 1.",
        "0.6931",
        "Reproduced if computed is |x| for w1 at every x, and at every x but 0 log 2 for js, infinite for kl and 1 for "
        f"tv, each to within {CLOSE:g} (relative, at least of 1); {ALWAYS}",
        only_w1_sees_the_distance,
    ),
)
F2 = study(
    "F2",
    "A shifted peak",
    "Does a divergence show how far a narrow peak is from its target?",
    PEAK,
    "Once the peaks do not overlap, the Jensen-Shannon divergence is at its maximum and gives no direction; W1 still "
    "does.",
    (
        "js-of-a-peak-saturates",
        f"{FLEURET}, slide on the metric structure of the space",
        "JS behaves as min(delta, |x|), where delta is the width of the peak. Beyond delta it is constant, while W1 "
        "continues to grow with the distance between the modes.",
        "",
        f"Reproduced if js at every x is its value at x = {WIDTH} times min({WIDTH}, x) / {WIDTH}, to within "
        f"{CLOSE:g}, and "
        f"w1 is larger at every greater x; {ALWAYS}",
        js_stops_where_w1_grows,
    ),
)
F4 = study(
    "F4",
    "One dimension, and shifts",
    "Does the solver find the distances that have a closed form?",
    LINE,
    "The solver is correct where the answer is known independently. Elsewhere, its certificates show that it is "
    "correct.",
    (
        "line-and-shift-are-known",
        "Stanczuk et al. 2021, Section 1.2; the closed forms are textbook (Villani 2003, Theorem 2.18)",
        "W1 on a line is the L1 distance between the quantile functions, and W1 between a measure and its shift by m "
        "is |m|.",
        "",
        "Reproduced if at every x of shift and of quantiles closed_form lies within lower to upper and computed is "
        f"equal to it, both to within {CLOSE:g} (relative, at least of 1); {ALWAYS}",
        line_is_known,
    ),
)
E6A = study(
    "E6a",
    "The energy-based discriminator",
    "What does the generator of an energy-based GAN minimise if its discriminator is optimal?",
    ENERGY,
    "The generator's loss is a multiple of the total variation, which does not depend on distances either. The factor "
    "depends on the definition of total variation, and the paper uses two definitions.",
    (
        "energy-based-is-total-variation",
        f"{ARJOVSKY}, Appendix D, Theorem 4",
        "Against the optimal discriminator with margin m, the generator's loss is m / 2 times the total variation if "
        "that is |P - Q|(X); it is m times the total variation if that is sup_A |P(A) - Q(A)|, as defined in Section "
        "2 of the paper.",
        "m / 2",
        "Reproduced if, with m the discriminator's loss at x = 0, energy is m tv and m / 2 variation and "
        f"energy_discriminator is m - energy at every x, to within {CLOSE:g}; {ALWAYS}",
        energy_is_total_variation,
    ),
)
