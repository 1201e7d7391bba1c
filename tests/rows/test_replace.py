"""Files are replaced in one step: the old one or the new one is there, whole."""

import os

import pytest

from wcheck.errors import OutputError
from wcheck.rows.replace import replacing


def test_the_new_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "file"
    path.write_text("old")
    with replacing(path) as file:
        file.write(b"new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_leaves_the_old_file_and_no_part(tmp_path, error):
    path = tmp_path / "file"
    path.write_text("old")

    def fail():
        with replacing(path) as file:
            file.write(b"new")
            raise error

    with pytest.raises(error):
        fail()
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["file"]


def test_what_cannot_be_written_is_said_with_its_repair(tmp_path):
    missing = tmp_path / "missing" / "file"
    with (
        pytest.raises(
            OutputError, match=r"^cannot write .*missing/file: No such file or directory; give one\.$"
        ),
        replacing(missing, "give one"),
    ):
        pass
    with pytest.raises(OutputError, match=r"^cannot write .*: No space left"), replacing(tmp_path / "file"):
        raise OSError(28, os.strerror(28))
    assert os.listdir(tmp_path) == []
