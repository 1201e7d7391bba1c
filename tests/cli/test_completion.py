"""Words that a shell offers, asked for as the shells' own scripts ask."""

import os
import shlex
import shutil
import subprocess

import pytest

from tests.running import WCHECK, wcheck
from wcheck.columns import choices
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.networks import ARCHITECTURES
from wcheck.critics.objectives import OBJECTIVES
from wcheck.estimators.registry import ESTIMATORS
from wcheck.experiments.toys import TOYS
from wcheck.generators.networks import NETWORKS, POINTS
from wcheck.measures import registry
from wcheck.transport.cost.metric import METRICS


def offered(*words):
    """What bash is offered for the last word."""
    asked = {
        "_WCHECK_COMPLETE": "complete_bash",
        "COMP_WORDS": shlex.join(words),
        "COMP_CWORD": str(len(words) - 1),
    }
    ended = wcheck(env={**os.environ, **asked})
    assert (ended.status, ended.stderr) == (0, "")
    return ended.stdout.split()


@pytest.mark.parametrize(
    ("words", "some"),
    [
        (["wcheck", "two"], ["two-sample", "two-gaussians"]),
        (["wcheck", "oracle", "--pen"], ["--penalty"]),
        (["wcheck", "exact", "dig"], ["digits"]),
        (["wcheck", "batch", "--data", "cif"], ["cifar10"]),
        (["wcheck", "compare", "digits", "8g"], ["8gaussians"]),
        (["wcheck", "oracle", "--lipschitz", "orth"], ["orthonormal"]),
        (["wcheck", "batch", "--estimator", "sli"], ["sliced"]),
        (["wcheck", "exact", "--metric", "ci"], ["cityblock"]),
        (["wcheck", "oracle", "--batch-size", "f"], ["full"]),
        (["wcheck", "gan", "--generator", "dcgan-"], ["dcgan-flat"]),
        (["wcheck", "toys", "--toy", "pe"], ["peak"]),
        (["wcheck", "oracle", "--preset", "q"], ["quick"]),
        (["wcheck", "columns", "relative_"], ["relative_gap"]),
        (["wcheck", "exact", "no-source-begins-so"], []),  # the shell offers files
    ],
    ids=" ".join,
)
def test_bash_is_offered(words, some):
    assert offered(*words) == some


def test_a_bash_that_loads_the_script_completes_a_line(tmp_path):
    script = wcheck(env={**os.environ, "_WCHECK_COMPLETE": "source_bash"}).stdout
    function = script.partition("()")[0].strip()
    program = tmp_path / "wcheck"
    program.write_text(f'#!/bin/bash\nexec {shlex.join(WCHECK)} "$@"\n')
    program.chmod(0o755)
    asked = f'COMP_WORDS=(wcheck exact dig) COMP_CWORD=2; {function} {program}; echo "${{COMPREPLY[@]}}"'
    ended = subprocess.run(["bash", "-c", f"{script}\n{asked}"], capture_output=True, text=True)
    assert ended.stdout.split() == ["digits"], ended.stderr


def test_the_names_that_shells_are_offered_are_those_there_are():
    assert set(choices.OBJECTIVES) == set(OBJECTIVES)
    assert set(choices.CONSTRAINTS) == set(CONSTRAINTS)
    assert set(choices.ARCHITECTURES) == set(ARCHITECTURES)
    assert set(choices.GENERATORS) == {*NETWORKS, POINTS}
    assert set(choices.METRICS) == set(METRICS)
    assert set(choices.TOYS) == set(TOYS)
    assert set(choices.ESTIMATORS) == set(ESTIMATORS)
    assert {"digits", "cifar10", "generator"} <= set(registry.names())


def test_what_the_literature_calls_a_method_is_made_of_options_that_there_are():
    known = {
        "--objective": OBJECTIVES,
        "--lipschitz": CONSTRAINTS,
        "--arch": ARCHITECTURES,
        "--generator": NETWORKS,
    }
    for meant in choices.LITERATURE.values():
        words = meant.split()
        assert all(value in known[option] for option, value in zip(words[::2], words[1::2], strict=True)), (
            meant
        )


@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "word", "others"),
    [
        ("wcheck exact dig", "digits", "cifar10"),
        ("wcheck oracle --lipschitz orth", "orthonormal", "spectral"),
        ("wcheck two-g", "two-gaussians", "two-sample"),
    ],
)
def test_zsh_and_fish_are_offered(shell, line, word, others):
    asked = {
        "_WCHECK_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": line,
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    ended = wcheck(env={**os.environ, **asked})
    assert (ended.status, ended.stderr) == (0, "")
    assert word in ended.stdout
    assert others not in ended.stdout


@pytest.mark.skipif(shutil.which("fish") is None, reason="there is no fish")
def test_a_fish_that_loads_the_script_completes_a_line(tmp_path):
    (tmp_path / "wcheck.fish").write_text(
        wcheck(env={**os.environ, "_WCHECK_COMPLETE": "source_fish"}).stdout
    )
    program = tmp_path / "wcheck"
    program.write_text(f'#!/bin/bash\nexec {shlex.join(WCHECK)} "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    asked = f"source {tmp_path}/wcheck.fish; complete -C 'wcheck batch --data cif'"
    environment = {**os.environ, "PATH": path, "HOME": str(tmp_path)}
    ended = subprocess.run(
        ["fish", "--no-config", "-c", asked], env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.stdout.split() == ["cifar10"]
