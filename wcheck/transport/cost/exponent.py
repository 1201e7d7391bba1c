"""The exponent p of a Wasserstein distance, as users give it."""

from __future__ import annotations

import numbers
from typing import Any

from wcheck.errors import ParameterError


def exponent(p: Any) -> int:
    """Return 1 or 2 from a real number of that value, of any type but bool.

    Raises
    ------
    ParameterError
        If it is anything else.
    """
    if isinstance(p, numbers.Real) and not isinstance(p, bool) and p in (1, 2):
        return 1 if p == 1 else 2
    raise ParameterError(f"p is {p!r}: the exponent is 1 or 2; give one of these.")
