"""What a user names as ``module:name``: the one place where a user's own code is imported."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from wcheck.errors import SourceError


def import_function(text: str, option: str, folder: Path = Path()) -> Callable[..., Any]:
    """Import a function of the user's.

    Parameters
    ----------
    text : str
        ``module:function``; the module is looked for in the folder first.
    option : str
        Where the user wrote it, such as ``--arch``.
    folder : Path
        Where the module may lie; it stays in ``sys.path``.

    Raises
    ------
    SourceError
        If there is no such function, or its module cannot be imported.
    """
    module, _, name = text.partition(":")
    if not (module and name):
        raise SourceError(f"{option} {text} names no function: write module:function.")
    if module.endswith(".py"):
        meant = module.removesuffix(".py").replace("/", ".")
        raise SourceError(f"{option} {text} names a file: name its module, {meant}:{name}.")
    place = str(folder.absolute())
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        function = getattr(importlib.import_module(module), name)
    except Exception as error:  # whatever the user's module raises
        raise SourceError(
            f"{option} {text} cannot be imported ({type(error).__name__}: {' '.join(str(error).split())}): "
            f"give module:function of a module in {place} or one that is installed."
        ) from error
    if not callable(function):
        raise SourceError(f"{option} {text} is not a function and cannot be called: give another name.")
    _USERS.add(module)
    found: Callable[..., Any] = function
    return found


def code_digest(text: str, option: str, folder: Path = Path()) -> str | None:
    """Return the SHA-256 of the file that a user's function is written in, None where that is not to be had.

    What the file imports is not looked at. For the parameters and what is raised, see :func:`import_function`.
    """
    function = import_function(text, option, folder)
    try:
        file = inspect.getsourcefile(inspect.unwrap(function))
        return hashlib.sha256(Path(file or "").read_bytes()).hexdigest()
    except (TypeError, OSError):  # compiled, or an object without a file
        return None


_USERS: set[str] = set()
"""The modules that were imported here."""


def is_users(error: BaseException) -> bool:
    """Whether an exception passed through code of a module that :func:`import_function` imported."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") in _USERS:
            return True
        trace = trace.tb_next
    return False
