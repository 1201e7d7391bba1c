"""What was once read rightly stays readable, with the same value: files of every kind and what they were read as.

`readable/values.json` was recorded with the code as it was before options for tables and names of columns came.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from wcheck.measures.sources import load, scale_of

FOLDER = Path(__file__).parent / "readable"
VALUES = json.loads((FOLDER / "values.json").read_text(encoding="utf-8"))


def test_every_file_is_read():
    read = {text.partition("[")[0].partition(":")[0] for text in VALUES}
    assert read == {path.name for path in FOLDER.iterdir()} - {"values.json"}
    assert len(VALUES) >= 50


@pytest.mark.parametrize("text", VALUES)
def test_a_file_is_read_as_it_was(text, monkeypatch):
    monkeypatch.chdir(FOLDER)
    measure, value = load(text), VALUES[text]
    assert (list(measure.shape), str(measure.dtype)) == (value["shape"], value["dtype"])
    assert scale_of(measure) == value["scale"]
    assert np.array_equal(measure.dense(), np.array(value["points"], measure.dtype))
    assert np.array_equal(measure.weights, value["weights"])
