"""Claims of critics whose truth is known, on rows for which they hold and on rows for which they fail."""

import itertools

import pandas as pd

from tests.studies.judges import finding, verdict


def known(ratios, cosines, pairs=4):
    found = []
    for (dim, worth), (method, ratio), seed in itertools.product(
        ((2, 1.0), (16, None)), ratios.items(), range(pairs)
    ):
        row = {"kind": "critic", "status": "ok", "dim": dim, "funnels": 4, "method": method, "seed": seed}
        cosine = cosines[method] + 0.01 * seed
        found.append(row | {"ratio": worth or ratio + 0.01 * seed, "cosine": worth or cosine})
    found.append(
        {"kind": "estimator", "status": "ok", "dim": 99, "funnels": 9, "method": "exact", "ratio": 1.0}
    )
    return pd.DataFrame(found)


RATIOS = {"gp": 1.3, "clip": 0.01, "spectral": 0.6}
COSINES = {"gp": 0.9, "clip": 0.2, "spectral": 0.8}


def test_faithfulness_in_the_highest_dimension():
    claim = "no-critic-is-faithful"
    assert verdict(claim, known=known(RATIOS, COSINES)) == "reproduced"
    found = finding(claim, known=known(RATIOS | {"gp": 1.0}, COSINES))
    assert found.verdict == "not reproduced"
    assert "gp comes within 5 %" in found.why
    assert "16 dimensions, 4 funnels" in found.found
    assert verdict(claim, known=known(RATIOS | {"gp": 1.045}, COSINES)) == "not settled"
    assert verdict(claim, known=known(RATIOS, COSINES, pairs=2)) == "not settled"
    assert verdict(claim, known=known(RATIOS, COSINES)[:0]) == "not settled"


def test_gradients():
    claim = "gradients-are-meaningful"
    assert verdict(claim, known=known(RATIOS, COSINES)) == "reproduced"
    assert verdict(claim, known=known(RATIOS, COSINES | {"gp": 0.1})) == "not reproduced"
    assert verdict(claim, known=known(RATIOS, COSINES | {"gp": 0.49})) == "not settled"
    assert "gp 0.92" in finding(claim, known=known(RATIOS, COSINES)).found
