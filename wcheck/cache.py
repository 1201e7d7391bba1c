"""Where what is costly to make again is kept between two runs: found once, and done without where nothing can be kept.

The user's cache folder comes first. A user without a home, a home that cannot be written and a full disk are common in
containers and on clusters: there a private folder of the user's under the system's temporary one is taken, and if that
cannot be had either, nothing is kept. Never the folder of the sources: what lies there outlives an uninstallation and
hides the package that is installed next.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from wcheck.progress import remark

VARIABLE = "WCHECK_CACHE"
"""The environment variable that names another folder than the platform's."""

ROOM = 1 << 26
"""Bytes that must be free: compiled code takes some 20 MB, the rest little."""


@functools.cache
def usable(name: str) -> Path | None:
    """Return the folder of this name in the cache, which can be written; None if there is none.

    A remark says where it is not in :func:`home`.
    """
    meant = home()
    if meant is not None and _can_be_written(meant / name):
        return meant / name
    why = "there is no home folder" if meant is None else f"{meant} cannot be written or has too little room"
    place = _temporary()
    if place is not None and _can_be_written(place / name):
        remark(f"{why}: compiled code and the like are kept in {place}; {VARIABLE} can name another folder.")
        return place / name
    remark(
        f"{why}, and no temporary folder can be used: every run compiles again; {VARIABLE} can name another folder."
    )
    return None


def home() -> Path | None:
    """Return the folder that is meant for it, whether or not it can be written; None for a user without a home."""
    if told := os.environ.get(VARIABLE):
        return Path(told)
    import platformdirs

    try:
        place = Path(platformdirs.user_cache_dir("wcheck"))
    except RuntimeError:  # no home
        return None
    return place if place.is_absolute() else None  # older releases return "~/.cache" as it stands


@functools.cache
@functools.cache
def of_sources() -> str:
    """Return a hash of :func:`sources`: what was kept by others is not taken."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources())).hexdigest()[:16]


def sources() -> list[Path]:
    """Return the sources of exact transport and of all that is compiled, in every folder below theirs."""
    package = Path(__file__).parent
    folders = (package / name for name in ("estimators", "measures", "transport"))
    return sorted([*package.glob("*.py"), *(path for folder in folders for path in folder.rglob("*.py"))])


def lend_to_matplotlib() -> None:
    """Before matplotlib is imported: where it can keep no list of fonts in the user's home, give it a folder here."""
    folder = usable("matplotlib")
    if folder is None or "MPLCONFIGDIR" in os.environ:
        return
    if folder.parent != home() or not os.access(os.path.expanduser("~"), os.W_OK):
        os.environ["MPLCONFIGDIR"] = str(folder)


def _can_be_written(place: Path) -> bool:
    try:
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(bytes(1 << 16))
            file.flush()
        return shutil.disk_usage(place).free >= ROOM
    except OSError:
        return False


def _temporary() -> Path | None:
    """Return the user's own folder under the temporary one, unless someone else could have filled it.

    Compiled code is run when it is read back.
    """
    try:
        place = Path(tempfile.gettempdir()) / f"wcheck-{_user()}"
        place.mkdir(mode=0o700, exist_ok=True)
        found = place.lstat()
    except OSError:
        return None
    if os.name == "posix" and (found.st_uid != _user() or stat.S_IMODE(found.st_mode) & 0o077):
        return None
    return place if stat.S_ISDIR(found.st_mode) else None


def _user() -> int:
    return os.getuid() if os.name == "posix" else 0
