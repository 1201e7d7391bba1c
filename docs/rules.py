"""Record the rules of all claims as they are committed: ``python docs/rules.py``, then commit what it wrote.

The commit that it names holds the code of these rules; from then on, a rule that is changed is shown with both texts.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from wcheck.studies import rules
from wcheck.studies.registry import STUDIES


def main(path: Path = rules.PATH) -> str:
    """Write the rules under the commit that is checked out, and return it.

    Raises
    ------
    SystemExit
        If the studies differ from those of that commit.
    """
    folder = path.parent
    changed = _git(folder, "status", "--porcelain", "--", ".").splitlines()
    if [line for line in changed if not line.endswith(path.name)]:
        sys.exit("The studies differ from those that are committed: commit them first.")
    commit = _git(folder, "rev-parse", "--short=12", "HEAD").strip()
    path.write_text(rules.text(commit, STUDIES), encoding="utf-8")
    return commit


def _git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    print(f"The rules of {main()} are recorded.")  # noqa: T201
