"""The settings of generators and of their optimiser, which stand among those of all methods."""

from __future__ import annotations

from wcheck.columns import choices
from wcheck.columns.column import Setting, pair

GENERATOR = ("generator",)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="generator",
        kind=str,
        metavar="NAME|MODULE:FACTORY",
        meaning=(
            "the generator: mlp, dcgan or dcgan-flat (for square images of 8, 16, 32, 64 or more pixels a side), "
            "points (free points without a network), or module:factory for your own function, which takes the number "
            "of coordinates of a latent and the shape of a point and returns a torch.nn.Module from latents (k, "
            "latent) to points (k, d)"
        ),
        published="mlp",
        groups=GENERATOR,
        bare=True,
        choices=choices.GENERATORS,
    ),
    Setting(
        name="latent",
        kind=int,
        metavar="N",
        meaning="the number of coordinates of a latent",
        published="100",
        groups=GENERATOR,
        ranges=True,
    ),
    Setting(
        name="prior",
        kind=str,
        metavar="normal|uniform",
        meaning="the distribution of latents, standard normal or uniform from -1 to 1; free points start as draws from "
        "it",
        published="normal",
        groups=GENERATOR,
    ),
    Setting(
        name="generator_width",
        kind=int,
        metavar="N",
        meaning="the width of the hidden layers of the generator mlp, or the number of channels of dcgan's last hidden "
        "layer or of all hidden layers of dcgan-flat",
        published="512; dcgan and dcgan-flat: 64",
        groups=GENERATOR,
        ranges=True,
    ),
    Setting(
        name="generator_layers",
        kind=int,
        metavar="N",
        meaning="the number of hidden layers of the generator mlp",
        published="4",
        groups=GENERATOR,
        ranges=True,
    ),
    Setting(
        name="free_points",
        kind=int,
        metavar="K",
        meaning="the number of free points of the generator points, all of which are in every batch",
        published="64",
        groups=GENERATOR,
        ranges=True,
    ),
    Setting(
        name="generator_optimizer",
        kind=str,
        metavar="adam|rmsprop|sgd",
        meaning="the optimiser of the generator",
        published="as of the critic",
        groups=GENERATOR,
        bare=True,
    ),
    Setting(
        name="generator_lr",
        kind=float,
        metavar="RATE",
        meaning="the step size of the generator's optimiser",
        published="as of the critic",
        groups=GENERATOR,
        ranges=True,
    ),
    Setting(
        name="generator_betas",
        kind=pair,
        metavar="B1,B2",
        meaning="the decay rates of the averages of the generator's Adam",
        published="as of the critic",
        groups=GENERATOR,
    ),
    Setting(
        name="average",
        kind=float,
        metavar="DECAY",
        meaning="the decay of the exponential average of the generator's weights, which is evaluated and saved "
        "instead of the last weights",
        published="none: the last weights",
        groups=GENERATOR,
        ranges=True,
    ),
)
