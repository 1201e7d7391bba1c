"""The best of k draws: its mean, its bands, and what is drawn of it."""

import itertools

import numpy as np
import pytest

from tests.plots.drawn import caption, drawn, shows
from wcheck.errors import TableError
from wcheck.plots.best import band, best_of, draws, filled
from wcheck.plots.registry import draw

SCORES = np.array([3.0, 1.0, 4.0, 1.5, 9.0])


def test_the_mean_of_the_best_is_over_all_choices():
    for k, found in enumerate(best_of(SCORES), start=1):
        assert found == pytest.approx(np.mean([min(some) for some in itertools.combinations(SCORES, k)]))


def test_bands_are_those_of_resampled_draws():
    """By a second implementation, of one k: the mean over all choices of each bootstrap sample."""
    low, high = band(SCORES)
    random = np.random.default_rng(1)
    again = [
        np.mean([min(pair) for pair in itertools.combinations(random.choice(SCORES, 5), 2)])
        for _ in range(2000)
    ]
    assert [low[1], high[1]] == pytest.approx(np.percentile(again, [2.5, 97.5]), rel=0.15)
    assert (low <= best_of(SCORES)).all()
    assert (best_of(SCORES) <= high).all()


def test_draws_are_rows_of_last_looks_and_failed_ones_count_as_the_worst():
    frame, _ = drawn("best-of")
    scores = draws(frame)
    assert len(scores) == 32
    assert scores["game"].nunique() == 8
    assert scores["failed"].sum() == 1
    assert scores["game"][0] == "wasserstein clip"
    whole = filled(scores)["score"]
    assert whole[scores["failed"]].item() == whole.max()


def test_each_game_has_a_panel_the_best_one_first():
    frame, figure = drawn("best-of")
    scores = filled(draws(frame))
    assert len(figure.axes) == 8
    least = scores.groupby("game")["score"].min()
    titles = [axes.get_title(loc="left").replace("\n", " ") for axes in figure.axes]
    assert [least[title] for title in titles] == sorted(least)
    for title, axes in zip(titles, figure.axes, strict=True):
        own = scores.loc[scores["game"] == title, "score"].to_numpy()
        assert shows(axes, range(1, 5), best_of(own))
    assert "1 draw that failed" in caption(figure)
    assert "32 draws." in caption(figure)


def test_draws_without_a_score_are_refused():
    frame, _ = drawn("best-of")
    with pytest.raises(TableError, match="no draw has an energy distance"):
        draw(frame.assign(status="diverged"), "best-of")
