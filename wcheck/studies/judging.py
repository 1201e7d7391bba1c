"""From rows to verdicts: the finding of a claim's rule, as a self-contained row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from wcheck.rows.table import Row
from wcheck.studies.rules import Committed
from wcheck.studies.study import Claim, Finding, Rows, Study, names_data

COLUMNS = (
    "study", "claim", "source", "says", "number", "rule", "rule_then", "found", "value", "lower", "upper", "verdict",
    "data", "more", "why",
)  # fmt: skip
"""The columns of the table of claims."""
ORIGINAL = "the paper's"


def judged(study: Study, rows: Rows, data: str, committed: Committed, failed: Mapping[str, str]) -> list[Row]:
    """Return a row for each claim of a study.

    Parameters
    ----------
    study : Study
        Whose claims.
    rows : mapping
        The rows of its runs that finished, by their names.
    data : str
        The source of the plan.
    committed : Committed
        The rules as they were committed.
    failed : mapping
        What went wrong in each of its runs that did not finish: a claim that reads one is not settled.
    """
    found = []
    read = data_of(study, rows, data)
    for claim in study.claims:
        finding = _finding(claim, rows, failed)
        found.append(
            {
                "study": study.name,
                "claim": claim.name,
                "source": claim.source,
                "says": claim.says,
                "number": claim.number or None,
                "rule": claim.rule,
                "rule_then": committed.then(claim) or None,
                **{name: None if value == "" else value for name, value in asdict(finding).items()},
                "data": stands_for(claim, claim.data or read),
            }
        )
    return found


def stands_for(claim: Claim, data: str) -> str:
    """Return whether a verdict is about the paper's own data, or which data are used instead."""
    return ORIGINAL if not claim.original or data.startswith(claim.original) else f"stand-in: {data}"


def data_of(study: Study, rows: Rows, data: str) -> str:
    """Return what the runs of a study were on: the data of the plan where one names them, else what their rows name."""
    if any(names_data(run) for run in study.runs):
        return data
    for found in rows.values():
        for column in ("data", "source"):
            if column in found and found[column].notna().any():
                return str(found[column].dropna().iloc[0])
    return data


def _finding(claim: Claim, rows: Rows, failed: Mapping[str, str]) -> Finding:
    try:
        return claim.judge(rows)
    except Exception as error:  # a study that is at fault does not end the others
        missing = str(error.args[0]).removesuffix(".fit") if isinstance(error, KeyError) else ""
        if missing in failed:
            why = f"the run {missing} failed: {failed[missing]}"
            return Finding("not settled", "nothing, because its rows are missing", why=why)
        return Finding(
            "not settled",
            "nothing, because the rule could not be applied to these rows",
            why=f"the rule raised {type(error).__name__}: {error}",
        )
