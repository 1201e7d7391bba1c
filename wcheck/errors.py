"""Errors a user can repair: each says what was given, what is allowed and what to do, in one line."""

import difflib
import re
from collections.abc import Iterable
from typing import Any

_OPTION = re.compile(r"(wcheck(?: [a-z-]+)* )?(?<![\w-])--(no-)?([a-z][a-z-]*)")


class WcheckError(Exception):
    """The base class of all errors that wcheck raises for a user's mistake.

    The command line prints it as one line on stderr and exits with status 2. There, messages name options, such as
    ``--image-size``; in Python, ``str`` of the error names parameters, such as ``image_size``.

    Examples
    --------
    >>> import wcheck
    >>> try:
    ...     wcheck.exact([[0.0]], [[1.0]], tol=-1)
    ... except wcheck.WcheckError as error:
    ...     print(error)
    tol is -1: a relative tolerance is a number of at least 0, such as 1e-6; give one.
    """

    def __str__(self) -> str:
        """Return the message for callers from Python."""
        return _OPTION.sub(_parameter, self.line)

    @property
    def line(self) -> str:
        """The message for the command line."""
        return super().__str__()


class SourceError(WcheckError):
    """A source of points cannot be understood, found or read, or holds values that are not allowed."""


class DivergedError(SourceError):
    """A generator makes points that are not finite numbers."""


class ParameterError(WcheckError, ValueError):
    """A parameter has a value that is not allowed."""


class CostFunctionError(SourceError, ParameterError):
    """A cost function of the user's fails, or returns what are not costs."""


class OutputError(WcheckError):
    """An output cannot be written, or holds the rows of another configuration."""


class TableError(WcheckError):
    """A table of rows cannot be read, is of no known kind, or holds nothing to draw."""


class SolverError(WcheckError, RuntimeError):
    """A solver ended without an answer that can be certified."""


class InfeasibleError(WcheckError, ValueError):
    """No plan avoids the pairs that a cost matrix forbids.

    Attributes
    ----------
    rows, columns : ndarray of int64
        The set that proves it: all pairs of these rows with columns other than these are forbidden, and these rows have
        more mass than these columns.
    """

    def __init__(self, message: str, rows: Any, columns: Any) -> None:
        super().__init__(message)
        self.rows, self.columns = rows, columns


def not_one_of(
    name: str, value: object, allowed: Iterable[str], *, also: str = "", meant: str = ""
) -> ParameterError:
    """Return the error for a name that there is not, with the one that was most likely meant.

    Parameters
    ----------
    name : str
        What it is the name of, such as ``estimator``.
    value : object
        What was given.
    allowed : iterable of str
        The names that there are.
    also : str
        What else is allowed, with what goes before it.
    meant : str
        What was meant, where it is known; the most similar of the names otherwise.
    """
    names = list(allowed)
    told = did_you_mean(value, names, f"choose one of {', '.join(names)}{also}.", meant)
    return ParameterError(f"{name} is {value!r}{told}")


def counted(count: int, noun: str, several: str = "", *, separator: str = "") -> str:
    """Return ``1 cell``, ``2 cells``, or ``2 batches`` where several are called so; ``2,000 cells`` by a separator."""
    return f"{count:{separator}} {noun if count == 1 else several or f'{noun}s'}"


def counted_are(count: int, noun: str, *, separator: str = "") -> str:
    """Return ``1 row is`` or ``2 rows are``."""
    return f"{counted(count, noun, separator=separator)} {'is' if count == 1 else 'are'}"


def there_are(count: int, noun: str) -> str:
    """Return ``there is 1 row`` or ``there are 2 rows``."""
    return f"there {'is' if count == 1 else 'are'} {counted(count, noun)}"


def did_you_mean(value: object, allowed: Iterable[str], rest: str, meant: str = "") -> str:
    """Return what follows the name that there is not: a colon, the most similar of those allowed, and the rest."""
    meant = meant or next(iter(similar(value, allowed)), "")
    return f": did you mean {meant}? {rest[0].upper()}{rest[1:]}" if meant else f": {rest}"


def similar(value: object, allowed: Iterable[str], most: int = 1) -> list[str]:
    """Return the names that are most like one that there is not, whatever its case; the most similar first."""
    names = {name.lower(): name for name in allowed}
    found = difflib.get_close_matches(str(value).lower(), names, n=most, cutoff=0.65)
    return [names[name] for name in found]


def _parameter(option: re.Match[str]) -> str:
    """Return an option as a parameter; one of a command that is quoted stays."""
    command, no, name = option.groups()
    parameter = name.replace("-", "_")
    return option[0] if command else f"{parameter}=False" if no else parameter
