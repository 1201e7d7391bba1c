"""The command as a user meets it: in a process of its own, in a pipe or on a terminal."""

import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wcheck import cache

WCHECK = (sys.executable, "-c", "import sys; sys.argv[0] = 'wcheck'; from wcheck.cli.app import main; main()")


@dataclass(frozen=True)
class Ended:
    status: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        """The lines of stderr."""
        return self.stderr.splitlines()


def wcheck(*args: object, command: Sequence[str] = WCHECK, **options) -> Ended:
    """Run the command with its streams in pipes."""
    ended = subprocess.run(
        [*command, *map(str, args)], capture_output=True, text=True, stdin=subprocess.DEVNULL, **options
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def wcheck_on_terminal(*args: object, command: Sequence[str] = WCHECK, columns: int = 100) -> Ended:
    """Run the command with standard output on a terminal and stderr in a pipe."""
    ours, theirs = os.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1"}
    with subprocess.Popen(
        [*command, *map(str, args)],
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=subprocess.PIPE,
        env=environment,
    ) as process:
        os.close(theirs)
        shown = _read_until_closed(ours)
        stderr = process.stderr.read().decode()
    os.close(ours)
    return Ended(process.returncode, shown.replace("\r\n", "\n"), stderr)


def private_cache(folder: Path, monkeypatch) -> None:
    """Have all processes keep what they keep in this folder, but for compiled code: to compile again takes long."""
    compiled = cache.usable("numba")
    monkeypatch.setenv(cache.VARIABLE, str(folder))
    folder.mkdir()
    (folder / "numba").symlink_to(compiled, target_is_directory=True)


def wait_until(condition, seconds: float = 60.0) -> None:
    """Wait until something holds; fail if it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("what a test waits for did not happen")
        time.sleep(0.005)


def _read_until_closed(descriptor: int) -> str:
    parts = []
    while True:
        select.select([descriptor], [], [])
        try:
            part = os.read(descriptor, 1 << 16)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()
