"""A real cluster of separate processes: the same answer, whatever becomes of its workers; errors in one line."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from functools import partial

import numpy as np
import pytest
import typer.testing

import wcheck
from wcheck.cli.app import app
from wcheck.errors import ParameterError, SolverError, SourceError
from wcheck.experiments.data import Pair
from wcheck.experiments.driver import Workers, write_rows
from wcheck.experiments.exact import Exact
from wcheck.measures.sources import Preprocessing, load_pair
from wcheck.rows.table import Table, parse_rows
from wcheck.transport.cluster import blocks
from wcheck.transport.cluster.connection import Call, Connection, connect
from wcheck.transport.solve.result import TransportResult

N, M = 1500, 1300


@pytest.fixture(scope="module")
def cluster():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster):
    from distributed import Client

    with Client(cluster.scheduler_address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        yield client


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(blocks, "BLOCK_ROWS", 200)


@pytest.fixture(scope="module")
def points():
    random = np.random.default_rng(0)
    return random.normal(size=(N, 8)).astype(np.float32), random.normal(size=(M, 8)).astype(np.float32) + 0.5


def command(*args: str):
    return typer.testing.CliRunner().invoke(app, args)


def everything(result: TransportResult) -> tuple[object, ...]:
    plan, potentials = result.plan, result.potentials
    arrays = (plan.row, plan.col, plan.data, *potentials)
    return result.bracket, result.status, result.rounds, result.arcs, *(array.tobytes() for array in arrays)


def test_answers_of_two_seeds_are_told_apart(points):
    assert everything(wcheck.exact(*points, seed=0)) != everything(wcheck.exact(*points, seed=1))


def test_arrays_through_a_folder(cluster, client, points, tmp_path):
    asked = wcheck.Cluster(cluster.scheduler_address, folder=tmp_path)
    there, here = wcheck.exact(*points, dask=asked), wcheck.exact(*points)
    # Products of other shapes round otherwise, so that other pairs may be listed: both brackets hold, not both bytes.
    assert there.status == here.status == "optimal"
    assert there.bracket.lower <= here.bracket.upper
    assert here.bracket.lower <= there.bracket.upper
    assert there.value == pytest.approx(here.value, rel=2e-6)
    assert list(tmp_path.iterdir()) == []


def test_workers_find_a_saved_generator_and_draw_the_same_points(cluster, client, tmp_path):
    from wcheck.generators.generator import Generator
    from wcheck.generators.recipe import GeneratorRecipe
    from wcheck.learning.samplers import FrozenPoints
    from wcheck.measures.sources import load

    Generator.fresh(GeneratorRecipe.of(generator_width=64), FrozenPoints(load("digits[0:9]"))).save(tmp_path)
    text = f"generator:{tmp_path},n=300"
    there = client.submit(load, text).result(timeout=60)
    assert there.digest() == load(text).digest()
    data = Pair("digits[0:250]", text)
    there = Table(Exact.columns)
    status = write_rows(Exact(data), there, workers=Workers(dask=cluster.scheduler_address))
    here = Table(Exact.columns)
    assert status == write_rows(Exact(data), here)
    assert there.rows[0]["value"] == pytest.approx(here.rows[0]["value"], rel=2e-6)


def test_a_worker_killed_in_mid_pass_changes_nothing(cluster, client, points, monkeypatch):
    undisturbed = everything(wcheck.exact(*points, dask=cluster.scheduler_address))
    killed = []
    run = Connection.run

    def run_and_kill(self, calls, check):
        if len(calls) < 5 or killed or calls[0].function.__name__ != "_scan":
            return run(self, calls, check)
        victim = calls[0].home
        pid = client.run(os.getpid)[victim]
        thread = threading.Thread(target=kill_at_work, args=(client, victim, pid, killed))
        thread.start()
        try:
            return run(self, calls, check)
        finally:
            thread.join()

    monkeypatch.setattr(Connection, "run", run_and_kill)
    assert everything(wcheck.exact(*points, dask=cluster.scheduler_address)) == undisturbed
    assert len(killed) == 1
    assert killed[0] not in client.nthreads()


def kill_at_work(client, victim: str, pid: int, killed: list[str]) -> None:
    """Stop a worker once it has calls to run, see that they stay, and kill it."""
    while not client.processing().get(victim):
        time.sleep(0.001)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.1)
    if client.processing().get(victim):
        killed.append(victim)
        os.kill(pid, signal.SIGKILL)
    else:
        os.kill(pid, signal.SIGCONT)


def test_one_worker_answers_as_two_do(cluster, client, points, monkeypatch):
    two = everything(wcheck.exact(*points, dask=cluster.scheduler_address))
    workers, run, homes = Connection.workers, Connection.run, set()

    def run_and_record(self, calls, check):
        homes.update(call.home for call in calls)
        return run(self, calls, check)

    monkeypatch.setattr(Connection, "workers", lambda self: dict(list(workers(self).items())[:1]))
    monkeypatch.setattr(Connection, "run", run_and_record)
    assert everything(wcheck.exact(*points, dask=cluster.scheduler_address)) == two
    assert len(homes) == 1


def test_the_deadline_is_kept_while_workers_are_silent(cluster, client):
    class Deadline(Exception):
        pass

    def check() -> None:
        if time.monotonic() - begun > 1.0:
            raise Deadline

    pids = client.run(os.getpid).values()
    with connect(cluster.scheduler_address) as connection:
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        begun = time.monotonic()
        try:
            with pytest.raises(Deadline):
                connection.run([Call(_worker, ())] * 4, check)
            assert time.monotonic() - begun < 2.0
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        assert set(connection.run([Call(_worker, ())] * 4, lambda: None)) <= client.nthreads().keys()


def _worker(worker: str) -> str:
    return worker


def test_a_cluster_without_workers_is_one_line(monkeypatch, tmp_path):
    from distributed import Client, LocalCluster

    monkeypatch.setattr("wcheck.transport.cluster.connection.WORKER_SECONDS", 0.5)
    with LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty:
        address = empty.scheduler_address
        with pytest.raises(ParameterError, match="has no workers"):
            wcheck.exact([0.0], [1.0], dask=address)
        with Client(address, set_as_default=False) as client:
            connection = Connection(client, wcheck.Cluster(address), tmp_path)
            with pytest.raises(SolverError, match="has lost all workers"):
                connection.run([Call(_worker, ())], lambda: None)


def test_workers_read_sources_themselves(cluster, client, tmp_path, monkeypatch):
    """Also files named from the folder the command runs in, a subset of one, and points without weight."""
    random = np.random.default_rng(5)
    weights = random.random(900)
    weights[::9] = 0.0
    np.savez(tmp_path / "p.npz", points=random.normal(size=(900, 4)), weights=weights / weights.sum())
    np.save(tmp_path / "q.npy", random.normal(size=(1000, 4)))
    monkeypatch.chdir(tmp_path)
    ended = command(
        "exact",
        "p.npz",
        "q.npy[50:]",
        "--subset",
        "700",
        "--scale",
        "zscore",
        "--dask",
        cluster.scheduler_address,
    )
    assert ended.exit_code == 0, ended.stderr
    (row,) = parse_rows(ended.stdout)
    here = wcheck.exact(*load_pair("p.npz", "q.npy[50:]", preprocessing=Preprocessing("zscore", subset=700)))
    assert (row["n"], row["status"]) == (700, "optimal")
    assert row["value"] == pytest.approx(here.value, rel=2e-6)


def test_an_address_where_nothing_listens_ends_the_command():
    ended = command("exact", "digits[0:9]", "digits[9:18]", "--dask", "tcp://127.0.0.1:1")
    assert ended.exit_code == 2
    assert ended.stderr.count("\n") == 1
    assert "'tcp://127.0.0.1:1', where no scheduler answers" in ended.stderr


def test_an_address_that_is_none_or_of_something_else_is_one_line():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for address in ("nowhere", "http://127.0.0.1:80", f"127.0.0.1:{silent.getsockname()[1]}"):
            begun = time.monotonic()
            with pytest.raises(ParameterError, match=f"'{address}', where no scheduler answers"):
                wcheck.exact([0.0], [1.0], dask=address)
            assert time.monotonic() - begun < 5.0


def test_without_the_extra_the_error_says_what_to_install(monkeypatch, points):
    for module in ("dask", "distributed"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ParameterError, match=r"pip install 'wcheck\[dask\]'"):
        wcheck.exact(*points, dask="tcp://127.0.0.1:1")


def test_what_workers_cannot_read_is_one_line(cluster, client, points, tmp_path):
    address = cluster.scheduler_address
    other = Preprocessing(data_seed=1)
    texts = ("gaussian:dim=3,n=600", "gaussian:dim=3,n=600")
    x, y = load_pair(*texts)
    for load, said in (
        (partial(load_pair, *texts, preprocessing=other), "worker tcp.* different points"),
        (partial(load_pair, str(tmp_path / "gone.npy"), texts[1]), "worker tcp.* no such file"),
    ):
        with pytest.raises(SourceError, match=said):
            wcheck.exact(x, y, dask=wcheck.Cluster(address, load))
    with pytest.raises(ParameterError, match="give one that can be written"):
        wcheck.exact(*points, dask=wcheck.Cluster(address, folder=tmp_path / "gone"))


def test_a_folder_that_workers_do_not_see_is_one_line(cluster, client, points, monkeypatch):
    tell = Connection.tell

    def tell_too_late(self, value):
        for file in self.files.iterdir():
            file.unlink()
        return tell(self, value)

    monkeypatch.setattr(Connection, "tell", tell_too_late)
    shifted = [array + np.float32(1.0) for array in points]  # not held yet by any worker
    with pytest.raises(SourceError, match="a folder that all machines see"):
        wcheck.exact(*shifted, dask=cluster.scheduler_address)


def test_another_version_there_is_refused(cluster, client, points, monkeypatch):
    monkeypatch.setattr("wcheck.transport.cluster.connection.__version__", "9.9")
    with pytest.raises(ParameterError, match=r"worker tcp.* here is wcheck 9\.9"):
        wcheck.exact(*points, dask=cluster.scheduler_address)


def test_tasks_run_there_as_they_do_here_though_a_worker_dies(cluster, client, tmp_path, monkeypatch):
    """Relative paths start where the command was given."""
    random = np.random.default_rng(6)
    monkeypatch.chdir(tmp_path)
    for name in ("p.npy", "q.npy"):
        np.save(name, random.normal(size=(400, 3)))
    experiment = Exact(Pair("p.npy", "q.npy"), p=(1, 2), tol=(1e-3, 1e-6, 1e-9))
    here, there = (Table(experiment.columns) for _ in range(2))
    write_rows(experiment, here, workers=Workers(1))
    pids = list(client.run(os.getpid).values())

    def kill(label, done, total, note=""):
        if label == "tasks" and done == 1:
            os.kill(pids[0], signal.SIGKILL)

    write_rows(experiment, there, kill, workers=Workers(dask=cluster.scheduler_address))
    assert len(here.rows) == 6
    assert [row | {"seconds": 0} for row in there.rows] == [row | {"seconds": 0} for row in here.rows]


def test_tasks_are_refused_where_the_data_are_others(cluster, client, monkeypatch):
    experiment = Exact(Pair("digits[0:9]", "digits[9:18]"))
    monkeypatch.setattr(
        "wcheck.experiments.driver._fingerprint", lambda *_: "of other data"
    )  # in this process alone
    with pytest.raises(
        SourceError, match=r"worker tcp.* exact reads different data here than where it was started"
    ):
        write_rows(experiment, Table(experiment.columns), workers=Workers(dask=cluster.scheduler_address))
