"""Errors name what the caller has: options on the command line, parameters in Python."""

import ast
import copy
import re
from pathlib import Path

import pytest
import typer.main
import typer.testing

import wcheck
from tests.conftest import foreign_options
from wcheck.cli.app import app
from wcheck.errors import ParameterError, SourceError, WcheckError

ROOT = Path(wcheck.__file__).parent


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "resize them with --image-size 32, or use --arch mlp.",
            "resize them with image_size 32, or use arch mlp.",
        ),
        ("give black and white, --pixel-range=-1,1.", "give black and white, pixel_range=-1,1."),
        ("say which it is (--header, --no-header).", "say which it is (header, header=False)."),
        ("give a folder that wcheck oracle --save wrote.", "give a folder that wcheck oracle --save wrote."),
        ("run wcheck data show --grid, or give --grid.", "run wcheck data show --grid, or give grid."),
        ("a--b, a -- b and ---c are no options", "a--b, a -- b and ---c are no options"),
    ],
)
def test_a_message_names_options_on_the_command_line_and_parameters_in_python(line, message):
    error = SourceError(line)
    assert error.line == line
    assert str(error) == message
    assert str(copy.copy(error)) == message


def test_a_parameter_error_is_a_value_error_with_the_same_message():
    with pytest.raises(ValueError, match=r"^leave grad_points out$"):
        raise ParameterError("leave --grad-points out")


def test_the_command_line_shows_the_option_and_python_the_parameter(tmp_path):
    source = tmp_path / "points.csv"
    source.write_text("1,2\n3,x\n5,6\n")
    ended = typer.testing.CliRunner().invoke(app, ["exact", str(source), str(source)])
    assert "(--drop 1)" in ended.stderr
    with pytest.raises(WcheckError, match=r"\(drop 1\)"):
        wcheck.measures.sources.load(str(source))


def options(group):
    for command in getattr(group, "commands", {}).values():
        yield from options(command)
    for option in group.params:
        yield from (*option.opts, *option.secondary_opts)


def named_in(source):
    """All options that the texts of a module name, but for its docstrings."""
    tree = ast.parse(source)
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if hasattr(node, "body")
                  and isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings:
            yield from re.findall(r"(?<![\w-])--[a-z][a-z-]+", node.value)


def unknown(folder, known):
    return {
        f"{path.name}: {option}"
        for path in sorted(folder.rglob("*.py"))
        for option in named_in(path.read_text())
        if option not in known and path.name != "former.py"
    }


def test_an_option_that_a_message_names_is_one_of_some_command():
    known = set(options(typer.main.get_command(app))) | {"--help"}
    assert not unknown(ROOT, known)


def test_one_that_no_command_has_would_be_found(tmp_path):
    (tmp_path / "stale.py").write_text('"""About --old."""\nraise ValueError(f"give {1} --size or --n")\n')
    assert unknown(tmp_path, {"--n"}) == {"stale.py: --size"}


def test_advice_that_a_command_cannot_follow_would_be_found():
    command = typer.main.get_command(app).commands["dimension"]
    assert not foreign_options("leave it out (--drop), or see wcheck oracle --save", command)
    assert foreign_options("leave --critic out, or give --scale=-1,1", command) == {"--critic"}
