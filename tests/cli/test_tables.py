"""The table of every command, as it is drawn on terminals of several widths."""

import functools
import json
import re
from pathlib import Path

import numpy as np
import pytest

from wcheck.cli import terminal
from wcheck.columns import find, former
from wcheck.columns.layout import Layout
from wcheck.columns.rounding import cell
from wcheck.experiments.certify import Certify
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.experiments.telling.layouts import LAYOUTS
from wcheck.experiments.two_sample import TwoSample
from wcheck.progress import silent
from wcheck.rows.table import parse_rows

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "9a42abd"
RESULTS = ROOT / "docs" / "results"
FILES = {
    "gan": (RESULTS / "gan-digits.csv",),
    "compare": (RESULTS / "compare-features.csv", RESULTS / "compare-pixels.csv"),
    "crossover": (GOLDEN / "false-minima-gaussian.csv",),
    "oracle": (GOLDEN / "oracle.csv", GOLDEN / "oracle-held-out.csv", RESULTS / "ensemble.csv"),
    "batch": (GOLDEN / "batch.csv", GOLDEN / "batch-estimators.csv"),
    "two-gaussians": (GOLDEN / "two-gaussians-cut.csv",),
    "known": (GOLDEN / "known.csv", GOLDEN / "known-all.csv"),
}
"""Rows of experiments that have no file of their name, or more than one."""
MADE = {
    "certify": lambda folder: Certify.of(
        source="digits[0:20]", target="digits[20:40]", permutation=permutation(folder)
    ),
    "two-sample": lambda folder: TwoSample.of(
        source="digits[0:20]", target="digits[20:40]", statistic=("energy", "mmd"), permutations=9
    ),
}
"""Quick experiments of which no rows are kept."""
WIDTHS = (60, 80, 100, 160)


def permutation(folder):
    path = folder / "permutation.npy"
    np.save(path, np.roll(np.arange(20), 3))
    return path


@functools.cache
def read(path):
    blank = dict.fromkeys(EXPERIMENTS[experiment_of(path)].columns)
    rows = list(parse_rows(path.read_text()))[:60]  # more than a table shows
    names = former.renamed(rows[0])
    return [blank | {names.get(name, name): value for name, value in row.items()} for row in rows]


def experiment_of(path):
    return next((name for name, files in FILES.items() if path in files), path.stem)


@pytest.fixture(scope="module", params=sorted(EXPERIMENTS))
def rows(request, tmp_path_factory):
    """The name of an experiment, and a list of rows that it makes."""
    name = request.param
    if name in MADE:
        experiment = MADE[name](tmp_path_factory.mktemp(name))
        made = [row for task in experiment.tasks() for row in experiment.run(task, silent)]
        return name, [[{column: row.get(column) for column in experiment.columns} for row in made]]
    return name, [read(path) for path in FILES.get(name, (GOLDEN / f"{name}.csv",))]


def drawn(capsys, monkeypatch, rows, width, layout=None, **options):
    monkeypatch.setenv("COLUMNS", str(width))
    terminal.show(list(rows[0]), rows, layout, **options)
    return capsys.readouterr().out.splitlines()


def faults(lines, width, rows, layout):
    """What is wrong with a table: lines over the width, and numbers that are not whole under their header."""
    found = [line for line in lines if len(line) > width]
    for head, body in tables(lines):
        for name in rows[0]:
            values = [row.get(name) for row in rows]
            header = re.search(rf"(?<!\S)(?<!\S ){re.escape(layout.header(name))}(?! ?\S)", head)
            if header is None or not all(isinstance(value, int | float | None) for value in values):
                continue
            texts = [cell(name, value, layout.digits) for value in values]
            seen = [re.search(r"(\S*)$", line.ljust(width)[: header.end()])[1] for line in body]
            wrapped = [text for text in seen if text and text not in (*texts, terminal.ELLIPSIS)]
            cut = [text for text in texts if text and len(rows) <= terminal.LONGEST and text not in seen]
            found += [(name, text) for text in wrapped + cut]
    return found


def tables(lines):
    """The head of each table, and the lines below its rule up to a blank one."""
    for place, line in enumerate(lines):
        if line and set(line) == {"─"}:
            below = lines[place + 1 :]
            yield lines[place - 1], below[: below.index("") if "" in below else None]


@pytest.mark.parametrize("whole", [False, True], ids=["", "wide"])
@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_is_wider_than_the_terminal_and_no_number_is_wrapped(capsys, monkeypatch, rows, width, whole):
    name, files = rows
    layout = LAYOUTS[name]
    for each in files:
        several = [row for row in each if row.get(layout.apart) is None] if layout.apart else each
        lines = drawn(capsys, monkeypatch, several, width, layout, whole=whole)
        assert faults(lines, width, several, layout) == []
        if whole and len(several) > 1:
            assert sum(len(body) for _, body in tables(lines)) >= len(several)


def test_a_wrapped_number_and_a_line_over_the_width_would_be_found():
    rows = [{"penalty": penalty, "value": 0.123456} for penalty in (1, 10)]
    lines = ["penalty  value", "──────────────", "      1  0.123", "            46", "     10  0.12346"]
    assert faults(lines, 14, rows, Layout())[:3] == [lines[-1], ("value", "0.123"), ("value", "46")]
    right = ["penalty    value", "────────────────", "      1  0.12346", "     10  0.12346", ""]
    assert faults(right, 16, rows, Layout()) == []
    cut = ["penalty  value", "──────────────", "      1  0.12…", "     10  0.12…", ""]
    assert ("value", "0.12346") in faults(cut, 16, rows, Layout())


@pytest.mark.parametrize("width", WIDTHS)
def test_the_first_of_what_a_table_is_about_is_always_there(capsys, monkeypatch, rows, width):
    name, files = rows
    layout = LAYOUTS[name]
    for each in files:
        first = next(column for column in layout.leading if any(row.get(column) is not None for row in each))
        text = "\n".join(drawn(capsys, monkeypatch, each, width, layout))
        assert re.search(rf"(?<!\S){re.escape(layout.header(first))}(?!\S)", text)


def test_a_wider_terminal_has_no_fewer_columns(capsys, monkeypatch, rows):
    name, files = rows
    for each in files:
        heads = [
            next(iter(tables(drawn(capsys, monkeypatch, each, width, LAYOUTS[name]))), ("", []))[0].split()
            for width in WIDTHS
        ]
        assert heads == sorted(heads, key=len)


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_every_experiment_has_a_table_of_columns_that_it_has_and_no_two_are_called_alike(name):
    layout, columns = LAYOUTS[name], EXPERIMENTS[name].columns
    named = {*layout.leading, *layout.headings, *layout.aside, *filter(None, [layout.apart])}
    assert named - {*columns, "lower", "upper", "gap", "standard_error"} == set()
    assert set(layout.leading) <= set(columns)
    headers = [layout.header(column) for column in columns]
    assert sorted(headers) == sorted(set(headers))


def test_there_is_no_table_of_an_experiment_that_is_not_there():
    assert set(LAYOUTS) == set(EXPERIMENTS)


def test_headers_are_short_and_what_is_under_percent_is_a_share():
    for layout in LAYOUTS.values():
        assert all(len(layout.header(name)) <= 12 for name in layout.leading)
        for name, heading in layout.headings.items():
            assert find(name).percent == heading.header.endswith(" %"), name


def test_two_tolerances_of_one_distance_keep_its_bracket_as_columns(capsys, monkeypatch):
    rows = [
        {"tol": tol, "value": 1.5, "lower": 1.5, "upper": 1.5, "status": "optimal"} for tol in (1e-2, 1e-6)
    ]
    head = drawn(capsys, monkeypatch, rows, 80, LAYOUTS["exact"])[0]
    assert head.split() == ["tol", "value", "lower", "upper"]


def test_a_long_table_has_its_head_and_tail_and_says_how_to_get_the_rest(capsys, monkeypatch):
    rows = [{"rep": rep, "value": rep / 7} for rep in range(200)]
    lines = drawn(capsys, monkeypatch, rows, 80)
    ((_, body),) = tables(lines)
    assert len(body) == terminal.HEAD + 1 + terminal.TAIL
    assert [body[0].split()[0], body[-1].split()[0]] == ["0", "199"]
    assert "170 of 200 rows are not shown: --wide shows all of them, and -o FILE.csv" in "\n".join(lines)
    ((_, body),) = tables(drawn(capsys, monkeypatch, rows, 80, whole=True))
    assert len(body) == 200


def test_what_columns_are_stands_below_with_their_names(capsys, monkeypatch):
    rows = [
        {"penalty": penalty, "value": 0.5, "normalised": penalty / 7, "normalised_pairs_ratio": 0.12345}
        for penalty in (1, 10)
    ]
    lines = drawn(capsys, monkeypatch, rows, 100, LAYOUTS["oracle"])
    assert lines[0].split() == ["penalty", "V", "V/L", "V/L_pairs", "%"]
    assert lines[2].split() == ["1", "0.5", "0.14286", "12.3"]  # a certified share, rounded down
    assert (
        "V/L          normalised: V divided by the largest gradient norm found, which proves nothing" in lines
    )


def test_a_setting_that_only_some_methods_have_and_that_is_alike_in_them_takes_no_room(capsys, monkeypatch):
    rows = [
        {"method": method, "penalty": penalty, "n": n, "value": n / 7}
        for method, penalty in (("gp", 10.0), ("exact", None))
        for n in (1, 2)
    ]
    lines = drawn(capsys, monkeypatch, rows, 80)
    assert lines[0].split() == ["method", "n", "value"]
    assert "Where they apply: penalty=10." in lines
    again = [row | {"method": "gp"} for row in rows]
    assert drawn(capsys, monkeypatch, again, 80)[0].split() == ["penalty", "n", "value"]


def test_rows_of_two_kinds_have_a_table_each(capsys, monkeypatch):
    layout = Layout(("value", "layer_grad"), apart="layer")
    rows = [{"layer": None, "value": 1.5, "layer_grad": None}]
    rows += [{"layer": layer, "value": None, "layer_grad": layer / 7} for layer in (1, 2)]
    lines = drawn(capsys, monkeypatch, rows, 80, layout)
    assert lines[0].split()[:2] == ["value", "1.5"]
    ((head, body),) = tables(lines)
    assert head.split() == ["layer", "gradient"]
    assert len(body) == 2


def test_columns_that_were_chosen_are_those_that_are_shown(capsys, monkeypatch):
    rows = [{"width": width, "value": 0.5, "grad_q50": width / 7, "seconds": width / 3} for width in (1, 2)]
    assert drawn(capsys, monkeypatch, rows, 80, chosen=["seconds", "grad_q50"])[0].split() == [
        "width",
        "seconds",
        "grad_q50",
    ]


def test_wide_letters_count_as_what_they_take(capsys, monkeypatch):
    rows = [{"source": "画像のフォルダー/" * 9, "value": value} for value in (1.5, 2.5)]
    rows[1]["source"] = "b"
    from rich.cells import cell_len

    assert max(map(cell_len, drawn(capsys, monkeypatch, rows, 60))) <= 60


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.csv")), ids=lambda path: path.stem)
def test_files_that_the_pages_show_fit_80_columns(capsys, monkeypatch, path):
    name = json.loads(path.with_name(path.name + ".json").read_text()).get("experiment")
    if name in LAYOUTS:
        rows = list(parse_rows(path.read_text()))
        assert max(map(len, drawn(capsys, monkeypatch, rows, 80, LAYOUTS[name]))) <= 80
