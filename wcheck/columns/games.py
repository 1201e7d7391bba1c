"""The settings of games and of their objectives, beside those of the two players."""

from __future__ import annotations

from wcheck.columns.column import Column, Role, Setting
from wcheck.columns.methods import CRITIC

COLUMNS: tuple[Column, ...] = (
    Setting(
        name="margin",
        kind=float,
        metavar="M",
        meaning="the energy up to which energy-based raises the energy of generated points, in the unit of the points",
        symbol="m",
        published="10",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="diversity",
        kind=float,
        metavar="GAMMA",
        meaning="the energy of generated points that began aims for, as a share of the energy of data",
        symbol="γ",
        published="0.5",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="features",
        kind=int,
        metavar="N",
        meaning="the number of features that a critic computes for a point in feature-energy and feature-mmd, or the "
        "length of an autoencoder's code in energy-based and began",
        published="64; feature-energy: 256, feature-mmd: 16",
        groups=CRITIC,
        ranges=True,
    ),
    Setting(
        name="critic_steps",
        kind=int,
        metavar="N",
        meaning="the number of critic steps per generator step",
        published="5",
        groups=("game",),
        ranges=True,
    ),
    Setting(
        name="schedule",
        kind=str,
        metavar="constant|wgan",
        meaning=(
            "how many steps the critic takes, and when: constant, always the same number; wgan, 100 steps before "
            "each of the generator's first 25 steps and before every 500th"
        ),
        published="constant",
        groups=("game",),
        bare=True,
    ),
    Column(
        "balance",
        Role.ABOUT,
        "the weight of the energy of generated points in began, which is adapted to the diversity",
        symbol="k",
    ),
)
