"""Rules that hold for every command, every option and every file."""

import ast
import functools
import inspect
import itertools
import re
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import pytest
import typer.main
import typer.testing

from wcheck.cli.app import app
from wcheck.cli.groups import REPEATS
from wcheck.cli.points import Points
from wcheck.estimators.registry import ESTIMATORS
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
def test_every_option_has_help(path):
    for option in COMMANDS[path].params:
        assert getattr(option, "help", None), (path, option.name)


def differences(commands):
    """Return what differs between commands that have an option or an argument of one name: (name, what) -> values.

    A setting may be a range, or a word, in a command that draws from ranges; a help that goes on after its first
    sentence with a list of its own, or with whether the option repeats, is compared by what comes before.
    """
    found = {}
    for command in commands.values():
        for option in command.params:
            name = option.metavar if option.param_type_name == "argument" else option.opts[0]
            shown = option.show_default if isinstance(option.show_default, str) else str(option.default)
            help = option.help.partition(f" {REPEATS}")[0]
            seen = {
                "kind": (option.param_type_name, getattr(option, "is_flag", False)),
                "metavar": re.sub(r"\|(full|RANGE)\b", "", option.metavar or ""),
                "help": help.partition(". ")[0] if name == "--preset" else help,
                "default": shown,
                "repeats": getattr(option, "multiple", False),
            }
            for what, value in seen.items():
                found.setdefault((name, what), set()).add(value)
    return {key for key, values in found.items() if len(values) > 1}


def test_a_name_has_one_meaning():
    """Kind, metavar and help are the same in all commands, but for what is named here with its reason."""
    own = {
        ("--output", "help"),  # plot writes a figure
        ("--output", "metavar"),  # reproduce writes a folder
        ("--preset", "metavar"),  # those of the experiment
        ("--preset", "default"),  # reproduce has one
        *((name, "default") for name in DEFAULTS),
        *((name, "repeats") for name in REPEATED),
    }
    assert differences(COMMANDS) == own


DEFAULTS = {
    "--arch", "--batch-size", "--critic", "--data", "--dim", "--embed", "--epsilon", "--estimator", "--k",
    "--lipschitz", "--lr", "--n", "--objective", "--reps", "--seed", "--starts", "--steps", "--width",
}  # fmt: skip
"""Options whose defaults are those of the experiment, or of the paper's table that it repeats."""
REPEATED = {
    "--metric",
    "--arch",
    "--batch-size",
    "--embed",
    "--epsilon",
    "--lr",
    "--n",
    "--p",
    "--patches",
    "--seed",
    "--statistic",
    "--steps",
    "--tol",
    "--width",
}
"""Options that some commands multiply out and others take once."""


@pytest.mark.parametrize(
    ("second", "found"),
    [
        (typer.Option("--high", metavar="M", help="The height."), set()),
        (typer.Option("--high", metavar="N", help="The height."), {("--high", "metavar")}),
        (typer.Option("--high", metavar="M", help="The width."), {("--high", "help")}),
        (typer.Option("--high", metavar="M|RANGE", help=f"The height. {REPEATS}"), set()),
        (typer.Argument(metavar="--high", help="The height."), {("--high", "kind"), ("--high", "metavar")}),
    ],
)
def test_two_meanings_would_be_found(second, found):
    house = typer.Typer()

    def first(high: Annotated[int, typer.Option("--high", metavar="M", help="The height.")] = 2) -> None:
        pass

    def other(high=2):
        pass

    other.__annotations__["high"] = Annotated[int, second]
    house.command("first")(first)
    house.command("other")(other)
    assert differences(dict(commands(typer.main.get_command(house)))) == found


def test_another_default_would_be_found():
    house = typer.Typer()
    for name, default in (("first", 2), ("other", 3)):

        def command(high=default):
            pass

        command.__annotations__["high"] = Annotated[int, typer.Option(help="The height.")]
        house.command(name)(command)
    assert differences(dict(commands(typer.main.get_command(house)))) == {("--high", "default")}


def test_the_estimators_that_help_offers_are_those_there_are():
    """``wcheck batch`` refuses the estimator batch, and says so in its help."""
    help = next(option.help for option in COMMANDS["batch",].params if option.name == "estimator")
    assert "batch (not in wcheck batch)" in help
    listed = re.sub(r" \(.*?\)", "", help.partition(": ")[2].partition(".")[0] + ".")
    names = re.sub(r" or (?=[a-z-]+\.)", ", ", listed)
    assert {name.strip(" .") for name in names.split(",") if name.strip(" .")} == set(ESTIMATORS)


def test_an_option_for_points_is_a_field_of_the_preprocessing_and_the_other_way_round():
    """Neither the library nor a command may know of a change of the points that the other cannot ask for."""
    not_of_points = ("folder", "by")  # by names groups of points, which wcheck exact alone compares
    library = {
        field.name: field.default for field in fields(Preprocessing) if field.name not in not_of_points
    }
    typed = {"data_seed": None}  # a command tells 0 from nothing
    assert library | typed == {field.name: field.default for field in fields(Points)}


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


NOUNLESS = re.compile(r"\A\s*(Of|May repeat|Theirs)\b")
DENIED = re.compile(
    r"(?<![Tt]here )\b(is|are|was|were) no (?!longer|more|less|fewer|larger|smaller|wider)[a-z]"
)
OUTDATED = re.compile(
    r"\b(may repeat|such a one|all the same wins|(some|any)body|anew|go(es)? on(?! top)|unasked|lest|beforehand|"
    r"as ever|held against|but for|too much to handle|what it takes, beside|the one (and|or) the other|"
    r"what it is a number of|(one|a) (?!(of|is|that|from|on) )[a-z]+ a (cell|coordinate|core|file|group|layer|"
    r"line|pair|point|problem|row|step))\b",
    re.IGNORECASE,
)
"""Phrases that were common here and are not plain English today."""
QUOTED = ("the distance that it is held against",)
"""What the rows of finished reproductions hold already."""


def texts(path):
    """Every text of a file, and each entry of its docstrings: what stands under a heading or a parameter's line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
            lines = node.value.splitlines()
            for above, line in itertools.pairwise(lines):
                if len(line) - len(line.lstrip()) > len(above) - len(above.lstrip()) and above.strip():
                    yield line


def faults(text):
    """What a text says in a form that style.md advises against."""
    text = functools.reduce(lambda text, quoted: text.replace(quoted, ""), QUOTED, " ".join(text.split()))
    return [found[0] for found in (NOUNLESS.match(text), DENIED.search(text), OUTDATED.search(text)) if found]


@pytest.mark.parametrize("path", sorted((ROOT / "wcheck").rglob("*.py")), ids=lambda path: path.stem)
def test_texts_are_whole_phrases(path):
    assert [(text, found) for text in texts(path) if (found := faults(text))] == []


PAGES = [page for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")) if page.name != "style.md"]


def paragraphs(page):
    """The paragraphs, headings and tables of a page without its code; ``style.md`` quotes what it advises against."""
    return re.split(r"\n\s*\n", re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_plain_english(page):
    assert [found for paragraph in paragraphs(page) for found in faults(paragraph)] == []


def test_a_page_that_is_not_plain_english_is_found_out(tmp_path):
    page = tmp_path / "bad.md"
    page.write_text(
        "# Held\n\nThe run goes\non; `-n` is a\n\n```\nanew\n```\n\nThis is no source, one row a point.\n"
    )
    assert [found for paragraph in paragraphs(page) for found in faults(paragraph)] == [
        "goes on",
        "is no s",
        "one row a point",
    ]


def test_a_text_that_is_not_a_whole_phrase_is_found_out(tmp_path):
    path = tmp_path / "bad.py"
    path.write_text(
        'def f(name):\n    """Return it.\n\n    seed : int\n        Of the draw.\n    """\n    "Of course."\n'
        '    raise ValueError(f"{name} is no source: there is no file; no longer")\n'
        '    raise ValueError("start anew")\n'
    )
    assert {fault for text in texts(path) for fault in faults(text)} == {"Of", "is no s", "anew"}


def unfilled(source):
    """Texts in calls that are raised, with a name in braces that no f-string fills."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise):
            filled = {
                id(part)
                for text in ast.walk(node)
                if isinstance(text, ast.JoinedStr)
                for part in ast.walk(text)
            }
            for part in ast.walk(node):
                if isinstance(part, ast.JoinedStr):
                    texts = [each.value for each in part.values if isinstance(each, ast.Constant)]
                else:
                    texts = [part.value] if isinstance(part, ast.Constant) and id(part) not in filled else []
                yield from (text for text in texts if re.search(r"\{[a-z_]+\}", str(text)))


@pytest.mark.parametrize("path", sorted((ROOT / "wcheck").rglob("*.py")), ids=lambda path: path.stem)
def test_errors_fill_in_their_names(path):
    assert list(unfilled(path.read_text())) == []


def test_a_name_that_is_not_filled_in_is_found_out():
    assert list(unfilled('raise ValueError(f"{n} is even: " "give {n}")')) == [" is even: give {n}"]
    assert list(unfilled('raise ValueError("give {n}")')) == ["give {n}"]
    assert list(unfilled('raise ValueError(f"give {n}, or {{}}")')) == []


LONG = {"rows/csvfile.py": 320, "measures/sources.py": 310}
"""Files of more than 300 lines, with the lines that they may have: a number only ever falls, or its entry goes."""
LONGEST = 80
"""The lines that a function may have without its signature and its docstring; the number only ever falls."""


def test_files_are_short():
    lengths = {
        str(path.relative_to(ROOT / "wcheck")): len(path.read_text().splitlines())
        for path in (ROOT / "wcheck").rglob("*.py")
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONG.get(path, 300)} == {}
    assert [path for path, cap in LONG.items() if lengths.get(path, 0) <= max(300, cap - 10)] == []


def test_functions_are_short():
    longest = max(
        (node.end_lineno - body[0].lineno + 1, f"{path.name}:{node.name}")
        for path in (ROOT / "wcheck").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        for body in [node.body[1:] if ast.get_docstring(node) and node.body[1:] else node.body]
    )
    assert longest[0] <= LONGEST, longest
