"""The claims about ground metrics, on rows for which they hold, and on rows for which they must fail."""

import re

import pandas as pd
import pytest

from tests.studies.judges import finding, verdict


def images(nearer, references=100, status="ok"):
    """Rows of references, each of which has so many nearer images of another class for each alteration."""
    return pd.DataFrame(
        [
            {"index": float(index), "alteration": name, "nearer": float(count), "status": status}
            for index in range(references)
            for name, count in nearer.items()
        ]
    )


EACH = {"crop": 1, "rotate": 2, "flip": 3, "darken": 1}
NEVER = dict.fromkeys(EACH, 0)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (images(EACH), "reproduced"),
        (images({**EACH, "darken": 0}), "not reproduced"),
        (images(EACH, references=99), "not settled"),
        (images(EACH, status="raised"), "not settled"),
    ],
)
def test_other_classes_are_nearer(rows, expected):
    assert verdict("other-classes-are-nearer", pixels=rows) == expected


def test_one_example_is_enough_and_what_has_none_is_named():
    rows = images({**EACH, "crop": 0})
    assert "for crop (at 95 % at most 3.0%" in finding("other-classes-are-nearer", pixels=rows).why
    rows.loc[rows["alteration"] == "crop", "nearer"] = [1.0] + [0.0] * 99
    assert verdict("other-classes-are-nearer", pixels=rows) == "reproduced"


@pytest.mark.parametrize(
    ("pixels", "features", "expected"),
    [
        (images(EACH), images(NEVER), "reproduced"),
        (images(NEVER), images(EACH), "not reproduced"),
        (images(EACH), images(EACH), "not settled"),  # nothing changes
        (images(EACH), images(NEVER, references=50), "not settled"),
    ],
)
def test_features_fail_less(pixels, features, expected):
    assert verdict("features-fail-less", pixels=pixels, pixels_features=features) == expected


@pytest.mark.parametrize(("fewer", "more"), [(9, 4), (30, 23)])
def test_how_many_references_would_settle_it(fewer, more):
    """With the same shares, a few less do not pass the sign test, and a few more do."""
    from scipy.stats import binomtest

    from wcheck.studies.pixels import CHANCE, _references

    needed = float(re.search(r"about ([\d,]+) references", _references(300, fewer, more))[1].replace(",", ""))

    def chance(references):
        share = references / 300
        return binomtest(round(fewer * share), round((fewer + more) * share)).pvalue

    assert chance(0.7 * needed) > CHANCE > chance(1.4 * needed)
    assert "about" not in _references(300, 4, 4)
