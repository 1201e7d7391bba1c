"""Candidates held against real data: what the rows say, what is claimed of them, and what is refused."""

import math
import re

import numpy as np
import pytest
import typer.testing

import wcheck
from wcheck.cli.app import app
from wcheck.columns.rounding import rounded
from wcheck.errors import ParameterError
from wcheck.experiments.blocks import Blocks
from wcheck.experiments.compare import Compare
from wcheck.experiments.paired import Paired, holm, ranks
from wcheck.measures.measure import Measure
from wcheck.rows.table import parse_rows


def invoke(*args):
    return typer.testing.CliRunner().invoke(app, [*map(str, args)])


def normal(seed, n, dim=3, shift=0.0, scale=1.0):
    return scale * np.random.default_rng(seed).normal(size=(n, dim)) + shift


@pytest.fixture(scope="module")
def found():
    """A comparison in which one candidate is farther, one is blurred to its mean, and one is as the data."""
    candidates = {
        "shifted": normal(1, 200, 30, shift=0.5),
        "shrunk": normal(2, 200, 30, scale=0.6),
        "same": normal(3, 200, 30),
    }
    return wcheck.compare(normal(0, 400, 30), candidates, estimator=("exact", "energy", "sliced"))


def of(found, **values):
    return [row for row in found.rows if all(row[name] == value for name, value in values.items())]


def test_rows_are_means_over_disjoint_blocks(found):
    """Against the distances of the blocks, cut by hand."""
    real, same = normal(0, 400, 30), normal(3, 200, 30)
    pairs = [
        (real[80 * j : 80 * j + 40], real[80 * j + 40 : 80 * j + 80], same[40 * j : 40 * j + 40])
        for j in range(5)
    ]
    own, baseline = (
        np.array([wcheck.exact(block[0], block[side]).value for block in pairs]) for side in (2, 1)
    )
    (row,) = of(found, estimator="exact", candidate="same", against=None, n=40)
    assert row["value"] == pytest.approx(own.mean(), rel=1e-6)
    assert row["baseline"] == pytest.approx(baseline.mean(), rel=1e-6)
    assert row["excess"] == pytest.approx((own - baseline).mean(), rel=1e-4)
    assert row["standard_error"] == pytest.approx((own - baseline).std(ddof=1) / math.sqrt(5), rel=1e-4)
    assert row["farther"] == np.mean(own > baseline)
    assert row["lower"] <= own.mean() <= row["upper"] * (1 + 1e-12)
    (half,) = of(found, estimator="exact", candidate="same", n=20)
    own = [wcheck.exact(block[0][:20], block[2][:20]).value for block in pairs]
    assert half["value"] == pytest.approx(np.mean(own), rel=1e-6)


def test_every_candidate_and_every_pair_has_its_rows(found):
    for estimator in ("exact", "energy", "sliced"):
        rows = of(found, estimator=estimator)
        assert [(row["candidate"], row["against"], row["n"]) for row in rows] == [
            ("shifted", None, 40), ("shrunk", None, 40), ("same", None, 40),
            ("shifted", "shrunk", 40), ("shifted", "same", 40), ("shrunk", "same", 40),
            *((name, None, n) for n in (20, 10) for name in ("shifted", "shrunk", "same")),
        ]  # fmt: skip
        for one, other in (("shifted", "same"), ("shrunk", "same")):
            (pair,) = of(found, estimator=estimator, candidate=one, against=other)
            first, second = (
                of(found, estimator=estimator, candidate=name, against=None, n=40)[0]["excess"]
                for name in (one, other)
            )
            assert pair["excess"] == pytest.approx(first - second, abs=1e-9)


def test_shrunken_samples_are_nearer_by_w1_and_farther_by_the_energy_distance(found):
    """What W1 at one n alone would take for the best is told to be none."""
    exact, energy = (
        of(found, estimator=name, candidate="shrunk", against=None, n=40)[0] for name in ("exact", "energy")
    )
    assert exact["interval_high"] < 0 < energy["interval_low"]
    assert exact["rank"] == 1
    assert exact["p_corrected"] == pytest.approx(0.015)
    assert exact["spread"] == pytest.approx(0.6, abs=0.05)
    assert exact["nearest"] < 0.9
    said = found.told()
    assert "shrunk is nearer to reference than real data are (excess -" in said
    assert "as blurred or copied samples are (see spread 0.6" in said
    assert "this is a warning, not an achievement" in said
    assert "shifted is farther from reference than real data are, by " in said
    assert "same cannot be told from real data by its distance" in said
    assert ": shrunk is the nearest to reference: it is nearer than same by" in said
    assert "shrunk is nearer to reference than shifted by" in said


def test_the_answer_comes_first(found):
    """Who is nearest, by how much, with its interval; then each beside real data; the baseline is an aside."""
    for estimator, nearest in (("exact", "shrunk"), ("energy", "same")):
        rows = of(found, estimator=estimator)
        alone = {row["candidate"]: row["excess"] for row in rows if row["n"] == 40 and row["against"] is None}
        second = sorted(alone, key=alone.get)[1]
        assert min(alone, key=alone.get) == nearest
        (pair,) = (
            row for row in rows if row["n"] == 40 and {row["candidate"], row["against"]} == {nearest, second}
        )
        lines = Compare.told(rows).splitlines()
        turned = pair["candidate"] != nearest
        low, high = sorted(
            (1 if turned else -1) * pair[column] for column in ("interval_low", "interval_high")
        )
        by = f"{rounded(abs(pair['excess']), 3)} ({rounded(low, 3)} to {rounded(high, 3)} at 95 %)"
        assert lines[0] == f"{nearest} is the nearest to reference: it is nearer than {second} by {by}."
        kinds = [line.split()[1:3] == ["data", "are"] for line in lines[:5]]
        assert kinds == [False, False, False, False, True]
        assert all("real data" in line for line in lines[1:4])


def test_several_distances_are_each_named_before_their_answer(found):
    said = found.told().splitlines()
    assert (
        sum(line.startswith("Mean W1 between n points of each: shrunk is the nearest") for line in said) == 1
    )


def test_a_nearest_candidate_that_may_be_so_by_chance_is_said_to_be():
    """Two draws of one distribution: one is the nearer, and the interval of the difference holds 0."""
    candidates = {"a": normal(1, 200), "b": normal(2, 200)}
    answer = wcheck.compare(normal(0, 400), candidates, n=40, permutations=1).told().splitlines()[0]
    assert re.fullmatch(
        r"[ab] is the nearest to reference, but cannot be told from [ab]: it is nearer by \S+ \(-\S+ to \S+ at 95 %\).",
        answer,
    )


def test_the_table_is_a_data_frame_without_blank_columns_and_shows_itself(found):
    table = found.table()
    assert len(table) == len(found.rows)
    assert "image_size" not in table
    assert set(table.columns) <= set(Compare.columns)
    assert "<table" in found._repr_html_()
    assert str(found) == found.told()


def test_estimators_of_the_second_order_measure_the_same_blocks():
    from wcheck.estimators.registry import make

    real, other = normal(0, 200), normal(1, 100, shift=1.0)
    found = wcheck.compare(real, {"c": other}, estimator=("frechet", "mind"), n=20, permutations=1)
    for name in ("frechet", "mind"):
        (row,) = of(found, estimator=name, candidate="c", n=20)
        blocks = [(real[40 * j : 40 * j + 20], other[20 * j : 20 * j + 20]) for j in range(5)]
        values = [make(name)(*map(Measure.of, pair)).value for pair in blocks]
        assert row["value"] == pytest.approx(np.mean(values))
        assert row["excess"] > 0


def test_a_paired_interval_is_students():
    """Against scipy's own, and on differences that are all one number."""
    from scipy.stats import ttest_1samp

    differences = np.array([0.3, 0.1, 0.4, -0.1, 0.2])
    found, test = Paired.of(differences, 0.9), ttest_1samp(differences, 0.0)
    assert (found.low, found.high) == pytest.approx(tuple(test.confidence_interval(0.9)))
    assert found.p_value == pytest.approx(test.pvalue)
    assert Paired.of(np.full(5, 0.2), 0.95).p_value == 0.0
    assert Paired.of(np.full(5, 1e-9), 0.95, unresolved=1e-8).p_value == 1.0
    assert Paired.of(np.zeros(5), 0.95).p_value == 1.0


def test_holms_correction_is_its_definition():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_ranks_count_who_is_nearer_and_tie_where_nobody_is():
    nearer = {("a", "c"): True, ("c", "a"): False, ("a", "b"): False, ("b", "a"): False, ("b", "c"): False}
    assert ranks(["a", "b", "c"], nearer) == {"a": 1, "b": 1, "c": 2}


def test_weights_are_resampled_and_only_what_counts_is_counted(caplog):
    weights = np.r_[np.full(150, 1 / 150), np.zeros(50)]
    with caplog.at_level("INFO", "wcheck"):
        found = wcheck.compare(normal(0, 300), {"weighted": Measure.of(normal(1, 200), weights)}, n=25)
    row = found.rows[0]
    assert row["effective_size"] == pytest.approx(150)
    assert "weighted has weights: 5 blocks of" in caplog.text
    with pytest.raises(ParameterError, match=r"weighted has only 150\.0 effective points, too few for 5"):
        wcheck.compare(normal(0, 400), {"weighted": Measure.of(normal(1, 200), weights)}, n=40)
    uneven = np.random.default_rng(0).dirichlet(np.ones(200))
    uneven /= uneven.sum()
    with pytest.raises(ParameterError, match=r"weighted has only \d+\.\d effective points"):
        wcheck.compare(normal(0, 400), {"weighted": Measure.of(normal(1, 200), uneven)}, n=30)


def test_points_without_weight_are_never_drawn():
    points = np.r_[np.zeros((100, 1)), np.full((100, 1), 9.0)]
    measure = Measure.of(points, np.r_[np.full(100, 0.01), np.zeros(100)])
    blocks = Blocks.of(
        Measure.of(normal(0, 100, 1)), {"a": measure}, n=10, blocks=5, shuffle_seed=None, seed=0
    )
    assert all(block.points.max() == 0.0 for block in blocks.candidates["a"])


def weighted(random, n, dim):
    weights = random.gamma(2.0, size=n)
    return Measure.of(random.normal(size=(n, dim)), weights / weights.sum())


def test_a_point_is_drawn_as_often_as_its_weight_says_and_never_on_both_sides():
    measure = weighted(np.random.default_rng(3), 500, 2)
    blocks = Blocks.of(
        measure, {"a": Measure.of(normal(1, 300, 2))}, n=30, blocks=5, shuffle_seed=None, seed=0
    )
    drawn = np.concatenate([block.points for block in blocks.first + blocks.second])
    times = (measure.points[:, None] == drawn).all(axis=2).sum(axis=1)
    assert np.abs(times - 300 * measure.weights).max() < 1
    for first, second in zip(blocks.first, blocks.second, strict=True):
        both = np.r_[first.points, second.points]
        assert len(np.unique(both, axis=0)) == len(both)


def test_equal_distributions_have_no_excess_where_the_reference_has_weights():
    """Blocks that share points, as independent draws by weight do, have an excess of +.16 here."""
    random = np.random.default_rng(0)
    excess = []
    for seed in range(40):
        candidate = Measure.of(random.normal(size=(800, 8)))
        blocks = Blocks.of(
            weighted(random, 1000, 8), {"a": candidate}, n=60, blocks=5, shuffle_seed=None, seed=seed
        )
        sides = blocks.candidates["a"] + blocks.second
        x, y = (np.stack([block.points for block in part]) for part in (blocks.first * 2, sides))
        values = wcheck.exact_batch(x, y).value
        excess.append((values[:5] - values[5:]).mean())
    assert abs(np.mean(excess)) < 4 * np.std(excess, ddof=1) / math.sqrt(len(excess)) < 0.04


@pytest.mark.parametrize(("n", "sizes"), [(None, (100, 50)), (None, (20000, 7000)), (7, (100, 50))])
def test_the_default_n_is_a_tenth_a_fifth_or_a_thousand(n, sizes):
    reference, candidate = (
        Measure.of(np.random.default_rng(k).random((size, 1))) for k, size in enumerate(sizes)
    )
    blocks = Blocks.of(reference, {"c": candidate}, n=n, blocks=5, shuffle_seed=None, seed=0)
    assert blocks.n == (n or (10 if sizes == (100, 50) else 1000))
    assert np.concatenate([block.points for block in blocks.candidates["c"]]) == pytest.approx(
        candidate.points[: 5 * blocks.n]
    )


def test_shuffled_rows_are_the_same_points_in_another_order(caplog):
    points = np.sort(normal(0, 200, 1), axis=0)
    with caplog.at_level("INFO", "wcheck"):
        kept, moved = (
            Blocks.of(Measure.of(points, name="sorted"), {"c": Measure.of(normal(1, 100, 1))}, n=20, blocks=5,
                      shuffle_seed=seed, seed=0)
            for seed in (None, 0)
        )  # fmt: skip
    assert caplog.text.count("Neighbouring rows of sorted are more alike than random pairs of rows") == 1
    first, second = (
        np.concatenate([block.points for block in (*blocks.first, *blocks.second)])
        for blocks in (kept, moved)
    )
    assert np.array_equal(np.sort(first, axis=0), np.sort(second, axis=0))
    assert not np.array_equal(kept.first[0].points, moved.first[0].points)


def test_one_row_a_comparison_on_the_command_line_and_a_resumed_file_is_the_same(tmp_path):
    command = ("compare", "digits[0:400]", "digits[400:600]", "digits[600:800]", "--n", 20, "--estimator", "exact",
               "--estimator", "mmd", "--permutations", 19)  # fmt: skip
    ended = invoke(*command)
    assert ended.exit_code == 0, ended.stderr
    rows = list(parse_rows(ended.stdout))
    assert tuple(rows[0]) == Compare.columns
    assert len(rows) == 2 * (2 + 1 + 4)
    assert "Real data are" in ended.stderr
    path = tmp_path / "rows.csv"
    assert invoke(*command, "-o", path).exit_code == 0
    whole = path.read_text()
    assert invoke(*command, "-o", path).exit_code == 0
    assert path.read_text() == whole
    refused = invoke(*command, "--blocks", 4, "-o", path)
    assert refused.exit_code == 2
    assert "blocks" in refused.stderr


def test_embeddings_repeat_and_none_is_the_points_themselves(tmp_path, monkeypatch):
    (tmp_path / "halving.py").write_text(
        "def half(points):\n    return points.reshape(len(points), -1) / 2\n"
    )
    monkeypatch.chdir(tmp_path)
    both = ("--embed", "none", "--embed", "halving:half")
    ended = invoke("compare", "digits[0:400]", "digits[400:600]", "--n", 20, *both, "--permutations", 9)
    assert ended.exit_code == 0, ended.stderr
    plain, halved = (
        [row for row in parse_rows(ended.stdout) if row["embed"] == embed] for embed in (None, "halving:half")
    )
    assert [row["value"] for row in halved] == pytest.approx([row["value"] / 2 for row in plain], rel=1e-5)
    assert "In the coordinates of halving:half, real data are" in ended.stderr


def test_what_candidates_were_made_of_is_looked_for_in_the_reference(tmp_path, caplog):
    real, train = normal(0, 300), normal(1, 200)
    np.save(tmp_path / "real.npy", real)
    np.save(tmp_path / "train.npy", np.concatenate([train, real[:100]]))
    np.save(tmp_path / "made.npy", train + 0.01)
    words = ("compare", tmp_path / "real.npy", tmp_path / "made.npy", "--n", 20, "--permutations", 9)
    refused = invoke(*words, "--train", tmp_path / "train.npy")
    assert refused.exit_code == 2
    assert "train.npy" in refused.stderr
    assert "points in common (100 of the 300" in refused.stderr
    assert "not independent" in refused.stderr
    ended = invoke(*words, "--train", f"{tmp_path}/train.npy[0:200]")
    assert ended.exit_code == 0, ended.stderr
    first = next(iter(parse_rows(ended.stdout)))
    assert first["nearest"] < 0.1
    with caplog.at_level("INFO", "wcheck"):
        wcheck.compare(real, {"made": train, "other": np.r_[train[:3], normal(5, 197)]}, n=20, train=train)
    assert (
        "made and train share points: 200 of the 200 of made. Copies are not independent samples."
        in caplog.text
    )
    assert "made and other share points: 3 of the 200 of made." in caplog.text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("digits[0:400]", "digits[300:600]"), "share the rows 300 to 399"),
        (("digits[0:400]", "digits[400:600]", "digits[400:600]"), "was given twice"),
        (("digits[0:400]", "digits[400:600]", "gaussian:dim=3,n=200"), "have dimensions 64 and 3"),
        (("digits[0:19]", "digits[400:600]"), "digits[0:19] has 19 points, too few for 10 disjoint blocks of 2:"),
        (("digits[0:600]", "digits[600:800]", "--n", 50), "digits[600:800] has 200 points, too few for 5"),
        (("digits[0:400]", "digits[400:600]", "--n", 1), "n is 1"),
        (("digits[0:400]", "digits[400:600]", "--blocks", 1), "blocks is 1"),
        (("digits[0:400]", "digits[400:600]", "--estimator", "critic"), "is 'critic': choose one of exact"),
        (("digits[0:400]", "digits[400:600]", "--statistic", "t"), "statistic is 't'"),
        (("digits[0:400]", "digits[400:600]", "--confidence", 1), "confidence is 1"),
        (("digits[0:400]", "digits[400:600]", "--p", 3), "p is 3"),
        (("digits[0:400]", "digits[400:600]", "--p", 2, "--estimator", "energy"), "--p 2 is the order"),
        (("digits[0:400]", "digits[400:600]", "--embed", "nowhere:f"), "The embedding nowhere:f cannot be imported"),
    ],
)  # fmt: skip
def test_what_is_refused_is_one_line(words, message):
    ended = invoke("compare", *words)
    assert ended.exit_code == 2
    assert message in ended.stderr
    assert ended.stdout == ""
    refusals = [line for line in ended.stderr.splitlines() if line.startswith("wcheck: ")]
    assert len(refusals) == 1


@pytest.mark.parametrize(
    ("candidates", "message"),
    [
        ({}, "there is no candidate"),
        ([normal(1, 200)], "give a mapping"),
        ({"a": normal(1, 200), "b": normal(1, 200)}, "the same candidate twice"),
        ({"a": normal(0, 400)[:200]}, "points in common"),
        ({"a": normal(1, 200, dim=4)}, "dimension"),
    ],
)
def test_what_is_refused_from_python(candidates, message):
    with pytest.raises(ParameterError, match=message):
        wcheck.compare(normal(0, 400), candidates)


def test_a_candidate_that_repeats_its_points_is_told_so(caplog):
    few = np.repeat(normal(1, 10), 20, axis=0)
    with caplog.at_level("INFO", "wcheck"):
        wcheck.compare(normal(0, 400), {"few": np.random.default_rng(0).permutation(few)})
    assert "few has 10 different points among its 200." in caplog.text


def test_two_samples_on_the_command_line():
    ended = invoke("two-sample", "digits[0:100]", "digits[100:200]", "--statistic", "energy", "--statistic", "mmd",
                   "--permutations", 19)  # fmt: skip
    assert ended.exit_code == 0, ended.stderr
    first, second = parse_rows(ended.stdout)
    assert (first["statistic"], second["statistic"]) == ("energy", "mmd")
    assert all(1 / 20 <= row["p_value"] <= 1 for row in (first, second))
    assert "The energy distance " in ended.stderr
    assert "p: how often samples of one distribution look at least this different." in ended.stderr
    assert "not corrected for their number" in ended.stderr
    refused = invoke("two-sample", "digits[0:100]", "digits[50:200]")
    assert refused.exit_code == 2
    assert "share the rows 50 to 99" in refused.stderr


def test_figures_are_drawn_of_its_rows(found, tmp_path):
    from wcheck.plots.registry import draw

    table = found.table().reindex(columns=list(Compare.columns))
    forest, over_n = draw(table), draw(table, "compare-n")
    assert len(forest.axes) == len(over_n.axes) == 3
    names = [text.get_text() for text in forest.axes[0].get_yticklabels()]
    assert names == ["shrunk", "same", "shifted"]
