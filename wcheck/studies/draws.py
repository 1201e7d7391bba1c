"""Does the loss even matter? Every game with options drawn at random: E7."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from wcheck.errors import ParameterError
from wcheck.experiments.gan_presets import RING
from wcheck.experiments.ranges import Range
from wcheck.studies.study import FAILURES, Claim, Finding, Preset, Rows, Run, Study

if TYPE_CHECKING:
    import pandas as pd

SOURCE = "Stanczuk et al. 2021, Section 7.2, after Lucic et al. 2018"
LUCIC = ("mnist", "fashion-mnist", "cifar10", "celeba")
"""The data sets of Lucic et al. (2018)."""
RANGES = MappingProxyType(
    {
        "lr": (Range(1e-5, 1e-2, True),),
        "generator_lr": (Range(1e-5, 1e-2, True),),
        "critic_steps": (Range(1, 5, False, True),),
        "penalty": (Range(0.1, 100.0, True),),
        "consistency": (Range(0.1, 10.0, True),),
        "clip": (Range(1e-3, 1.0, True),),
        "epsilon": (Range(1e-2, 10.0, True),),
        "margin": (Range(0.1, 100.0, True),),
        "diversity": (Range(0.1, 0.9),),
        "features": (Range(8, 64, True, True),),
    }
)
"""What is drawn from, the same for every game that reads it; wide as in Lucic et al. (2018)."""
DRAWS = Run(
    name="draws",
    command="gan",
    quick={
        "game": ("all",), "samples": 2, **RANGES, "data": RING, "n": 500, "width": (64,), "generator_width": (64,),
        "generator_layers": (3,), "latent": (2,), "batch_size": (64,), "steps": (200,), "every": 50,
        "grad_points": 100,
    },
    full={
        "samples": 5, "data": "digits", "scale": "-1,1", "feature_space": "classifier:digits", "n": 498,
        "width": (128,), "generator_width": (128,), "latent": (16,), "steps": (1000,), "every": 250,
    },
    paper={
        "samples": 20, "data": "{data}", "scale": "-1,1", "feature_space": "efficientnet-lite0", "n": 1000,
        "width": (512,), "generator_width": (512,), "latent": (128,), "steps": (20_000,), "every": 5000,
    },
    fine=FAILURES,
    seconds={"quick": 50, "full": 800, "paper": 200_000},
    figures={
        "best-of": "One panel for each game: the energy distance to held-out data of the best of k random draws of its "
        "options, which falls with k. If the loss matters less than luck, the band is wide compared with the "
        "differences between the panels."
    },
)  # fmt: skip
MINIMAL_DRAWS = 5
"""Draws of a game without which its best one is not told."""
TIMES = 2.0
"""The worst draw of a game that is sensitive is at least so many times as far as its best."""
MARGIN = 0.1
"""What is comparable: farther by at most this share of the median of all draws."""


def loss_matters_less_than_draws(rows: Rows) -> Finding:
    """Compare the variance of ranks between games with that within them."""
    from wcheck.studies.drawn import shares

    scores = _scores(rows)
    found = None if scores is None else shares(scores["score"], scores["game"], scores["draw"])
    if scores is None or found is None:
        return _unsettled("two draws of at least two games")
    beside = [
        f"{other.ratio:.2f} by {name}"
        for column, name in (("excess", "|excess|"), ("log_spread", "|log spread|"))
        if (other := shares(scores[column], scores["game"], scores["draw"])) is not None
    ]
    seconds = scores["seconds"]
    said = (
        f"the variance between games is {found.ratio:.2f} times that between the draws of one game (95 %: "
        f"{found.lower:.2f} to {found.upper:.2f}), by the ranks of {len(scores)} draws of {scores['game'].nunique()} "
        f"games, of which {int(scores['failed'].sum())} failed; permutation p = {found.p_value:.3g}; "
        f"{', '.join(beside)}; all had the same steps, which took {seconds.min():.1f} to {seconds.max():.1f} s"
        f"{_at_equal_seconds(rows[DRAWS.name], float(seconds.median()))}"
    )
    numbers: dict[str, Any] = {"value": found.ratio, "lower": found.lower, "upper": found.upper}
    if found.lower > 1.0:
        why = "games differ by more than the draws of one game: at this size the loss matters"
        return Finding("not reproduced", said, **numbers, why=why)
    if found.upper < 1.0:
        return Finding("reproduced", said, **numbers)
    return Finding("not settled", said, **numbers, more="more draws of each game: --draws 5 or 20")


def _at_equal_seconds(frame: pd.DataFrame, seconds: float) -> str:
    """Say what the variances are where no draw has more seconds than the median one: each is read at its last look."""
    from wcheck.plots.best import draws
    from wcheck.studies.drawn import shares

    if (frame["step"] > 0).sum() < 2 * frame["step"].eq(0).sum():
        return ""  # looks at the beginning and at the end alone
    scores = draws(frame[frame["seconds"] <= seconds])
    found = shares(scores["score"], scores["game"], scores["draw"])
    if found is None:
        return ""
    return (
        f"; at the last evaluation within {seconds:.1f} s, the time of the median draw, it is {found.ratio:.2f} "
        f"({found.lower:.2f} to {found.upper:.2f})"
    )


def games_are_sensitive(rows: Rows) -> Finding:
    """Count the games whose worst draw is far from their best one."""
    from scipy.stats import binomtest

    scores = _scores(rows)
    several = [] if scores is None else [own for _, own in scores.groupby("game") if len(own) > 1]
    if len(several) < 5:
        return _unsettled("two draws of at least five games")
    sensitive = sum(
        bool(own["failed"].any() or own["score"].max() >= TIMES * own["score"].min()) for own in several
    )
    interval = binomtest(sensitive, len(several)).proportion_ci(method="wilson")
    said = (
        f"{sensitive} of {len(several)} games have a draw that failed or is at least {TIMES:g} times as far from the "
        f"data as another draw (95 % interval of the share: {interval.low:.0%} to {interval.high:.0%})"
    )
    numbers: dict[str, Any] = {
        "value": sensitive / len(several),
        "lower": interval.low,
        "upper": interval.high,
    }
    if interval.low > 0.5:
        return Finding("reproduced", said, **numbers)
    if interval.high < 0.5:
        return Finding(
            "not reproduced", said, **numbers, why="the draws of most games end at a similar distance"
        )
    return Finding("not settled", said, **numbers, more="more draws of each game: --draws 5")


def vanilla_is_comparable(rows: Rows) -> Finding:
    """Compare the best draws of the non-saturating GAN and of WGAN-GP by a bootstrap over draws."""
    import numpy as np

    from wcheck.plots.best import filled
    from wcheck.rng import generator

    scores = _scores(rows)
    own = {} if scores is None else {name: part for name, part in filled(scores).groupby("game")}
    pair = [own[name]["score"].to_numpy() for name in ("non-saturating", "wasserstein gp") if name in own]
    if scores is None or len(pair) < 2 or min(map(len, pair)) < MINIMAL_DRAWS:
        return _unsettled(
            f"{MINIMAL_DRAWS} draws of the non-saturating GAN and of WGAN-GP: --draws {MINIMAL_DRAWS}"
        )
    random = generator(0, "best draws")
    bests = [random.choice(each, (10_000, len(each))).min(axis=1) for each in pair]
    lower, upper = np.percentile(bests[0] - bests[1], (2.5, 97.5)).tolist()
    difference = float(pair[0].min() - pair[1].min())
    margin = MARGIN * float(scores["score"].median())
    said = (
        f"the best of {len(pair[0])} draws of the non-saturating GAN has an energy distance of {pair[0].min():.3g}, "
        f"and the best of {len(pair[1])} draws of WGAN-GP has {pair[1].min():.3g}: a difference of {difference:+.3g} "
        f"(95 %: {lower:+.3g} to {upper:+.3g}), where up to {margin:.3g} counts as comparable"
    )
    numbers: dict[str, Any] = {"value": difference, "lower": lower, "upper": upper}
    if upper <= margin:
        return Finding("reproduced", said, **numbers)
    if lower > margin:
        return Finding(
            "not reproduced", said, **numbers, why="in these ranges the draws of WGAN-GP are better"
        )
    return Finding("not settled", said, **numbers, more="about 20 draws of each game: --draws 20")


def _scores(rows: Rows) -> pd.DataFrame | None:
    """Return one row for each draw; None where none has a score."""
    from wcheck.plots.best import draws

    frame = rows[DRAWS.name]
    if frame.empty:
        return None
    scores = draws(frame)
    return None if scores["failed"].all() else scores


def _unsettled(wanted: str) -> Finding:
    return Finding("not settled", "too few finished draws", more=wanted)


E7 = Study(
    name="E7",
    title="Does the loss even matter?",
    question="The options of every game are drawn at random from wide ranges, equally often and for the same number "
    "of steps. Is any loss better than the others by more than the spread of its own draws?",
    runs=(DRAWS,),
    claims=(
        Claim(
            name="no-loss-outperforms",
            source=SOURCE,
            says="No single loss function consistently outperforms the others: which one is trained matters less "
            "than the options that it is trained with.",
            rule="Each draw is ranked by energy_distance at its last look, those that failed last. Reproduced if "
            "the 95 % interval of the variance between games over the variance within them, by the distribution "
            "of F, lies below 1, not reproduced if it lies above 1, otherwise not settled. |excess| and |log "
            "spread| are told beside it.",
            judge=loss_matters_less_than_draws,
            original=LUCIC,
        ),
        Claim(
            name="games-are-sensitive-to-options",
            source=SOURCE,
            says="GANs are very sensitive to their hyperparameters.",
            rule="A game is sensitive if one of its draws failed, or the energy_distance of its worst is at "
            f"least {TIMES:g} times that of its best. Reproduced if the 95 % Wilson interval of the share of "
            "sensitive games lies above a half, not reproduced if it lies below, otherwise not settled.",
            judge=games_are_sensitive,
            original=LUCIC,
        ),
        Claim(
            name="vanilla-gan-is-comparable",
            source=SOURCE,
            says="With the right hyperparameters, the non-saturating GAN performs at least as well as WGAN-GP.",
            rule="The least energy_distance of the draws of non-saturating less that of wasserstein gp, with the "
            f"95 % interval of a bootstrap over draws. Reproduced if its upper end is at most {MARGIN:g} times "
            "the median of all draws, not reproduced if its lower end is above that, otherwise not settled; not "
            f"settled with fewer than {MINIMAL_DRAWS} draws of each.",
            judge=vanilla_is_comparable,
            original=LUCIC,
            settles=("paper",),
        ),
    ),
    means="Equal steps do not take equal time: a game without a critic takes a fraction of the seconds of a game with "
    "a gradient penalty. The verdict is for equal steps, which do not depend on the machine; the result for equal "
    "seconds is given with it. The result depends on the ranges. In narrow ranges around good options the games "
    "differ less, and a loss whose good options are outside the ranges looks worse than it is. With two draws, the "
    "best draw of a game says little.",
)


def drawn(count: int) -> Study:
    """Return the study with this number of draws of each game, whatever the preset.

    Raises
    ------
    ParameterError
        If there are fewer than two, which have no spread.
    """
    if count < 2:
        raise ParameterError(
            f"--draws is {count}: give at least 2, because a game is compared with the spread of its draws."
        )
    own = {"samples": count}
    presets: Mapping[Preset, Mapping[str, Any]] = {"quick": {}, "full": DRAWS.full, "paper": DRAWS.paper}
    samples = {preset: {**DRAWS.quick, **more}["samples"] for preset, more in presets.items()}
    seconds = {preset: taken * count / samples[preset] for preset, taken in DRAWS.seconds.items()}
    run = replace(
        DRAWS,
        quick={**DRAWS.quick, **own},
        full={**DRAWS.full, **own},
        paper={**DRAWS.paper, **own},
        seconds=seconds,
    )
    return replace(E7, runs=(run,))
