"""What stands in the text of a source whose points are drawn: of what, how many, by which seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wcheck.errors import SourceError
from wcheck.measures.preprocessing import Preprocessing


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn.

    Attributes
    ----------
    of : str
        What the points are drawn from, as it was written.
    n : int
        How many.
    seed : int
    factory : str, optional
        ``module:function`` of what is code.
    """

    of: str
    n: int = 10_000
    seed: int = 0
    factory: str | None = None


def drawing(
    base: str, form: str, *, factory: bool = False, is_whole: Callable[[str], bool] = lambda text: False
) -> Drawing:
    """Read ``NAME:WHAT,n=1000,seed=1``.

    Parameters
    ----------
    base : str
        A source's text without its slice.
    form : str
        How such texts look, for errors.
    factory : bool
        Whether ``factory`` may be there.
    is_whole : callable
        Whether a text is what is drawn from though it looks as if options followed: a folder called ``lr=1,n=2``.

    Raises
    ------
    SourceError
        If an option is unknown, not allowed or given twice, or nothing stands before the options.
    """
    parts = base.partition(":")[2].split(",")
    given: dict[str, str] = {}
    while len(parts) > 1 and "=" in parts[-1] and not is_whole(",".join(parts)):
        key, _, value = (part.strip() for part in parts.pop().partition("="))
        if key not in ("n", "seed", *(["factory"] if factory else [])):
            raise SourceError(f"{base} has the unknown option {key!r}: write {form}.")
        if key in given:
            raise SourceError(f"{base} gives {key} twice: write {form}.")
        given[key] = value
    of = ",".join(parts)
    if not of:
        raise SourceError(f"{base} does not say what points are drawn from: write {form}.")
    numbers = {
        key: _whole(base, key, given[key], low) for key, low in (("n", 1), ("seed", 0)) if key in given
    }
    return Drawing(of, factory=given.get("factory"), **numbers)


def stream(role: str, preprocessing: Preprocessing) -> tuple[str | int, ...]:
    """Return what tells a draw from others of its seed: nothing for the first role and the first data seed."""
    by_role: tuple[str, ...] = () if role == "source" else (role,)
    return (*by_role, preprocessing.data_seed) if preprocessing.data_seed else by_role


def _whole(base: str, key: str, text: str, low: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if value < low:
        raise SourceError(f"{base} has {key}={text}: {key} is an integer of at least {low}.")
    return value
