"""Tables: the text of a row, files with their sidecar, what resumes and what is refused."""

import contextlib
import csv
import hashlib
import io
import json
import math
import os
import random
import signal
import subprocess
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tests import fakes
from tests.fakes import Counting
from tests.running import wait_until
from wcheck.errors import OutputError, SolverError
from wcheck.experiments.base import Experiment
from wcheck.experiments.driver import Workers, write_rows
from wcheck.progress import TASK
from wcheck.rows import sidecar
from wcheck.rows.csvfile import CsvFile, check_writable
from wcheck.rows.table import CsvStream, Table, csv_line, parse_rows


@dataclass(frozen=True)
class Halfway(Counting):
    """Says how much of a task is done."""

    def run(self, task, report, place=None):
        for number, row in enumerate(super().run(task, report)):
            report(TASK, number + 0.5, self.rows)
            yield row


def csv_file(path, experiment, **options):
    return CsvFile(path, experiment.columns, experiment.fine, neutral=experiment.neutral, **options)


def written(path, experiment=None, **options):
    experiment = experiment or Counting()
    table = csv_file(path, experiment, **options)
    write_rows(experiment, table)
    return table


def without_times(path):
    return [{**row, "seconds": None} for row in parse_rows(path.read_text())]


class Crash(Exception):
    pass


def crashing(after):
    """A report that ends a run at its n-th call."""
    calls = iter(range(10**6))

    def report(label, done, total, note=""):
        if label == "counting" and next(calls) == after:
            raise Crash

    return report


@given(st.floats())
def test_floats_round_trip(value):
    line = csv_line([value])
    back = float(line)
    assert back == value or (math.isnan(back) and math.isnan(value))


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\0")))
def test_texts_round_trip(text):
    assert next(csv.reader(io.StringIO(csv_line([text, "end"]), newline=""))) == [text, "end"]


def test_blank_infinite_and_missing_values_are_told_apart():
    assert csv_line([None, math.inf, -math.inf, math.nan, 0.1, 3]) == ",inf,-inf,nan,0.1,3\n"
    row = next(parse_rows("a,b,c,d,e\n,inf,nan,0.1,x\n"))
    assert row.pop("c") != row.get("c")
    assert row == {"a": None, "b": math.inf, "d": 0.1, "e": "x"}


def test_numpy_numbers_are_written_as_the_number_they_are():
    stream = io.StringIO()
    table = CsvStream(stream, ("a", "b", "c"))
    table.write({"a": np.float64(0.1), "b": np.float32(0.1), "c": np.int64(3)})
    assert stream.getvalue() == f"a,b,c\n0.1,{float(np.float32(0.1))!r},3\n"


def test_a_row_with_a_column_that_the_table_lacks_is_a_bug():
    with pytest.raises(ValueError, match="wrong"):
        Table(("right",)).write({"wrong": 1})


def test_a_stream_without_rows_still_has_its_header():
    stream = io.StringIO()
    write_rows(Counting(size=0), CsvStream(stream, Counting.columns))
    assert stream.getvalue() == ",".join(Counting.columns) + "\n"


def test_failed_rows_are_counted_by_their_status():
    table = Table(Counting.columns, Counting.fine)
    write_rows(Counting(fail=1), table)
    assert table.failed == 3
    assert Table(("value",)).failed == 0


def test_the_sidecar_says_what_the_file_is(tmp_path):
    path = tmp_path / "out.csv"
    written(path, Counting(factor=math.inf))
    record = json.loads((tmp_path / "out.csv.json").read_text())
    assert record["status"] == "finished"
    assert record["tasks"] == record["tasks_finished"] == 4
    assert record["rows"] == 12
    assert record["bytes"] == path.stat().st_size
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert record["config"]["factor"] == "inf"
    assert record["versions"].keys() >= {"wcheck", "python", "torch", "numpy", "scipy", "POT"}
    assert all(record["versions"].values())
    assert record["started"] <= record["ended"]
    assert sorted(os.listdir(tmp_path)) == ["out.csv", "out.csv.json"]


def test_a_finished_file_is_left_as_it_is(tmp_path):
    path = tmp_path / "out.csv"
    first = written(path)
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()}
    said = []
    again = written(path, notify=said.append)
    assert {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in tmp_path.iterdir()} == before
    assert len(said) == 1
    assert "finished" in said[0]
    assert again.rows == first.rows


@pytest.mark.parametrize("after", range(12))
def test_a_run_cut_off_after_any_row_goes_on_without_a_row_lost_doubled_or_made_twice(tmp_path, after):
    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    written(whole)
    with pytest.raises(Crash):
        write_rows(Counting(), csv_file(cut, Counting()), crashing(after))
    if cut.exists():
        assert json.loads(cut.with_name("cut.csv.json").read_text())["status"] == "interrupted"
        with cut.open("a") as file:
            file.write("3,1,torn li")
    rows_kept = after // 3 * 3
    kept = cut.read_text().splitlines()[1 : 1 + rows_kept] if cut.exists() else []
    written(cut)
    assert cut.read_text().splitlines()[1 : 1 + rows_kept] == kept
    assert without_times(cut) == without_times(whole)


def test_a_cut_off_run_keeps_the_rows_it_has(tmp_path):
    path = tmp_path / "out.csv"
    with pytest.raises(Crash):
        write_rows(Counting(), csv_file(path, Counting()), crashing(5))
    assert len(list(parse_rows(path.read_text()))) == 5


def test_a_resumed_file_remembers_the_runs_it_was_made_by(tmp_path):
    path = tmp_path / "out.csv"
    with pytest.raises(Crash):
        write_rows(Counting(), csv_file(path, Counting()), crashing(7))
    written(path)
    earlier = json.loads((tmp_path / "out.csv.json").read_text())["earlier"]
    assert [run["tasks_finished"] for run in earlier] == [2]
    assert earlier[0].keys() >= {"command", "started", "versions"}


def test_another_configuration_is_refused_by_the_name_of_the_option(tmp_path):
    path = tmp_path / "out.csv"
    written(path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"factor was 1\.0 and is 2\.5") as refusal:
        written(path, Counting(factor=2.5))
    assert "size" not in str(refusal.value)
    assert path.read_bytes() == before


def test_an_option_that_changes_no_row_may_differ(tmp_path):
    path = tmp_path / "out.csv"
    written(path)
    written(path, Counting(memory="1GiB"))


def test_nested_differences_have_dotted_names():
    then = {"source": {"sha256": "a", "n": 3}, "tol": [1e-6]}
    now = {"source": {"sha256": "b", "n": 3}, "tol": [1e-6], "new": 1}
    assert sidecar.differences(then, now) == [
        'source.sha256 was "a" and is "b"',
        "new was not set and is 1",
    ]
    assert sidecar.differences(then, now, {"source.sha256", "new"}) == []


def test_overwrite_starts_anew(tmp_path):
    path = tmp_path / "out.csv"
    written(path)
    written(path, Counting(size=2), overwrite=True)
    assert len(without_times(path)) == 6
    assert json.loads((tmp_path / "out.csv.json").read_text())["tasks"] == 2


def test_overwrite_keeps_the_old_file_until_there_is_a_row(tmp_path):
    path = tmp_path / "out.csv"
    written(path)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(Crash):
        write_rows(Counting(), csv_file(path, Counting(), overwrite=True), crashing(0))
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_a_run_that_fails_before_its_first_row_leaves_nothing(tmp_path):
    with pytest.raises(Crash):
        write_rows(Counting(), csv_file(tmp_path / "out.csv", Counting()), crashing(0))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.csv", "out.csv.json"])
def test_a_file_that_wcheck_did_not_write_is_not_touched(tmp_path, name):
    (tmp_path / name).write_text('{"precious": 1}')
    with pytest.raises(OutputError, match="overwrite to"):
        written(tmp_path / "out.csv")
    assert (tmp_path / name).read_text() == '{"precious": 1}'
    assert len(list(tmp_path.iterdir())) == 1


def test_an_edited_file_is_not_resumed(tmp_path):
    path = tmp_path / "out.csv"
    written(path)
    path.write_text(path.read_text().replace("ok", "OK", 1))
    with pytest.raises(OutputError, match="was changed"):
        written(path)


def test_a_file_whose_rows_were_deleted_is_written_again(tmp_path):
    path = tmp_path / "out.csv"
    written(path)
    path.unlink()
    written(path)
    assert len(without_times(path)) == 12


def test_two_runs_do_not_write_one_file(tmp_path):
    path = tmp_path / "out.csv"
    written(path)
    with csv_file(path, Counting()), pytest.raises(OutputError, match="another run"):
        csv_file(path, Counting())
    with csv_file(path, Counting()):
        pass


def test_a_file_that_appears_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "out.csv"
    table = csv_file(path, Counting())
    path.write_text("precious")
    with pytest.raises(OutputError, match="appeared"):
        write_rows(Counting(), table)
    assert path.read_text() == "precious"


def test_places_that_cannot_be_written_are_found_and_nothing_is_left(tmp_path):
    with pytest.raises(OutputError, match=r"folder .* does not exist"):
        check_writable(tmp_path / "missing" / "out.csv")
    with pytest.raises(OutputError, match="not a regular file"):
        check_writable(tmp_path)
    with pytest.raises(OutputError, match="cannot write"):
        check_writable(type(tmp_path)("/proc/out.csv"))
    check_writable(tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_found(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        check_writable(tmp_path / "out.csv")


def test_a_full_disk_is_an_output_error(tmp_path):
    table = csv_file(tmp_path / "out.csv", Counting())
    with table:
        table.begin("counting", dict, 1)
        table.write({"task": 1})
        table._file.close()
        table._file = io.FileIO("/dev/full", "r+")
        with pytest.raises(OutputError, match="No space left"):
            table.write({"task": 2})


@given(st.permutations(range(6)))
def test_tasks_that_finish_in_any_order_stand_in_their_own(tmp_path_factory, order):
    experiment = Counting(size=6, rows=2)
    stream, path = io.StringIO(), tmp_path_factory.mktemp("order") / "out.csv"
    for table in (CsvStream(stream, experiment.columns), csv_file(path, experiment)):
        with table:
            table.begin("counting", dict, 6)
            for task in order:
                table.take(task, experiment.run(task, lambda *_: None))
            table.finish()
    expected = [(task, row) for task in range(6) for row in range(2)]
    for text in (stream.getvalue(), path.read_text()):
        assert [(row["task"], row["row"]) for row in parse_rows(text)] == expected
    assert sorted(os.listdir(path.parent)) == ["out.csv", "out.csv.json"]


@pytest.mark.parametrize("torn", [False, True])
def test_what_was_finished_before_its_turn_is_not_run_again(tmp_path, torn):
    path = tmp_path / "out.csv"
    experiment = Counting(size=5)
    with csv_file(path, experiment) as table:
        table.begin("counting", lambda: experiment.config(None), 5)
        for task in (3, 0, 2):
            table.take(task, experiment.run(task, lambda *_: None))
    journal = tmp_path / "out.csv.journal"
    if torn:
        journal.write_text(journal.read_text() + '{"task": 4, "ro')
    said = []
    with csv_file(path, experiment, notify=said.append) as table:
        table.begin("counting", lambda: experiment.config(None), 5)
        assert (table.finished, sorted(table.early)) == (1, [2, 3])
        assert "3 of 5 tasks are finished" in said[0]
        table.take(4, experiment.run(4, lambda *_: None))
        table.take(1, experiment.run(1, lambda *_: None))
        table.finish()
    whole = tmp_path / "whole.csv"
    written(whole, experiment)
    assert without_times(path) == without_times(whole)
    assert not journal.exists()


def test_what_another_configuration_left_is_not_taken(tmp_path):
    path = tmp_path / "out.csv"
    for factor in (1.0, 2.0):
        experiment = Counting(factor=factor)
        with csv_file(path, experiment, overwrite=True) as table:
            table.begin("counting", lambda experiment=experiment: experiment.config(None), 4)
            assert table.early == {}
            table.take(2, experiment.run(2, lambda *_: None))
    path.with_name("out.csv.journal").write_text("something else\n")
    with csv_file(path, experiment) as table:
        table.begin("counting", lambda: experiment.config(None), 4)
        assert table.early == {}


@pytest.mark.parametrize("jobs", [1, 2])
def test_rows_do_not_depend_on_who_runs_the_tasks(tmp_path, jobs):
    whole, spread = tmp_path / "whole.csv", tmp_path / "spread.csv"
    experiment = Counting(size=9)
    written(whole, experiment)
    write_rows(experiment, csv_file(spread, experiment), workers=Workers(jobs))
    assert without_times(spread) == without_times(whole)


@dataclass(frozen=True)
class Threads(Counting):
    """Writes on how many threads each task computes, and cannot finish the third at first."""

    columns = (*Counting.columns, "threads")

    def run(self, task, report, place=None):
        for row in super().run(task, report):
            yield {**row, "threads": torch.get_num_threads()}


def test_a_run_goes_on_with_the_threads_that_it_began_with(tmp_path):
    path = tmp_path / "out.csv"
    with pytest.raises(SolverError):
        write_rows(Threads(stop=2), csv_file(path, Threads()), workers=Workers(jobs=1, threads=3))
    assert json.loads((tmp_path / "out.csv.json").read_text())["threads"] == 3
    for workers in (Workers(jobs=2), Workers(jobs=1)):
        with contextlib.suppress(SolverError):
            write_rows(Threads(stop=3), csv_file(path, Threads()), workers=workers)
    write_rows(Threads(), csv_file(path, Threads()), workers=Workers(jobs=2, threads=1))
    assert [row["threads"] for row in parse_rows(path.read_text())] == [3] * 12
    assert json.loads((tmp_path / "out.csv.json").read_text())["threads"] == 3


@pytest.mark.parametrize("jobs", [1, 2])
def test_tasks_say_how_far_they_are_whoever_runs_them(jobs):
    experiment, shares = Halfway(size=3, rows=2, pause=0.7), []
    table = Table(experiment.columns, experiment.fine)
    write_rows(
        experiment,
        table,
        lambda label, done, total, note="": shares.append(done) if label == "tasks" and total == 3 else None,
        Workers(jobs),
    )
    assert len(table.rows) == 6
    assert any(0 < share % 1 < 1 for share in shares)
    assert shares == sorted(shares)


def test_a_parallel_run_killed_at_any_moment_is_resumed_by_the_same_command(tmp_path):
    """kill -9 at two random moments; no task that was written down is run again."""
    path, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    experiment = Counting(size=40, rows=5)
    written(whole, experiment)
    command = [
        *fakes.command(),
        "counting",
        "--size=40",
        "--rows=5",
        "--pause=0.01",
        "--jobs=2",
        "-o",
        str(path),
    ]
    journal = tmp_path / "out.csv.journal"
    seen, moments = {}, random.Random(5)

    def finished():
        """The times at which finished tasks were run, by task and row."""
        rows = [*parse_rows(path.read_text())] if path.exists() else []
        if journal.exists():
            lines = [
                json.loads(line) for line in journal.read_text().splitlines()[1:] if line.endswith("]]}")
            ]
            rows += [dict(zip(Counting.columns, row, strict=True)) for line in lines for row in line["rows"]]
        return {(row["task"], row["row"]): row["seconds"] for row in rows}

    for _ in range(2):
        count = len(finished()) + moments.randrange(15, 60)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            wait_until(lambda count=count: len(finished()) >= count)
            process.send_signal(signal.SIGKILL)
        record = json.loads((tmp_path / "out.csv.json").read_text())
        seen |= {key: at for key, at in finished().items() if key[0] < record["tasks_finished"]}
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    assert without_times(path) == without_times(whole)
    assert {key: at for key, at in finished().items() if key in seen} == seen
    assert len(seen) > 30


def test_a_run_killed_at_any_moment_is_resumed_by_the_same_command(tmp_path):
    """kill -9 at three random moments of one run; the rows are those of a run that nobody killed."""
    path, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    experiment = Counting(size=40, rows=5)
    written(whole, experiment)
    command = [*fakes.command(), "counting", "--size=40", "--rows=5", "--pause=0.002", "-o", str(path)]
    moments = random.Random(5)
    for _ in range(3):
        size = path.stat().st_size if path.exists() else 0
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        more = moments.randrange(1, 1200)
        wait_until(lambda size=size, more=more: path.exists() and path.stat().st_size > size + more)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert json.loads((tmp_path / "out.csv.json").read_text())["status"] == "running"
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    assert without_times(path) == without_times(whole)
    record = json.loads((tmp_path / "out.csv.json").read_text())
    assert record["status"] == "finished"
    assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Placed(Counting):
    """Tells whether it was given a place to keep something."""

    columns = (*Counting.columns, "place")

    def run(self, task, report, place=None):
        for row in super().run(task, report):
            yield {**row, "place": None if place is None else place.path.name}


@dataclass(frozen=True)
class Resuming(Placed):
    """Goes on from the middle of a task."""

    name = "resuming"
    resumes = True


@pytest.mark.parametrize("jobs", [1, 2])
def test_only_an_experiment_that_resumes_has_a_place_and_only_beside_a_file(tmp_path, jobs):
    for number, kind in enumerate((Placed, Resuming)):
        beside = csv_file(tmp_path / f"{number}.csv", kind())
        alone = Table(kind.columns, kind.fine)
        for table in (beside, alone):
            write_rows(kind(size=2), table, workers=Workers(jobs))
        assert {row["place"] for row in beside.rows} == (
            {"0.checkpoint", "1.checkpoint"} if kind.resumes else {None}
        )
        assert {row["place"] for row in alone.rows} == {None}


def test_an_experiment_without_tasks_cannot_be_made():
    @dataclass(frozen=True)
    class Idle(Experiment):
        name, columns = "idle", ("status",)

        def run(self, task, report, place=None):
            yield {"status": "ok"}

    with pytest.raises(TypeError, match="tasks"):
        Idle()
