"""Claims of weight clipping, on rows for which they hold and on rows for which they fail."""

import pandas as pd
import pytest

from tests.studies.critics_rows import rows
from tests.studies.judges import finding, verdict

CLIPS = (0.001, 0.01, 0.1, 1.0)


def clips(
    growth=lambda clip, norm: 10 * clip, share=lambda clip, step: 0.9, certified=lambda layers: 0.1, **options
):
    def numbers(clip, norm, layers, step):
        return {
            "grad_growth": growth(clip, norm), "clip_share": share(clip, step),
            "normalised_pairs_ratio": certified(layers),
        }  # fmt: skip

    return rows(numbers, clip=CLIPS, norm=("none", "batch"), layers=(3, 12), step=(0, 10), **options)


def grown(clip, step):
    return 0.2 + 0.06 * step if clip == 0.1 else 0.9


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (grown, "reproduced"),
        (lambda clip, step: 0.1, "not reproduced"),
        (lambda clip, step: 0.9 - 0.01 * step, "not reproduced"),  # training takes weights away from the clip
        (lambda clip, step: 0.9, "not settled"),
    ],
)
def test_piles(share, expected):
    found = finding("weights-pile-up", clipping=clips(share=share))
    assert found.verdict == expected
    if share is grown:
        assert "90 % of the weights are at +-0.01" in found.found
        assert "adds 60 percentage points" in found.found


@pytest.mark.parametrize(
    ("growth", "expected"),
    [
        (lambda clip, norm: 10 * clip, "reproduced"),
        (lambda clip, norm: 0.5, "not reproduced"),  # it vanishes everywhere
        (lambda clip, norm: 1.0, "not settled"),
    ],
)
def test_vanishing_and_exploding(growth, expected):
    assert verdict("gradients-vanish-and-explode", clipping=clips(growth)) == expected


def test_both_depths_must_do_so():
    frame = clips()
    frame.loc[(frame["layers"] == 3) & (frame["clip"] == 1.0), "grad_growth"] = 0.5
    assert verdict("gradients-vanish-and-explode", clipping=frame) == "not reproduced"
    assert verdict("gradients-vanish-and-explode", clipping=clips(seeds=2)) == "not settled"


@pytest.mark.parametrize(
    ("growth", "expected"),
    [
        (lambda clip, norm: 10 * clip if norm == "none" else 1.0, "reproduced"),
        (lambda clip, norm: 10 * clip if norm == "batch" else 1.0, "not reproduced"),
        (lambda clip, norm: 10 * clip, "not settled"),
    ],
)
def test_normalisation(growth, expected):
    assert verdict("normalisation-helps-clipping", clipping=clips(growth)) == expected


def test_depth():
    claim = "deep-clipped-critics-fail"
    assert (
        verdict(claim, clipping=clips(certified=lambda layers: 0.1 if layers == 3 else 0.001)) == "reproduced"
    )
    assert verdict(claim, clipping=clips(certified=lambda layers: 0.1)) == "not reproduced"
    blank = clips(certified=lambda layers: 0.1 if layers == 3 else float("nan"))
    assert verdict(claim, clipping=blank) == "reproduced"
    assert "certify nothing" in finding(claim, clipping=blank).found
    assert verdict(claim, clipping=clips()[:0]) == "not settled"


@pytest.mark.parametrize(
    "claim", ["weights-pile-up", "gradients-vanish-and-explode", "normalisation-helps-clipping"]
)
def test_nothing_is_settled_without_rows(claim):
    empty = pd.DataFrame(columns=clips().columns)
    assert verdict(claim, clipping=empty) == "not settled"
