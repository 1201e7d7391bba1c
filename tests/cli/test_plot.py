"""``wcheck plot`` from the shell's side: pipes, files, windows, and what is refused in one line."""

import re
import shlex
import subprocess

import pytest
import typer.testing

from tests.plots import frames
from tests.running import WCHECK, wcheck_on_terminal
from wcheck.cli.app import app
from wcheck.plots.registry import KINDS


def invoke(*args, **options):
    return typer.testing.CliRunner().invoke(app, ["plot", *map(str, args)], **options)


@pytest.fixture
def rows(tmp_path):
    path = tmp_path / "rows.csv"
    frames.oracle().to_csv(path, index=False)
    return path


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")])
def test_a_file_is_drawn_in_the_format_of_its_suffix(rows, tmp_path, suffix, start):
    path = tmp_path / f"figure.{suffix}"
    ended = invoke(rows, "-o", path)
    assert (ended.exit_code, ended.output) == (0, "")
    assert path.read_bytes().startswith(start)
    if suffix == "svg":
        assert "certified bracket" in path.read_text()  # text stays text


def test_a_command_pipes_into_it(tmp_path):
    command = shlex.join(WCHECK)
    pipe = f"{command} toys --toy segments | {command} plot - -o {tmp_path}/toys.svg"
    ended = subprocess.run(["bash", "-o", "pipefail", "-c", pipe], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "parallel segments" in (tmp_path / "toys.svg").read_text()


def test_without_o_the_figure_lies_beside_the_csv_and_its_place_is_named(rows):
    ended = invoke(rows)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr == f"The figure is in {rows.with_suffix('.oracle.png')}.\n"
    assert rows.with_suffix(".oracle.png").read_bytes().startswith(b"\x89PNG")


def test_without_o_standard_input_is_drawn_in_the_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = invoke("-", "--kind", "sweep", input=frames.oracle().to_csv(index=False))
    assert ended.exit_code == 0, ended.stderr
    assert (tmp_path / "sweep.png").exists()


@pytest.mark.parametrize("backend", ["agg", "module://no.such.windows"])
def test_on_a_terminal_without_a_display_it_is_a_file(rows, monkeypatch, backend):
    monkeypatch.setenv("MPLBACKEND", backend)
    ended = wcheck_on_terminal("plot", rows)
    assert (ended.status, ended.stdout) == (0, "")
    assert "The figure is in" in ended.stderr
    assert rows.with_suffix(".oracle.png").exists()


def test_on_a_terminal_with_a_display_it_is_a_window(rows, tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "module://tests.plots.window")
    monkeypatch.setenv("WCHECK_TEST_WINDOW", str(tmp_path / "shown"))
    ended = wcheck_on_terminal("plot", rows)
    assert (ended.status, ended.stderr) == (0, "")
    assert (tmp_path / "shown").read_text().splitlines() == ["step"] * 3
    assert not rows.with_suffix(".oracle.png").exists()


def test_several_files_are_one_figure(tmp_path):
    whole = frames.oracle()
    for name, part in whole.groupby("penalty"):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    ended = invoke(tmp_path / "0.1.csv", tmp_path / "10.0.csv", "-o", tmp_path / "f.svg")
    assert ended.exit_code == 0, ended.stderr
    text = (tmp_path / "f.svg").read_text()
    assert "λ = 0.1" in text
    assert "λ = 10" in text


def test_help_names_kinds_that_are_there():
    names = {kind.name for kind in KINDS}
    assert {"sinkhorn", "sweep", "oracle", "sample-complexity"} <= names


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("missing.csv",), "there is no file missing.csv"),
        (("rows.csv", "rows.csv"), "rows.csv was given twice"),
        (("rows.csv", "--kind", "pie"), "kind is 'pie': did you mean pixels? Choose one of"),
        (("rows.csv", "--kind", "toys"), "kind toys shows columns that these rows lack: x, closed_form"),
        (("rows.csv", "--style", "missing.mplstyle"), "--style missing.mplstyle cannot be read"),
        (("rows.csv", "-o", "figure.txt"), "no suffix of a figure"),
        (("rows.csv", "-o", "missing/figure.png"), "the folder missing does not exist"),
        (("iris.csv",), "do not belong to a command of wcheck"),
        (("empty.csv",), "empty.csv is empty"),
        (("rows.csv", "toys.csv"), "rows.csv and toys.csv"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_status_2(rows, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iris.csv").write_text("sepal,species\n1,setosa\n")
    (tmp_path / "empty.csv").write_text("")
    frames.toys().to_csv(tmp_path / "toys.csv", index=False)
    ended = invoke(*arguments)
    assert ended.exit_code == 2, ended.output
    assert message in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
    assert not list(tmp_path.glob("*.png"))


def test_inches_are_the_width_of_the_figure(rows, tmp_path):
    for inches in (3.3, 9):
        assert invoke(rows, "-o", tmp_path / "figure.svg", "--inches", inches).exit_code == 0
        width = float(re.search(r'width="([\d.]+)pt"', (tmp_path / "figure.svg").read_text())[1]) / 72
        assert width == pytest.approx(inches, abs=0.3)
    ended = invoke(rows, "-o", tmp_path / "figure.svg", "--inches", 0.5)
    assert ended.exit_code == 2
    assert "--inches 0.5 is not the width of a figure: give 2.5 to 40" in " ".join(ended.stderr.split())


@pytest.mark.parametrize(
    ("kind", "column", "value"),
    [
        ("known", "method", None),
        ("toys", "toy", None),
        ("dimension", "method", None),
        ("estimators", "estimator", None),
        ("gan", "exact", 0.5),
        ("compare", "against", "x"),
        ("timings", "above_input_bytes", None),
    ],
)
def test_damaged_rows_are_refused_in_one_line(tmp_path, kind, column, value):
    path = tmp_path / "rows.csv"
    frames.FRAMES[kind]().assign(**{column: value}).to_csv(path, index=False)
    ended = invoke(path, "-o", tmp_path / "figure.svg", "--kind", kind)
    assert ended.exit_code == 2
    assert ended.stderr.startswith("wcheck: ")
    assert ended.stderr.count("\n") == 1
    assert not (tmp_path / "figure.svg").exists()
