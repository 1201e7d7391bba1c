"""A toy of Appendix D of Arjovsky et al. 2017: an energy-based GAN's losses against its best discriminator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wcheck.experiments.toy import MARGIN, Fact

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ATOMS = 10
"""The atoms of each measure."""


def energy(x: float, seed: int) -> Iterator[Fact]:
    """Compare two uniform distributions that share ``1 - x`` of their atoms.

    The discriminator minimises ``E_P D + E_Q max(0, m - D)`` over ``D >= 0``. Its least loss is ``m - m TV``, and the
    generator's loss ``E_Q D - E_P D`` is ``m TV`` with ``TV = sup_A |P(A) - Q(A)|``, at most 1; or m / 2 times the
    variation ``|P - Q|(X)``, at most 2. Here the best one is found by a linear program, which knows of neither.
    """
    import numpy as np

    from wcheck.experiments.divergences import total_variation

    moved = round(x * ATOMS)
    p, q = np.zeros((2, 2 * ATOMS))
    p[:ATOMS] = q[moved : moved + ATOMS] = 1 / ATOMS
    best, loss = _discriminator(p, q)
    yield Fact("tv", x, total_variation(p, q))
    yield Fact("variation", 2 * x, float(abs(p - q).sum()))
    told = float((q - p) @ best)
    yield Fact("energy", MARGIN * x, told)
    yield Fact("energy_half", MARGIN / 2 * float(abs(p - q).sum()), told)
    yield Fact("energy_discriminator", MARGIN - MARGIN * x, loss)


def _discriminator(p: NDArray[np.float64], q: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the best discriminator, atom by atom, and its loss."""
    import numpy as np
    from scipy.optimize import linprog

    each = np.eye(len(p))
    # With h = max(0, m - D) as variables of their own: h >= m - D.
    found = linprog(
        np.concatenate([p, q]), A_ub=-np.hstack([each, each]), b_ub=np.full(len(p), -MARGIN), bounds=(0, None)
    )
    best = np.asarray(found.x)[: len(p)]
    return best, float(p @ best + q @ np.maximum(0.0, MARGIN - best))
