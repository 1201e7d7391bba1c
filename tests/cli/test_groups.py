"""A parameter of a command that is a group of options: what Typer sees, and what the command gets."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
import typer.testing

from wcheck.cli.groups import REPEATS, grouped


@dataclass(frozen=True)
class Wall:
    """A group with a name of its own for one option, and one that repeats."""

    high: Annotated[int, typer.Option("--high", "-H", metavar="METRES", help="The height.")] = 2
    stone: Annotated[list[str] | None, typer.Option(help="A stone.")] = None


def doors(doors: Annotated[int, typer.Option(help="The doors.")] = 1) -> str:
    """Make something of options without a class."""
    return "door " * doors


def invoke(command, *args):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command)
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def build(name: str, *, wall: Wall, entrance: Annotated[str, doors], deep: bool = False) -> None:
    """Build."""
    typer.echo(f"{name} {wall} {entrance}{deep}")


def test_the_command_gets_one_object_a_group():
    ended = invoke(grouped()(build), "hut", "-H", 3, "--stone", "a", "--stone", "b", "--doors", 2, "--deep")
    assert ended.stdout == "hut Wall(high=3, stone=['a', 'b']) door door True\n", ended.output


def test_defaults_are_those_of_the_group():
    assert invoke(grouped()(build), "hut").stdout == "hut Wall(high=2, stone=None) door False\n"


def test_an_option_that_is_left_out_is_unknown_and_has_its_default():
    without = grouped(but=("high",))(build)
    assert invoke(without, "hut", "--high", 3).exit_code == 2
    assert "Wall(high=2" in invoke(without, "hut").stdout


def test_what_no_group_has_cannot_be_left_out():
    with pytest.raises(TypeError, match="build leaves out width, which no group has"):
        grouped(but=("high", "width"))(build)


def test_two_groups_with_one_option_are_refused():
    def command(*, wall: Wall, other: Wall) -> None:
        """Build twice."""

    with pytest.raises(ValueError, match="duplicate parameter name: 'high'"):
        grouped()(command)


def test_help_says_of_an_option_that_repeats_that_it_does_and_of_no_other():
    text = " ".join(invoke(grouped()(build), "--help").stdout.split())
    assert "METRES" in text
    assert f"A stone. {REPEATS}" in text
    assert text.count(REPEATS) == 1
