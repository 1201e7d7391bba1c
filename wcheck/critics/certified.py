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
import operator
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, fx, nn

from wcheck.critics.critic import evaluating
from wcheck.critics.module_rules import UnboundedError, module_norm, module_rule
from wcheck.critics.operation_rules import Value, flat, operation_slope
from wcheck.critics.operators import U64

POINTS = 7
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
    device = next((weight.device for weight in network.parameters()), torch.device("cpu"))
    points = torch.zeros(POINTS, math.prod(shape), device=device)
    layers: dict[str, float] = {}
    with evaluating(network), torch.no_grad(), _unchanged(network):
        try:
            graph = _Tracer().trace(network)
        except UnboundedError as unbounded:
            return LipschitzBound(None, str(unbounded))
        except Exception as error:  # what a user's forward raises when it is traced can be anything
            return LipschitzBound(None, f"its forward cannot be traced ({type(error).__name__})")
        try:
            slope = _slope(network, graph, points, layers)
        except UnboundedError as unbounded:
            return LipschitzBound(None, str(unbounded), layers)
    if not math.isfinite(slope):
        return LipschitzBound(None, "its weights are not finite", layers)
    return LipschitzBound(slope * (1.0 + 8.0 * U64 * len(graph.nodes)), None, layers)


class _Tracer(fx.Tracer):
    """Takes apart every module that has no rule; one that is refused ends the trace before any norm is computed."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return module_rule(m) is not None


@contextmanager
def _unchanged(network: nn.Module) -> Iterator[None]:
    """Take from a network the constants that a trace leaves in it."""
    before = set(vars(network))
    try:
        yield
    finally:
        for name in set(vars(network)) - before:
            delattr(network, name)


def _slope(network: nn.Module, graph: fx.Graph, points: Tensor, layers: dict[str, float]) -> float:
    """Compute a graph on a few points with the slope of every value, and return that of the last."""
    found: dict[fx.Node, Any] = {}
    for node in graph.nodes:
        args, kwargs = (fx.node.map_arg(given, found.__getitem__) for given in (node.args, node.kwargs))
        if node.op == "output":
            return float(args[0].slope) if isinstance(args[0], Value) else 0.0
        found[node] = _result(network, node, args, kwargs, points, layers)
        for value in flat(found[node]):
            if isinstance(value, Value) and (value.tensor.ndim == 0 or len(value.tensor) != POINTS):
                raise UnboundedError(f"{node.name} mixes the points of a batch")
    return 0.0


def _result(
    network: nn.Module, node: fx.Node, args: Any, kwargs: Any, points: Tensor, layers: dict[str, float]
) -> Any:
    target: Any = node.target
    if node.op == "placeholder":
        return args[0] if args else Value(points, 1.0)
    if node.op == "get_attr":
        return operator.attrgetter(target)(network)
    if node.op == "call_module":
        if not (len(args) == 1 and isinstance(args[0], Value)):
            raise UnboundedError(f"{target} is not called on one value")
        module = network.get_submodule(target)
        result = module(args[0].tensor)  # first: some modules make their weights when they are called
        layers[target] = module_norm(module, args[0].tensor)
        return Value(result, args[0].slope * layers[target])
    if node.op == "call_method":
        return operation_slope(target, _method(target), args, kwargs)
    return operation_slope(getattr(target, "__name__", str(target)), target, args, kwargs)


def _method(name: str) -> Callable[..., Any]:
    return lambda on, *args, **kwargs: getattr(on, name)(*args, **kwargs)
