"""W1 between the patches of images: what a critic that sees small pieces at a time can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket

LARGEST = 2000
"""The most patches a side; of more as many are drawn, for a distance is solved at each look."""
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
            As :func:`wcheck.measures.patches.patches`.
        """
        from wcheck.experiments.reference import reference as kept
        from wcheck.measures.patches import patches

        own = patches(reference, side, LARGEST, role="reference")
        exact_real = kept(patches(real, side, LARGEST, role="real"), own, device=device, report=report)
        return PatchDistance(side, own, exact_real, device)

    def of(self, images: Measure, report: Report = silent) -> Row:
        """Return the distance of images, by :data:`COLUMNS`.

        Raises
        ------
        WcheckError
            As :func:`wcheck.exact`.
        """
        from wcheck.experiments.reference import TOLERANCE
        from wcheck.measures.patches import patches
        from wcheck.transport.solve.exact import exact
        from wcheck.transport.solve.result import uninterrupted

        own = patches(images, self.side, LARGEST, role="generated")
        solved = exact(own, self.reference, tol=TOLERANCE, device=self.device, report=report)
        ends = uninterrupted(solved).bracket, self.exact_real
        numbers = [number for end in ends for number in (end.upper, end.lower, end.upper)]
        return dict(zip(COLUMNS, (*numbers, len(own)), strict=True))
