"""What ``wcheck --version --verbose`` prints, and what stands above a traceback: all that a report of a bug needs."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator

from wcheck._version import __version__


def told() -> str:
    """Return the versions of everything that is involved, and the devices, one a line."""
    return "\n".join(f"{name:<20} {value}" for name, value in _facts())


def _facts() -> Iterator[tuple[str, str]]:
    yield "wcheck", __version__
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "platform", platform.platform()
    yield from _packages()
    yield from _devices()


def _packages() -> Iterator[tuple[str, str]]:
    """Yield the packages that wcheck requires, those of its extras where they are there."""
    from importlib import metadata  # no help needs it

    try:
        required = metadata.requires("wcheck") or []
    except metadata.PackageNotFoundError:  # run from its folder
        return
    found: dict[str, str] = {}
    for line in required:
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        try:
            found.setdefault(name, metadata.version(name))
        except metadata.PackageNotFoundError:
            if "extra ==" not in line:
                found.setdefault(name, "not installed")
    yield from sorted(found.items(), key=lambda item: item[0].lower())


def _devices() -> Iterator[tuple[str, str]]:
    try:
        import psutil
        import torch

        from wcheck.parallel import cores
    except ImportError as error:
        yield "devices", f"unknown: {error}"
        return
    memory = psutil.virtual_memory()
    yield "cores", f"{cores()} of {os.cpu_count()}, {torch.get_num_threads()} threads"
    yield "memory", f"{memory.total / 2**30:.1f} GiB, {memory.available / 2**30:.1f} GiB free"
    yield "CUDA of torch", torch.version.cuda or "none"
    for number in range(torch.cuda.device_count()):
        yield f"cuda:{number}", torch.cuda.get_device_name(number)
