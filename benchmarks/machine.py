"""What a figure depends on beside the program: the machine and the versions, and how much memory a call takes."""

from __future__ import annotations

import os
import platform
import resource
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Generic, TypeVar

import psutil
import torch

PACKAGES = ("wcheck", "numpy", "scipy", "torch", "POT", "lapx", "numba")
T = TypeVar("T")


def describe() -> dict[str, object]:
    """Return what belongs beside every table of timings: processor, cores, GPUs, memory, threads, versions."""
    return {
        "cpu": _processor(),
        **_gpus(),
        "cores": psutil.cpu_count(logical=False),
        "threads": torch.get_num_threads(),
        "memory_bytes": psutil.virtual_memory().total,
        "load_average": os.getloadavg(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "blas": "MKL" if torch.backends.mkl.is_available() else "other",
        "versions": {name: _version(name) for name in PACKAGES},
    }


@dataclass(frozen=True, slots=True)
class Measured(Generic[T]):
    """What a call returned, how long it took and how much memory.

    Attributes
    ----------
    peak_bytes : int
        The largest resident size of the process meanwhile.
    above_bytes : int
        By how much that exceeds the resident size just before: input and libraries are not in it.
    """

    value: T
    seconds: float
    peak_bytes: int
    above_bytes: int


def measured(call: Callable[[], T]) -> Measured[T]:
    """Call once and measure."""
    before = _forget_peak()
    begun = time.perf_counter()
    value = call()
    seconds = time.perf_counter() - begun
    peak = _peak()
    return Measured(value, seconds, peak, max(0, peak - before))


def _forget_peak() -> int:
    """Make the peak start from now where the system can (Linux); return the resident size."""
    resident = int(psutil.Process().memory_info().rss)
    with suppress(OSError):  # elsewhere the peak is that of the process so far, which can only be too large
        Path("/proc/self/clear_refs").write_text("5")
    return resident


def _peak() -> int:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if platform.system() == "Darwin" else 1024)


def _gpus() -> dict[str, object]:
    names = [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
    return {"gpus": names} if names else {}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
