"""Builds the README as a package index shows it; everything else about the build stands in pyproject.toml."""

import re
import tomllib
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
LINK = re.compile(r"\[(?P<text>[^\]]*)\]\((?P<path>(?![a-z]+:|#)[^)\s]+)\)")


def described(readme: str, repository: str | None) -> str:
    """Return the README with links that lead somewhere from outside the repository.

    Parameters
    ----------
    readme : str
        With links that are relative to the repository.
    repository : str or None
        The address of the repository; where it is not known, the text of a link stays, and what it shows is left out.
    """

    def absolute(link: re.Match[str]) -> str:
        shown = link.start() > 0 and readme[link.start() - 1] == "!"
        if repository is None:
            return link["text"]
        place = "raw" if shown else "blob"
        return f"[{link['text']}]({repository.rstrip('/')}/{place}/main/{link['path']})"

    if repository is None:
        readme = re.sub(r"!(?=\[[^\]]*\]\()", "", readme)
    return LINK.sub(absolute, readme)


if __name__ == "__main__":
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    setup(
        long_description=described(
            (ROOT / "README.md").read_text(encoding="utf-8"), project["urls"].get("Repository")
        ),
        long_description_content_type="text/markdown",
    )
