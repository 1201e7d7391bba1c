"""W1 between the patches of images: what a critic that sees small pieces at a time can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError
from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket

LARGEST = 2000
"""The most patches a side; of more as many are drawn."""
COLUMNS = (
    "patch_exact", "patch_exact_lower", "patch_exact_upper", "patch_exact_real", "patch_exact_real_lower",
    "patch_exact_real_upper", "patch_count",
)  # fmt: skip
"""What :meth:`PatchDistance.of` says."""


@dataclass(frozen=True, slots=True, eq=False)
class PatchDistance:
    """The exact W1 from patches of generated images to those of a reference, beside that of real images.

    Attributes
    ----------
    side : int
        The pixels a side of a patch.
    reference : Measure
        The patches of the reference.
    exact_real : Bracket
        The bracket of W1 from the patches of real images to them.
    device : str
        Where distances are solved.
    """

    side: int
    reference: Measure
    exact_real: Bracket
    device: str = "cpu"

    @staticmethod
    def to(
        reference: Measure, real: Measure, side: int, *, device: str = "cpu", report: Report = silent
    ) -> PatchDistance:
        """Cut the patches of the reference; the distance of real ones is solved once and kept on disk.

        Raises
        ------
        ParameterError
            As :func:`patches`.
        """
        from wcheck.experiments.reference import reference as kept

        own = patches(reference, side, role="reference")
        exact_real = kept(patches(real, side, role="real"), own, device=device, report=report)
        return PatchDistance(side, own, exact_real, device)

    def of(self, images: Measure, report: Report = silent) -> Row:
        """Return the distance of images, by :data:`COLUMNS`.

        Raises
        ------
        WcheckError
            As :func:`wcheck.exact`.
        """
        from wcheck.experiments.reference import TOLERANCE
        from wcheck.transport.solve.exact import exact
        from wcheck.transport.solve.result import uninterrupted

        own = patches(images, self.side, role="generated")
        solved = exact(own, self.reference, tol=TOLERANCE, device=self.device, report=report)
        ends = uninterrupted(solved).bracket, self.exact_real
        numbers = [number for end in ends for number in (end.upper, end.lower, end.upper)]
        return dict(zip(COLUMNS, (*numbers, len(own)), strict=True))


def patches(images: Measure, side: int, *, role: str = "", largest: int = LARGEST, seed: int = 0) -> Measure:
    """Return the patches of images as points, all of one weight: all that there are, or as many as are drawn.

    Parameters
    ----------
    images : Measure
        n images ``(channels, height, width)``, each of which has ``(height - side + 1) (width - side + 1)`` patches.
        They are counted alike.
    side : int
        The pixels a side of a patch.
    role : str
        Names the random stream, so that two roles are independent draws.
    largest : int
        How many are drawn, without replacement, where there are more.
    seed : int
        The seed of the draw.

    Raises
    ------
    ParameterError
        If the points are not images, or smaller than a patch.
    """
    import numpy as np

    from wcheck.measures.measure import Measure
    from wcheck.rng import generator

    check(images, side)
    height, width = (length - side + 1 for length in images.shape[1:])
    count = len(images) * height * width
    chosen = np.arange(count)
    if count > largest:
        chosen = np.sort(generator(seed, "patches", role).choice(count, largest, replace=False))
    which, places = np.divmod(chosen, height * width)
    needed, which = np.unique(which, return_inverse=True)
    pixels = images.block(needed).reshape(-1, *images.shape)
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (side, side), axis=(2, 3))
    found = windows[which, :, places // width, places % width]
    shape = (images.shape[0], side, side)
    return Measure.of(found.reshape(len(chosen), -1), name=f"patches of {images.name}", shape=shape)


def check(images: Measure, side: int) -> None:
    """Refuse what has no patches of a side.

    Raises
    ------
    ParameterError
        If the points are not images, or smaller than a patch.
    """
    if len(images.shape) != 3:
        raise ParameterError(
            f"patches are of images, and {images.name} has points of dimension {images.dim}: leave patches out, or say "
            "how images lie in a file (--layout, --pixel-range)."
        )
    if not 1 <= side <= min(images.shape[1:]):
        raise ParameterError(
            f"patches is {side}, and {images.name} has images of {images.shape[1]}x{images.shape[2]} pixels: give 1 to "
            f"{min(images.shape[1:])} pixels a side."
        )
