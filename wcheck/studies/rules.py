"""The rules as they were committed before the first full run, beside those of today."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from wcheck.studies.study import Claim, Study

PATH = Path(__file__).with_name("rules.json")
LATER = "none: this claim was added later"
"""The text in place of the recorded rule for a claim that was added later."""


@dataclass(frozen=True, slots=True)
class Committed:
    """Rules of one commit.

    Attributes
    ----------
    commit : str
        The commit whose code held them; empty where none was recorded.
    rules : dict
        The rule of each claim, by the name of the claim.
    """

    commit: str
    rules: dict[str, str]

    def then(self, claim: Claim) -> str:
        """Return the committed rule of a claim where it is another than that of today, otherwise nothing."""
        if not self.commit:
            return ""
        rule = self.rules.get(claim.name, LATER)
        return "" if rule == claim.rule else rule


def read(path: Path = PATH) -> Committed:
    """Return the committed rules, which come with the package."""
    record = json.loads(path.read_text(encoding="utf-8"))
    return Committed(record["commit"], record["rules"])


def text(commit: str, studies: tuple[Study, ...]) -> str:
    """Return the rules of studies as the file holds them."""
    rules = {claim.name: claim.rule for study in studies for claim in study.claims}
    return json.dumps({"commit": commit, "rules": rules}, indent=1, ensure_ascii=False) + "\n"
