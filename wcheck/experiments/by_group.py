"""Two tables split into groups by a column; groups of the same name form a pair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wcheck.errors import ParameterError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.measure import Measure
    from wcheck.measures.preprocessing import Preprocessing

MOST = 10_000
"""Groups beyond which a column is an identifier of points and not a group."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of two measures.

    Attributes
    ----------
    names : tuple of str
        Those of the source in the order of its rows, then those that the target alone has.
    labels : tuple of ndarray of str, shapes (n,) and (m,)
        The group of each point.
    """

    names: tuple[str, ...]
    labels: tuple[NDArray[np.str_], NDArray[np.str_]]

    @staticmethod
    def of(pair: Mapping[str, Measure], preprocessing: Preprocessing) -> Groups:
        """Read the column ``by`` of the sources of two measures, by their roles.

        Raises
        ------
        ParameterError
            If one of them is not a table, or there are more than :data:`MOST` groups.
        """
        import numpy as np

        from wcheck.measures.sources import load_labels

        found = []
        for role, measure in pair.items():
            labels = load_labels(measure.name, role=role, preprocessing=preprocessing)
            if labels is None or not labels[0]:
                raise ParameterError(
                    f"--by {preprocessing.by} names a column of a table, but {measure.name} is not a table: give "
                    ".csv, .tsv or .parquet."
                )
            found.append(labels)
        names: dict[str, None] = {}
        for labels in found:
            unique, first = np.unique(labels, return_index=True)
            names |= dict.fromkeys(unique[np.argsort(first)].tolist())
        if len(names) > MOST:
            raise ParameterError(
                f"--by {preprocessing.by} names {len(names):,} groups: name a column with at most {MOST:,} values."
            )
        return Groups(tuple(names), (found[0], found[1]))

    def parts(self, name: str, pair: tuple[Measure, Measure]) -> list[Measure | None]:
        """Return the points of a group on either side; None where it has none, or they have no weight.

        The weights are those of the points, divided by the total of the group.
        """
        import numpy as np

        rows = [np.flatnonzero(labels == name) for labels in self.labels]
        return [
            measure.take(own) if measure.weights[own].any() else None
            for measure, own in zip(pair, rows, strict=True)
        ]
