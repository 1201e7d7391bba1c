"""Columns about the making of a row: its place among others, its time, and its status."""

from __future__ import annotations

from wcheck.columns import choices
from wcheck.columns.column import Column, Role, Setting

SETTING, ABOUT = Role.SETTING, Role.ABOUT

COLUMNS: tuple[Column, ...] = (
    Setting(
        "estimator",
        "the estimator: exact, batch (not in wcheck batch), sinkhorn, sliced, max-sliced, frechet, mind, energy, mmd, "
        "lp-extension, debiased, critic, oracle or closed-form (in wcheck compare exact, energy, mmd, sliced, frechet "
        "and mind)",
        kind=str,
        metavar="NAME",
        bare=True,
        choices=choices.ESTIMATORS,
    ),
    Column(
        "method",
        SETTING,
        "the name of the critic's constraint or objective, or of the estimator",
        bare=True,
    ),
    Column("kind", ABOUT, "the kind of a method, critic or estimator"),
    Column(
        "model",
        SETTING,
        "what is trained: a critic, named by its constraint, or the discriminator",
        bare=True,
    ),
    Setting(
        "protocol",
        "how critics are trained and with what they are compared: stanczuk, mini-batches and "
        "the exact distance of the whole sets; pinetz, full batches of the first 500 points and "
        "their exact distance; mallasto, mini-batches and the mean exact distance of fresh "
        "mini-batches",
        kind=str,
        metavar="stanczuk|pinetz|mallasto",
        bare=True,
    ),
    Column(
        "estimand",
        ABOUT,
        "the distance that the row is about, empirical or population, or its mean over batches",
        headline=True,
    ),
    Column(
        "step",
        SETTING,
        "the number of optimiser steps that a critic, or in wcheck gan a generator, has taken",
    ),
    Column("rep", SETTING, "the number of the repetition, counted from 0"),
    Setting(
        "reps",
        "the number of repetitions: of batches, or of pairs of samples or batches",
        kind=int,
        metavar="K",
    ),
    Setting(
        "fresh_batches",
        "the number of pairs of fresh batches over which the protocol mallasto averages",
        kind=int,
        metavar="M",
    ),
    Setting(
        "grad_points",
        "the number of points on lines between the sets at which gradients are evaluated",
        role=ABOUT,
        kind=int,
        metavar="N",
    ),
    Column(
        "held_out", SETTING, "the number of points of each measure, or of pairs of them, that were held out"
    ),
    Setting("confidence", "the probability with which the interval holds", kind=float, metavar="LEVEL"),
    Column("diameter", SETTING, "the largest distance that is possible between two points"),
    Column(
        "function", SETTING, "the origin of the functions for the lower bound: lp-extension or a saved critic"
    ),
    Setting(
        "splits",
        "the number of random splits over which the pooled null is averaged; 0 leaves it out",
        kind=int,
        metavar="K",
    ),
    Setting(
        "permutations",
        "the number of permutations of the test; in wcheck interval 0 leaves it out",
        kind=int,
        metavar="K",
    ),
    Setting(
        "tol", "the relative tolerance at which a solve or a clustering ends", kind=float, metavar="SHARE"
    ),
    Setting(
        "max_iter",
        "the number of iterations after which clustering ends, converged or not",
        kind=int,
        metavar="N",
    ),
    Column("start", SETTING, "the number of the random start, counted from 0"),
    Setting(
        "starts",
        "the number of random starts of each clustering",
        kind=int,
        metavar="K",
    ),
    Setting(
        "minimiser_starts",
        "the number of random starts of the search for the points nearest to all data",
        kind=int,
        metavar="K",
    ),
    Column("fit", SETTING, "the number of points that candidates are fitted to"),
    Column("rounds", ABOUT, "the number of passes over all pairs that a solve took"),
    Column("arcs", ABOUT, "the number of pairs in the last sparse program of a solve"),
    Column("iterations", ABOUT, "the number of iterations that clustering took", headline=True),
    Column(
        "residual",
        Role.UPPER,
        "the largest share by which the mean distance in a cell could still be lowered",
        proves="the mean distance in no cell can be lowered by a larger share",
        headline=True,
    ),
    Column(
        "marginal_violation",
        ABOUT,
        "the mass by which the marginals of the plan are wrong: of Sinkhorn's plan, or of the plan that is certified",
    ),
    Setting(
        "polish",
        "the time in seconds that a solve may take to narrow the bracket, starting from the certified answer",
        kind=float,
        metavar="SECONDS",
    ),
    Column("seconds", ABOUT, "the time in seconds that the row took", headline=True, few_digits=True),
    Column("status", Role.STATUS, "how the row came out"),
)
