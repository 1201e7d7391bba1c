"""A file that grows with a run and is cut where that goes back: at any moment its record says which rows are whole."""

import json

import pytest

from wcheck.errors import OutputError
from wcheck.rows.growing import GrowingFile

COLUMNS = ("name", "step", "x")


def rows(*steps):
    return [{"name": 'a "quoted"\nline, and more', "step": step, "x": step / 3} for step in steps]


def opened(path, config=1):
    file = GrowingFile(path, COLUMNS)
    file.held = file.open("gan", lambda: {"config": config})
    return file


def held(path):
    with opened(path) as file:
        assert file.count == len(file.held)
        return file.held


def record(path):
    return json.loads((path.parent / f"{path.name}.json").read_text())


def test_rows_come_in_any_number_and_are_there_when_it_is_opened_again(tmp_path):
    path = tmp_path / "run.csv"
    with opened(path) as file:
        file.append(rows(0, 1))
        file.append(rows(2))
    assert (record(path)["status"], record(path)["rows"]) == ("interrupted", 3)
    with opened(path) as file:
        assert file.held == rows(0, 1, 2)
        file.append(rows(3))
        file.finish()
    assert (record(path)["status"], record(path)["tasks"], record(path)["tasks_finished"]) == (
        "finished",
        4,
        4,
    )
    with opened(path) as file:  # a finished one as well
        file.append(rows(4))
    assert held(path) == rows(0, 1, 2, 3, 4)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_a_cut_file_is_the_one_that_never_had_more(tmp_path, count):
    path, other = tmp_path / "run.csv", tmp_path / "other.csv"
    for place, steps in ((path, (0, 1, 2)), (other, (0, 1, 2)[:count])):
        with opened(place) as file:
            for step in steps:
                file.append(rows(step))
            file.cut(count)
            file.append(rows(9))
            file.finish()
    assert path.read_bytes() == other.read_bytes()
    assert record(path)["sha256"] == record(other)["sha256"]
    assert held(path) == rows(*(0, 1, 2)[:count], 9)


def test_rows_of_a_full_disk_are_none_and_can_be_added_later(tmp_path):
    path = tmp_path / "run.csv"
    with opened(path) as file:
        file.append(rows(0))
        file._file = Limited(file._file, 10)
        with pytest.raises(OutputError, match="No space left"):
            file.append(rows(1, 2))
        file._file = file._file.file
        assert file.count == 1
        file.append(rows(1, 2))
    assert held(path) == rows(0, 1, 2)


class Limited:
    """A file on a disk with a few bytes left."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        taken, self.room = data[: self.room], max(0, self.room - len(data))
        if not taken:
            raise OSError(28, "No space left on device")
        return self.file.write(taken)

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_another_configuration_is_refused_and_a_changed_file_too(tmp_path):
    path = tmp_path / "run.csv"
    with opened(path) as file:
        file.append(rows(0))
    with pytest.raises(OutputError, match="config was 1 and is 2"):
        opened(path, 2)
    path.write_text(path.read_text().replace("0", "7"))
    with pytest.raises(OutputError, match="was changed"):
        opened(path)


def test_a_run_killed_between_record_and_cut_has_the_rows_of_the_record(tmp_path):
    path = tmp_path / "run.csv"
    with opened(path) as file:
        file.append(rows(0, 1, 2))
        whole = path.read_bytes()
        file.cut(1)
    path.write_bytes(whole)  # as it was before the second half of the cut
    with opened(path) as file:
        assert file.held == rows(0)
        file.append(rows(1))
    assert held(path) == rows(0, 1)
