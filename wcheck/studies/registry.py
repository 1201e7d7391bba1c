"""All studies, in the order of the page."""

from __future__ import annotations

from collections.abc import Sequence

from wcheck.errors import not_one_of
from wcheck.studies import clipping, critics, known, mechanisms, pixels, protocols, slopes
from wcheck.studies.closed_forms import E6A, F1, F2, F4
from wcheck.studies.clusters import C1, C2
from wcheck.studies.draws import E7, drawn
from wcheck.studies.entropic import B3
from wcheck.studies.false_minima import B4
from wcheck.studies.patches import E8
from wcheck.studies.sample_sizes import B1, B2
from wcheck.studies.samples import BERNOULLI
from wcheck.studies.spectral import SPECTRAL
from wcheck.studies.study import Study
from wcheck.studies.theorems import T2, T3
from wcheck.studies.training_batch import A4
from wcheck.studies.training_blur import C3, E1
from wcheck.studies.training_generators import E5, E6B
from wcheck.studies.training_momentum import E4
from wcheck.studies.training_penalties import PENALTY_WEIGHTS
from wcheck.studies.training_ring import A3, E2
from wcheck.studies.training_tracks import E3
from wcheck.studies.two_gaussians import F3

STUDIES: tuple[Study, ...] = (
    critics.ORACLE,
    protocols.STUDY,
    A3,
    A4,
    mechanisms.STUDY,
    known.STUDY,
    B1,
    B2,
    B3,
    B4,
    BERNOULLI,
    C1,
    C2,
    C3,
    pixels.ABSURD,
    pixels.OUTLOOK,
    E1,
    E2,
    E3,
    E4,
    E5,
    E6A,
    E6B,
    E7,
    E8,
    clipping.STUDY,
    PENALTY_WEIGHTS,
    slopes.PENALISED,
    slopes.NORMALISED,
    slopes.VANISHING,
    F1,
    F2,
    F3,
    F4,
    T2,
    T3,
    SPECTRAL,
)


def with_draws(studies: Sequence[Study], draws: int | None) -> tuple[Study, ...]:
    """Return studies with another number of draws of each game in E7 than that of its preset, if one is given.

    Raises
    ------
    ParameterError
        As :func:`wcheck.studies.draws.drawn`.
    """
    return tuple(drawn(draws) if draws is not None and study.name == E7.name else study for study in studies)


def chosen(names: Sequence[str], draws: int | None = None) -> tuple[Study, ...]:
    """Return the studies of these names, all if there are none, in the order of the page; see :func:`with_draws`.

    Raises
    ------
    ParameterError
        If there is no study of a name, or no game is drawn so often.
    """
    known = {study.name.lower(): study for study in STUDIES}
    for name in names:
        if name.lower() not in known:
            raise not_one_of("--only", name, [study.name for study in STUDIES])
    wanted = {name.lower() for name in names}
    return with_draws([study for study in STUDIES if not wanted or study.name.lower() in wanted], draws)
