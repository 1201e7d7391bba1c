"""The settings of critics, of estimators and of generators, and of their training, in the order of columns."""

from __future__ import annotations

from wcheck.columns import choices
from wcheck.columns.column import Column, Setting, pair
from wcheck.columns.makers import GENERATOR, SETTINGS

ESTIMATOR = ("estimator",)
CRITIC = ("critic", *ESTIMATOR)
"""A critic that is trained is an estimator too."""
DIRECT = ("game", *ESTIMATOR)
"""What a generator descends on without a critic is an estimator too."""

COLUMNS: tuple[Column, ...] = (
    Setting(
        name="objective",
        kind=str,
        metavar="NAME|MODULE:FACTORY",
        meaning="what a critic ascends on and a generator descends on: wasserstein, c-transform, c-eps-transform, "
        "minimax, non-saturating, least-squares, hinge, energy-based, began, or module:factory for your own function "
        "that returns a wcheck.critics.objective.Objective; in wcheck gan also feature-energy, feature-mmd and, "
        "without a critic, exact, sinkhorn, sliced, energy or mmd",
        published="wasserstein",
        groups=CRITIC,
        bare=True,
        choices=choices.OBJECTIVES,
    ),
    Setting(
        name="lipschitz",
        kind=str,
        metavar="NAME",
        meaning="what keeps a critic's slope near 1: gp, lp, ct, dragan, r1, clip, spectral, orthonormal, aol or "
        "none",
        published="gp, with feature-energy and feature-mmd too; hinge: spectral; other objectives: none",
        groups=CRITIC,
        bare=True,
        choices=choices.CONSTRAINTS,
    ),
    Setting(
        name="penalty",
        kind=float,
        metavar="LAMBDA",
        meaning="the weight of the gradient penalty of gp, lp, ct, dragan and r1",
        symbol="λ",
        published="10",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="consistency",
        kind=float,
        metavar="LAMBDA",
        meaning="the weight of ct's consistency term",
        published="2",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="dropout",
        kind=float,
        metavar="SHARE",
        meaning="the share of hidden outputs that ct drops during training",
        published="0.5",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="clip",
        kind=float,
        metavar="C",
        meaning="the bound on the weights with clip",
        symbol="c",
        published="0.01",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="epsilon",
        kind=float,
        metavar="EPS",
        meaning=(
            "the entropic regularisation of sinkhorn, of c-eps-transform, and of the potentials that wcheck certify "
            "reads, in the unit of the cost"
        ),
        symbol="ε",
        published="1",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="scaling",
        kind=float,
        metavar="FACTOR",
        meaning="the annealing factor of sinkhorn, between 0 and 1; values closer to 1 are more accurate and slower",
        published="0.9",
        groups=DIRECT,
    ),
    Setting(
        name="arch",
        kind=str,
        metavar="NAME|MODULE:FACTORY",
        meaning="the architecture of a critic: mlp, groupsort, dcgan (of 8, 16, 32 or 64 pixels a side), resnet "
        "(for square images), or module:factory for your own function, which takes the shape of a point and returns a "
        "torch.nn.Module from flat points (n, d) or images to values (n,) or (n, 1)",
        published="mlp",
        groups=CRITIC,
        bare=True,
        choices=choices.ARCHITECTURES,
    ),
    Setting(
        name="width",
        kind=int,
        metavar="N",
        meaning="the width of the hidden layers of mlp and groupsort",
        published="256",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="layers",
        kind=int,
        metavar="N",
        meaning="the number of hidden layers of mlp and groupsort",
        published="3",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="norm",
        kind=str,
        metavar="none|batch|layer",
        meaning=(
            "the normalisation of the hidden layers of mlp, groupsort and dcgan: none, over the batch (batch), or "
            "for each point (layer); with batch, rows describe the critic with its running averages"
        ),
        published="none; dcgan: layer, with clip batch, with spectral, orthonormal and aol none",
        groups=CRITIC,
    ),
    Setting(
        name="optimizer",
        kind=str,
        metavar="adam|rmsprop|sgd",
        meaning="the optimiser",
        published="adam; clip: rmsprop",
        groups=CRITIC,
        bare=True,
    ),
    Setting(
        name="lr",
        kind=float,
        metavar="RATE",
        meaning="the step size of the optimiser",
        published="1e-4; clip: 5e-5, spectral: 2e-4, orthonormal and aol: 1e-3",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="betas",
        kind=pair,
        metavar="B1,B2",
        meaning="the decay rates of Adam's averages",
        published="0,0.9; orthonormal and aol: 0.9,0.999",
        groups=CRITIC,
    ),
    Setting(
        name="batch_size",
        kind=int,
        metavar="N",
        meaning="the number of points of each measure in a batch, for a critic's step or an estimate; in wcheck "
        "oracle and wcheck gan also full, for all points",
        symbol="batch",
        published="64",
        groups=CRITIC,
        ranges=True,
        words=("full",),
    ),
    Setting(
        name="batches",
        kind=int,
        metavar="K",
        meaning="the number of pairs of batches over which the estimator batch averages",
        published="100",
        groups=ESTIMATOR,
    ),
    Setting(
        name="projections",
        kind=int,
        metavar="K",
        meaning="the number of directions over which sliced and mind average",
        published="500",
        groups=DIRECT,
    ),
    Setting(
        name="kernel",
        kind=str,
        metavar="gaussian|imq",
        meaning="the kernel of mmd",
        published="gaussian",
        groups=DIRECT,
        bare=True,
    ),
    *SETTINGS,
    Setting(
        name="amp",
        kind=str,
        metavar="bf16|fp16",
        meaning="the mixed precision of the optimiser's steps, on a GPU",
        published="float32",
        groups=(*CRITIC, *GENERATOR),
    ),
    Setting(
        name="seed",
        kind=int,
        metavar="SEED",
        meaning="the seed of all random choices in the run itself",
        published="0",
        groups=("run",),
    ),
    Setting(
        name="steps",
        kind=int,
        metavar="N",
        meaning="the number of optimiser steps, of a critic or, in wcheck gan, of a generator",
        published="2000",
        groups=("training", *ESTIMATOR),
    ),
)
