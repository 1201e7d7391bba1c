"""Sheets of samples from the same latents at each evaluation: images, or points of the plane on those of the data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError
from wcheck.experiments.centroids import k_medians
from wcheck.progress import Report, silent
from wcheck.rows.replace import as_output_error

if TYPE_CHECKING:
    from wcheck.experiments.parts import Cut
    from wcheck.measures.measure import Measure

SHOWN = 64
"""Images of a sheet, and centroids beside them."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """Where sheets go, and what stands beside the samples.

    Attributes
    ----------
    folder : Path
        Must be there.
    real : Measure
        Points that no player saw.
    centroids : Measure, optional
        Geometric k-medians centroids of the training points; None in the plane.
    """

    folder: Path
    real: Measure
    centroids: Measure | None

    @staticmethod
    def of(folder: Path, parts: Cut, given: Measure | None, seed: int, report: Report = silent) -> Sheets:
        """Prepare sheets.

        Parameters
        ----------
        folder : Path
        parts : Cut
            The data.
        given : Measure, optional
            Centroids; :data:`SHOWN` k-medians of the training points are found if left out.
        seed : int
            The seed of that order, and of the clustering.
        report : Report
            Told that centroids are sought.

        Raises
        ------
        ParameterError
            If the points are neither images nor of the plane.
        """
        if parts.train.dim == 2:
            return Sheets(folder, parts.real, None)
        return Sheets(folder, parts.real, given or k_medians(parts.train, SHOWN, seed, report))

    def save(self, points: Measure, name: str) -> None:
        """Write the sheet of samples, and for images a second one beside centroids and real images.

        Raises
        ------
        OutputError
            If a file cannot be written.
        """
        from wcheck.measures.grid import save_beside, save_grid, save_plane

        with as_output_error(self.folder, "give another folder to --grid"):
            self.folder.mkdir(parents=True, exist_ok=True)
        if self.centroids is None:
            save_plane(points, self.real, self.folder / f"{name}.png")
            return
        save_grid(points, self.folder / f"{name}.png", limit=SHOWN)
        beside = {"generated": points, "k-medians": self.centroids, "real": self.real}
        save_beside(beside, self.folder / f"{name}-beside.png", limit=SHOWN)


def check_drawable(measure: Measure) -> None:
    """Refuse points that have no sheet."""
    image = len(measure.shape) == 3 and measure.shape[0] in (1, 3)
    if measure.dim != 2 and not image:
        raise ParameterError(
            f"--grid draws images and points of the plane, but {measure.name} has points of dimension {measure.dim}: "
            "leave it out."
        )
