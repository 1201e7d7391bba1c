"""Reproductions: resumed, shared, and none the worse for a study that fails."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from wcheck.errors import OutputError
from wcheck.rows.table import parse_rows
from wcheck.studies import reproduction as module
from wcheck.studies import rules, running
from wcheck.studies.folder import Folder
from wcheck.studies.judging import COLUMNS, judged, stands_for
from wcheck.studies.plan import Plan
from wcheck.studies.reproduction import Reproduction
from wcheck.studies.running import OUTER
from wcheck.studies.study import Claim, Finding, Run, Study


def mean_of_n(rows):
    found = rows["tiny"]
    assert found["n"].dtype == float
    return Finding("reproduced", f"{len(found)} rows", value=found["n"].mean())


def claim(name, judge=mean_of_n, **more):
    return Claim(name, "Somebody, 2021", "It is so.", "Reproduced if it is so.", judge, **more)


TINY = Run("tiny", "bernoulli", {"theta_star": (0.1, 0.4), "n": (1, 2), "reps": 10}, {"quick": 3})
OTHER = Run("other", "bernoulli", {"theta_star": (0.5,), "n": (3,), "reps": 10}, {"quick": 1})
FAILS = Run("fails", "exact", {"source": "nowhere.npy", "target": "{data}"}, {"quick": 1})
FITS = Run(
    "fits", "sample-complexity",
    {"dim": (2,), "n": (4, 8, 16), "reps": 3, "estimator": ("exact",), "fit": True}, {"quick": 1},
)  # fmt: skip
FIRST = Study("S1", "One", "Is it so?", (TINY,), (claim("one"),), "It is so.")
SECOND = Study("S2", "Two", "Is it so?", (OTHER, TINY), (claim("two"),), "It is so.")
FAILING = Study(
    "S3",
    "Three",
    "Is it so?",
    (FAILS, TINY),
    (claim("three", lambda rows: rows["fails"]), claim("four")),
    "It is so.",
)


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """Three studies, and no page, whose figures take their time: tests/report has it."""
    monkeypatch.setattr(module, "STUDIES", (FAILING, FIRST, SECOND))
    monkeypatch.setattr(module.page, "write", lambda folder: None)


def made(folder, *studies, data="digits[0:20]", jobs=1):
    return Reproduction(Plan(studies, "quick", data), Folder(folder), jobs)


def claims(folder):
    return list(parse_rows((folder / "claims.csv").read_text()))


def test_files_of_a_reproduction(tmp_path):
    reproduction = made(tmp_path, FIRST, SECOND)
    seen = []
    reproduction.run(after=lambda: seen.append(sorted(row["study"] for row in claims(tmp_path))))
    assert seen == [["S1"], ["S1", "S2"]]  # after each study
    rows = claims(tmp_path)
    assert tuple(rows[0]) == COLUMNS
    assert [(row["verdict"], row["value"], row["data"]) for row in rows] == [
        ("reproduced", 1.5, "the paper's")
    ] * 2
    record = json.loads((tmp_path / "reproduction.json").read_text())
    assert record["studies"] == ["S1", "S2"]
    study = json.loads((tmp_path / "studies" / "S2.json").read_text())
    assert [run["name"] for run in study["runs"]] == ["other", "tiny"]
    assert study["runs"][1]["command"].startswith("wcheck bernoulli --theta-star 0.1")
    assert not reproduction.failed


def test_the_last_picture_of_a_pattern_is_told_and_what_is_beside(tmp_path):
    run = replace(
        TINY,
        beside=("other",),
        pictures={"{folder}-sheets/001-*-b.png": "Some.", "{folder}-sheets/9*": "None."},
    )
    study = replace(SECOND, runs=(run, OTHER))
    sheets = tmp_path / "runs" / "tiny-sheets"
    reproduction = made(tmp_path, study)
    reproduction.folder.open(reproduction.plan, "", ["S2"])
    sheets.mkdir()
    for name in ("001-000000-b.png", "001-000500-b.png", "001-000900.png", "002-000500-b.png"):
        (sheets / name).write_bytes(b"")
    reproduction.run()
    told = json.loads((tmp_path / "studies" / "S2.json").read_text())["runs"][0]
    assert told["pictures"] == [{"file": "tiny-sheets/001-000500-b.png", "alt": "Some."}]
    assert told["beside"] == ["other"]


def test_a_run_that_studies_share_is_run_once(tmp_path, monkeypatch):
    written = []
    original = running.write_rows
    monkeypatch.setattr(
        running, "write_rows", lambda *args: written.append(args[1].path.stem) or original(*args)
    )
    made(tmp_path, FIRST, SECOND).run()
    assert written == ["tiny", "other"]


def test_an_interrupted_reproduction_goes_on_and_leaves_what_is_finished(tmp_path):
    def interrupt(label, done, total, note=""):
        if label == "tiny" and done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made(tmp_path, SECOND).run(interrupt)
    kept = (tmp_path / "runs" / "tiny.csv").read_bytes()
    finished = (tmp_path / "runs" / "other.csv").stat().st_mtime_ns
    assert kept.count(b"\n") == 3
    again = made(tmp_path, SECOND)
    assert [run.name for run in again.missing()] == ["tiny"]
    reports = []
    again.run(lambda label, done, total, note="": reports.append((done, total)) if label == OUTER else None)
    assert {total for _, total in reports} == {
        1.5
    }  # half of the tasks of "tiny" are finished, and all of "other"
    assert reports[0][0] == 0.0
    assert reports[-1][0] == 0.75  # as the last of the four tasks begins
    assert (tmp_path / "runs" / "tiny.csv").read_bytes().startswith(kept)
    assert (tmp_path / "runs" / "other.csv").stat().st_mtime_ns == finished
    whole = tmp_path / "whole"
    made(whole, SECOND).run()
    columns = [name for name in pd.read_csv(whole / "runs" / "tiny.csv") if name != "seconds"]
    one, other = (pd.read_csv(folder / "runs" / "tiny.csv")[columns] for folder in (tmp_path, whole))
    pd.testing.assert_frame_equal(one, other)


def test_a_run_that_fails_leaves_open_only_the_claims_that_read_it(tmp_path):
    reproduction = made(tmp_path, FAILING, FIRST)
    reproduction.run()
    assert reproduction.failed.keys() == {"fails"}
    found = {row["claim"]: row for row in claims(tmp_path)}
    assert {name: row["verdict"] for name, row in found.items()} == {
        "three": "not settled", "four": "reproduced", "one": "reproduced",
    }  # fmt: skip
    assert "nowhere.npy" in found["three"]["why"]


def test_a_fault_of_a_run_or_of_a_rule_is_kept_and_ends_nothing(tmp_path, monkeypatch):
    def broken(rows):
        raise KeyError("column")

    study = Study("S3", "Three", "Is it so?", (TINY,), (claim("three", broken), claim("four")), "It is so.")
    made(tmp_path, study).run()
    assert [row["verdict"] for row in claims(tmp_path)] == ["not settled", "reproduced"]
    assert "KeyError" in claims(tmp_path)[0]["why"]

    def fault(*args):
        raise RuntimeError("a fault")

    monkeypatch.setattr(running, "write_rows", fault)
    reproduction = made(tmp_path / "b", FIRST)
    reproduction.run()
    assert "a fault" in reproduction.failed["tiny"]
    assert "Traceback" in (tmp_path / "b" / "runs" / "tiny.error.txt").read_text()


def test_runs_of_few_tasks_run_side_by_side_and_fail_alone(tmp_path):
    """In processes of their own: the same rows, the same reasons, and all of it is reported."""
    seen = []
    several = made(tmp_path / "several", FAILING, SECOND, jobs=3)
    several.run(lambda label, done, total, note="": seen.append((label, done, total)))
    alone = made(tmp_path / "alone", FAILING, SECOND)
    alone.run()
    assert several.failed == alone.failed
    assert claims(tmp_path / "several") == claims(tmp_path / "alone")
    for name in ("tiny", "other"):
        one, other = (pd.read_csv(tmp_path / way / "runs" / f"{name}.csv") for way in ("several", "alone"))
        pd.testing.assert_frame_equal(one.drop(columns="seconds"), other.drop(columns="seconds"))
    assert {total for label, _, total in seen if label == OUTER} == {5.0}


def test_a_page_that_cannot_be_written_ends_nothing(tmp_path, monkeypatch):
    def fault(folder):
        raise RuntimeError("no page")

    monkeypatch.setattr(module.page, "write", fault)
    reproduction = made(tmp_path, FIRST)
    reproduction.run()
    assert reproduction.unwritten == "RuntimeError: no page"
    assert claims(tmp_path)


def test_studies_that_were_run_before_stay_in_the_table(tmp_path):
    made(tmp_path, FIRST).run()
    made(tmp_path, SECOND).run()
    assert [row["study"] for row in claims(tmp_path)] == ["S1", "S2"]
    assert json.loads((tmp_path / "reproduction.json").read_text())["studies"] == ["S1", "S2"]


def test_the_fit_is_written_beside_its_rows_and_read_with_them(tmp_path):
    seen = {}
    study = Study(
        "S1", "One", "Is it so?", (FITS,),
        (claim("one", lambda rows: seen.update(rows) or Finding("reproduced", "")),), "It is so.",
    )  # fmt: skip
    made(tmp_path, study).run()
    assert seen.keys() == {"fits", "fits.fit"}
    assert seen["fits.fit"]["slope"].notna().any()
    (tmp_path / "runs" / "fits.fit.csv").unlink()  # killed between the two
    again = made(tmp_path, study)
    assert [run.name for run in again.missing()] == ["fits"]
    again.run()
    assert (tmp_path / "runs" / "fits.fit.csv").is_file()


@pytest.mark.parametrize(
    ("prepare", "told"),
    [
        (lambda folder: (folder / "thesis.txt").write_text("mine"), "is not empty and holds no reproduction"),
        (
            lambda folder: (folder / "reproduction.json").write_text("{"),
            "is not the record of a reproduction",
        ),
        (
            lambda folder: (folder / "reproduction.json").write_text("[1]"),
            "is not the record of a reproduction",
        ),
        (lambda folder: made(folder, FIRST, data="digits[0:9]").run(), r"whose data is digits\[0:9\], not"),
    ],
)
def test_a_folder_of_something_else_is_refused(tmp_path, prepare, told):
    prepare(tmp_path)
    with pytest.raises(OutputError, match=told):
        made(tmp_path, FIRST).run()


def test_the_whole_is_reported_in_declared_seconds(tmp_path):
    seen = []
    made(tmp_path, SECOND).run(lambda label, done, total, note="": seen.append((label, done, total)))
    outer = [(done, total) for label, done, total in seen if label == OUTER]
    assert outer == sorted(outer)
    assert outer[0] == (0.0, 4.0)
    assert {total for _, total in outer} == {4.0}
    assert outer[-1][0] > 3.0


def test_files_name_no_folder_of_the_user(tmp_path):
    source = tmp_path / "secret" / "mine.csv"
    source.parent.mkdir()
    source.write_text("a,b\n1,2\n3,4\n")
    run = Run("both", "exact", {"source": "{data}", "target": "{data}"}, {"quick": 1})
    study = Study(
        "S1",
        "One",
        "Is it so?",
        (run,),
        (claim("one", lambda rows: Finding("reproduced", f"{len(rows['both'])} row")),),
        "Yes.",
    )
    folder = tmp_path / "out"
    made(folder, study, data=str(source)).run()
    for path in [folder / "claims.csv", folder / "reproduction.json", folder / "studies" / "S1.json"]:
        assert "secret" not in path.read_text(), path
    (folder / "runs" / "both.csv.json").write_text("{}")  # which the reason names by its path
    made(folder, study, data=str(source)).run()
    assert "both.csv.json is not a record" in (folder / "claims.csv").read_text()
    assert "out" not in (folder / "claims.csv").read_text().partition("not a record")[0]
    assert "wcheck exact mine.csv mine.csv" in (folder / "studies" / "S1.json").read_text()


@pytest.mark.parametrize(
    ("original", "data", "said"),
    [
        ((), "digits", "the paper's"),
        (("cifar10",), "cifar10:train[0:9]", "the paper's"),
        (("cifar10",), "digits", "stand-in: digits"),
        (("celeba",), "cifar10", "stand-in: cifar10"),
    ],
)
def test_a_stand_in_is_named(tmp_path, original, data, said):
    assert stands_for(claim("one", original=original), data) == said


def test_data_that_a_study_names_itself_are_those_of_its_rows(tmp_path):
    """Whatever the data of the plan are: a run that names none of them is not on them."""
    study = Study("S1", "One", "Is it so?", (TINY,), (claim("one", original=("cifar10",)),), "It is so.")
    frames = {"tiny": pd.DataFrame({"data": [None, "digits[0:9]"], "n": 1.0})}
    (row,) = judged(study, frames, "cifar10", rules.read(), {})
    assert row["data"] == "stand-in: digits[0:9]"
    assert (
        judged(study, {"tiny": frames["tiny"][["n"]]}, "cifar10", rules.read(), {})[0]["data"]
        == "the paper's"
    )


def test_a_claim_on_other_data_than_its_study_says_so():
    """In a study of digits, one on a ring."""
    claims = (claim("one", original=("lsun",)), claim("two", original=("lsun",), data="8gaussians"))
    study = Study("S1", "One", "Is it so?", (TINY,), claims, "It is so.")
    frames = {"tiny": pd.DataFrame({"data": ["digits"], "n": 1.0})}
    rows = judged(study, frames, "digits", rules.read(), {})
    assert [row["data"] for row in rows] == ["stand-in: digits", "stand-in: 8gaussians"]


def test_a_rule_that_was_changed_is_shown_with_both_texts():
    """The committed text stands beside today's; one that was there as it is leaves the cell blank."""
    committed = rules.Committed("abc", {"same": "Reproduced if it is so.", "changed": "Reproduced if so."})
    assert committed.then(claim("same")) == ""
    assert committed.then(claim("changed")) == "Reproduced if so."
    assert committed.then(claim("new")) == rules.LATER
    assert rules.Committed("", {}).then(claim("new")) == ""


def test_rules_are_written_as_they_are_read(tmp_path):
    path = tmp_path / "rules.json"
    path.write_text(rules.text("abc", (FIRST, SECOND)))
    assert rules.read(path) == rules.Committed(
        "abc", {"one": "Reproduced if it is so.", "two": "Reproduced if it is so."}
    )
