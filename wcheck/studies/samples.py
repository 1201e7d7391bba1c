"""Batches of Bernoulli variables: B5, where the whole bias of batches is known."""

from __future__ import annotations

import math

from wcheck.studies.study import Claim, Finding, Rows, Run, Study

BOUND = 2.0 * math.exp(-2.0)
"""The bias of the gradient that the theorem asserts for some pair, whatever n."""
ERRORS = 4.5
"""Standard errors by which the mean of batches may miss the closed form in one of dozens of rows."""
ROUNDING = 1e-12

BATCHES = Run(
    name="bernoulli",
    command="bernoulli",
    quick={"theta_star": (0.1, 0.25, 0.4, 0.5, 0.7, 0.9), "n": (1, 2, 5, 10, 64, 1000), "reps": 10_000},
    full={"reps": 100_000},
    paper={"reps": 100_000},
    seconds={"quick": 4, "full": 8, "paper": 8},
    figures={
        "bernoulli": "Left, the bias of the expected gradient of the batch loss against the batch size, one line for "
        "each theta*: it does not decrease with n. Right, the interval in which the expected batch loss is smallest, "
        "against theta*."
    },
)


def gradient_is_biased(rows: Rows) -> Finding:
    """Compare, for each n, the largest bias of the gradient with the bound of the theorem."""
    found = rows[BATCHES.name].query("status == 'ok'")
    if found["n"].nunique() < 2:
        return _unsettled("batches of at least two sizes")
    largest = found.groupby("n")["bias"].max()
    off = (
        (found["gradient_mc"] - found["gradient"]).abs() / found["gradient_mc_error"].clip(lower=1e-300)
    ).max()
    said = (
        f"for each n from {found['n'].min():.0f} to {found['n'].max():.0f}, the bias is at least {largest.min():.4f} "
        f"in closed form; {found['reps'].min():,.0f} drawn batches agree with it to within {off:.1f} standard errors"
    )
    holds = largest.min() >= BOUND and off <= ERRORS
    why = (
        "" if holds else "the bias is smaller for some n, or the drawn batches disagree with the closed form"
    )
    return Finding("reproduced" if holds else "not reproduced", said, value=float(largest.min()), why=why)


def minimum_is_elsewhere(rows: Rows) -> Finding:
    """Count the rows in which the expected batch loss is least at another parameter, and less there."""
    found = rows[BATCHES.name].query("status == 'ok'")
    if found["n"].nunique() < 2:
        return _unsettled("batches of at least two sizes")
    outside = (found["theta_star"] < found["argmin_low"]) | (found["theta_star"] > found["argmin_high"])
    less = found["loss_argmin"] < found["loss_theta_star"] - ROUNDING
    drawn = (found["argmin_mc"] >= found["argmin_low"] - ROUNDING) & (
        found["argmin_mc"] <= found["argmin_high"] + ROUNDING
    )
    wrong = int((outside & less & drawn).sum())
    said = f"this is so for {wrong} of {len(found)} pairs of theta* and n, in closed form and in the drawn batches"
    holds = wrong > len(found) / 2
    why = "" if holds else "for most pairs, the expected batch loss is smallest at theta* itself"
    return Finding("reproduced" if holds else "not reproduced", said, value=wrong / len(found), why=why)


def _unsettled(wanted: str) -> Finding:
    return Finding("not settled", "too few finished rows", more=f"{wanted}, some seconds")


BERNOULLI = Study(
    name="B5",
    title="Batches of Bernoulli variables",
    question="For Bernoulli variables, the expected distance to mini-batches has a closed form. Does gradient descent "
    "on it find the parameter of the data?",
    runs=(BATCHES,),
    claims=(
        Claim(
            name="bernoulli-gradient-is-biased",
            source="Stanczuk et al. 2021, Theorem 5.3.1 (1), after Bellemare et al. 2017",
            says="For every batch size n there is a pair of Bernoulli distributions for which the expected gradient "
            "of the batch distance has a bias of at least 2 e^-2.",
            number="0.2707",
            rule="Reproduced if for every n of the rows the largest bias over theta_star is at least 2 e^-2, and in "
            f"every row gradient_mc is within {ERRORS} of its standard errors of gradient; otherwise not reproduced. "
            "Not settled with fewer than two n.",
            judge=gradient_is_biased,
        ),
        Claim(
            name="bernoulli-minimum-is-elsewhere",
            source="Stanczuk et al. 2021, Theorem 5.3.1 (2), after Bellemare et al. 2017",
            says="In general, the parameter that minimises the expected batch distance is not the parameter of the "
            "data.",
            rule="Reproduced if in more than half of the rows theta_star lies outside argmin_low to argmin_high, "
            "loss_argmin is below loss_theta_star by more than 1e-12, and argmin_mc lies within argmin_low to "
            "argmin_high; otherwise not reproduced. Not settled with fewer than two n.",
            judge=minimum_is_elsewhere,
        ),
    ),
    means="A bias of the gradient remains however many batches are averaged, so more steps do not help. This does not "
    "show how large the effect is on images; the study of false minima does.",
)
