"""Divergences between two measures on the same atoms, and the energy-based GAN's loss at its optimum."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def total_variation(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Return ``sup_A |P(A) - Q(A)| = sum |p - q| / 2``, from 0 to 1."""
    return float(abs(p - q).sum()) / 2


def kullback_leibler(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Return ``sum p log(p / q)``, infinite where p has an atom that q has not."""
    from scipy.special import rel_entr

    return float(rel_entr(p, q).sum())


def jensen_shannon(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Return the mean Kullback-Leibler divergence of both from their mixture, at most log 2."""
    middle = (p + q) / 2
    return (kullback_leibler(p, middle) + kullback_leibler(q, middle)) / 2


def energy_generator_loss(p: NDArray[np.float64], q: NDArray[np.float64], margin: float) -> float:
    """Return the generator's loss against the best discriminator of an energy-based GAN.

    The discriminator ``D >= 0`` minimises ``sum p D + q max(0, margin - D)``, atom by atom a piecewise linear function
    that is least at 0 or at the margin; the generator's loss is ``sum (q - p) D`` (Arjovsky et al. 2017, Appendix D).
    """
    import numpy as np

    best = np.where(p * margin < q * margin, margin, 0.0)
    return float(((q - p) * best).sum())
