"""Claims as tests ask them: by name, of small frames."""

from __future__ import annotations

import pandas as pd

from wcheck.studies.registry import STUDIES

CLAIMS = {claim.name: claim for study in STUDIES for claim in study.claims}


def finding(claim, **rows):
    """What the rule of a claim finds in rows by the name of their run, whose dashes are underscores here."""
    frames = {name.replace("_", "-"): pd.DataFrame(each) for name, each in rows.items()}
    return CLAIMS[claim].judge(frames)


def verdict(claim, **rows):
    """The verdict alone."""
    return finding(claim, **rows).verdict
