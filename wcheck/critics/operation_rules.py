"""Which functions of torch have a Lipschitz bound, by which rule, and why others have none."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch.overrides import resolve_name

from wcheck.critics.convolution_rules import CONVOLUTIONS
from wcheck.critics.joint_rules import JOINT, QUOTIENT
from wcheck.critics.linear_rules import LINEAR
from wcheck.critics.pointwise_rules import POINTWISE, Rule, elementwise
from wcheck.critics.values import UnboundedError

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        **{name: elementwise(name, rule) for name, rule in POINTWISE.items()},
        **LINEAR,
        **CONVOLUTIONS,
        **JOINT,
    }
)
"""Name of a function or method of torch -> rule: ``relu`` wherever it is, ``nn.functional.elu`` only there."""

SHAPES = frozenset(
    {
        "shape.__get__", "size", "dim", "ndim.__get__", "ndimension", "numel", "nelement", "__len__", "stride",
        "device.__get__", "dtype.__get__", "is_cuda.__get__", "layout.__get__", "get_device", "is_contiguous",
        "is_floating_point", "is_complex", "requires_grad.__get__", "grad_fn.__get__", "is_leaf.__get__", "is_tensor",
        "zeros_like", "ones_like", "full_like", "new_zeros", "new_ones", "new_full", "__hash__", "is_nested.__get__",
    }
)  # fmt: skip
"""Functions that return nothing of what depends on the point."""

WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        name: f"{layer} divides by a standard deviation that only its eps keeps above 0"
        for name, layer in (
            ("layer_norm", "LayerNorm"), ("group_norm", "GroupNorm"), ("instance_norm", "InstanceNorm"),
            ("local_response_norm", "LocalResponseNorm"), ("rms_norm", "RMSNorm"), ("normalize", "normalize"),
        )
    }
    | dict.fromkeys(("reciprocal", "__rdiv__", "__rtruediv__"), QUOTIENT)
)  # fmt: skip
"""Why a function can have no rule, where that is known."""

PLACES = ("nn.functional.", "Tensor.", "functional.", "_C._nn.", "")


def name_of(function: Callable[..., Any]) -> str:
    """Return the name of a function within torch, such as ``Tensor.add``; a user's own has none of these.

    Raises
    ------
    UnboundedError
        If it is not one of torch's.
    """
    name = _resolved(function)
    if name is None:
        raise UnboundedError(f"no rule for {getattr(function, '__qualname__', function)}")
    return name.removeprefix("torch.")


@functools.cache
def _resolved(function: Callable[..., Any]) -> str | None:
    name: str | None = resolve_name(function)
    return name


def found_in(names: Mapping[str, Any] | frozenset[str], name: str) -> str | None:
    """Return the entry under which a function stands in a table, in-place forms like the others; None if in none."""
    short = short_name(name)
    for candidate in (name, f"torch.{name}", short, short.removesuffix("_")):
        if candidate in names:
            return candidate
    return None


def short_name(name: str) -> str:
    """Return a name without the place where a function is found, such as ``add_`` for ``Tensor.add_``."""
    return next(name.removeprefix(place) for place in PLACES if name.startswith(place))


def rule_of(name: str) -> Rule:
    """Return the rule of a function.

    Raises
    ------
    UnboundedError
        If it has none.
    """
    entry = found_in(RULES, name)
    if entry is None:
        reason = found_in(WHY_NOT, name)
        raise UnboundedError(WHY_NOT[reason] if reason else f"no rule for the operation {short_name(name)}")
    return RULES[entry]
