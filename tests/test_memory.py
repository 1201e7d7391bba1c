"""Free memory goes back to the system."""

import ctypes

import psutil
import pytest

from wcheck.memory import _trim, give_back

PIECE, COUNT = 50_000, 2_000


def resident():
    return psutil.Process().memory_info().rss


def glibc():
    try:
        return hasattr(ctypes.CDLL(None), "malloc_trim")
    except TypeError:
        return False


@pytest.mark.skipif(not glibc(), reason="another C library, which keeps nothing")
def test_free_memory_below_what_is_still_needed_goes_back():
    pieces = [bytearray(PIECE) for _ in range(COUNT)]
    held = pieces[::20]
    full = resident()
    del pieces
    give_back()
    assert full - resident() > 0.7 * PIECE * COUNT
    assert all(len(piece) == PIECE for piece in held)


def test_without_such_a_c_library_nothing_happens(monkeypatch):
    for library in (object(), None):
        _trim.cache_clear()
        with monkeypatch.context() as patch:
            patch.setattr(ctypes, "CDLL", lambda _, library=library: library)
            give_back()
            assert _trim() is None
    _trim.cache_clear()
