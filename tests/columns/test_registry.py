"""Every setting and every column is said once."""

import subprocess
import sys
from dataclasses import fields

import pytest

from wcheck import columns
from wcheck.columns import registry
from wcheck.columns.column import Role, pair
from wcheck.errors import ParameterError
from wcheck.estimators.registry import ESTIMATORS
from wcheck.experiments import fit
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.generators.recipe import GeneratorRecipe
from wcheck.plots.registry import KINDS

NOT_CERTIFIED = {column for column in fit.COLUMNS if column.endswith(("_lower", "_upper"))} | {
    "upper_estimate", "lower_margin", "upper_margin", "lipschitz_upper_reason",
}  # fmt: skip
"""Ends of ranges over models, and what stands beside a bound."""


@pytest.fixture(scope="module")
def written():
    """The columns of every experiment, and those that figures read of benchmarks."""
    rows = {column for experiment in EXPERIMENTS.values() for column in experiment.columns}
    return rows | set(fit.COLUMNS) | {column for kind in KINDS for column in kind.columns}


@pytest.fixture
def open_vocabulary(monkeypatch):
    monkeypatch.setattr(registry, "VOCABULARY", dict(registry.VOCABULARY))


def names(group):
    return [setting.name for setting in columns.settings(group)]


def test_a_setting_of_two_groups_is_one_line():
    assert "epsilon" in names("critic")
    assert "epsilon" in names("estimator")
    assert columns.settings("critic")[names("critic").index("epsilon")] is columns.named("epsilon")


def test_the_help_of_a_setting_is_its_meaning():
    assert columns.named("lr").help == "The step size of the optimiser."
    assert columns.named("batch_size").option == "--batch-size"


def test_a_column_is_registered_once_and_then_found(open_vocabulary):
    scale = columns.Column("loudness", columns.Role.ESTIMATE, "the loudness of a row")
    assert columns.find("loudness") is None
    columns.register(scale)
    assert columns.named("loudness") is scale
    with pytest.raises(ParameterError, match="loudness"):
        columns.register(scale)


def test_a_column_that_is_not_there_is_refused_by_its_name():
    with pytest.raises(ParameterError, match="'loudness'"):
        columns.named("loudness")


def test_no_meaning_is_written_twice_and_none_is_a_sentence():
    meanings = [column.meaning for column in registry.VOCABULARY.values()]
    assert len(set(meanings)) == len(meanings)
    assert not [text for text in meanings if text.endswith(".") or text[0].isupper()]


def test_every_column_of_every_experiment_has_a_line_and_no_line_is_unused(written):
    assert written == set(registry.VOCABULARY)


def test_what_is_called_lower_or_upper_is_a_certified_bound_on_that_side():
    for name, column in registry.VOCABULARY.items():
        for word, role in (("lower", Role.LOWER), ("upper", Role.UPPER)):
            if word in name.split("_") and name not in NOT_CERTIFIED:
                # V over an upper bound of the slope is a lower bound
                assert column.role is (Role.LOWER if name.startswith("normalised") else role), name


def test_a_certified_column_says_what_it_proves():
    certified = [column for column in registry.VOCABULARY.values() if column.role in (Role.LOWER, Role.UPPER)]
    assert certified
    assert [column.name for column in certified if not column.proves] == []


def test_the_options_of_estimators_are_settings_and_told_as_they_are():
    given_by_others = {"tol", "device", "metric", "known", "bandwidth", "extension"}
    told = {setting.name: setting.published for setting in columns.settings("estimator")}
    own = [kind for name, kind in ESTIMATORS.items() if name != "critic"]
    options = {
        each.name: each.default for kind in own for each in fields(kind) if each.name not in given_by_others
    }
    assert {"p", "epsilon", "scaling", "batch_size", "batches", "projections", "kernel"} == options.keys()
    assert {
        name: str(default).removesuffix(".0") for name, default in options.items()
    }.items() <= told.items()


def test_the_settings_of_a_generator_are_those_of_its_recipe():
    assert [*names("generator"), "seed"] == [*GeneratorRecipe.of().settings()]


def test_a_pair_is_two_numbers():
    assert pair("0,0.9") == (0.0, 0.9)
    for text in ("0", "0,0.9,1", "a,b"):
        with pytest.raises(ValueError, match=r"."):
            pair(text)


def test_the_vocabulary_imports_nothing_heavy():
    code = "import sys, wcheck.columns; print([n for n in ('torch', 'numpy', 'pandas', 'rich') if n in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"
