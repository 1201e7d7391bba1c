"""The data of experiments: read once, described alike everywhere, and left behind by what travels."""

import json
import pickle  # noqa: TID251 - what this test made itself
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.experiments.audit import SavedCritic
from wcheck.experiments.base import Kept
from wcheck.experiments.batch import BatchEstimates
from wcheck.experiments.data import Pair, Points
from wcheck.experiments.dimension import Dimension
from wcheck.experiments.exact import Exact
from wcheck.experiments.false_minima import FalseMinima
from wcheck.experiments.interval import Interval
from wcheck.experiments.kmedians import KMedians
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.pixels import Pixels
from wcheck.experiments.registry import EXPERIMENTS
from wcheck.experiments.sample_complexity import SampleComplexity
from wcheck.measures.sources import Preprocessing, load
from wcheck.progress import silent
from wcheck.rows import sidecar

SIDES = {"source": "digits[0:40]", "target": "digits[40:80]"}
WHOLE = {"source": "digits[0:40]"}
DATA = [
    Exact.of(**SIDES),
    Oracle.of(**SIDES),
    BatchEstimates.of(**SIDES, batch_size=(8,)),
    Interval.of(**SIDES),
    Dimension.of(**WHOLE),
    KMedians.of(**WHOLE, k=(2,)),
    FalseMinima.of(**WHOLE, n=(2,), reps=2, fit_points=4),
    Pixels.of(**WHOLE, references=2),
    SampleComplexity.of(**SIDES),
]


@pytest.mark.parametrize("experiment", DATA, ids=lambda experiment: experiment.name)
def test_every_sidecar_describes_data_alike(experiment):
    config = json.loads(json.dumps(sidecar.jsonable(experiment.config(silent))))
    assert config["source"] == "digits[0:40]"
    assert config["preprocessing"]["data_seed"] == 0
    measures = config["measures"]
    assert list(measures) == (["source", "target"] if "target" in config else ["source"])
    assert measures["source"] == {
        "name": "digits[0:40]",
        "n": 40,
        "dim": 64,
        "shape": [1, 8, 8],
        "dtype": "float32",
        "weighted": False,
        "sha256": load("digits[0:40]").digest(),
    }


@pytest.mark.parametrize("experiment", DATA[:-1], ids=lambda experiment: experiment.name)
def test_data_are_read_and_hashed_once_and_do_not_travel(experiment, monkeypatch):
    experiment = replace(experiment)
    hashed = []
    digest = type(load("digits[0:2]")).digest
    monkeypatch.setattr(
        "wcheck.measures.measure.Measure.digest", lambda self: hashed.append(self) or digest(self)
    )
    first = experiment.config(silent)
    assert experiment.config(silent) == first
    assert experiment.read(silent) is experiment.read(silent)
    assert len(hashed) == len(first["measures"])
    sent = pickle.dumps(experiment)
    assert len(sent) < 3000 < len(pickle.dumps(experiment.read(silent)))
    assert pickle.loads(sent) == experiment
    assert pickle.loads(sent).config(silent) == first
    assert len(hashed) == 2 * len(first["measures"])


def test_rows_tell_of_both_measures(tmp_path):
    np.savez(tmp_path / "p.npz", points=np.zeros((3, 2), np.float32), weights=[0.5, 0.25, 0.25])
    np.save(tmp_path / "q.npy", np.ones((4, 2)))
    pair = Pair("p.npz", "q.npy", preprocessing=Preprocessing(folder=tmp_path))
    about = pair.about(pair.load())
    assert (about["source"], about["target"], about["n"], about["m"], about["dim"]) == (
        "p.npz",
        "q.npy",
        3,
        4,
        2,
    )
    assert about["dtype"] == "float64"
    described = pair.config(pair.load())["measures"]
    assert (described["source"]["weighted"], described["target"]["weighted"]) == (True, False)


def test_a_pair_is_two_sources_or_the_halves_of_one():
    assert [measure.name for measure in Pair(data="digits", n=3).load()] == ["digits[0:3]", "digits[3:6]"]
    with pytest.raises(ParameterError, match="P and Q belong together"):
        Pair("digits")
    with pytest.raises(ParameterError, match="n takes points from data"):
        Pair("digits", "digits", n=3)
    with pytest.raises(ParameterError, match="parts of data: give one or the other"):
        Pair("digits", "digits", data="digits")


def test_relative_paths_start_where_the_data_were_named():
    points = Points("p.npy", preprocessing=Preprocessing(folder=Path("here"))).anchored()
    assert points.preprocessing.folder == Path("here").absolute()


def test_an_experiment_is_made_of_options_by_their_names_alone():
    experiment = Oracle.of("paper", data="digits", steps=(7,), scale="0,1")
    assert (experiment.data.data, experiment.data.n, experiment.steps) == ("digits", 10_000, (7,))
    preprocessing = experiment.data.preprocessing
    assert (preprocessing.scale, preprocessing.image_size) == ("0,1", 64)
    assert KMedians.of(image_size=4).data.source == "cifar10:train[0:10000]"
    assert SavedCritic.of(critic=Path("c"), **SIDES) == SavedCritic(Pair(*SIDES.values()), Path("c"))
    with pytest.raises(
        ParameterError, match=r"preset is 'papers': did you mean paper\? Choose one of quick, paper"
    ):
        Oracle.of("papers")
    with pytest.raises(TypeError, match="widths"):
        Oracle.of(widths=(3,))


def test_every_preset_is_whole():
    presets = [(experiment, preset) for experiment in EXPERIMENTS.values() for preset in experiment.presets]
    assert {(experiment.name, preset) for experiment, preset in presets} >= {
        ("oracle", "quick"), ("oracle", "paper"), ("exact", "paper"), ("false-minima", "paper")
    }  # fmt: skip
    for experiment, preset in presets:
        given = {"data": "digits"} if experiment.name == "exact" else {}  # which has no points of its own
        preprocessing = experiment.of(preset, **given).data.preprocessing
        assert preset != "paper" or (preprocessing.scale, preprocessing.image_size) == ("-1,1", 64)


def test_what_is_kept_is_made_once_for_what_it_is_of():
    kept, made = Kept(), []

    def make():
        made.append(len(made))
        return made[-1]

    assert [kept.once("stage", make, of=pair) for pair in ("a", "a", "b", "b", "a")] == [0, 0, 1, 1, 2]
    assert kept.once("other", make) == kept.once("other", make) == 3
    assert pickle.loads(pickle.dumps(kept)).once("other", make) == 4
