"""All estimators by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wcheck.errors import not_one_of
from wcheck.estimators.batch import Batch
from wcheck.estimators.critic import TrainedCritic
from wcheck.estimators.debiased import Debiased
from wcheck.estimators.estimate import Estimator
from wcheck.estimators.extension import LpExtension
from wcheck.estimators.kernels import MMD, Energy
from wcheck.estimators.known import ClosedForm, Oracle
from wcheck.estimators.plugin import Exact
from wcheck.estimators.second import Frechet, Mind
from wcheck.estimators.sinkhorn import Sinkhorn
from wcheck.estimators.sliced import MaxSliced, Sliced

ESTIMATORS: Mapping[str, type[Estimator]] = {
    kind.name: kind
    for kind in (
        Exact, Batch, Sinkhorn, Sliced, MaxSliced, Frechet, Mind, Energy, MMD, LpExtension, Debiased, TrainedCritic,
        Oracle, ClosedForm,
    )
}  # fmt: skip


def make(name: str, **options: Any) -> Estimator:
    """Return an estimator; of the options it takes those it knows.

    Raises
    ------
    ParameterError
        If there is no estimator of that name, or an option has a value that is not allowed.
    """
    kind = kind_of(name)
    return kind.of(**{key: value for key, value in options.items() if key in kind.options()})


def parameters(name: str) -> tuple[str, ...]:
    """Return the names of an estimator's options."""
    return kind_of(name).options()


def kind_of(name: str) -> type[Estimator]:
    """Return the class of an estimator.

    Raises
    ------
    ParameterError
        If there is no estimator of that name.
    """
    if name not in ESTIMATORS:
        raise not_one_of("estimator", name, ESTIMATORS)
    return ESTIMATORS[name]
