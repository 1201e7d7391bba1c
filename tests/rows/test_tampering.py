"""Files that a run goes on from, changed: a refusal in one line, or the right rows."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes import Counting
from wcheck.errors import OutputError
from wcheck.experiments.driver import write_rows
from wcheck.rows import sidecar
from wcheck.rows.csvfile import CsvFile

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def test_hundreds_of_mutations_end_in_a_refusal_or_in_the_right_rows():
    ended = subprocess.run(
        [sys.executable, BENCHMARKS / "tampering.py", "--small"], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    *_, total = ended.stdout.splitlines()
    assert total.startswith("all 480: ")
    assert total.endswith("0 wrong, 0 raised")
    refused = int(total.split(": ")[1].split()[0])
    assert 200 < refused < 480  # the campaign changes something, and what it leaves whole is read


@pytest.fixture
def cut(tmp_path):
    """Return the path of a file with two of four tasks."""
    path = tmp_path / "out.csv"
    experiment = Counting()
    with CsvFile(path, Counting.columns, neutral=Counting.neutral) as table:
        table.begin(experiment.name, lambda: experiment.config(None), 4)
        for task in (0, 1):
            table.take(task, list(experiment.run(task, lambda *_: None)))
    return path


def resumed(path):
    table = CsvFile(path, Counting.columns, neutral=Counting.neutral)
    write_rows(Counting(), table)
    return table.rows


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("tasks_finished", 100), ("tasks_finished", 0), ("tasks_finished", -1), ("tasks_finished", "2"),
        ("tasks_finished", True), ("tasks_finished", 2.0), ("tasks", 2), ("tasks", -4), ("bytes", -1), ("bytes", "10"),
        ("bytes", 10**30), ("rows", 5), ("rows", None), ("sha256", 0), ("sha256", "0" * 64), ("columns", None),
        ("columns", {}), ("config", []), ("status", "finished"), ("status", []), ("earlier", 3), ("earlier", [1]),
        ("experiment", None), ("started", 1), ("schema", 0), ("schema", "2"), ("schema", None), ("schema", True),
    ],
)  # fmt: skip
def test_a_sidecar_that_lies_is_refused(cut, key, value, sealed):
    place = cut.with_name("out.csv.json")
    record = json.loads(place.read_text()) | {key: value}
    if sealed:
        record[sidecar.SEAL] = sidecar.seal(record)
    place.write_text(json.dumps(record))
    before = cut.read_bytes()
    with pytest.raises(OutputError, match=r"out\.csv.*(overwrite|another -o)") as caught:
        resumed(cut)
    assert len(str(caught.value).splitlines()) == 1
    assert cut.read_bytes() == before


@pytest.mark.parametrize("schema", [3, 10**30])
def test_the_record_of_a_later_wcheck_is_refused(cut, schema):
    place = cut.with_name("out.csv.json")
    record = json.loads(place.read_text()) | {"schema": schema}
    place.write_text(sidecar.sealed(record))
    before = cut.read_bytes()
    with pytest.raises(
        OutputError, match=f"its schema is {schema}, of a later wcheck, and this one reads up to 2"
    ) as no:
        resumed(cut)
    assert len(str(no.value).splitlines()) == 1
    assert cut.read_bytes() == before


@pytest.mark.parametrize("had_a_seal", [False, True])
def test_the_record_of_the_first_schema_is_gone_on_with(cut, had_a_seal):
    place = cut.with_name("out.csv.json")
    record = json.loads(place.read_text())
    for key in ("schema", sidecar.SEAL):
        del record[key]
    place.write_text(sidecar.sealed(record) if had_a_seal else json.dumps(record))
    assert len(resumed(cut)) == 12
    assert json.loads(place.read_text())["schema"] == sidecar.SCHEMA


def test_another_configuration_of_the_first_schema_is_refused_without_a_list_of_differences(cut):
    place = cut.with_name("out.csv.json")
    record = json.loads(place.read_text()) | {"config": {"something": "else"}}
    for key in ("schema", sidecar.SEAL):
        del record[key]
    place.write_text(sidecar.sealed(record))
    before = cut.read_bytes()
    with pytest.raises(
        OutputError, match="or of an earlier wcheck, which recorded configurations in another way"
    ):
        resumed(cut)
    assert cut.read_bytes() == before


def test_a_seal_that_was_taken_away_is_missed(cut):
    place = cut.with_name("out.csv.json")
    record = json.loads(place.read_text())
    del record[sidecar.SEAL]
    place.write_text(json.dumps(record))
    with pytest.raises(OutputError, match="it lacks check"):
        resumed(cut)


def test_one_task_less_than_there_are_is_not_believed(cut):
    place = cut.with_name("out.csv.json")
    place.write_text(place.read_text().replace('"tasks_finished": 2', '"tasks_finished": 1'))
    with pytest.raises(OutputError, match="it was changed after wcheck wrote it"):
        resumed(cut)


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 10_000, "null", "", "\xff"])
def test_what_is_no_record_is_refused(cut, text):
    cut.with_name("out.csv.json").write_text(text)
    with pytest.raises(OutputError, match="is not a record that wcheck can read"):
        resumed(cut)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",row,", ",column,"),
        lambda text: text.replace(",ok\n", ",ok,1\n", 1),
        lambda text: text + '"',
        lambda text: text.replace("task", "\udcff"),
        lambda text: text + text.splitlines(keepends=True)[-1],
    ],
)
def test_other_rows_under_a_hash_that_fits_are_refused(cut, change):
    """Whoever changes both files still cannot bring in a table that is none."""
    text = change(cut.read_text()).encode(errors="surrogateescape")
    place = cut.with_name("out.csv.json")
    record = json.loads(place.read_text()) | {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
    place.write_text(json.dumps(record | {sidecar.SEAL: sidecar.seal(record)}))
    cut.write_bytes(text)
    with pytest.raises(OutputError, match="was changed after wcheck wrote it"):
        resumed(cut)


def test_what_was_added_to_a_finished_file_is_found(tmp_path):
    path = tmp_path / "out.csv"
    write_rows(Counting(), CsvFile(path, Counting.columns, neutral=Counting.neutral))
    path.write_text(path.read_text() + path.read_text().splitlines()[-1] + "\n")
    with pytest.raises(OutputError, match="was changed after wcheck wrote it"):
        resumed(path)


@pytest.mark.parametrize("task", [-1, 4, 2.5, True, None, "3"])
def test_a_journal_that_lies_is_refused(cut, task):
    experiment = Counting()
    with CsvFile(cut, Counting.columns, neutral=Counting.neutral) as table:
        table.begin(experiment.name, lambda: experiment.config(None), 4)
        table.take(3, list(experiment.run(3, lambda *_: None)))
    journal = cut.with_name("out.csv.journal")
    head, line = journal.read_text().splitlines()
    record = json.loads(line)
    for changed in (
        record | {"task": task},
        record | {"rows": [[1, 2]]},
        record | {"rows": 3},
        record | {"rows": [[{}] * 7]},
    ):
        journal.write_text(f"{head}\n{json.dumps(changed | {sidecar.SEAL: sidecar.seal(changed)})}\n")
        with pytest.raises(OutputError, match="journal was changed after wcheck wrote it: remove it"):
            resumed(cut)
    journal.write_text(f"{head}\n{line.replace('0.5', '0.6')}\n")
    with pytest.raises(OutputError, match="remove it"):
        resumed(cut)
