"""What printing a result says: a short line with the value and its bracket, rounded outwards."""

import dataclasses
import re

import numpy as np
import pytest

import wcheck
from wcheck.transport.solve.result import uninterrupted


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    return rng.normal(size=(20, 2)), rng.normal(size=(25, 2))


def numbers(text):
    return [
        float(number)
        for number in re.findall(r"-?\d+\.?\d*(?:e-?\d+)?(?![\w-])", text.partition("certified")[2])
    ]


@pytest.mark.parametrize("options", [{}, {"p": 2}, {"metric": "cityblock"}, {"partial": 0.5}])
def test_a_result_is_a_line_with_its_value_and_its_bracket(pair, options):
    found = wcheck.exact(*pair, **options)
    text = str(found)
    assert len(text) < 120
    assert text.endswith(f"({found.status})")
    low, high = numbers(text)
    assert low <= found.bracket.lower <= found.value <= high


def test_a_result_says_what_it_is_one_of(pair):
    assert str(wcheck.exact(*pair)).startswith("Wasserstein-1 distance ")
    assert str(wcheck.exact(*pair, metric="cityblock")).startswith("Wasserstein-1 distance by cityblock ")
    assert str(wcheck.exact(*pair, partial=0.5)).startswith("minimal cost of moving part of the mass ")
    assert str(wcheck.exact_cost(np.eye(3))) == "least cost 0, certified at 0 (optimal)"


def test_a_value_that_float64_cannot_hold_is_shown_as_what_it_was_meant_to_be():
    text = str(wcheck.exact([[0.0]], [[0.1]]))
    assert re.fullmatch(r"Wasserstein-1 distance 0\.1, certified within \S+e-17 of 0\.1 \(optimal\)", text), (
        text
    )


def test_many_results_are_a_line(pair):
    x, y = np.stack([pair[0]] * 3), np.stack([pair[1]] * 3) + np.arange(3)[:, None, None]
    found = wcheck.exact_batch(x, y)
    assert re.fullmatch(
        r"3 Wasserstein-1 distances of \S+ to \S+, in brackets at most \S+ wide; 3 optimal", str(found)
    )


def test_a_certificate_is_a_line(pair):
    found = wcheck.certify(*pair, plan=wcheck.exact(*pair).plan)
    text = str(found)
    assert text.startswith("Wasserstein-1 distance at most ")
    assert text.endswith("(certified)")
    low, high = numbers(text)
    assert low <= found.bracket.lower <= found.value <= high


def test_a_solve_that_was_interrupted_ends_what_it_is_a_part_of(pair, monkeypatch, tmp_path):
    """Its bracket may be wide: it is neither kept as the reference of later runs nor averaged with others."""
    from wcheck.estimators.plugin import Exact
    from wcheck.experiments import reference
    from wcheck.measures.measure import Measure

    solved = wcheck.exact(*pair)
    cut = dataclasses.replace(solved, status="interrupted")
    assert uninterrupted(solved) is solved
    monkeypatch.setattr(reference, "folder", lambda: tmp_path)
    for place in ("wcheck.transport.solve.exact.exact", "wcheck.estimators.plugin.exact"):
        monkeypatch.setattr(place, lambda *args, **options: cut)
    measures = [Measure.of(points) for points in pair]
    with pytest.raises(KeyboardInterrupt):
        reference.reference(*measures)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt):
        Exact().estimate(*measures)
