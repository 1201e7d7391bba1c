"""Altered images beside images of other classes: distances, counts, alterations."""

import numpy as np
import pytest

from wcheck.errors import ParameterError
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.pixels import ALTERATIONS, Pixels, crop, flip, rotate
from wcheck.measures.sources import Preprocessing, load, load_labels
from wcheck.plots.pixels import most_absurd
from wcheck.progress import silent
from wcheck.rows.table import Table


def small(**options):
    return Pixels.of(**{"source": "digits", "references": 3, **options})


def rows_of(experiment, **options):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, **options)
    return table.rows


@pytest.mark.parametrize("scale", ["0,1", "-1,1"])
def test_rows_against_distances_the_long_way(scale):
    experiment = small(scale=scale, index=(7, 100))
    points, labels = (
        load("digits", preprocessing=Preprocessing(scale=scale)).dense().astype(float),
        load_labels("digits"),
    )
    rows = rows_of(experiment)
    assert [(row["index"], row["alteration"]) for row in rows] == [
        (index, alteration) for index in (7, 100) for alteration in ALTERATIONS
    ]
    for row in rows:
        assert tuple(row) == Pixels.columns
        index = row["index"]
        distances = np.linalg.norm(points - points[index], axis=1)
        others = labels != labels[index]
        assert row["nearest_distance"] == pytest.approx(distances[others].min())
        assert row["nearest_distance"] == pytest.approx(distances[row["nearest_index"]])
        assert (row["label"], row["nearest_label"]) == (labels[index], labels[row["nearest_index"]])
        assert row["label"] != row["nearest_label"]
        altered = experiment.altered(points[index].astype(np.float32), row["alteration"])
        assert row["altered_distance"] == pytest.approx(np.linalg.norm(altered - points[index]), rel=1e-6)
        assert row["nearer"] == (distances[others] < row["altered_distance"]).sum()
        assert row["others"] == others.sum()
    assert len({row["altered_distance"] for row in rows}) == len(rows)


def test_the_scale_does_not_change_who_is_nearest():
    rows = [rows_of(small(scale=scale, index=(5,))) for scale in ("0,1", "-1,1")]
    for unit, symmetric in zip(*rows, strict=True):
        assert symmetric["altered_distance"] == pytest.approx(2 * unit["altered_distance"], rel=1e-5)
        assert symmetric["nearest_index"] == unit["nearest_index"]


def test_flipping_twice_and_turning_a_disc_change_nothing():
    image = np.random.default_rng(0).random((3, 8, 8))
    assert (flip(flip(image)) == image).all()
    yy, xx = np.mgrid[-15.5:16, -15.5:16]
    disc = np.exp(-(xx**2 + yy**2) / 50)[None]
    assert rotate(disc) == pytest.approx(disc, abs=0.01)
    assert np.abs(rotate(np.eye(8)[None]) - np.eye(8)).max() > 0.1


def test_cropping_magnifies_about_the_middle():
    yy, xx = np.mgrid[-15.5:16, -15.5:16]
    assert crop(xx[None])[0] == pytest.approx(xx * (1 - 2 / 16))
    assert crop(yy[None])[0] == pytest.approx(yy * (1 - 2 / 16))


def test_a_bright_flat_image_shows_the_paradox(tmp_path):
    """A white square made darker is farther off than a grey one of another class."""
    from PIL import Image

    for name, grey in (("a/0.png", 255), ("b/1.png", 230), ("b/2.png", 10)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.new("RGB", (8, 8), (grey,) * 3).save(tmp_path / name)
    rows = {row["alteration"]: row for row in rows_of(small(source=str(tmp_path), index=(0,)))}
    assert (rows["darken"]["nearer"], rows["darken"]["nearest_index"]) == (1, 1)
    assert rows["darken"]["altered_distance"] == pytest.approx(0.2 * np.sqrt(192), rel=1e-6)
    assert rows["flip"]["altered_distance"] == rows["flip"]["nearer"] == 0


def test_without_classes_every_other_image_is_different(tmp_path):
    np.save(tmp_path / "i.npy", np.random.default_rng(0).integers(0, 255, (6, 3, 8, 8), np.uint8))
    (row, *_) = rows_of(small(source=str(tmp_path / "i.npy"), index=(2,)))
    assert (row["label"], row["nearest_label"], row["others"]) == (None, None, 5)
    assert row["nearest_index"] != 2


def test_references_are_drawn_by_seed():
    drawn = {seed: [row["index"] for row in rows_of(small(seed=seed))[::4]] for seed in (0, 1)}
    assert len(set(drawn[0])) == 3
    assert drawn[0] != drawn[1]
    assert drawn[0] == [row["index"] for row in rows_of(small())[::4]]


def test_distances_in_an_embedding(tmp_path, monkeypatch):
    (tmp_path / "brightness_only.py").write_text(
        "def mean(images):\n    return images.mean(axis=(1, 2, 3))\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(__import__("sys").path))
    rows = rows_of(small(embed="brightness_only:mean", index=(3,)))
    found = {row["alteration"]: row for row in rows}
    assert found["flip"]["altered_distance"] == pytest.approx(0, abs=1e-6)
    bright = load("digits").dense()[3].mean()
    assert found["darken"]["altered_distance"] == pytest.approx(0.2 * bright, rel=1e-5)
    assert {row["dim"] for row in rows} == {1}


def test_processes_change_nothing_but_the_time():
    here, there = rows_of(small(references=2)), rows_of(small(references=2), workers=Workers(jobs=2))
    assert [row | {"seconds": 0} for row in here] == [row | {"seconds": 0} for row in there]


def test_triples_are_the_images_of_the_row():
    experiment = small(index=(7,))
    row = next(row for row in rows_of(experiment) if row["alteration"] == "flip")
    reference, altered, nearest = experiment.triple(row)
    assert (altered == reference[:, :, ::-1]).all()
    whole = load("digits").dense().reshape(-1, 1, 8, 8)
    assert (reference == whole[7]).all()
    assert (nearest == whole[row["nearest_index"]]).all()


def test_the_most_absurd_of_each_alteration():
    rows = rows_of(small(references=6))
    chosen = most_absurd(rows, 2)
    assert [row["alteration"] for row in chosen] == list(ALTERATIONS) * 2
    for alteration in ALTERATIONS:
        ratios = {
            id(row): row["altered_distance"] / row["nearest_distance"]
            for row in rows
            if row["alteration"] == alteration
        }
        best = [ratios[id(row)] for row in chosen if row["alteration"] == alteration]
        assert best == sorted(ratios.values(), reverse=True)[:2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"references": 0}, "references is 0"),
        ({"index": (-1,)}, "index is -1"),
        ({"scale": "zscore"}, "darkened towards black"),
    ],
)
def test_what_cannot_be_run_is_refused_at_once(options, message):
    with pytest.raises(ParameterError, match=message):
        small(**options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": (1797,)}, "digits has 1797 images: give 0 to 1796"),
        ({"source": "digits[0:2]"}, r"references is 3, but digits\[0:2\] has 2 images: give at most 2"),
        ({"source": "gaussian:dim=2,n=5"}, "a grid shows images"),
        ({"source": "digits[0:1]", "references": 1}, "nothing to compare"),
    ],
)
def test_data_that_do_not_suffice_are_refused(options, message):
    with pytest.raises(ParameterError, match=message):
        small(**options).config(silent)
