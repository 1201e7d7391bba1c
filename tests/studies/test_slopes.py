"""Claims of penalties, of normalisation and of vanishing gradients, on rows for which they hold and fail."""

import pytest

from tests.studies.critics_rows import rows
from tests.studies.judges import finding, verdict

PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)


def sides(two, one):
    """V / L_pairs that grows with the penalty by so much."""

    def numbers(lipschitz, penalty):
        spread = two if lipschitz == "gp" else one
        return {"normalised_pairs": 1.0 + (spread * PENALTIES.index(penalty) if penalty <= 100 else 9.0)}

    return rows(numbers, wobble=0.1, lipschitz=("gp", "lp"), penalty=PENALTIES)


def test_sides():
    claim = "one-side-varies-less"
    assert verdict(claim, oracle_penalties=sides(0.2, 0.02)) == "reproduced"
    assert verdict(claim, oracle_penalties=sides(0.02, 0.2)) == "not reproduced"
    assert verdict(claim, oracle_penalties=sides(0.2, 0.2)) == "not settled"
    assert verdict(claim, oracle_penalties=sides(0.2, 0.02).query("lipschitz == 'gp'")) == "not settled"
    assert (
        "46 % of its mean with the two-sided" not in finding(claim, oracle_penalties=sides(0.2, 0.02)).found
    )


def norms(dependence=(0.3, 1e-7, 0.0), shares=(0.05, 0.1, 0.1)):
    names = ("batch", "layer", "none")

    def numbers(norm):
        place = names.index(norm)
        return {
            "batch_dependence": dependence[place],
            "normalised_pairs_ratio": shares[place],
            "seconds": 2.0,
        }

    return rows(numbers, norm=names)


@pytest.mark.parametrize(
    ("dependence", "expected"),
    [
        ((0.3, 1e-7, 0.0), "reproduced"),
        ((0.001, 1e-7, 0.0), "not reproduced"),
        ((0.3, 0.2, 0.0), "not reproduced"),
    ],
)
def test_coupling(dependence, expected):
    assert verdict("batches-couple-points", oracle_norms=norms(dependence)) == expected
    assert verdict("batches-couple-points", oracle_norms=norms(dependence)[:8]) == "not settled"


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ((0.05, 0.1, 0.1), "reproduced"),
        ((0.1, 0.05, 0.1), "not reproduced"),
        ((0.1, 0.1, 0.1), "not settled"),
    ],
)
def test_what_normalisation_costs(shares, expected):
    found = finding("layer-normalisation-serves-better", oracle_norms=norms(shares=shares))
    assert found.verdict == expected
    assert "2 s" in found.found


def frozen(left):
    """The gradient at the first look is 1."""
    return rows(
        lambda objective, step: {"generator_gradient": 1.0 if step == 0 else left[objective]},
        wobble=0.0, objective=("minimax", "wasserstein"), step=(0, 10),
    )  # fmt: skip


def test_vanishing():
    good = frozen({"minimax": 1e-3, "wasserstein": 2.0})
    assert verdict("minimax-gradient-falls", oracle_frozen=good) == "reproduced"
    assert verdict("wgan-gradient-stays", oracle_frozen=good) == "reproduced"
    bad = frozen({"minimax": 0.9, "wasserstein": 0.01})
    assert verdict("minimax-gradient-falls", oracle_frozen=bad) == "not reproduced"
    assert verdict("wgan-gradient-stays", oracle_frozen=bad) == "not reproduced"
    nothing = frozen({"minimax": 0.0, "wasserstein": 0.0})
    assert verdict("minimax-gradient-falls", oracle_frozen=nothing) == "reproduced"
    assert verdict("minimax-gradient-falls", oracle_frozen=good[:0]) == "not settled"
