"""A folder as ``wcheck reproduce`` writes it, made by hand of rows that are kept in docs/results."""

import csv
import json
import shutil
from pathlib import Path

RESULTS = Path(__file__).parent.parent.parent / "docs" / "results"
CLAIM = {
    "study": "A1",
    "claim": "loss-is-a-tenth",
    "source": "Stanczuk et al. 2021, Section 4.2, Figure 3",
    "says": "The loss of a critic is a tenth of the distance.",
    "number": "41.21",
    "rule": "Reproduced if ratio is below 0.5.",
    "rule_then": "",
    "found": "V / L is 2.1 to 4.0 % of the exact 11.0434",
    "value": "0.03",
    "lower": "0.021",
    "upper": "0.04",
    "verdict": "reproduced",
    "data": "stand-in: digits",
    "more": "",
    "why": "",
}
OWN = "the paper's"
CLAIMS = [
    CLAIM,
    CLAIM | {"claim": "changed-rule", "rule_then": "Reproduced if ratio is below 0.6.", "found": "9 of 10"},
    CLAIM | {"study": "B5", "claim": "biased", "verdict": "not reproduced", "why": "Batches differ.", "data": OWN},
    CLAIM | {"study": "B5", "claim": "open", "verdict": "not settled", "more": "about 40 seeds", "found": "10 of 10"},
]  # fmt: skip


def run(name, *kinds):
    figures = [{"kind": kind, "alt": f"What {kind} shows of {name}."} for kind in kinds]
    return {"name": name, "command": f"wcheck {name} -o {name}.csv", "seconds": 2.5, "figures": figures}


STUDIES = {
    "A1": [run("bernoulli", "bernoulli"), run("exact-paper")],
    "B5": [run("false-minima-digits", "false-minima"), run("bernoulli", "bernoulli")],
}


def study(name, **changes):
    return {
        "name": name,
        "title": f"The title of {name}",
        "question": f"The question of {name}?",
        "means": f"What {name} means, and what it does not.",
        "runs": STUDIES[name],
        "claims": [claim["claim"] for claim in CLAIMS if claim["study"] == name],
        "seconds": 3.0,
    } | changes


def folder(path, claims=CLAIMS, studies=None, **changes):
    """Write a folder of two finished studies of three; what is said otherwise is written otherwise."""
    studies = [study(name) for name in STUDIES] if studies is None else studies
    for place in ("runs", "studies"):
        (path / place).mkdir(parents=True, exist_ok=True)
    for each in studies:
        (path / "studies" / f"{each['name']}.json").write_text(json.dumps(each))
        for name in (each["name"] for each in each["runs"]):
            for file in RESULTS.glob(f"{name}.csv*"):
                shutil.copy(file, path / "runs")
    write_claims(path, claims)
    record = {
        "schema": 1,
        "preset": "quick",
        "data": "digits",
        "rules_commit": "0123abc",
        "versions": {"wcheck": "0.1.0", "torch": "2.13.0"},
        "machine": {"platform": "Linux x86_64", "cores": 2},
        "studies": ["A1", "B5", "F1"],
    }
    (path / "reproduction.json").write_text(json.dumps(record | changes))
    return path


def write_claims(path, claims):
    with (path / "claims.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(CLAIM))
        writer.writeheader()
        writer.writerows(claims)
