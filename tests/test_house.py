"""Rules that hold for every command, every option and every file."""

import ast
import inspect
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main
import typer.testing

from wcheck.cli.app import app
from wcheck.cli.points import Points
from wcheck.measures.sources import Preprocessing

ROOT = Path(__file__).parent.parent


def commands(group=None, path=()):
    """All commands and groups of commands, with the words that call them."""
    group = group or typer.main.get_command(app)
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, (*path, name))


COMMANDS = dict(commands())
POINTS = [field.name for field in fields(Points)]


@pytest.fixture
def invoke():
    return lambda *args: typer.testing.CliRunner().invoke(app, args)


def test_the_commands_are_found():
    assert {(), ("exact",), ("data",), ("data", "show")} <= COMMANDS.keys()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_has_help_with_an_example_of_itself(invoke, path):
    ended = invoke(*path, "--help")
    assert ended.exit_code == 0
    example = " ".join(ended.stdout.partition("Example: ")[2].split())
    assert example.startswith(" ".join(("wcheck", *path)))
    assert inspect.cleandoc(COMMANDS[path].help).splitlines()[0].endswith(".")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_has_help_and_one_meaning(path):
    for option in COMMANDS[path].params:
        assert getattr(option, "help", None), (path, option.name)


def test_an_option_of_one_name_has_one_meaning():
    """The same name never has two explanations."""
    meanings = {}
    for path, command in COMMANDS.items():
        for option in command.params:
            if option.param_type_name == "option" and option.name in SHARED:
                meanings.setdefault(option.name, {})[option.help] = path
    assert {name: len(helps) for name, helps in meanings.items()} == dict.fromkeys(meanings, 1)
    assert meanings.keys() >= {"scale", "jobs", "overwrite"}


SHARED = {"device", "memory", "overwrite", "time_limit", "jobs", "dask", *POINTS}


def test_an_option_for_points_is_a_field_of_the_preprocessing_and_the_other_way_round():
    """Neither the library nor a command may know of a change of the points that the other cannot ask for."""
    library = {field.name: field.default for field in fields(Preprocessing) if field.name != "folder"}
    assert library == {field.name: field.default for field in fields(Points)}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_that_takes_sources_takes_all_that_is_said_of_points(path):
    """Those that have no use for a part of it are named here."""
    unused = {("sample-complexity",): {"subset", "data_seed"}}
    taken = {option.name for option in COMMANDS[path].params} & set(POINTS)
    assert taken <= {"data_dir"} or set(POINTS) - taken == unused.get(path, set())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_command_stands_in_the_docs(path):
    words = " ".join(("wcheck", *path))
    assert words in (ROOT / "README.md").read_text()
    assert words in (ROOT / "CHANGELOG.md").read_text() or path[:1] == ("data",)


@pytest.mark.parametrize("path", sorted((ROOT / "wcheck").rglob("*.py")), ids=lambda path: path.stem)
def test_library_code_asserts_nothing_and_catches_nothing_unnamed(path):
    for node in ast.walk(ast.parse(path.read_text())):
        assert not isinstance(node, ast.Assert), f"{path}:{node.lineno}"
        assert not (isinstance(node, ast.ExceptHandler) and node.type is None), f"{path}:{node.lineno}"
