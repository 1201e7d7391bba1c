"""Tasks in processes: the same results whoever runs them, a dead process costs nothing, errors arrive."""

import os
import signal
import subprocess
import sys

import numpy as np
import psutil
import pytest
import torch
from joblib.externals.loky import process_executor
from threadpoolctl import threadpool_info

from tests.running import wait_until
from wcheck.errors import ParameterError, SolverError
from wcheck.parallel import cores, here, on_threads, processes


def square(value):
    return value * value


def threads(_):
    np.ones((2, 2)) @ np.ones((2, 2))
    return os.getpid(), torch.get_num_threads(), [library["num_threads"] for library in threadpool_info()]


def growth_allowed(_):
    return process_executor._MAX_MEMORY_LEAK_SIZE


def fail_at_three(value):
    if value == 3:
        raise ParameterError("value is 3: give another.")
    return value


def die_once(path):
    """Kill the process that runs this, the first time."""
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


def die(_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_call_is_made_once(jobs):
    assert sorted(processes(jobs)(square, range(20))) == [(value, value * value) for value in range(20)]
    assert list(processes(jobs)(square, [])) == []


def test_a_call_has_one_thread_wherever_it_runs():
    for jobs in (1, 2):
        for _, (pid, of_torch, of_libraries) in processes(jobs)(threads, range(4)):
            assert (pid == os.getpid()) == (jobs == 1)
            assert of_torch == 1
            assert set(of_libraries) == {1}


def test_threads_are_given_back():
    before = torch.get_num_threads(), [library["num_threads"] for library in threadpool_info()]
    torch.set_num_threads(3)
    with on_threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 3
    torch.set_num_threads(before[0])
    assert (torch.get_num_threads(), [library["num_threads"] for library in threadpool_info()]) == before


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_call_raises_ends_the_run(jobs):
    with pytest.raises(ParameterError, match=r"^value is 3: give another\.$"):
        list(processes(jobs)(fail_at_three, range(10)))


def test_a_run_that_is_left_gives_up_what_is_not_finished():
    results = processes(2)(square, range(1000))
    next(results)
    results.close()
    assert sorted(processes(2)(square, range(3))) == [(0, 0), (1, 1), (2, 4)]


def test_a_process_that_dies_is_replaced_once(tmp_path):
    paths = [tmp_path / str(number) for number in range(6)]
    for path in paths[1:]:
        path.touch()
    assert sorted(processes(2)(die_once, paths)) == [(number, str(number)) for number in range(6)]
    with pytest.raises(SolverError, match="fewer jobs"):
        list(processes(2)(die, range(4)))


ORPHANS = """
import os, sys, time
from pathlib import Path
from wcheck.parallel import processes

def stay(folder):
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(600)

list(processes(2)(stay, [sys.argv[1]] * 2))
"""


def test_a_process_that_has_grown_is_kept():
    assert process_executor._MAX_MEMORY_LEAK_SIZE < 1e9  # here; joblib ends its processes by this
    assert {allowed for _, allowed in processes(2)(growth_allowed, range(4))} == {sys.maxsize}


def test_processes_end_with_a_parent_that_is_killed(tmp_path):
    parent = subprocess.Popen([sys.executable, "-c", ORPHANS, str(tmp_path)])
    wait_until(lambda: len(os.listdir(tmp_path)) == 2)
    orphans = [psutil.Process(int(name)) for name in os.listdir(tmp_path)]
    assert all(orphan.is_running() for orphan in orphans)
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(orphans, timeout=60)
    assert not alive


@pytest.mark.parametrize(
    ("given", "expected"),
    [({}, "20000"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "None"), ({"GOMP_SPINCOUNT": "7"}, "7")],
)
def test_threads_that_wait_do_not_spin_for_long_unless_the_user_wants_it(given, expected):
    kept = {
        name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")
    }
    code = "import wcheck, os; print(os.environ.get('GOMP_SPINCOUNT'))"
    told = subprocess.check_output([sys.executable, "-c", code], env={**kept, **given}, text=True)
    assert told.strip() == expected


def test_jobs_are_at_least_one():
    assert cores() >= 1
    assert processes(1).func is here
    with pytest.raises(ParameterError, match="jobs is 0"):
        processes(0)
