"""What each module may do to a slope: its norm, or why it has none, for :mod:`wcheck.critics.certified`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from wcheck.critics.operators import Convolution, matrix_norm, most_shared


class UnboundedError(Exception):
    """Something has no Lipschitz bound; the message says what."""


Rule = Callable[[Any, Tensor], float]
"""Maps a module and what it is called on to its norm."""


def module_rule(module: nn.Module) -> Rule | None:
    """Return the rule of a module that is taken as a whole: of its class, or of one whose forward it inherits.

    Raises
    ------
    UnboundedError
        If the module is known to have no bound.
    """
    kinds: tuple[Any, ...] = type(module).__mro__
    for kind in kinds:
        rule = MODULES.get(kind) or OTHERS.get(f"{kind.__module__}.{kind.__qualname__}")
        if rule is not None and type(module).forward is kind.forward:
            _check_unhooked(module)
            return rule
    if isinstance(module, NORMALISATIONS):
        raise UnboundedError(
            f"{type(module).__name__} divides by a standard deviation that only its eps keeps above 0"
        )
    return None


def _check_unhooked(module: nn.Module) -> None:
    """Refuse a module that computes something else than its class says."""
    known = (SpectralNorm, WeightNorm)  # they set the weight, which is measured
    before = [hook for hook in module._forward_pre_hooks.values() if not isinstance(hook, known)]
    if before or module._forward_hooks or "forward" in module.__dict__:
        raise UnboundedError(f"{type(module).__name__} has hooks, which may change anything")


def module_norm(module: nn.Module, points: Tensor) -> float:
    """Return an upper bound of the Lipschitz constant of a module that has a rule."""
    rule = module_rule(module)
    if rule is None:
        raise UnboundedError(f"no rule for the module {type(module).__name__}")
    return rule(module, points)


def _at_most(norm: float) -> Rule:
    return lambda module, points: norm


def _dense(module: nn.Linear, points: Tensor) -> float:
    return matrix_norm(module.weight)


def convolution_of(module: nn.Conv2d, height: int, width: int) -> Convolution | None:
    """Return the operator of a convolution on an input of this size; None where its padding has no bound."""
    if module.padding_mode not in ("zeros", "circular"):
        return None
    spans = [step * (size - 1) for step, size in zip(module.dilation, module.weight.shape[2:], strict=True)]
    if module.padding == "same":
        (top, bottom), (left, right) = ((span // 2, span - span // 2) for span in spans)
    elif module.padding == "valid":
        top = bottom = left = right = 0
    else:
        top = bottom = int(module.padding[0])
        left = right = int(module.padding[1])
    return Convolution(
        module.weight,
        height,
        width,
        (module.stride[0], module.stride[1]),
        (top, bottom, left, right),
        (module.dilation[0], module.dilation[1]),
        module.groups,
        module.padding_mode == "circular",
    )


def _convolution(module: nn.Conv2d, points: Tensor) -> float:
    operator = convolution_of(module, points.shape[-2], points.shape[-1])
    if operator is None:
        raise UnboundedError(f"no rule for the padding {module.padding_mode}")
    return operator.norm()


def _batch_norm(module: nn.BatchNorm2d, points: Tensor) -> float:
    if module.running_var is None:
        raise UnboundedError(
            f"{type(module).__name__} without running statistics mixes the points of a batch"
        )
    scale = (module.running_var.double() + module.eps).rsqrt()
    return float((scale if module.weight is None else scale * module.weight.double()).abs().max())


def _leaky(module: nn.LeakyReLU, points: Tensor) -> float:
    return max(1.0, abs(module.negative_slope))


def _elu(module: nn.ELU, points: Tensor) -> float:
    return max(1.0, abs(module.alpha))


def _average_pool(module: nn.AvgPool2d, points: Tensor) -> float:
    if module.ceil_mode or module.divisor_override or not module.count_include_pad:
        raise UnboundedError("no rule for this form of AvgPool2d")
    kernel = _both(module.kernel_size)
    return math.sqrt(_pooled(kernel, module.stride, module.padding, points) / math.prod(kernel))


def _max_pool(module: nn.MaxPool2d, points: Tensor) -> float:
    if module.ceil_mode or module.return_indices or module.dilation != 1:
        raise UnboundedError("no rule for this form of MaxPool2d")
    return math.sqrt(_pooled(_both(module.kernel_size), module.stride, module.padding, points))


def _whole_pool(module: nn.AdaptiveAvgPool2d, points: Tensor) -> float:
    if _both(module.output_size) != (1, 1):
        raise UnboundedError("no rule for AdaptiveAvgPool2d to more than 1x1")
    return 1.0 / math.sqrt(points.shape[-1] * points.shape[-2])


def _upsample(module: nn.Upsample, points: Tensor) -> float:
    if module.mode != "nearest":
        raise UnboundedError(f"no rule for the upsampling {module.mode}")
    return math.sqrt(module(points).numel() / points.numel())


def _pooled(kernel: tuple[int, int], stride: Any, padding: Any, points: Tensor) -> int:
    steps, pads = _both(stride), _both(padding)
    return math.prod(
        most_shared(length, size, step, pad)
        for length, size, step, pad in zip(points.shape[-2:], kernel, steps, pads, strict=True)
    )


def _both(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


NORMALISATIONS = (nn.LayerNorm, nn.GroupNorm, nn.modules.instancenorm._InstanceNorm, nn.LocalResponseNorm)

MODULES: Mapping[type[nn.Module], Rule] = MappingProxyType(
    {
        nn.Linear: _dense,
        nn.Conv2d: _convolution,
        nn.BatchNorm1d: _batch_norm,
        nn.BatchNorm2d: _batch_norm,
        nn.LeakyReLU: _leaky,
        nn.ELU: _elu,
        nn.AvgPool2d: _average_pool,
        nn.MaxPool2d: _max_pool,
        nn.AdaptiveAvgPool2d: _whole_pool,
        nn.Upsample: _upsample,
        nn.Sigmoid: _at_most(0.25),
        nn.GELU: _at_most(1.13),
        nn.SiLU: _at_most(1.1),
        **dict.fromkeys(
            (
                nn.ReLU, nn.Tanh, nn.Softplus, nn.Identity, nn.Flatten, nn.Unflatten, nn.Dropout, nn.Dropout2d,
                nn.PixelUnshuffle, nn.PixelShuffle,
            ),
            _at_most(1.0),
        ),
    }
)  # fmt: skip
"""Class -> rule, for it and for what inherits its forward, such as a parametrised layer."""

OTHERS: Mapping[str, Rule] = MappingProxyType(
    {
        "wcheck.critics.activations.GroupSort": _at_most(1.0),
        "deel.torchlip.modules.activation.MaxMin": lambda module, points: abs(module._coefficient_lip),
        "deel.torchlip.modules.activation.GroupSort": lambda module, points: abs(module._coefficient_lip),
        "orthogonium.layers.custom_activations.MaxMin": _at_most(1.0),
        "orthogonium.layers.custom_activations.Abs": _at_most(1.0),
    }
)
"""The same by qualified name, for activations, which have no weights, of libraries that are not imported here."""
