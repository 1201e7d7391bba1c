"""What a task keeps comes back as it was, or is refused."""

import math

import numpy as np
import pytest
import torch

from wcheck.errors import OutputError
from wcheck.rows.checkpoint import Checkpoint
from wcheck.rows.scratch import Place

STATE = {
    "step": 3,
    "parts": [{0: torch.arange(6.0).reshape(2, 3), "betas": (0.0, 0.9)}, None, True, "text\n", math.inf],
    "arrays": {
        "empty": np.zeros((0, 4)),
        "scalar": np.array(2.5, np.float32),
        "bytes": np.arange(3, dtype=np.uint8),
    },
}


def place(path, name="run 0", seconds=0.0):
    return Place(path / "0.checkpoint", name, seconds)


def restored(path, name="run 0"):
    found = {}
    Checkpoint(place(path, name)).restore(found.update)
    return found


def test_a_state_comes_back_as_it_was(tmp_path):
    assert restored(tmp_path) == {}
    Checkpoint(place(tmp_path)).keep(lambda: STATE)
    found = restored(tmp_path)
    assert found["step"] == 3
    first, *others = found["parts"]
    assert first[0].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert first[0].dtype == np.float32
    assert first["betas"] == [0.0, 0.9]
    assert others == [None, True, "text\n", math.inf]
    for name, array in STATE["arrays"].items():
        assert found["arrays"][name].dtype == array.dtype
        np.testing.assert_array_equal(found["arrays"][name], array)
    found["arrays"]["bytes"][0] = 7  # arrays can be written to


def test_it_is_written_now_and_then(tmp_path):
    kept = Checkpoint(place(tmp_path, seconds=1000.0))
    kept.keep(lambda: STATE)
    assert restored(tmp_path) == {}


def test_another_task_and_what_is_damaged_are_refused(tmp_path):
    Checkpoint(place(tmp_path)).keep(lambda: STATE)
    with pytest.raises(OutputError, match="is the checkpoint of other data or other settings"):
        restored(tmp_path, "run 1")
    whole = place(tmp_path).path.read_bytes()
    for at in (0, 40, len(whole) - 1):
        changed = bytearray(whole)
        changed[at] ^= 1
        place(tmp_path).path.write_bytes(changed)
        with pytest.raises(OutputError, match="is not a checkpoint that can be read"):
            restored(tmp_path)


def test_what_has_no_form_in_a_file_is_a_bug(tmp_path):
    with pytest.raises(TypeError, match="a checkpoint holds no object"):
        Checkpoint(place(tmp_path)).keep(lambda: {"what": object()})
