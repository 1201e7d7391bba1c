"""Sweeps: ranges and their draws, tasks of several critics, processes, and runs that are cut off in mid-training."""

import itertools
import math
import re
import subprocess

import pytest
import typer.testing

from tests.running import WCHECK, private_cache, wait_until
from wcheck.cli.app import app
from wcheck.errors import OutputError, ParameterError
from wcheck.experiments import reference
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.oracle import Oracle
from wcheck.experiments.ranges import Range, parse, samples
from wcheck.experiments.stage import Stage
from wcheck.rows import checkpoint, scratch
from wcheck.rows.csvfile import CsvFile
from wcheck.rows.table import Table, parse_rows

SWEEP = {"penalty": (1.0, 10.0), "lr": (1e-3,)}
PAIR = {"source": "gaussian:dim=2,n=40", "target": "gaussian:dim=2,n=40,mean=1"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "folder", lambda: tmp_path / "cache")


@pytest.fixture
def often(monkeypatch):
    """Checkpoints as often as there may be any."""
    monkeypatch.setattr(scratch, "SECONDS", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", math.inf)


def small(**options):
    defaults = {"steps": (64,), "every": 32, "grad_points": 20, "width": (8,), "batch_size": (16,)}
    return Oracle.of(**{**PAIR, **defaults, **options})


def rows_of(experiment, report=None, **options):
    table = Table(experiment.columns, experiment.fine)
    write_rows(experiment, table, *([report] if report else []), **options)
    return timeless(table.rows)


def timeless(rows):
    return [{column: value for column, value in row.items() if column != "seconds"} for row in rows]


def written(path, experiment, report=None, **options):
    """Run into a file, or go on in it."""
    table = CsvFile(path, experiment.columns, experiment.fine, neutral=experiment.neutral)
    write_rows(experiment, table, *([report] if report else []), **options)
    return timeless(parse_rows(path.read_text()))


class TestRanges:
    def test_numbers_lie_between_the_bounds_and_come_near_both(self):
        linear, logarithmic = Range(1, 3), Range(1e-5, 1e-1, logarithmic=True)
        assert [linear.at(share) for share in (0, 0.25, 1)] == [1, 1.5, 3]
        assert [logarithmic.at(share) for share in (0, 0.25, 0.5, 1)] == [1e-5, 1e-4, 1e-3, 1e-1]

    def test_rounding_does_not_leave_the_range(self):
        narrow = Range(0.123444, 0.123446)
        assert narrow.low <= narrow.at(0.0) <= narrow.at(0.99) <= narrow.high

    @pytest.mark.parametrize("logarithmic", [False, True])
    def test_each_integer_is_drawn(self, logarithmic):
        bounds = Range(2, 5, logarithmic, integer=True)
        drawn = [bounds.at(step / 1000) for step in range(1001)]
        assert sorted(set(drawn)) == [2, 3, 4, 5]
        assert drawn == sorted(drawn)
        assert all(isinstance(value, int) for value in drawn)
        if not logarithmic:
            assert drawn.count(3) == pytest.approx(250, abs=1)

    def test_what_is_typed(self):
        assert parse("--lr", "1e-3", float) == 1e-3
        assert parse("--lr", "1e-5:1e-2:log", float) == Range(1e-5, 1e-2, logarithmic=True)
        assert parse("--batch-size", "8:64", int) == Range(8, 64, integer=True)
        assert str(parse("--lr", "1e-5:1e-2:log", float)) == "1e-05:0.01:log"

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("1e-2:1e-5", "reversed"),
            ("1:1", "empty"),
            ("0:1:log", "has no logarithms"),
            ("-1:1:log", "has no logarithms"),
            ("0:inf", "not finite"),
            ("1:2:exp", "neither a number nor a range"),
            ("1:2:log:", "neither a number nor a range"),
            ("fast", "neither a number nor a range"),
        ],
    )
    def test_what_is_no_range(self, text, message):
        with pytest.raises(ParameterError, match=f"^lr.*{message}"):
            parse("--lr", text, float)

    def test_more_samples_are_the_same_ones_and_others(self):
        options = {"lr": (Range(0, 1),), "penalty": (Range(0, 1),), "arch": ("mlp", "dcgan")}
        few, many = samples(options, 3, seed=1), samples(options, 5, seed=1)
        assert many[:3] == few
        assert len({sample[name] for sample in many for name in ("lr", "penalty")}) == 10
        assert all(sample["arch"] == ("mlp", "dcgan") for sample in many)
        assert samples(options, 3, seed=2) != few

    @pytest.mark.parametrize(
        ("options", "count", "message"),
        [
            (
                {"lr": (Range(1, 2),)},
                None,
                "lr is the range 1:2: give the number of draws from it with samples",
            ),
            ({"lr": (1e-4,)}, 3, "there is no range to draw from"),
            ({"lr": (Range(1, 2),)}, 0, "samples is 0"),
            ({"lr": (1e-4, Range(1, 2))}, 3, "give only the range"),
        ],
    )
    def test_ranges_and_samples_belong_together(self, options, count, message):
        with pytest.raises(ParameterError, match=message):
            samples(options, count, seed=0)


def test_a_sweep_multiplies_what_is_plain_and_draws_what_is_ranged():
    sweep = small(
        lr=(Range(1e-5, 1e-2, logarithmic=True),), batch_size=(Range(4, 32, integer=True),),
        lipschitz=("gp", "clip"), seed=(5, 6), samples=4,
    )  # fmt: skip
    tasks = sweep.tasks()
    assert len(tasks) == 4 * 2 * 2
    recipes = [task.recipes[0] for task in tasks]
    pairs = [
        {(recipe.descent.lr, recipe.batch_size) for recipe in recipes[start : start + 4]}
        for start in (0, 4, 8, 12)
    ]
    assert all(len(pair) == 1 for pair in pairs)
    assert len(set.union(*pairs)) == 4
    assert [recipe.seed for recipe in recipes[:4]] == [5, 6, 5, 6]


def test_processes_give_the_rows_of_one():
    sweep = small(penalty=(1.0, 10.0), lipschitz=("gp", "lp"))
    assert rows_of(sweep, workers=Workers(1)) == rows_of(sweep, workers=Workers(2))


class TestCutOff:
    """A run that is cut off in mid-training and goes on writes what one that was not would have."""

    def cut(self, path, experiment, at, **options):
        steps = sum(task.steps * len(task.recipes) for task in experiment.tasks())

        def report(label, done, total, note=""):
            if label in ("tasks", "oracle") and done >= at / steps * total:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            written(path, experiment, report, **options)

    @pytest.mark.parametrize("at", [16, 48, 64, 112])
    def test_anywhere(self, tmp_path, often, at):
        whole = written(tmp_path / "whole.csv", small(**SWEEP))
        path = tmp_path / "rows.csv"
        self.cut(path, small(**SWEEP), at)
        kept = list((tmp_path / "rows.csv.unfinished").glob("*.checkpoint"))
        assert len(kept) == 1
        run, _ = (tmp_path / "rows.csv.unfinished" / scratch.RUN).read_text().split()
        assert scratch.Scratch.beside(path, run).holds_tasks
        assert not scratch.Scratch.beside(path, "another").holds_tasks
        steps = []
        resumed = written(
            path,
            small(**SWEEP),
            lambda label, done, *rest: steps.append(64 * done) if label == "tasks" else None,
        )
        assert resumed == whole
        again = [step for step in steps if step % 64]  # at most what was done since the last checkpoint
        assert min(again, default=112) >= min(at - 16, 112)
        assert {file.name for file in tmp_path.glob("rows*")} == {"rows.csv", "rows.csv.json"}

    @pytest.mark.parametrize("options", [
        {"optimizer": ("rmsprop",), "lipschitz": ("clip",), "penalty": ()}, {"optimizer": ("sgd",)},
        {"batch_size": ("full",)}, {"together": 2}, {"protocol": ("mallasto",)},
        {"lipschitz": ("spectral",), "penalty": ()},
    ])  # fmt: skip
    def test_whatever_is_trained(self, tmp_path, often, options):
        options = {"penalty": (1.0,), "seed": (0, 1), **options}
        whole = written(tmp_path / "whole.csv", small(**options))
        path = tmp_path / "rows.csv"
        self.cut(path, small(**options), 48)
        assert written(path, small(**options)) == whole

    def test_looks_that_were_had_are_not_had_again(self, tmp_path, often, monkeypatch):
        path = tmp_path / "rows.csv"
        self.cut(path, small(), 48)
        seen, look = [], Stage.judge
        monkeypatch.setattr(Stage, "judge", lambda *given: seen.append(given) or look(*given))
        assert [row["step"] for row in written(path, small())] == [0, 32, 64]
        assert len(seen) == 1

    def test_by_kill_in_another_process(self, tmp_path, monkeypatch):
        private_cache(tmp_path / "kept", monkeypatch)
        often = (
            "import wcheck.rows.scratch as s, wcheck.rows.checkpoint as c; s.SECONDS, c.SHARE = 0.0, 1e9\n"
        )
        options = {
            PAIR["source"]: PAIR["target"], "--steps": 600, "--every": 300, "--width": 8,
            "--batch-size": 16, "--grad-points": 20, "--lr": 1e-3, "--jobs": 1,
        }  # fmt: skip
        command = ["oracle", *map(str, itertools.chain(*options.items())), "-o"]
        path, kept = tmp_path / "rows.csv", tmp_path / "rows.csv.unfinished" / "0.checkpoint"
        process = subprocess.Popen(
            [WCHECK[0], "-c", often + WCHECK[2], *command, path], stderr=subprocess.DEVNULL
        )

        def step():
            if not kept.exists():
                return 0
            return int(re.search(rb'\["step", (\d+)\], \["seconds"', kept.read_bytes())[1])

        try:
            wait_until(lambda: step() > 0)
        finally:
            process.kill()
            process.wait()
        assert 0 < step() < 600
        for file in (path, tmp_path / "whole.csv"):
            assert typer.testing.CliRunner().invoke(app, [*command, str(file)]).exit_code == 0
        resumed, whole = (timeless(parse_rows(file.read_text())) for file in (path, tmp_path / "whole.csv"))
        assert resumed == whole
        assert not kept.parent.exists()

    def test_a_new_start_takes_nothing_from_before(self, tmp_path, often):
        path = tmp_path / "rows.csv"
        self.cut(path, small(**SWEEP), 48)
        table = CsvFile(path, Oracle.columns, overwrite=True)
        steps = []
        write_rows(small(**SWEEP), table, lambda label, done, *rest: steps.append(done))
        assert 0 in steps
        assert timeless(table.rows) == rows_of(small(**SWEEP))

    def test_the_checkpoint_of_another_run_is_refused(self, tmp_path, often):
        first, second = tmp_path / "first.csv", tmp_path / "second.csv"
        self.cut(first, small(), 48)
        self.cut(second, small(lr=(1e-3,)), 48)
        (kept,), (other,) = (
            (path.with_name(path.name + ".unfinished")).glob("*.checkpoint") for path in (first, second)
        )
        kept.write_bytes(other.read_bytes())
        with pytest.raises(OutputError, match="is the checkpoint of other data or other settings"):
            written(first, small())
        kept.write_bytes(b"nothing")
        with pytest.raises(OutputError, match="is not a checkpoint that can be read"):
            written(first, small())

    def test_a_folder_that_is_not_ours_is_left_alone(self, tmp_path):
        folder = tmp_path / "rows.csv.unfinished"
        folder.mkdir()
        (folder / "thesis.tex").touch()
        with pytest.raises(OutputError, match="exists and was not made by wcheck"):
            written(tmp_path / "rows.csv", small())
        assert [file.name for file in folder.iterdir()] == ["thesis.tex"]

    def test_a_process_that_does_not_see_the_folder_does_without(self, tmp_path):
        kept = scratch.Scratch(tmp_path / "elsewhere", "run", 0.0)
        assert kept.place(0) is None
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere" / scratch.RUN).write_text("another run")
        assert kept.place(0) is None


def test_a_row_without_a_checkpoint_comes_as_soon_as_it_is_there():
    rows = small().run(small().tasks()[0], lambda *_: None)
    assert [next(rows)["step"] for _ in range(3)] == [0, 32, 64]
