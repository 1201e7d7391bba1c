"""The points with which those of a generator are compared, and the measurements of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wcheck.experiments.patches import COLUMNS as OF_PATCHES
from wcheck.progress import Report, silent
from wcheck.rows.table import Row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.estimators.energy import EnergyDistance
    from wcheck.estimators.likeness import Likeness, Mixture
    from wcheck.experiments.patches import PatchDistance
    from wcheck.experiments.sheets import Sheets
    from wcheck.learning.samplers import FrozenPoints
    from wcheck.measures.embeddings.embedding import Embedding
    from wcheck.measures.measure import Measure
    from wcheck.transport.bounds.certificate import Bracket

JUDGED = (
    "exact", "exact_lower", "exact_upper", "exact_real", "exact_real_lower", "exact_real_upper", "excess",
    "energy_distance", "energy_distance_real", "energy_distance_excess", "classes", "spread",
    "sharpness", "nearest", "copied", "copied_real", "modes", "quality", "centroid_distance",
    *OF_PATCHES,
)  # fmt: skip
"""The columns of :meth:`Scene.judged`."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Points that generated ones are compared with.

    Attributes
    ----------
    reference : Measure
        The points that exact distances are solved from.
    exact_real : Bracket
        The bracket of W1 between as many other real points and the reference.
    energy : EnergyDistance
        The energy distance to the reference, beside that of the real points.
    likeness : Likeness
        What else is measured of generated points, beside the training points and real ones.
    patches : PatchDistance, optional
        The exact distance between patches of images.
    device : str
        Where distances are solved.
    """

    reference: Measure
    exact_real: Bracket
    energy: EnergyDistance
    likeness: Likeness
    patches: PatchDistance | None = None
    device: str = "cpu"

    @staticmethod
    def of(
        reference: Measure,
        real: Measure,
        train: Measure | None = None,
        *,
        centroids: NDArray[np.floating] | None = None,
        mixture: Mixture | None = None,
        embedding: Embedding | None = None,
        patches: int | None = None,
        device: str = "cpu",
        report: Report = silent,
    ) -> Scene:
        """Set a scene; the distance of real points is solved once and kept on disk.

        Parameters
        ----------
        reference, real : Measure
            Equally many points that no player sees.
        train : Measure, optional
            The training points; without them nothing is said of copies.
        centroids : ndarray, shape (k, d), optional
            Given centroids of the data.
        mixture : Mixture, optional
            The modes of the data.
        embedding : Embedding, optional
            What maps points to vectors whose energy distance is measured; their own coordinates are if left out.
        patches : int, optional
            The pixels a side of patches, whose exact distance is solved too.
        device : str
            Where distances are solved.
        report : Report
            Told how far that is.

        Raises
        ------
        WcheckError
            As :func:`wcheck.exact`.
        """
        from wcheck.estimators.energy import EnergyDistance
        from wcheck.estimators.likeness import Likeness
        from wcheck.experiments import reference as kept
        from wcheck.experiments.patches import PatchDistance

        exact_real = kept.reference(real, reference, device=device, report=report)
        likeness = Likeness(real, train, centroids=centroids, mixture=mixture, device=device)
        energy = EnergyDistance(reference, real, embedding, device)
        of_patches = None
        if patches is not None:
            of_patches = PatchDistance.to(reference, real, patches, device=device, report=report)
        return Scene(reference, exact_real, energy, likeness, of_patches, device)

    def judged(self, points: Measure, report: Report = silent) -> Row:
        """Say of generated points, as many as the reference has, how far they are and how like the data.

        Raises
        ------
        WcheckError
            As :func:`wcheck.exact`.
        """
        from wcheck.experiments.reference import TOLERANCE
        from wcheck.transport.solve.exact import exact
        from wcheck.transport.solve.result import uninterrupted

        solved = exact(points, self.reference, tol=TOLERANCE, device=self.device, report=report)
        found = uninterrupted(solved).bracket
        return {
            "exact": found.upper,
            "exact_lower": found.lower,
            "exact_upper": found.upper,
            "exact_real": self.exact_real.upper,
            "exact_real_lower": self.exact_real.lower,
            "exact_real_upper": self.exact_real.upper,
            "excess": found.upper - self.exact_real.upper,
            **self.energy.of(points),
            **self.likeness.of(points),
            **({} if self.patches is None else self.patches.of(points, report)),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """What all games of a run share.

    Attributes
    ----------
    scene : Scene
        What generated points are compared with.
    sheets : Sheets, optional
        Where sheets of samples go.
    train, reference : FrozenPoints
        The points that players see, and points that they do not see, on the device.
    about : dict
        What rows say of the data.
    """

    scene: Scene
    sheets: Sheets | None
    train: FrozenPoints
    reference: FrozenPoints
    about: Row
