"""A solve that was stopped goes on where it was left, and only with its own data."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from wcheck import Measure, exact
from wcheck.errors import OutputError
from wcheck.rows.checkpoint import Checkpoint as Kept
from wcheck.rows.scratch import Place
from wcheck.transport.solve import columns
from wcheck.transport.solve.checkpoint import Checkpoint, State


def write(path: Path, digest: str, **state: np.ndarray) -> None:
    """Write what a solve of this digest would, with its seal, whatever it says."""
    Kept(Place(path, digest, 0.0)).keep(lambda: state)


def read(path: Path) -> dict[str, np.ndarray]:
    found: dict[str, np.ndarray] = {}
    Kept(Place(path, "d", 0.0)).restore(found.update)
    return found


@pytest.fixture
def pair() -> tuple[np.ndarray, np.ndarray]:
    x, y = np.random.default_rng(0).normal(size=(2, 1500, 2))
    return x, y


def test_goes_on_after_an_interruption(
    pair: tuple[np.ndarray, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wcheck.transport.solve.budget.HELD_PAIRS", 0)  # takes more rounds
    whole = exact(*pair)
    assert whole.rounds >= 3
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    file = tmp_path / "solve.checkpoint"
    seen = 0

    def interrupt(label: str, done: float, total: float, note: str = "") -> None:
        nonlocal seen
        seen += "[" in note
        if seen == 2:
            raise KeyboardInterrupt

    stopped = exact(*pair, checkpoint=file, report=interrupt)
    assert stopped.status == "interrupted"
    assert stopped.bracket.lower <= whole.value <= stopped.bracket.upper * (1 + 1e-12)
    monkeypatch.setattr(columns, "_potentials_from_part", None)  # going on must not start again from a part
    resumed = exact(*pair, checkpoint=file)
    assert resumed.status == "optimal"
    assert resumed.rounds < whole.rounds
    assert resumed.value == pytest.approx(whole.value, rel=1e-6)


def test_refuses_other_data(
    pair: tuple[np.ndarray, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    file = tmp_path / "solve.checkpoint"
    x, y = pair
    exact(x, y, checkpoint=file)
    assert file.exists()
    for other, p in ((np.nextafter(x, np.inf), 1), (x, 2)):
        with pytest.raises(OutputError, match="other data or other settings"):
            exact(other, y, p=p, checkpoint=file)


def test_refuses_what_is_no_checkpoint_and_places_that_cannot_be_written(tmp_path: Path) -> None:
    noise = tmp_path / "noise.checkpoint"
    noise.write_bytes(b"not a zip")
    with pytest.raises(OutputError, match="not a checkpoint"):
        Checkpoint(noise, "d", (2, 2), 1.0)
    np.savez(tmp_path / "points.npz", points=np.zeros((2, 2)))
    with pytest.raises(OutputError, match="or is of an earlier wcheck"):
        Checkpoint(tmp_path / "points.npz", "d", (2, 2), 1.0)
    large = tmp_path / "large.checkpoint"
    large.write_bytes(bytes(1 << 17))
    with pytest.raises(OutputError, match=r"more than 65,\d+ bytes"):
        Checkpoint(large, "d", (2, 2), 1.0)
    with pytest.raises(OutputError, match="cannot write"):
        Checkpoint(tmp_path / "missing" / "solve.checkpoint", "d", (2, 2), 1.0)


@pytest.mark.parametrize(
    "damage",
    [
        {"arcs": np.array([0, 9])},
        {"arcs": np.array([2, 1])},
        {"arcs": np.array([0.5])},
        {"u": np.array([0.0, np.nan])},
        {"v": np.zeros(3)},
        {"v": np.array([0.0, -1e17])},
    ],
)
def test_refuses_a_damaged_checkpoint(damage: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = tmp_path / "solve.checkpoint"
    good = {"u": np.zeros(2), "v": np.zeros(2), "arcs": np.array([0, 3])}
    write(path, "d", **good)
    assert Checkpoint(path, "d", (2, 2), 1.0).state is not None
    write(path, "d", **(good | damage))
    with pytest.raises(OutputError, match="damaged"):
        Checkpoint(path, "d", (2, 2), 1.0)


def test_is_written_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "solve.checkpoint"
    checkpoint = Checkpoint(path, "d", (1, 1), 1.0)
    state = State(np.zeros(1), np.zeros(1), np.zeros(1, np.int64))
    checkpoint.save(state)
    checkpoint.save(State(np.ones(1), np.ones(1), np.zeros(1, np.int64)))  # too soon after the last
    assert read(path)["u"].tolist() == [0.0]
    monkeypatch.setattr("wcheck.transport.solve.checkpoint.SECONDS", 0.0)
    monkeypatch.setattr("wcheck.rows.checkpoint.SHARE", 1e9)
    Checkpoint(path, "d", (1, 1), 1.0).save(State(np.ones(1), np.ones(1), np.zeros(1, np.int64)))
    assert read(path)["u"].tolist() == [1.0]
    assert [file.name for file in tmp_path.iterdir()] == ["solve.checkpoint"]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("p", [1, 2])
def test_nothing_that_a_tampered_checkpoint_says_is_believed(
    pair: tuple[np.ndarray, np.ndarray], tmp_path: Path, p: int, weighted: bool
) -> None:
    """Potentials of noise, far too large ones, and other arcs: refused, or the answer is as good as without."""
    x, y = (side[:700] for side in pair)
    random = np.random.default_rng(1)
    weights = random.dirichlet(np.ones(700)) if weighted else None
    whole = exact(x, y, weights, p=p)
    digests = Measure.of(x, weights).digest(), Measure.of(y).digest()
    digest = hashlib.sha256(f"{digests[0]} {digests[1]} {p}".encode()).hexdigest()
    zeros, noise = np.zeros(700), random.normal(size=700)
    good = {"u": zeros, "v": zeros, "arcs": np.arange(0, 490_000, 701)}
    file = tmp_path / "solve.checkpoint"
    for tampered in (
        {"v": 100.0 * noise},
        {"v": 1000.0 * noise, "u": -1000.0 * noise},
        {"arcs": np.sort(random.choice(700 * 700, 900, replace=False))},
        {"arcs": np.array([5])},
    ):
        write(file, digest, **good | tampered)
        found = exact(x, y, weights, p=p, checkpoint=file)
        assert found.status == "optimal"
        assert found.bracket.lower <= whole.bracket.upper
        assert whole.bracket.lower <= found.bracket.upper
        assert found.value == pytest.approx(whole.value, rel=2e-6)
    write(file, digest, **good | {"v": 1e17 * noise})
    with pytest.raises(OutputError, match="damaged"):
        exact(x, y, weights, p=p, checkpoint=file)
