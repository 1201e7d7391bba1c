"""The claims about protocols, on rows for which they hold, and on rows for which they must fail."""

import pandas as pd
import pytest

from tests.studies.judges import verdict


def critics(seeds=3, **changed):
    """Critics of three protocols, of which the one of mini-batches has a distance of its own."""
    rows = pd.DataFrame(
        [
            {
                "protocol": protocol,
                "seed": float(seed),
                "step": 500.0,
                "steps": 500.0,
                "normalised_ratio": 0.1 + 0.01 * seed,
                "exact_lower": 2.0 if protocol == "mallasto" else 1.4,
                "exact_upper": 2.01 if protocol == "mallasto" else 1.41,
                "exact_standard_error": 0.05 if protocol == "mallasto" else None,
                "status": "ok",
            }
            for protocol in ("stanczuk", "pinetz", "mallasto")
            for seed in range(seeds)
        ]
    )
    for column, value in changed.items():
        rows.loc[rows["protocol"] == "pinetz", column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (critics(), "reproduced"),
        (critics(normalised_ratio=0.95), "not reproduced"),  # full batches of few points do approximate it
        (critics(normalised_ratio=[0.8, 0.9, 1.0]), "not settled"),
        (critics(seeds=2), "not settled"),
        (critics(status="diverged"), "not settled"),
        (critics(step=250.0), "not settled"),  # none was trained to its end
    ],
)
def test_no_protocol_approximates(rows, expected):
    assert verdict("no-protocol-approximates", protocols=rows) == expected


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, "reproduced"),
        ({"exact_lower": 1.4, "exact_upper": 1.41}, "not reproduced"),
        ({"exact_lower": 1.5, "exact_upper": 1.51}, "not reproduced"),  # within its error
        ({"status": "diverged"}, "not settled"),
    ],
)
def test_batches_are_another_target(changed, expected):
    rows = critics()
    for column, value in changed.items():
        rows.loc[rows["protocol"] == "mallasto", column] = value
    assert verdict("batches-are-another-target", protocols=rows) == expected
