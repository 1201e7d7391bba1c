"""Column generation: what it does with restricted programs that end early."""

from __future__ import annotations

import numpy as np
import pytest

from wcheck import exact
from wcheck.transport.programs import transport
from wcheck.transport.solve import budget, columns, small


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("lists", [True, False])
@pytest.mark.parametrize("dim", [2, 6])
def test_programs_that_end_early_lead_to_the_same_bracket(
    dim: int, lists: bool, p: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where so much is enough that nothing violates what an early end leaves: then it is gone on with."""
    random = np.random.default_rng(dim)
    x, y = (random.standard_t(1.5, size=(size, dim)) for size in (500, 400))
    a, b = (random.dirichlet(np.full(size, 0.3)) for size in (500, 400))
    monkeypatch.setattr(small, "PAIRS", 0)
    monkeypatch.setattr(columns, "DENSE_SIZE", 100)
    if lists:
        monkeypatch.setattr(budget, "HELD_PAIRS", 0)
    expected = exact(x, y, a, b, p=p, tol=1e-9)
    ends = []

    def early(tree: transport.Tree, enough: float = 0.0) -> tuple[bool, int]:
        done, work = advance(tree, enough)
        ends.append(done and tree.early)
        return done, work

    advance = transport.Tree.advance
    monkeypatch.setattr(transport, "LONG", -1)
    monkeypatch.setattr(columns, "ENOUGH", 30.0)
    monkeypatch.setattr(columns, "refine_with_pricing", None)  # it would close what is left open
    monkeypatch.setattr(transport.Tree, "advance", early)
    result = exact(x, y, a, b, p=p, tol=1e-9)
    assert any(ends)
    assert result.status == expected.status == "optimal"
    assert result.relative_gap <= 1e-9
    assert result.bracket.lower <= expected.bracket.upper
    assert expected.bracket.lower <= result.bracket.upper
