"""The claims about generators in training, on rows for which they hold, and on rows for which they must fail."""

import math

import pytest

from tests.studies.judges import finding, verdict
from tests.studies.played import STEPS, played, together

FAR = tuple(range(0, 505, 5))


def digits_games(transform=None, penalty=None, seeds=3, steps=STEPS):
    """WGAN-GP and the c-transform as in the paper, but for what is given."""
    usual = {"batch_exact": 4.0, "batch_exact_upper": 4.0}
    of_transform = {"loss": 3.9, "exact": 3.1, "sharpness": 0.5, "spread": 0.6, "centroid_distance": 0.8}
    of_penalty = {
        "loss": 1.2, "exact": 3.9, "sharpness": 0.9, "spread": 1.0, "centroid_distance": 1.3,
        "energy_distance": lambda seed, step: 10.0 - step / 100,
    }  # fmt: skip
    kinds = {"objective": "c-transform", "lipschitz": "none"}
    return together(
        played(seeds, steps, **{**usual, **of_transform, **(transform or {}), **kinds}),
        played(seeds, steps, **{**usual, **of_penalty, **(penalty or {})}),
    )


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        (3.9, "reproduced"),
        (3.0, "not reproduced"),
        (lambda seed, step: (2.0, 3.9, 3.9)[seed], "not settled"),
    ],
)
def test_the_c_transform_tracks_its_batches(loss, expected):
    rows = digits_games({"loss": loss})
    assert verdict("c-transform-tracks-batch-distance", digits_games=rows) == expected
    few = digits_games({"loss": 3.9}, seeds=2)
    assert "about 3 seeds" in finding("c-transform-tracks-batch-distance", digits_games=few).more


def test_a_loss_that_crosses_the_distance_is_followed_through_the_quarters_of_the_training():
    """Steps 0 and 100, 200, 300, 400 and 500 of 500; the loss falls by 0.4 in 100 steps, and the distance is 4."""
    rows = digits_games(penalty={"loss": lambda seed, step: 5.4 - 0.004 * step})
    found = finding("penalty-does-not-track-batch-distance", digits_games=rows)
    assert found.verdict == "not reproduced"
    assert "in the quarters of the training the loss is 1.30, 1.15, 1.05, 0.90 of batch W1" in found.why


def test_the_c_transform_is_never_above():
    rows = digits_games(steps=FAR)
    assert verdict("c-transform-is-never-above", digits_games=rows) == "reproduced"
    above = digits_games({"loss": lambda seed, step: 4.1 if (seed, step) == (1, 250) else 3.9}, steps=FAR)
    found = finding("c-transform-is-never-above", digits_games=above)
    assert (found.verdict, "on 1 of 303" in found.found) == ("not reproduced", True)
    assert verdict("c-transform-is-never-above", digits_games=digits_games()) == "not settled"


@pytest.mark.parametrize(
    ("loss", "expected"), [(1.2, "reproduced"), (6.0, "reproduced"), (3.8, "not reproduced")]
)
def test_the_penalty_does_not_track_its_batches(loss, expected):
    rows = digits_games(penalty={"loss": loss})
    assert verdict("penalty-does-not-track-batch-distance", digits_games=rows) == expected


@pytest.mark.parametrize(
    ("transform", "expected"),
    [
        ({}, "reproduced"),
        ({"exact": 4.2}, "not reproduced"),
        ({"sharpness": 1.0}, "not reproduced"),
        ({"spread": lambda seed, step: (0.6, 1.1, 0.9)[seed]}, "not settled"),
    ],
)
def test_the_better_approximation_is_blurrier(transform, expected):
    assert verdict("better-approximation-is-blurrier", digits_games=digits_games(transform)) == expected


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        ({"loss": lambda seed, step: (1.0, 3.0)[step // 100 % 2]}, "reproduced"),
        ({"loss": lambda seed, step: 4.0 - step / 200}, "not reproduced"),
        (
            {"loss": 1.2, "energy_distance": lambda seed, step: 1.0 + step / 100},
            "not reproduced",
        ),  # the samples get worse
    ],
)
def test_the_loss_of_the_penalty_does_not_fall(penalty, expected):
    assert verdict("penalty-loss-does-not-fall", digits_games=digits_games(penalty=penalty)) == expected


def blurred(objective, **changed):
    kinds = {"objective": objective, "lipschitz": "none"}
    usual = {"sharpness": 0.5, "spread": 0.6, "centroid_distance": 0.8}
    return played(**{**usual, **changed, **kinds})


@pytest.mark.parametrize(
    ("changed", "expected"),
    [({}, "reproduced"), ({"spread": 1.2}, "not reproduced"), ({"centroid_distance": 1.5}, "not reproduced")],
)
def test_what_is_near_the_distance_of_batches_blurs(changed, expected):
    games = digits_games(changed)
    assert verdict("c-transform-blurs", digits_games=games) == expected
    entropic = blurred("c-eps-transform", epsilon=1000.0, **changed)
    entropic["epsilon"] = 1000.0
    rows = {"digits_games": digits_games(), "digits_entropic": entropic}
    assert verdict("entropic-c-transform-blurs", **rows) == expected
    rows = {"digits_games": digits_games(), "digits_batch": blurred("exact", **changed)}
    assert verdict("batch-distance-blurs", **rows) == expected


def test_every_regularisation_must_blur():
    def sinkhorn(epsilon, **changed):
        return blurred("sinkhorn", **changed).assign(epsilon=epsilon)

    three = [sinkhorn(epsilon) for epsilon in (0.01, 1.0, 10.0)]
    games = digits_games()
    assert (
        verdict("sinkhorn-blurs", digits_games=games, digits_batch=together(*three, sinkhorn(100.0)))
        == "reproduced"
    )
    wide = together(*three, sinkhorn(100.0, spread=1.1))
    found = finding("sinkhorn-blurs", digits_games=games, digits_batch=wide)
    assert (found.verdict, "eps 100" in found.why) == ("not reproduced", True)
    assert found.found.startswith("11 of 12 intervals are where the rule expects them; spread at eps 100")
    assert verdict("sinkhorn-blurs", digits_games=games, digits_batch=together(*three)) == "not settled"


@pytest.mark.parametrize(
    ("near", "expected"), [(0.8, "reproduced"), (1.1, "not reproduced"), (1.4, "not reproduced")]
)
def test_the_c_transform_is_like_centroids(near, expected):
    rows = digits_games({"centroid_distance": near})
    assert verdict("c-transform-is-like-centroids", digits_games=rows) == expected


@pytest.mark.parametrize(("normalised", "expected"), [(0.3, "reproduced"), (2.9, "not reproduced")])
def test_the_loss_on_the_ring_is_not_the_distance(normalised, expected):
    assert verdict("ring-loss-is-not-the-distance", ring_games=played(normalised=normalised)) == expected


def test_the_end_on_the_ring_is_that_of_a_long_training():
    long = tuple(50 * step for step in STEPS)
    assert (
        verdict("ring-ends-seven-times-apart", ring_games=played(steps=long, normalised=0.4)) == "reproduced"
    )
    assert (
        verdict("ring-ends-seven-times-apart", ring_games=played(steps=long, normalised=1.5))
        == "not reproduced"
    )
    assert verdict("ring-ends-seven-times-apart", ring_games=played(normalised=0.4)) == "not settled"


@pytest.mark.parametrize(("exact", "expected"), [(0.2, "reproduced"), (0.6, "not reproduced")])
def test_a_lipschitz_critic_helps(exact, expected):
    constrained = together(
        *(
            played(exact=exact, objective=objective, lipschitz="orthonormal")
            for objective in ("wasserstein", "non-saturating")
        )
    )
    rows = {
        "ring_lipschitz": constrained,
        "ring_unconstrained": played(exact=0.5, lipschitz="none"),
        "ring_games": played(exact=0.4),
        "ring_gan": played(exact=0.3, objective="non-saturating", lipschitz="none"),
    }
    assert verdict("lipschitz-critic-helps-wgan", **rows) == expected
    assert verdict("lipschitz-critic-beats-penalty", **rows) == expected
    assert verdict("lipschitz-critic-helps-gan", **rows) == expected


def test_games_that_diverged_are_no_ends():
    lost = played(exact=lambda seed, step: math.nan if step > 300 else 0.2, lipschitz="orthonormal")
    rows = {"ring_lipschitz": lost, "ring_unconstrained": played(exact=0.5, lipschitz="none")}
    assert verdict("lipschitz-critic-helps-wgan", **rows) == "not settled"
