"""The norms of a network's layers, while it is followed: by how much they may change the slope of a value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import Any, Protocol

from torch import nn

from wcheck.critics.operators import U64
from wcheck.critics.values import Value, flat

WHOLE: Mapping[str, Callable[[Any], float]] = MappingProxyType(
    {
        "deel.torchlip.modules.activation.MaxMin": lambda module: abs(module._coefficient_lip),
        "deel.torchlip.modules.activation.GroupSort": lambda module: abs(module._coefficient_lip),
        "orthogonium.layers.custom_activations.MaxMin": lambda module: 1.0,
    }
)
"""Qualified name of an activation -> its norm, where that is smaller than what its operations, one by one, say."""


class Values(Protocol):
    """What is known of a network's values."""

    layers: dict[str, float]

    def value_of(self, one: object) -> Value | None:
        """Return what is known of a tensor; None if it does not depend on the points."""

    def frozen(self, value: Value) -> Value:
        """Return a value as it is now."""

    def keep(self, value: Value) -> None:
        """Know a tensor by a value from now on."""


@contextmanager
def noting(network: nn.Module, values: Values) -> Iterator[None]:
    """Note the norms of all layers that have no others within, as they are called."""
    with ExitStack() as stack:
        for name, module in network.named_modules():
            if {child for child, _ in module.named_children()} <= {"parametrizations"}:
                layer = _Layer(name, _whole_norm(module), values)
                stack.callback(module.register_forward_pre_hook(layer.before, with_kwargs=True).remove)
                stack.callback(module.register_forward_hook(layer.after, with_kwargs=True).remove)
        yield


class _Layer:
    """One layer: what it was called on lies on a stack until it returns."""

    def __init__(self, name: str, whole: float | None, values: Values) -> None:
        self._name, self._whole, self._values = name, whole, values
        self._given: list[Value | None] = []

    def before(self, module: nn.Module, args: Any, kwargs: Any) -> None:
        given = [value for one in flat((args, kwargs)) if (value := self._values.value_of(one)) is not None]
        self._given.append(self._values.frozen(given[0]) if len(given) == 1 else None)

    def after(self, module: nn.Module, args: Any, kwargs: Any, result: Any) -> None:
        given, made = self._given.pop(), self._values.value_of(result)
        if given is None or made is None or given.reason is not None:
            return
        if self._whole is not None and made.tensor.ndim > 1 and len(made.tensor) == len(given.tensor):
            made = Value(made.tensor, self._whole * given.slope)
            self._values.keep(made)
        if made.reason is None and given.slope > 0:
            norm = made.slope / given.slope * (1.0 + 4.0 * U64)
            self._values.layers[self._name] = max(norm, self._values.layers.get(self._name, 0.0))


def _whole_norm(module: nn.Module) -> float | None:
    """Return the norm of such an activation, or one that inherits its forward, if it is as its class made it."""
    if module._forward_pre_hooks or module._forward_hooks or "forward" in vars(module):
        return None
    for kind in type(module).__mro__:
        norm = WHOLE.get(f"{kind.__module__}.{kind.__qualname__}")
        if norm is not None and type(module).forward is vars(kind).get("forward"):
            return norm(module)
    return None
