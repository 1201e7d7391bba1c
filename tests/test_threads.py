"""Work shared among threads: nothing left out or done twice, and threads that share out work do not wait for ever."""

import os
import subprocess
import sys
import threading
import time
from contextlib import closing

import numpy as np
import pytest
import torch

from wcheck.threads import _Team, over_spans, patient, shared, spans


@pytest.mark.parametrize(("count", "step"), [(0, 3), (1, 3), (3, 3), (10, 3), (10, 100)])
def test_spans_are_the_whole_range_once(count, step):
    found = list(spans(count, step))
    assert [k for span in found for k in range(count)[span]] == list(range(count))
    assert all(span.stop - span.start == step for span in found[:-1])


@pytest.fixture
def two_threads(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)


@pytest.mark.parametrize("parts", [0, 1, 2, 7])
def test_spans_over_threads_are_the_whole_range_once(parts, two_threads):
    times = np.zeros(11, np.int64)

    def work(span: slice) -> None:
        times[span] += 1

    over_spans(11, parts, work)
    assert (times == 1).all()


def test_work_is_shared_among_several_threads_in_its_order():
    meet = threading.Barrier(3, timeout=10.0)  # it opens only if three work at a time
    found = list(shared(lambda k: (meet.wait() >= 0, k), range(6), 3))
    assert found == [(True, k) for k in range(6)]


def test_threads_that_share_out_their_own_work_do_it_alone(two_threads):
    def outer(_: int) -> set[str]:
        names: set[str] = set()
        over_spans(100, 2, lambda span: names.add(threading.current_thread().name))
        return names

    found: list[list[set[str]]] = []
    caller = threading.Thread(target=lambda: found.append(list(shared(outer, range(8), 2))), daemon=True)
    caller.start()
    caller.join(20.0)
    assert not caller.is_alive()
    assert all(len(names) == 1 for names in found[0])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="another OpenMP")
def test_threads_sleep_while_they_wait_and_the_rest_is_as_before():
    """A thread that sleeps gives up its processor, which the system counts; sums are the same to the last bit."""
    code = """
import resource, torch
from contextlib import nullcontext
from wcheck.threads import patient
torch.set_num_threads(2)
x = torch.randn(1 << 17)
def slept(how):
    with how:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
        total = [x.add(1.0).sum().item() for _ in range(200)][-1]
        with patient():
            assert torch.get_num_threads() == 2
        return resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw - before, total
_, one = slept(nullcontext())
sleeps, other = slept(patient())
assert one == other and torch.get_num_threads() == 2
print(sleeps)
"""
    environment = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    environment["OMP_NUM_THREADS"] = "2"
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 200, "fewer than one for each of the 200 sums"


def test_patience_ends_with_the_last_that_asked_for_it(two_threads, monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")

    def teams() -> int:
        return sum(thread.name == "wcheck-team" for thread in threading.enumerate())

    with patient():
        with patient():
            assert teams() == 1
        assert teams() == 1
    assert teams() == 0


def test_an_error_ends_the_work():
    begun = []

    def work(k: int) -> None:
        begun.append(k)
        if k == 0:
            raise ValueError("wrong")
        time.sleep(0.01)

    with pytest.raises(ValueError, match="wrong"):
        list(shared(work, range(1000), 2))
    time.sleep(0.1)
    assert len(begun) < 50


def test_who_does_not_want_the_rest_does_not_get_it():
    begun = []

    def work(k: int) -> None:
        begun.append(k)
        time.sleep(0.01)

    with closing(shared(work, range(1000), 2)) as results:
        next(results)
    time.sleep(0.1)
    assert len(begun) < 50


@pytest.mark.parametrize("which", [0, 1])
def test_a_team_that_is_interrupted_while_it_begins_ends(which, two_threads, monkeypatch):
    """Within the start of its thread, or while it is waited for: nothing of it works on in torch."""
    waits, found, wait = [], [], threading.Event.wait

    def interrupted(event, timeout=None):
        if threading.current_thread() is threading.main_thread():
            waits.append(event)
            if len(waits) == which + 1:
                raise KeyboardInterrupt
        return wait(event, timeout)

    def hold(self):
        found.append(threading.current_thread())
        time.sleep(0.1)
        done(self)

    done = _Team._hold
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(_Team, "_hold", hold)
    monkeypatch.setattr(threading.Event, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt), patient():
        pass
    found[0].join(5)
    assert not found[0].is_alive()
    assert waits[-1].is_set(), "its work in torch is waited for"
    with patient():
        assert found[1].is_alive()
    assert not found[1].is_alive()


FORKED = """
import multiprocessing, sys
import numpy as np
import torch
import wcheck

torch.set_num_threads(2)
random = np.random.default_rng(0)
x, y = random.normal(size=(1100, 60)), random.normal(size=(1100, 60)) + 0.1
shared = [(random.normal(size=(64, 3)), random.normal(size=(64, 3))) for _ in range(400)]

def solve():
    result = wcheck.exact(x, y)
    batch = wcheck.exact_batch([a for a, _ in shared], [b for _, b in shared])
    return result.bracket.lower, result.bracket.upper, batch.upper.sum()

lower, upper, total = solve()
with multiprocessing.get_context("fork").Pool(1) as pool:
    low, high, again = pool.apply_async(solve).get(60)
assert low <= upper and lower <= high and abs(again - total) < 1e-9, (low, high, again)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_process_that_is_forked_after_a_solve_does_not_wait_for_threads_that_it_has_not():
    ended = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
