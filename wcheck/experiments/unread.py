"""Settings that were given but that no task of a run reads: they are refused in every experiment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from wcheck import columns
from wcheck.errors import ParameterError
from wcheck.rows.table import Row


def check_read(names: Collection[str], rows: Sequence[Row]) -> None:
    """Refuse a setting that was given, and that no task reads.

    Parameters
    ----------
    names : collection of str
        The settings that were given.
    rows : sequence of dict
        The settings of each task by their names, None where one is not read.

    Raises
    ------
    ParameterError
        If there is one; the message says what reads it.
    """
    for name in names:
        if any(row.get(name) is not None for row in rows):
            continue
        decides, values = _readers(name, rows)
        chosen = ", ".join(dict.fromkeys(str(row[decides]) for row in rows if row.get(decides)))
        own = f"generator_{name}"
        in_game = any("generator" in row for row in rows)
        other = (
            f", or {_option(own)} for the generator" if in_game and own in columns.names("generator") else ""
        )
        what = "game" if in_game else "estimator" if decides == "estimator" else "critic"
        raise ParameterError(
            f"{_option(name)} is given, but no {what} with {_option(decides)} {chosen} reads it: choose "
            f"{_option(decides)} {', '.join(values)}{other}, or leave it out."
        )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _readers(name: str, rows: Sequence[Row]) -> tuple[str, Sequence[str]]:
    """Return the setting that decides whether another is read, and its values with which it is."""
    from wcheck.critics.constraints import CONSTRAINTS
    from wcheck.critics.objective import Needs
    from wcheck.critics.objectives import OBJECTIVES
    from wcheck.estimators.registry import ESTIMATORS

    in_game = any("generator" in row for row in rows)
    with_critic = any(row.get("arch") is not None for row in rows)
    if not (in_game or with_critic):
        return "estimator", [kind for kind in ESTIMATORS if name in ESTIMATORS[kind].options()]
    for_critics = (Needs.VALUES, Needs.RECONSTRUCTIONS)
    able = [kind for kind in OBJECTIVES.values() if in_game or kind.needs in for_critics]
    if found := [kind.name for kind in able if name in kind.names()]:
        return "objective", found
    of_critic = name in (*columns.names("critic"), "critic_steps", "schedule", "grad_points")
    if of_critic and not with_critic:
        return "objective", [kind.name for kind in able if kind.needs is not Needs.NOTHING]
    if found := [kind.name for kind in CONSTRAINTS.values() if name in kind.names()]:
        return "lipschitz", found
    return _others()[name]


def _others() -> Mapping[str, tuple[str, Sequence[str]]]:
    """Return what decides whether other settings are read, and its values with which they are."""
    from wcheck.critics.networks import LAYERS, NORMALISED
    from wcheck.critics.networks import WIDTHS as OF_CRITICS
    from wcheck.experiments.protocols import PROTOCOLS
    from wcheck.generators.networks import POINTS, WIDTHS

    return {
        "fresh_batches": ("protocol", [name for name, kind in PROTOCOLS.items() if kind.fresh]),
        "betas": ("optimizer", ("adam",)),
        "width": ("arch", tuple(OF_CRITICS)),
        "layers": ("arch", tuple(LAYERS)),
        "norm": ("arch", NORMALISED),
        "latent": ("generator", (*WIDTHS, "module:factory")),
        "generator_width": ("generator", tuple(WIDTHS)),
        "generator_layers": ("generator", ("mlp",)),
        "free_points": ("generator", (POINTS,)),
        "generator_betas": ("generator_optimizer", ("adam",)),
    }
