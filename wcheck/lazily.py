"""Torch, imported when it is first used: to import it takes longer than to solve a small problem, which needs none."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__all__ = ["torch"]

if TYPE_CHECKING:
    import torch
else:

    class _Torch:
        """The module torch."""

        def __getattr__(self, name: str) -> Any:
            """Return what torch has by this name."""
            return getattr(importlib.import_module("torch"), name)

    torch = _Torch()
