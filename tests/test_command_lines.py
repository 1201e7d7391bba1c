"""The campaign of wrong command lines: its small form, and that it tells what is wrong."""

import contextlib
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from tests.scripts import script

ROOT = Path(__file__).parent.parent
command_lines = script("benchmarks/command_lines.py")


def test_wrong_command_lines_end_with_rows_or_are_refused():
    command = [sys.executable, "benchmarks/command_lines.py", "--small"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    counts = re.search(r"all (\d+): (\d+) with rows, (\d+) refused, (\d+) interrupted, 0 wrong", ended.stdout)
    total, fine, refused, interrupted = map(int, counts.groups())
    assert total == fine + refused + interrupted == 3 * len(command_lines.SMALL)
    assert min(fine, refused) > 0


def broken(fault):
    app = typer.Typer()

    @app.command()
    def command() -> None:
        if fault == "raises":
            raise ValueError(fault)
        if fault == "tells a traceback":
            typer.echo("Traceback (most recent call last):")
        if fault == "ends oddly":
            raise typer.Exit(3)
        if fault == "talks":
            typer.echo("\n" * 9, err=True)
            raise typer.Exit(2)
        while fault == "hangs":
            with contextlib.suppress(KeyboardInterrupt):  # as a line that a Ctrl-C does not end
                time.sleep(60)

    return app


@pytest.mark.parametrize("fault", ["none", "raises", "tells a traceback", "ends oddly", "talks", "hangs"])
def test_a_fault_is_found(monkeypatch, fault):
    monkeypatch.setattr(command_lines, "app", broken(fault))
    monkeypatch.setattr(command_lines, "SECONDS", 1)
    monkeypatch.setattr(command_lines, "PATIENCE", 1)
    assert command_lines._outcome([])[0] == ("with rows" if fault == "none" else "wrong")
