"""The pages of the commands are those that the code makes, and what pages link to is there."""

import importlib.util
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


@pytest.fixture(scope="module")
def generate():
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_pages_are_those_of_the_code(generate):
    made = generate.pages()
    assert {path.name for path in (DOCS / "commands").glob("*.md")} == set(made)
    for name, text in made.items():
        assert (DOCS / "commands" / name).read_text() == text, f"run python docs/generate.py: {name} differs"


def test_a_page_says_what_its_command_takes_and_writes(generate):
    page = generate.pages()["exact.md"]
    assert "`--scale 0,1\\|-1,1\\|zscore`" in page
    assert "`relative_gap`" in page
    assert "[brackets](plot.md#kinds)" in page
    assert "wcheck exact [OPTIONS] P Q" in page


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_what_a_page_links_to_is_there(page):
    for target in LINK.findall(page.read_text()):
        assert "://" in target or (page.parent / target).exists(), target
