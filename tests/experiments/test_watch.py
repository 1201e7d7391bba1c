"""A watch sees what there is, leaves no trace in a training, and goes on where that goes on."""

import csv
import gc
import warnings
import weakref

import numpy as np
import pytest
import torch
from torch import nn

import wcheck
from wcheck.errors import OutputError, ParameterError
from wcheck.experiments.gan import Gan
from wcheck.measures.sources import load as load_points
from wcheck.plots.registry import draw, load
from wcheck.report.finished import Finished

TIMES = ("seconds", "batch_seconds")


def points(n=60, seed=0):
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(seed))


def play(watch=None, *, steps=6, start=1, dtype=torch.float32):
    """Train a critic and a generator with all that an onlooker could disturb; return their state and torch's."""
    torch.manual_seed(0)
    critic = nn.Sequential(
        nn.utils.parametrizations.spectral_norm(nn.Linear(2, 8)),
        nn.BatchNorm1d(8),
        nn.Dropout(0.5),
        nn.Linear(8, 1),
    ).to(dtype)
    critic[1].eval()  # as somebody may have it, in a network that trains
    generator = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)).to(dtype)
    descent = torch.optim.Adam([*critic.parameters(), *generator.parameters()])
    data = points(seed=1).to(dtype)

    def sample(n):
        return generator.eval()(torch.randn(n, 3, dtype=dtype))

    for step in range(start, start + steps):
        real, fake = data[torch.randint(60, (8,))], generator(torch.randn(8, 3, dtype=dtype))
        loss = critic(real).mean() - critic(fake).mean()
        descent.zero_grad()
        (-loss).backward()
        descent.step()
        if watch is not None:
            watch(step, fake=fake, real=real, loss=loss, critic=critic, sample=sample, generator_loss=-loss)
            generator.train()
    state = [*critic.state_dict().values(), *generator.state_dict().values(), torch.get_rng_state()]
    state += [weight.grad for net in (critic, generator) for weight in net.parameters()]
    return state, [module.training for net in (critic, generator) for module in net.modules()]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_a_training_is_the_same_to_the_last_bit_with_and_without_a_watch(dtype):
    with wcheck.Watch(points(), every=2, grad_points=20, batch_exact_every=1) as watch:
        (seen, modes), (alone, before) = play(watch, dtype=dtype), play(dtype=dtype)
    assert modes == before
    assert all(torch.equal(one, other) for one, other in zip(seen, alone, strict=True))
    looks = [row for row in watch.rows() if row["exact"] is not None]
    assert [row["step"] for row in looks] == [2, 4, 6]
    assert all(row["grad_max"] > 0 and row["value"] is not None for row in looks)


def test_it_says_in_a_line_what_it_is():
    watch = wcheck.Watch(points(), every=3)
    assert repr(watch) == "Watch(n=30, every=3, step=0)"
    play(watch)
    assert repr(watch) == "Watch(n=30, every=3, step=6)"


def test_nothing_of_a_step_is_kept_alive():
    watch = wcheck.Watch(points(), every=2, grad_points=20, batch_exact_every=1)
    for step in (1, 2, 3):
        critic, fake = nn.Linear(2, 1), torch.zeros(8, 2, requires_grad=True) * 1.5
        loss = critic(fake).mean()
        sample = lambda n, net=critic: points(n)  # noqa: E731
        watch(step, fake=fake, real=points(8), loss=loss, critic=critic, sample=sample)
        alive = [weakref.ref(each) for each in (critic, fake, loss, sample)]
        del critic, fake, loss, sample
        gc.collect()
        assert [each() for each in alive] == [None] * 4
    watch.close()


def test_rows_say_what_there_is():
    held_out, generated, real = points(80), 0.5 * points(40, 1), points(8, 2)
    with wcheck.Watch(
        held_out,
        train=points(30, 3),
        every=1,
        objective="wasserstein",
        lipschitz="gp",
        penalty=0.1,
        betas=(0, 0.9),
    ) as watch:
        watch(
            7, fake=generated[:8], real=real, loss=torch.tensor(0.25), sample=lambda n: generated[:n],
            critic=lambda x: 3 * x[:, 0],
        )  # fmt: skip
    (row,) = watch.rows()
    assert tuple(row) == Gan.columns
    assert (row["step"], row["n"], row["dim"], row["status"]) == (7, 40, 2, "ok")
    assert (row["objective"], row["lipschitz"], row["penalty"], row["betas"]) == (
        "wasserstein",
        "gp",
        0.1,
        "0,0.9",
    )
    batch = wcheck.exact(real, generated[:8]).bracket
    assert row["batch_exact_lower"] <= batch.upper
    assert batch.lower <= row["batch_exact"]
    assert row["loss_ratio"] == 0.25 / row["batch_exact"]
    parts = [watch._watched.parts[role] for role in ("reference", "real")]
    assert row["exact"] == pytest.approx(wcheck.exact(generated, parts[0]).value)
    assert row["exact_real"] == pytest.approx(wcheck.exact(*parts).value)
    assert row["excess"] == row["exact"] - row["exact_real"]
    assert row["value"] == pytest.approx(3 * (parts[0].dense()[:, 0].mean() - float(generated[:, 0].mean())))
    assert row["grad_max"] == pytest.approx(3.0)
    assert row["spread"] == pytest.approx(0.5, rel=0.3)
    assert row["nearest"] is not None
    both = np.concatenate([part.dense() for part in parts])
    assert len(np.unique(both, axis=0)) == 80  # disjoint


def test_an_unnamed_loss_is_not_called_a_distance():
    with wcheck.Watch(points(), every=1) as watch:
        watch(0, fake=points(8), real=points(8, 1), loss=1.0)
    (row,) = watch.rows()
    assert row["batch_exact"] > 0
    assert row["loss_ratio"] is row["approximates"] is row["exact"] is None


def test_without_a_sampler_the_last_points_of_the_calls_are_looked_at():
    fakes = [points(16, seed).reshape(16, 2, 1) for seed in range(4)]
    with wcheck.Watch(points(60), every=1, batch_exact=False) as watch:
        for step, fake in enumerate(fakes):
            watch(step, fake=fake)
    rows = watch.rows()
    assert [row["exact"] is None for row in rows] == [True, False, False, False]
    assert {row["batch_exact"] for row in rows} == {None}
    last = torch.cat(fakes).reshape(-1, 2)[-30:]
    assert rows[-1]["exact"] == pytest.approx(wcheck.exact(last, watch._watched.parts["reference"]).value)


def without_times(path):
    rows = list(csv.reader(path.read_text().splitlines()))
    cut = {rows[0].index(name) for name in TIMES}
    return [[field for place, field in enumerate(row) if place not in cut] for row in rows]


def steps(watch, start, stop):
    for step in range(start, stop):
        fake = points(8, step)
        watch(
            step,
            fake=fake,
            real=points(8, 100 + step),
            loss=fake.sum(),
            sample=lambda n, s=step: points(n, s),
        )


def interrupted(watch, stop):
    steps(watch, 1, stop)
    raise KeyboardInterrupt


def opened(path, **options):
    return wcheck.Watch(points(), output=path, **{"every": 5, "batch_exact_every": 1, "seed": 3} | options)


def test_a_run_that_was_cut_off_and_went_back_has_the_rows_of_one_that_was_not(tmp_path):
    whole, cut = tmp_path / "whole.csv", tmp_path / "cut.csv"
    with opened(whole) as watch:
        steps(watch, 1, 21)
    with pytest.raises(KeyboardInterrupt), opened(cut) as watch:
        interrupted(watch, 13)
    with opened(cut) as watch:  # the training's own checkpoint was of step 8
        steps(watch, 9, 21)
    assert without_times(cut) == without_times(whole)
    assert len(without_times(whole)) == 21
    assert all(row[name] >= 0 for row in watch.rows() for name in TIMES)
    with opened(cut) as watch, opened(whole) as other:  # and after the end
        steps(watch, 21, 23)
        steps(other, 21, 23)
    assert without_times(cut) == without_times(whole)


def test_a_watch_that_is_dropped_leaves_a_file_that_can_be_gone_on_with(tmp_path):
    path = tmp_path / "run.csv"
    watch = opened(path)
    steps(watch, 1, 8)
    del watch
    gc.collect()
    with opened(path) as watch:
        steps(watch, 6, 11)
    assert [row["step"] for row in watch.rows()] == list(range(1, 11))


def test_a_file_is_neither_begun_anew_nor_mixed_without_a_word(tmp_path):
    path = tmp_path / "run.csv"
    with opened(path) as watch:
        steps(watch, 1, 11)
    before = path.read_bytes()
    with (
        opened(path) as watch,
        pytest.raises(OutputError, match="holds a run up to step 10, and step 1 would start it again"),
    ):
        steps(watch, 1, 2)
    with pytest.raises(
        OutputError, match=r"seed was 3 and is 4; give another output, or overwrite to start again"
    ):
        opened(path, seed=4)
    with pytest.raises(OutputError, match="being written by another run"), opened(path):
        opened(path)
    assert path.read_bytes() == before
    with opened(path, overwrite=True) as watch:
        steps(watch, 1, 3)
    assert [row["step"] for row in watch.rows()] == [1, 2]


def test_a_full_disk_stops_no_training_and_costs_no_row(tmp_path, monkeypatch):
    path = tmp_path / "run.csv"
    with opened(path) as watch:
        steps(watch, 1, 6)
        with monkeypatch.context() as patch:
            patch.setattr(
                "os.fsync", lambda file: (_ for _ in ()).throw(OSError(28, "No space left on device"))
            )
            with pytest.warns(RuntimeWarning, match="No space left on device"):
                steps(watch, 6, 11)
        assert len(watch.rows()) == 5
        steps(watch, 11, 12)
    assert [row["step"] for row in watch.rows()] == list(range(1, 12))


def test_what_goes_wrong_in_a_training_is_a_row():
    good, broken = points(30, 1), torch.full((30, 2), torch.nan)
    with wcheck.Watch(points(), every=1, objective="wasserstein") as watch:
        for step, (fake, loss) in enumerate(
            [(good, 1.0), (broken, 1.0), (good, torch.nan), (0.001 * good, 1.0)]
        ):
            watch(
                step,
                fake=fake,
                real=good,
                loss=loss,
                sample=lambda n, own=fake: own[:n],
                critic=nn.Linear(2, 1),
            )
    rows = watch.rows()
    assert [row["status"] for row in rows] == ["ok", "diverged", "diverged", "collapsed"]
    assert [row["exact"] is None for row in rows] == [False, True, False, False]
    assert rows[2]["loss"] is None


def test_who_has_never_spread_has_not_collapsed_and_who_had_is_known_after_an_interruption(tmp_path):
    def watched(step, size):
        with wcheck.Watch(points(), every=1, output=tmp_path / "run.csv") as watch:
            watch(step, fake=size * points(30, step), sample=lambda n: size * points(30, step)[:n])
        return [row["status"] for row in watch.rows()]

    assert watched(1, 0.001) == ["ok"]
    assert watched(2, 1.0) == ["ok", "ok"]
    assert watched(3, 0.001) == ["ok", "ok", "collapsed"]
    assert watched(2, 0.001) == ["ok", "ok"]  # after step 1 alone


def test_images_are_images_and_weights_are_drawn_by():
    images = torch.rand(40, 1, 6, 6)
    with wcheck.Watch(images, every=1, grad_points=10) as watch:
        watch(1, fake=images[:20], critic=nn.Sequential(nn.Conv2d(1, 2, 6), nn.Flatten(), nn.Linear(2, 1)))
        watch(2, fake=images[:20].flatten(1).numpy())
    assert [row["sharpness"] > 0 for row in watch.rows()] == [True, True]
    weights = np.r_[np.zeros(20), np.full(20, 0.05)]
    heavy = wcheck.Watch(wcheck.Measure.of(images, weights), n=10)
    assert all(
        np.isin(part.dense(), images[20:].flatten(1).numpy()).all() for part in heavy._watched.parts.values()
    )


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_may_be_called_where_gradients_are_off(context):
    critic = nn.Linear(2, 1)
    with wcheck.Watch(points(), every=2, grad_points=10, batch_exact_every=1) as watch:
        for step in range(1, 5):
            with context():
                fake = points(32, step)
                watch(step, fake=fake, real=points(32), loss=fake.mean(), critic=critic)
    assert [row["grad_max"] is not None for row in watch.rows()] == [False, True, False, True]


def test_its_file_is_one_of_wcheck_gan(tmp_path):
    path = tmp_path / "run.csv"
    with opened(path, objective="wasserstein", lipschitz="gp") as watch:
        steps(watch, 1, 11)
    finished = Finished.read(path)
    assert finished.experiment is Gan
    assert "WGAN-GP, after 10 steps: the loss is" in finished.told()
    for kind in ("gan", "gan-batch"):
        assert draw(load([path]), kind).axes
    with opened(path, overwrite=True) as watch:
        steps(watch, 1, 6)
    told = Finished.read(path).told()
    assert "The watched training, after 5 steps: what its loss is worth is not said" in told


def test_every_row_of_a_long_run_between_looks_is_written_before_the_next_look(tmp_path, monkeypatch):
    monkeypatch.setattr("wcheck.experiments.watch.WAITING", 3)
    monkeypatch.setattr("wcheck.estimators.batches.PROBLEMS", 2)
    with opened(tmp_path / "run.csv", every=1000) as watch:
        steps(watch, 1, 10)
        assert len(watch.rows()) == 8


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"every": 0}, "every is 0"),
        ({"every": 2.5}, "every is 2.5: give an integer of at least 1"),
        ({"collapse": -0.1}, "collapse is -0.1: give a share"),
        ({"n": 31}, "n is 31, but real has 60 points, which are split into two halves: give n from 1 to 30"),
        ({"batch_exact": False, "batch_exact_every": 1}, "give one of the two"),
        ({"colour": "red"}, "'colour' is not a setting of a game: leave it out, or name one of .*objective"),
        ({"objective": "wassertein"}, "objective is 'wassertein'"),
        ({"device": "tpu"}, "device is 'tpu'"),
    ],
)
def test_options_that_are_wrong_are_refused(options, told):
    with pytest.raises(ParameterError, match=told):
        wcheck.Watch(points(), **options)
    with pytest.raises(ParameterError, match="real has 1 point, but a watch needs two sets"):
        wcheck.Watch(points(1))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            {"fake": torch.zeros(8, 3)},
            r"fake has shape \(8, 3\), but the real points of this watch have dimension 2",
        ),
        ({"fake": points(8), "real": torch.tensor(1.0)}, r"real has shape \(\)"),
        ({"sample": lambda n: points(5)}, r"sample\(30\) returns 5 points: give 30"),
        ({"fake": points(30), "critic": nn.Linear(2, 4)}, r"critic maps 30 points to \(30, 4\)"),
        ({"fake": points(8), "real": points(8), "loss": torch.zeros(3)}, r"loss has shape \(3,\)"),
        ({"step": 4}, "step is 4, after 4: steps must increase"),
    ],
)
def test_a_call_that_is_wrong_says_what_is_wrong(call, told):
    with wcheck.Watch(points(), every=1) as watch:
        watch(4, fake=points(30))
        with pytest.raises(ParameterError, match=told):
            watch(**{"step": 5} | call)
    with pytest.raises(ParameterError, match="the watch is closed"):
        watch(6)


def test_only_what_is_said_is_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with wcheck.Watch(points(), every=1) as watch:
            watch(1, fake=points(30), real=points(30, 1), loss=torch.tensor(0.5, requires_grad=True))


def test_energy_distances_are_measured_in_the_feature_space():
    digits = load_points("digits[0:120]").dense()
    with wcheck.Watch("digits[900:1000]", every=1, feature_space="classifier:digits", n=40) as watch:
        watch(1, sample=lambda n: torch.from_numpy(digits[:n].copy()))
        watch(2, sample=lambda n: torch.zeros(n, 64))
    near, far = watch.rows()
    assert near["feature_space"] == "classifier:digits"
    assert abs(near["energy_distance"]) < 1 < far["energy_distance"]
    assert near["energy_distance_real"] == far["energy_distance_real"]
    with pytest.raises(ParameterError, match="the scale of these is not known"):
        wcheck.Watch(digits.reshape(-1, 1, 8, 8), feature_space="classifier:digits")
