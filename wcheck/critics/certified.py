r"""A certified upper bound of a network's Lipschitz constant, from its layers' effective weights.

The network is traced into a graph of elementary operations (:mod:`torch.fx`), and every value in it gets a bound of its
slope with respect to the input: that of its argument times the operation's norm; sums add. A layer counts
for what it computes, whatever it is called: the weights of a spectrally normalised or orthonormal layer are those of
its forward pass, measured anew in float64. One operation without a bound leaves the whole network without one.

The bound is that of the network over the real numbers with these weights. Its values are computed in float32, so that
their slope between two very near points may be a little above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import fx, nn

from wcheck.critics.critic import evaluating
from wcheck.critics.module_rules import UnboundedError, module_norm, module_rule
from wcheck.critics.operation_rules import Value, flat, operation_slope
from wcheck.critics.operators import U64

POINTS = 3
"""Points that a network is traced with, an unusual number: an operation that mixes points changes it."""


@dataclass(frozen=True, slots=True)
class LipschitzBound:
    """An upper bound of a Lipschitz constant, or why there is none.

    Attributes
    ----------
    value : float or None
        With respect to the Euclidean norm.
    reason : str or None
        What has no bound; None where there is a value.
    layers : mapping of str to float
        The norm of each layer that was passed, by its name in the network.
    """

    value: float | None
    reason: str | None = None
    layers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


def lipschitz_bound(network: nn.Module, shape: tuple[int, ...]) -> LipschitzBound:
    """Bound the Lipschitz constant of a network in eval mode, as :class:`wcheck.critics.critic.Critic` evaluates it.

    Bounded are dense layers and two-dimensional convolutions, however parametrised; ReLU and its kin, absolute
    values and sorting; batch normalisation, which is affine in eval mode; pooling; sums, such as residual connections
    (1 + L), and products with constants. Layer and group normalisation divide by a standard deviation that
    nothing but their eps keeps above 0: they are refused.

    Parameters
    ----------
    network : Module
        Maps float32 points ``(n, d)`` to values ``(n,)``.
    shape : tuple of int
        Of one point.
    """
    with evaluating(network), torch.no_grad():
        try:
            graph = _Tracer().trace(network)
        except UnboundedError as unbounded:
            return LipschitzBound(None, unbounded.reason)
        except Exception as error:  # what a user's forward raises when it is traced can be anything
            return LipschitzBound(None, f"its forward cannot be traced ({type(error).__name__})")
        walk = _Walk(network, graph)
        device = next((weight.device for weight in network.parameters()), torch.device("cpu"))
        try:
            end = walk.run(Value(torch.zeros(POINTS, math.prod(shape), device=device), 1.0))
        except UnboundedError as unbounded:
            return LipschitzBound(None, unbounded.reason, walk.layers)
    if not (isinstance(end, Value) and math.isfinite(end.slope)):
        return LipschitzBound(None, "its weights are not finite", walk.layers)
    return LipschitzBound(end.slope * (1.0 + 8.0 * U64 * len(graph.nodes)), None, walk.layers)


class _Tracer(fx.Tracer):
    """Takes apart every module that has no rule; one that is refused ends the trace before any norm is computed."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return module_rule(m) is not None


class _Walk(fx.Interpreter):
    """Computes a graph on a few points, with the slope of every value."""

    def __init__(self, network: nn.Module, graph: fx.Graph) -> None:
        super().__init__(fx.GraphModule(network, graph), garbage_collect_values=False)
        self.layers: dict[str, float] = {}

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        for value in flat(result):
            if isinstance(value, Value) and (value.tensor.ndim == 0 or len(value.tensor) != POINTS):
                raise UnboundedError(f"{n.name} mixes the points of a batch")
        return result

    def call_module(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        module = self.fetch_attr(target)
        if not (len(args) == 1 and isinstance(args[0], Value)):
            raise UnboundedError(f"{target} is not called on one value")
        result = module(args[0].tensor)  # first: some modules make their weights when they are called
        norm = self.layers[str(target)] = module_norm(module, args[0].tensor)
        return Value(result, args[0].slope * norm)

    def call_function(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return operation_slope(getattr(target, "__name__", str(target)), target, args, kwargs)

    def call_method(self, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return operation_slope(target, _method(target), args, kwargs)


def _method(name: str) -> Callable[..., Any]:
    return lambda on, *args, **kwargs: getattr(on, name)(*args, **kwargs)
