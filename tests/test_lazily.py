"""What is imported late: torch, which takes longer than a small problem."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(("size", "loaded"), [(200, False), (2000, True)])
def test_a_small_problem_is_solved_without_torch(size: int, loaded: bool) -> None:
    script = f"""
import sys, numpy, wcheck
x, y = numpy.random.default_rng(0).normal(size=(2, {size}, 5))
assert wcheck.exact(x, y).status == "optimal"
assert ("torch" in sys.modules) is {loaded}
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_it_is_torch() -> None:
    import torch

    from wcheck import lazily

    assert lazily.torch.Tensor is torch.Tensor
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        lazily.torch.nothing_of_the_kind  # noqa: B018
