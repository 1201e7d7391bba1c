"""docs/results.md and the README's figures are what a script makes of the reproductions that are kept."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.scripts import script

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def results():
    return script("docs/results.py")


def test_the_page_of_results_is_that_of_the_files_that_are_kept(results):
    page = (ROOT / "docs" / "results.md").read_text()
    assert page == results.results(results.reproductions()), "run python docs/results.py"


def test_the_figures_of_the_readme_are_those_that_are_kept(results):
    """Three at most."""
    text = (ROOT / "README.md").read_text()
    assert text == results.readme(text, results.reproductions()), "run python docs/results.py"
    assert 1 <= len(re.findall(r"<img ", text)) <= 3


def test_a_figure_is_drawn_for_each_that_a_page_shows(results):
    found = results.reproductions()
    shown = {f"{kept.preset}-{shown.run}.png" for kept in found for shown in kept.figures()}
    front = {f"front-{shown.run}.png" for kept in found for shown in kept.front()}
    assert {path.name for path in results.FIGURES.iterdir()} == shown | front
    assert len(front) == len(results.FRONT)


def test_what_is_kept_makes_its_page_again(results, tmp_path):
    """Without the page and the figures that were drawn, from which nothing is read."""
    page = script("docs/results.py").KEPT / "quick"
    kept = results.keep(page, tmp_path)
    names = {path.name for path in kept.iterdir()}
    assert names == {"claims.csv", "reproduction.json", "runs", "studies"}
    (kept / "report.html").write_text("old")
    again = results.keep(kept, tmp_path / "other")
    assert not (again / "report.html").exists()
    assert results.results([results.Kept.read(again)]) == results.results([results.Kept.read(page)])


def test_pictures_are_kept_and_what_else_a_run_saved_is_not(results, tmp_path):
    folder, file = tmp_path / "given", "bernoulli-sheets/001-000500.png"
    shutil.copytree(results.KEPT / "quick", folder)
    path = folder / "studies" / "B5.json"
    study = json.loads(path.read_text())
    study["runs"][0]["pictures"] = [{"file": file, "alt": "A sheet."}]
    path.write_text(json.dumps(study))
    sheets = folder / "runs" / "bernoulli-sheets"
    sheets.mkdir()
    for name in ("001-000250.png", "001-000500.png"):
        (sheets / name).write_bytes(name.encode())
    (folder / "runs" / "unfinished.csv").write_text("")
    kept = results.keep(folder, tmp_path / "kept")
    assert not (kept / "runs" / "unfinished.csv").exists()
    assert [path.name for path in (kept / "runs" / "bernoulli-sheets").iterdir()] == ["001-000500.png"]
    shown = {shown.run: shown for shown in results.Kept.read(kept).figures()}["bernoulli"]
    assert (shown.picture, shown.alt) == (kept / "runs" / file, "A sheet.")


def test_cells_of_a_table_are_no_markup(results):
    found = results._cell("a | b\n*c* <script> `d` [e](f)")
    assert found == r"a \| b \*c\* \<script\> \`d\` \[e\](f)"
    assert results._attribute('"> <b>') == "&quot;&gt; &lt;b&gt;"
