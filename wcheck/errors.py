"""Errors a user can repair: each says what was given, what is allowed and what to do, in one line."""


class WcheckError(Exception):
    """Base of every error that wcheck raises for a user's mistake.

    The command line prints it as one line on stderr and exits with status 2.
    """


class SourceError(WcheckError):
    """A source of points cannot be understood, found or read, or holds values that are not allowed."""


class ParameterError(WcheckError, ValueError):
    """A parameter has a value that is not allowed."""


class OutputError(WcheckError):
    """An output cannot be written, or holds the rows of another configuration."""


class TableError(WcheckError):
    """A table of rows cannot be read, is of no known kind, or holds nothing to draw."""


class SolverError(WcheckError, RuntimeError):
    """A solver ended without an answer that can be certified."""
