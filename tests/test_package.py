"""The package as an index shows it: links that lead somewhere, one version, and what a wheel must hold."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest

import wcheck
from tests.scripts import script

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\(([^)\s]+)\)")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def described():
    return script("setup.py").described


def test_links_of_the_readme_are_absolute_where_the_repository_is_known(described):
    readme = (ROOT / "README.md").read_text()
    text = described(readme, "https://example.org/wcheck/")
    own, made = LINK.findall(readme), LINK.findall(text)
    assert len(own) == len(made) > 10
    for before, after in zip(own, made, strict=True):
        assert after == (before if "://" in before else f"https://example.org/wcheck/blob/main/{before}")


def test_without_a_repository_no_link_leads_nowhere(described):
    readme = (ROOT / "README.md").read_text()
    assert [link for link in LINK.findall(described(readme, None)) if "://" not in link] == []
    assert described("see ![a curve](a.png) and [b](docs/b.md)", None) == "see a curve and b"
    shown = described("![a curve](a.png)", "https://example.org/w")
    assert shown == "![a curve](https://example.org/w/raw/main/a.png)"


def test_the_version_is_one_everywhere():
    assert f"\nversion: {wcheck.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_every_dependency_has_a_lowest_version_that_is_tried():
    """The script .ci/lowest installs these, and the extras but that of the tests."""
    extras = {name: texts for name, texts in PROJECT["optional-dependencies"].items() if name != "test"}
    for text in itertools.chain(PROJECT["dependencies"], *extras.values()):
        assert re.fullmatch(r"[\w.-]+(\[\w+\])?[>=]=[\d.]+", text), text
    (installed,) = re.findall(r"-e '\.\[(.*)\]'", (ROOT / ".ci" / "lowest").read_text())
    assert set(installed.split(",")) == {"test", *extras}


def test_types_are_shipped_and_classified():
    assert (ROOT / "wcheck" / "py.typed").exists()
    assert "Typing :: Typed" in PROJECT["classifiers"]
