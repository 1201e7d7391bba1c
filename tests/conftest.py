"""What all tests share: hypothesis without deadlines, and CIFAR-10 where it is."""

import os
import re

import pytest
from hypothesis import settings
from typer.core import TyperGroup

from wcheck.errors import WcheckError
from wcheck.parallel import cores

if "PYTEST_XDIST_WORKER" in os.environ:  # before torch is imported; tests that want threads ask for them
    os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile("wcheck", deadline=None)  # the first use of torch is slow
settings.load_profile("wcheck")


@pytest.fixture(autouse=True)
def errors_name_options_that_the_command_has(monkeypatch):
    """In every test that calls a command in this process: advice that cannot be followed helps nobody."""
    invoked = TyperGroup.invoke

    def invoke(self, ctx):
        try:
            return invoked(self, ctx)
        except WcheckError as error:
            command = self.commands.get(ctx.invoked_subcommand)
            if command is not None and foreign_options(error.line, command):
                raise AssertionError(error.line) from error
            raise

    monkeypatch.setattr(TyperGroup, "invoke", invoke)


def foreign_options(line, command):
    """Return the options that a line names and the command does not have; those of a command that is quoted stay."""
    commands = [command, *getattr(command, "commands", {}).values()]
    own = {
        name for each in commands for option in each.params for name in (*option.opts, *option.secondary_opts)
    }
    return (
        set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", re.sub(r"wcheck(?: [a-z-]+)+ --[a-z-]+", "", line))) - own
    )


def pytest_xdist_auto_num_workers():
    """``-n auto``: each process imports torch, so no more than four."""
    return min(4, cores())


def pytest_collection_modifyitems(items):
    needing = [item for item in items if item.get_closest_marker("cifar10")]
    missing = _why_cifar10_is_missing() if needing else ""
    for item in needing:
        if missing:
            item.add_marker(pytest.mark.skip(reason=missing))


def _why_cifar10_is_missing():
    from wcheck.errors import SourceError
    from wcheck.measures import cifar10

    try:
        cifar10.locate()
    except SourceError as error:
        return str(error)
    return ""
