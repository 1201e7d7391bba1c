"""Which objectives, constraints, architectures and normalisations of a critic can be combined."""

from __future__ import annotations

from wcheck.critics.constraint import Constraint
from wcheck.critics.constraints import CONSTRAINTS
from wcheck.critics.networks import LAYERS, norm_of
from wcheck.critics.normalisation import NORMS
from wcheck.critics.objective import Needs, Objective
from wcheck.critics.objectives import OBJECTIVES
from wcheck.errors import ParameterError
from wcheck.learning.settings import check_choice


def check_pair(arch: str, objective: Objective, constraint: Constraint, alone: bool) -> None:
    """Refuse an objective without a critic that can be looked at, or that a constraint or architecture cannot serve."""
    needs = objective.needs
    if needs is Needs.NOTHING or (alone and needs is Needs.FEATURES):
        able = [
            name for name, kind in OBJECTIVES.items() if kind.needs in (Needs.VALUES, Needs.RECONSTRUCTIONS)
        ]
        raise ParameterError(
            f"objective {objective.name} needs {needs}, but a critic trained between two sets has one value "
            f"for each point: choose --objective {', '.join(able)}, or train a generator with wcheck gan."
        )
    if needs not in constraint.supports:
        allowed = [name for name, kind in CONSTRAINTS.items() if needs in kind.supports]
        raise ParameterError(
            f"objective {objective.name} needs {needs}, but lipschitz {constraint.name} is for critics with "
            f"{' or '.join(sorted(constraint.supports))}: choose --lipschitz {', '.join(allowed)}."
        )
    if needs is Needs.RECONSTRUCTIONS and arch == "resnet":
        raise ParameterError(
            f"objective {objective.name} needs {needs}, but arch resnet has none: choose --arch mlp, groupsort or "
            "dcgan."
        )


def norm_for(norm: str | None, arch: str, objective: Objective, constraint: Constraint) -> str | None:
    """Return what hidden layers are normalised over; refuse what the constraint cannot do with."""
    if norm is not None:
        check_choice("norm", norm, NORMS)
    usual = norm_of(arch, constraint)
    if usual is None or (arch in LAYERS and objective.needs is Needs.RECONSTRUCTIONS):
        return None
    if norm is not None and norm not in constraint.norms:
        able = [name for name, kind in CONSTRAINTS.items() if norm in kind.norms]
        raise ParameterError(
            f"norm is {norm}: with lipschitz {constraint.name} it must be {' or '.join(constraint.norms)}; leave "
            f"--norm out, or choose --lipschitz {', '.join(able)}."
        )
    return norm or usual
