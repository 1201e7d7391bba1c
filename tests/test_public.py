"""What is public: every name has a docstring with an example that is run, and stands in docs/api.md."""

import doctest
import inspect
import re

import numpy as np
import pytest

import wcheck
from tests.scripts import script
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.learning.samplers import FrozenPoints

PUBLIC = [name for name in wcheck.__all__ if name != "__version__"]
FACADES = ["losses", "metrics", "pot"]
NAMES = [name for name in PUBLIC if name not in FACADES] + [
    f"{facade}.{name}" for facade in FACADES for name in getattr(wcheck, facade).__all__
]


NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]?\d+)?")


class Checker(doctest.OutputChecker):
    """Takes floats that are equal up to rounding for equal."""

    def check_output(self, want, got, flags):
        wanted, gotten = ([float(text) for text in NUMBER.findall(shown)] for shown in (want, got))
        if len(wanted) == len(gotten) and wanted == pytest.approx(gotten, rel=1e-9, abs=1e-12):
            want, got = (NUMBER.sub("#", shown) for shown in (want, got))
        return super().check_output(want, got, flags)


def runner():
    return doctest.DocTestRunner(Checker())


def found(path):
    thing = wcheck
    for part in path.split("."):
        thing = getattr(thing, part)
    return thing


def examples(thing):
    """Its own examples and those of its methods, which see the names of its module."""
    names = vars(inspect.getmodule(thing)) | {"wcheck": wcheck}
    finder = doctest.DocTestFinder(recurse=inspect.isclass(thing))
    return [each for each in finder.find(thing, globs=names) if each.examples]


@pytest.mark.parametrize("path", NAMES)
def test_the_examples_of_a_public_name_are_true(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("wcheck.experiments.reference.folder", lambda: None)
    run = examples(found(path))
    assert run, f"wcheck.{path} has no example"
    for each in run:
        told = []
        ended = runner().run(each, out=told.append)
        assert ended.failed == 0, "".join(told)


@pytest.mark.parametrize(
    ("shown", "failed"), [("3", 1), ("2.000001", 1), ("2.0", 1), ("2.0000000000000004 x", 1), ("2", 0)]
)
def test_an_example_that_is_not_true_is_found_out(shown, failed):
    each = doctest.DocTestParser().get_doctest(f">>> 1 + 1\n{shown}\n", {}, "sum", None, 0)
    assert runner().run(each, out=lambda text: None).failed == failed


def test_floats_are_compared_up_to_rounding():
    each = doctest.DocTestParser().get_doctest(">>> 0.1 + 0.2, 'a'\n(0.3, 'a')\n", {}, "sum", None, 0)
    assert runner().run(each, out=lambda text: None).failed == 0


def test_a_public_name_is_one_that_is_there_and_listed():
    assert sorted(PUBLIC) == sorted(set(PUBLIC))
    assert set(PUBLIC) <= set(dir(wcheck))
    page = script("docs/generate.py").api()
    for path in (*NAMES, *FACADES):
        assert f"`wcheck.{path}" in page


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        wcheck.nothing_of_the_kind  # noqa: B018


def test_what_a_public_name_returns_shows_itself_in_a_line():
    random = np.random.default_rng(0)
    x, y = random.normal(size=(2, 60, 2))
    settings = GeneratorRecipe.of(generator="mlp", generator_width=8)
    shown = {
        "TransportResult": wcheck.exact(x, y),
        "BatchResult": wcheck.exact_batch(x[None], y[None]),
        "Certificate": wcheck.certify(x, y, plan=np.eye(60) / 60),
        "Measure": wcheck.Measure.of(x),
        "Comparison": wcheck.Comparison([{"candidate": "near"}, {"candidate": "far"}]),
        "Generator": wcheck.Generator.fresh(settings, FrozenPoints(wcheck.Measure.of(x))),
        "Judgement": wcheck.judge(x, y, x[:, 0], y[:, 0]),
        "OnSupport": wcheck.metrics.on_support(x),
    }
    assert repr(shown["OnSupport"]) == "OnSupport(60 points of 2 coordinates)"
    assert repr(shown["Comparison"]) == "Comparison(2 rows of near, far)"
    assert repr(shown["TransportResult"]) == f"TransportResult({shown['TransportResult']})"
    assert repr(shown["Generator"]) == "Generator(mlp, points of shape 2)"
    for name, what in shown.items():
        text = repr(what)
        assert text.startswith(name)
        assert "\n" not in text
        assert len(text) < 300
