"""What a reproduction is to run: the runs of studies, each once, in a preset and on data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from wcheck.device import check_device
from wcheck.errors import ParameterError
from wcheck.progress import silent
from wcheck.studies.commands import options
from wcheck.studies.study import Preset, Run, Study, names_data

PRESETS: Mapping[Preset, str] = MappingProxyType({"quick": "digits", "full": "cifar10", "paper": "cifar10"})
"""The presets, each with its data."""
HOURS = 8.0
"""The longest reproduction that is run as a whole, in hours."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Studies, and how they are run.

    Attributes
    ----------
    studies : sequence of Study
        In the order of the page.
    preset : str
        A name in :data:`PRESETS`.
    data : str
        The source that takes the place of ``{data}``.
    draws : int, optional
        The draws of each game of E7, which its run in ``studies`` has; those of the preset if left out.
    """

    studies: Sequence[Study]
    preset: Preset
    data: str
    draws: int | None = None

    @property
    def runs(self) -> Sequence[Run]:
        """The runs of all studies, each once."""
        return list({run.name: run for study in self.studies for run in study.runs}.values())

    @property
    def named_data(self) -> str:
        """The data as others may read them: without the folder that they lie in."""
        return re.sub(r".*[/\\](?=[^/\\])", "", self.data)

    def seconds(self, run: Run) -> float:
        """Return what a run may take on two cores."""
        return run.seconds.get(self.preset, run.seconds["quick"])


def check_hours(preset: str, seconds: float) -> None:
    """Refuse what still takes more than :data:`HOURS`.

    Raises
    ------
    ParameterError
        If it does.
    """
    if seconds / 3600 > HOURS:
        raise ParameterError(
            f"the preset {preset} takes about {seconds / 3600:.0f} hours here: choose studies by --only NAME, "
            "which can be given more than once; what they share is run once."
        )


def check_there(plan: Plan, missing: Sequence[Run]) -> None:
    """Refuse data and devices that are not there before anything is run; data are opened, not read.

    Raises
    ------
    SourceError
        If a run is to be on the data and they cannot be opened.
    ParameterError
        If a run is to be on a device that this machine has not.
    """
    for run in missing:
        check_device(str(options(run, plan.preset, plan.data).get("device", "cpu")))
    if any(map(names_data, missing)):
        from wcheck.measures.grammar import resolve_slice, split_slice
        from wcheck.measures.registry import Request, open_rows
        from wcheck.measures.sources import UNCHANGED

        base, inner = split_slice(plan.data)
        resolve_slice(inner, open_rows(Request(base, "source", UNCHANGED, silent)).n, base)
