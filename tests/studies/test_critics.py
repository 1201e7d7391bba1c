"""Claims of critics on frozen pairs, on rows for which they hold and on rows for which they fail."""

import pandas as pd
import pytest

from tests.studies.critics_rows import ABOUT, rows
from tests.studies.judges import finding, verdict
from wcheck.studies.statistics import over_runs
from wcheck.studies.thresholds import above, below, together

PENALTIES = (0.1, 10.0, 1000.0)


def shares(share, slope=1.4, **options):
    return rows(
        lambda penalty: {"normalised_ratio": share(penalty), "grad_max": slope}, penalty=PENALTIES, **options
    )


def test_a_tenth():
    def judged(share, **options):
        return verdict("loss-is-a-tenth", oracle_penalties=shares(share, **options))

    assert judged(lambda penalty: 0.1) == "reproduced"
    assert judged(lambda penalty: 0.4 if penalty == 1000 else 0.1) == "not reproduced"
    assert judged(lambda penalty: 0.2) == "not settled"
    assert judged(lambda penalty: 0.1, seeds=2) == "not settled"
    assert judged(lambda penalty: 0.1, wobble=1.0) == "not settled"
    assert verdict("loss-is-a-tenth", oracle_penalties=shares(lambda penalty: 0.1)[:0]) == "not settled"


def test_critics_of_the_other_penalty_and_looks_before_the_last_are_not_read():
    good = shares(lambda penalty: 0.1)
    other = good.assign(lipschitz="lp", normalised_ratio=0.9)
    early = good.assign(step=5, normalised_ratio=0.9)
    failed = good.assign(status="diverged", normalised_ratio=0.9)
    both = pd.concat([good, other, early, failed])
    assert verdict("loss-is-a-tenth", oracle_penalties=both) == "reproduced"


def test_what_is_found_names_the_bound_of_a_constant():
    found = finding("loss-is-a-tenth", oracle_penalties=shares(lambda penalty: 0.4))
    assert "the c-transform of a constant critic certifies 70 %" in found.found
    assert found.lower < found.value < found.upper
    assert found.why
    assert not found.more


@pytest.mark.parametrize(
    ("slope", "wobble", "expected"),
    [
        (1.4, 0.01, "reproduced"),
        (0.8, 0.01, "reproduced"),
        (1.0, 0.0005, "not reproduced"),
        (1.0, 0.05, "not settled"),
    ],
)
def test_a_slope(slope, wobble, expected):
    frame = shares(lambda penalty: 0.1, slope, wobble=wobble)
    assert verdict("slope-is-approximate", oracle_penalties=frame) == expected


def test_no_options():
    sweep = pd.DataFrame(
        [ABOUT | {"normalised_ratio": 0.01 * k, "normalised_pairs_ratio": 0.3} for k in range(24)]
    )
    assert verdict("no-options-help", oracle_sweep=sweep) == "reproduced"
    assert "24 critics" in finding("no-options-help", oracle_sweep=sweep).found
    sweep.loc[3, "normalised_ratio"] = 0.7
    assert verdict("no-options-help", oracle_sweep=sweep) == "not reproduced"
    assert verdict("no-options-help", oracle_sweep=sweep[:12]) == "not settled"


def exact(value, source="cifar10[0:10000]", dim=12_288):
    row = {
        "source": source,
        "dim": dim,
        "n": 10_000,
        "value": value,
        "lower": value - 1e-9,
        "upper": value + 1e-9,
    }
    return pd.DataFrame([row | {"status": "optimal"}])


def test_the_papers_number():
    assert verdict("exact-is-the-papers", exact_paper=exact(41.212)) == "reproduced"
    found = finding("exact-is-the-papers", exact_paper=exact(41.1214))
    assert found.verdict == "not reproduced"
    assert "41.04 to 41.12" in found.why
    assert "41.1214" in found.found
    digits = finding("exact-is-the-papers", exact_paper=exact(2.55, "digits[0:800]", 64))
    assert digits.verdict == "not settled"
    assert "--preset full" in digits.more
    assert verdict("exact-is-the-papers", exact_paper=exact(22.1, dim=3072)) == "not settled"


def mechanisms(orthonormal=0.34, bound=0.3, met=0.2):
    def numbers(lipschitz):
        share = orthonormal if lipschitz == "orthonormal" else 0.05
        return {
            "normalised_pairs_ratio": share, "normalised_upper_ratio": share, "lipschitz_upper": bound,
            "grad_ascent": met,
        }  # fmt: skip

    return rows(numbers, lipschitz=("gp", "clip", "orthonormal"))


def test_provable_layers():
    claim = "provable-layers-are-as-far"
    assert verdict(claim, oracle_mechanisms=mechanisms(0.1)) == "reproduced"
    found = finding(claim, oracle_mechanisms=mechanisms(0.34))
    assert found.verdict == "not reproduced"
    assert "34 %" in found.found
    assert "gp 5 %" in found.found
    assert verdict(claim, oracle_mechanisms=mechanisms().query("lipschitz == 'gp'")) == "not settled"


def test_clipped_slopes():
    claim = "clipped-slope-is-small"
    assert verdict(claim, oracle_mechanisms=mechanisms()) == "reproduced"
    assert verdict(claim, oracle_mechanisms=mechanisms(bound=2.0, met=0.9)) == "not reproduced"
    assert verdict(claim, oracle_mechanisms=mechanisms(bound=2.0, met=0.2)) == "not settled"


def test_intervals_and_thresholds():
    narrow = over_runs([1.0, 1.1, 0.9])
    expected = ["reproduced", "not reproduced", "not settled"]
    assert [below(narrow, threshold) for threshold in (2.0, 0.5, 1.05)] == expected
    assert [above(narrow, threshold) for threshold in (0.5, 2.0, 1.05)] == expected
    assert below(over_runs([1.0, 1.0]), 2.0) == below(over_runs([]), 2.0) == "not settled"
    assert together(["reproduced", "not settled"]) == together([]) == "not settled"
    assert together(["reproduced", "not reproduced", "not settled"]) == "not reproduced"
