"""Tasks that take long say how far they are, so that progress moves within them whoever runs them."""

import pytest

from wcheck.experiments.registry import EXPERIMENTS
from wcheck.progress import TASK, within


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("kmedians", {"source": "digits[0:300]", "k": (8,), "starts": 1}),
        (
            "false-minima",
            {"source": "digits[0:200]", "n": (4,), "reps": 2, "starts": 2, "minimiser_starts": 2, "fit_points": 40},
        ),
        ("pixels", {"source": "digits", "index": (3,)}),
    ],
)  # fmt: skip
def test_a_task_says_how_far_it_is(name, options):
    experiment = EXPERIMENTS[name].of(**options)
    shares = []

    def told(label, done, total, note=""):
        if label == TASK and total > 0:
            shares.append(done / total)

    assert len(list(experiment.run(experiment.tasks()[0], told))) > 0
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)
    assert len(set(shares)) > (0 if name == "pixels" else 5)


def test_a_part_of_a_task_goes_from_share_to_share():
    heard = []
    part = within(lambda *numbers: heard.append(numbers), 0.25, 0.75)
    part("search", 1, 2)
    part("search", 0, 0)
    part("search", 2, 2, "found")
    assert heard == [(TASK, 0.5, 1.0, "search"), (TASK, 0.75, 1.0, "found")]
