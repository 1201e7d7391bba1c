"""Random networks of all layers and operations whose slope has a bound, used rightly, for :mod:`slopes`."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrizations

from wcheck.critics.activations import GroupSort

Shape = tuple[int, ...]
Maker = Callable[[random.Random, Shape], nn.Module | None]
"""Makes a layer for points of a shape; None where it has no form for it."""
MOST = 64
"""Numbers of one point, at most."""


class Apply(nn.Module):
    """Computes ``function(h, *given)``, where what is given are modules and constants."""

    def __init__(self, function: Callable[..., Tensor], *given: nn.Module | Tensor) -> None:
        super().__init__()
        self._function, self._names = function, []
        for place, one in enumerate(given):
            name = f"given{place}"
            self._names.append(name)
            if isinstance(one, nn.Module):
                self.add_module(name, one)
            else:
                self.register_buffer(name, one)

    def forward(self, h: Tensor) -> Tensor:
        """Apply the function."""
        made: Tensor = self._function(h, *(getattr(self, name) for name in self._names))
        return made


def draw(stream: random.Random) -> tuple[nn.Module, Shape, list[str]]:
    """Return a network that maps flat points to several numbers, the shape of a point, and what it is made of."""
    shape = stream.choice(((8,), (12,), (2, 8), (4, 6), (2, 4, 4), (4, 3, 4), (1, 6, 6), (4, 2, 2)))
    whole: list[nn.Module] = [nn.Unflatten(1, shape)] if len(shape) > 1 else []
    names: list[str] = []
    now, wanted = shape, stream.choice((1, 1, 2, 2, 3, 5))
    while len(names) < wanted:
        name, layer = _layer(stream, now)
        names.append(name)
        whole.append(layer)
        now = _shape(layer, now)
    return nn.Sequential(*whole, nn.Flatten()).eval(), shape, names


def _layer(stream: random.Random, shape: Shape) -> tuple[str, nn.Module]:
    while True:
        name = stream.choice(
            list(PLAIN) if stream.random() < 0.4 else [name for name in BLOCKS if name not in PLAIN]
        )
        how = stream.choice(("", "", "", *WAYS))
        layer = fitting(BLOCKS[name], stream, shape, how)
        if layer is not None and 1 <= math.prod(_shape(layer, shape)) <= MOST:
            return f"{name} {how}".strip(), layer.eval()


def fitting(make: Maker, stream: random.Random, shape: Shape, how: str = "") -> nn.Module | None:
    """Make a layer, used in one of the :data:`WAYS`; None where it has no form for points of this shape."""
    try:
        layer = make(stream, shape)
        if layer is not None and how:
            layer = WAYS[how](stream, layer, shape)
        if layer is not None:
            _shape(layer, shape)
    except (RuntimeError, IndexError, ValueError):
        return None
    return layer


def _shape(layer: nn.Module, shape: Shape) -> Shape:
    with torch.no_grad():
        return tuple(layer.eval()(torch.zeros(2, *shape)).shape[1:])


def _always(function: Callable[..., Tensor]) -> Maker:
    return lambda stream, shape: Apply(function)


def _when(axes: int, function: Callable[..., Tensor], divides: int = 1, axis: int = -1) -> Maker:
    """Apply a function to points of a number of axes, one of which can be divided."""
    return lambda stream, shape: (
        Apply(function) if len(shape) == axes and shape[axis] % divides == 0 else None
    )


def _module(make: Callable[[random.Random, Shape], nn.Module], axes: int | None = None) -> Maker:
    return lambda stream, shape: make(stream, shape) if axes in (None, len(shape)) else None


def _constant(shape: Shape, away: float = 0.0) -> Tensor:
    drawn = torch.randn(shape)
    return drawn + away * drawn.sign()


def _with(function: Callable[..., Tensor], away: float = 0.0) -> Maker:
    return lambda stream, shape: Apply(function, _constant(shape, away))


def _convolution(stream: random.Random, shape: Shape) -> nn.Module | None:
    size = stream.choice((1, 2, 3))
    mode = stream.choice(("zeros", "circular", "reflect", "replicate"))
    padding = stream.choice((0, 1, "same" if size == 3 else 1))
    stride = 1 if padding == "same" else stream.choice((1, 2, 3))
    groups = 2 if shape[0] % 2 == 0 and stream.random() < 0.3 else 1
    dilation = stream.choice((1, 1, 2))
    kind = nn.Conv2d if len(shape) == 3 else nn.Conv1d
    if len(shape) == 1 or min(shape[1:]) < 4:
        return None
    return kind(shape[0], 4, size, stride, padding, dilation, groups, padding_mode=mode)


def _transposed(stream: random.Random, shape: Shape) -> nn.Module | None:
    if len(shape) == 1:
        return None
    stride, size = stream.choice((1, 2)), stream.choice((2, 3))
    rest = stream.choice((0, stride - 1))
    kind = nn.ConvTranspose2d if len(shape) == 3 else nn.ConvTranspose1d
    groups = 2 if shape[0] % 2 == 0 and stream.random() < 0.3 else 1
    return kind(
        shape[0], 2, size, stride, stream.choice((0, 1)), rest, groups, dilation=stream.choice((1, 1, 2))
    )


def _pooled(stream: random.Random, shape: Shape) -> nn.Module | None:
    if len(shape) == 1 or min(shape[1:]) < 3:
        return None
    size, stride, padding = stream.choice((2, 3)), stream.choice((1, 2, 4)), stream.choice((0, 1))
    ceil, axes = stream.random() < 0.5, len(shape) - 1
    if stream.random() < 0.5:
        kind = (nn.AvgPool1d, nn.AvgPool2d)[axes - 1]
        return kind(size, stride, padding, ceil, stream.random() < 0.5)
    return (nn.MaxPool1d, nn.MaxPool2d)[axes - 1](size, stride, padding, 1, ceil_mode=ceil)


def _dilated_pool(stream: random.Random, shape: Shape) -> nn.Module | None:
    if len(shape) == 1 or min(shape[1:]) < 4:
        return None
    return (nn.MaxPool1d, nn.MaxPool2d)[len(shape) - 2](2, stream.choice((1, 2)), 1, 2)


def _adaptive(stream: random.Random, shape: Shape) -> nn.Module | None:
    if len(shape) == 1:
        return None
    sizes = [stream.choice((None, 1, 2, 3, length)) for length in shape[1:]]
    average, largest = (
        (nn.AdaptiveAvgPool1d, nn.AdaptiveMaxPool1d)
        if len(sizes) == 1
        else (nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
    )
    wanted = (sizes[0] or 2) if len(sizes) == 1 else tuple(sizes)
    return average(wanted) if stream.random() < 0.5 else largest(wanted)


def _resized(stream: random.Random, shape: Shape) -> nn.Module | None:
    if len(shape) == 1:
        return None
    linear = "bilinear" if len(shape) == 3 else "linear"
    mode = stream.choice(("nearest", "nearest-exact", "area", linear))
    size = tuple(stream.choice((1, 2, 3, 5)) for _ in shape[1:])
    options = {"align_corners": stream.random() < 0.5} if mode == linear else {}
    return Apply(lambda h: F.interpolate(h, size, mode=mode, **options))


def _padded(stream: random.Random, shape: Shape) -> nn.Module | None:
    if len(shape) == 1 or min(shape[1:]) < 3:
        return None
    pads = [stream.choice((0, 1, 2)) for _ in range(2 * len(shape) - 2)]
    mode = stream.choice(("constant", "reflect", "replicate", "circular"))
    return Apply(lambda h: F.pad(h, pads, mode=mode, value=0.7 if mode == "constant" else None))


def _batch_norm(stream: random.Random, shape: Shape) -> nn.Module:
    layer = (nn.BatchNorm1d if len(shape) < 3 else nn.BatchNorm2d)(shape[0])
    nn.init.normal_(layer.weight)
    layer.running_var.uniform_(0.1, 3.0)
    layer.running_mean.normal_()
    return layer


def _dense(stream: random.Random, shape: Shape) -> nn.Module:
    layer = nn.Linear(shape[-1], stream.choice((2, 5, 8)))
    kind = stream.random()
    if kind < 0.15:
        return parametrizations.weight_norm(layer)
    if kind < 0.3:
        return parametrizations.orthogonal(layer)
    return layer


def _on_two(function: Callable[[Tensor, Tensor], Tensor]) -> Maker:
    """Apply a function to two layers' values."""
    return lambda stream, shape: Apply(
        lambda h, a, b: function(a(h), b(h)), *(nn.Linear(shape[-1], 4) for _ in range(2))
    )


def _matrix(function: Callable[..., Tensor], axes: tuple[int, ...]) -> Maker:
    return lambda stream, shape: Apply(function, torch.randn(shape[-1], 3)) if len(shape) in axes else None


PLAIN: dict[str, Callable[[Tensor], Tensor]] = {
    **{
        name: getattr(torch, name)
        for name in ("relu", "abs", "neg", "tanh", "sin", "cos", "atan", "asinh", "sigmoid", "erf", "selu", "positive")
    },
    **{
        name: getattr(F, name)
        for name in (
            "relu6", "logsigmoid", "softsign", "tanhshrink", "hardsigmoid", "hardswish", "silu", "mish", "gelu",
            "softplus", "hardtanh", "softshrink", "celu",
        )
    },
    "gelu tanh": lambda h: F.gelu(h, approximate="tanh"),
    "softplus beta": lambda h: F.softplus(h, beta=4.0),
    "leaky_relu": lambda h: F.leaky_relu(h, negative_slope=-1.7),
    "elu": lambda h: F.elu(h, 2.5),
    "celu alpha": lambda h: F.celu(h, alpha=0.4),
    "rrelu": lambda h: F.rrelu(h, 1.0, 2.0),
    "threshold": lambda h: F.threshold(h, -0.5, -0.5),
    "dropout": lambda h: F.dropout(F.alpha_dropout(h), 0.3, training=False),
    "copies": lambda h: h.to(h.dtype).clone().contiguous().cpu(),
    "flatten": lambda h: h.flatten(1),
    "reshape": lambda h: h.reshape(len(h), -1),
    "view": lambda h: h.contiguous().view(h.shape[0], 1, -1),
    "squeeze": lambda h: h.unsqueeze(-1).squeeze(-1),
    "transpose": lambda h: h.unsqueeze(1).transpose(1, -1).contiguous(),
    "permute": lambda h: h.unsqueeze(1).permute(0, *range(h.ndim, 0, -1)).movedim(1, -1).swapaxes(-1, -2),
    "T": lambda h: h.flatten(1).unsqueeze(1).mT,
    "select": lambda h: h.narrow(1, 0, 2).select(-1, 0) if h.ndim > 2 else h.narrow(1, 0, 2),
    "getitem": lambda h: h[:, ::2],
    "getitem repeated": lambda h: h[:, [0, 1, 0, 0]],
    "index_select": lambda h: h.index_select(1, torch.tensor([1, 0, 1])),
    "expand": lambda h: h.unsqueeze(1).expand(-1, 2, *h.shape[1:]).flatten(1, 2),
    "repeat": lambda h: h.repeat(1, 2, *[1] * (h.ndim - 2)),
    "repeat_interleave": lambda h: h.repeat_interleave(2, dim=1),
    "tile": lambda h: torch.tile(h, (2,)),
    "flip": lambda h: torch.roll(h.flip(-1), 1, -1),
    "split": lambda h: h.split(1, 1)[-1],
    "chunk": lambda h: torch.cat([piece.abs() for piece in h.chunk(2, 1)], 1),
    "unbind": lambda h: torch.stack(h.unbind(1)[:2], 1),
    "sum": lambda h: h.sum(-1, keepdim=True),
    "mean": lambda h: h.mean(1, keepdim=True),
    "cumsum": lambda h: h.cumsum(1),
    "triu": lambda h: torch.triu(h) if h.ndim > 2 else h,
    "add": lambda h: h + 0.5 * torch.relu(h) + 2,
    "subtract": lambda h: 1 - torch.sub(h, h.tanh(), alpha=3),
    "twice": lambda h: torch.add(input=h, other=h, alpha=2.0),
    "lerp": lambda h: torch.lerp(h, h.sin(), 0.3),
    "maximum": lambda h: torch.maximum(h, -0.5 * h),
    "min": lambda h: torch.min(h, h.flip(-1)),
    "max axis": lambda h: h.max(dim=-1, keepdim=True).values,
    "amax": lambda h: h.amin(1, keepdim=True),
    "clamp": lambda h: h.clamp(-0.5, 2.0),
    "clip": lambda h: torch.clamp_min(h, 0.1),
    "sort": lambda h: h.sort(dim=-1, descending=True).values,
    "topk": lambda h: h.topk(2, dim=-1).values,
    "median": lambda h: torch.cat([h.median(dim=1, keepdim=True).values, h.kthvalue(1, dim=1, keepdim=True).values], 1),
    "softmax": lambda h: F.softmax(h, dim=-1),
    "log_softmax": lambda h: F.log_softmax(h, dim=1),
    "logsumexp": lambda h: h.logsumexp(1, keepdim=True),
    "vector_norm": lambda h: torch.linalg.vector_norm(h, dim=-1, keepdim=True),
    "norm": lambda h: h.norm(dim=1, keepdim=True),
    "cat": lambda h: torch.cat((h, h, 2 * h), dim=1),
    "rows": lambda h: F.relu(h.reshape(-1, h.shape[-1]) * 2).reshape(h.shape),
    "zeros": lambda h: torch.cat([h, torch.zeros_like(h)], 1),
}  # fmt: skip
"""What needs nothing but its argument."""

BLOCKS: dict[str, Maker] = {
    **{name: _always(function) for name, function in PLAIN.items()},
    "Linear": _module(_dense),
    "GroupSort": _module(lambda stream, shape: GroupSort() if shape[0] % 2 == 0 else nn.Identity()),
    "PReLU": _module(lambda stream, shape: nn.PReLU(init=stream.choice((0.2, -2.0)))),
    "BatchNorm": _module(_batch_norm),
    "convolution": _convolution,
    "convolution again": _convolution,
    "transposed": _transposed,
    "pooling": _pooled,
    "dilated pooling": _dilated_pool,
    "adaptive pooling": _adaptive,
    "resizing": _resized,
    "padding": _padded,
    "unfold": _when(3, lambda h: F.unfold(h, 2)),
    "fold": _when(2, lambda h: F.fold(h, (2, 5), (1, 2)), 8),
    "pixel_shuffle": _when(3, lambda h: F.pixel_shuffle(h, 2), 4, 0),
    "pixel_unshuffle": _when(3, lambda h: F.pixel_unshuffle(h[:, :, :2, :2], 2)),
    "channel_shuffle": _when(3, lambda h: F.channel_shuffle(h, 2), 2, 0),
    "rot90": _when(3, lambda h: h.rot90(1, (2, 3))),
    "product": _with(lambda h, c: h * c),
    "quotient": _with(lambda h, c: h / c, 0.3),
    "masked": _with(lambda h, c: torch.where(c > 0, h, 2 * h.relu()).masked_fill(c > 1, 0.3)),
    "addmm": _matrix(lambda h, c: torch.addmm(c[0], h, c, alpha=2.0), (1,)),
    "matmul": _matrix(lambda h, c: h @ c, (1, 2, 3)),
    "mv": _matrix(lambda h, c: torch.matmul(h, c[:, 0]).unsqueeze(1), (1,)),
    "matmul from left": _matrix(lambda h, c: c.T @ h.mT, (2, 3)),
    "larger of two": _on_two(torch.fmax),
    "difference": _on_two(lambda a, b: a - b),
    "stack": _on_two(lambda a, b: torch.stack((a, b.relu()), dim=-1)),
    "clamp by another": _on_two(lambda a, b: a.clamp(max=b)),
}
"""Every layer and operation -> how it is made."""


def _residual(stream: random.Random, layer: nn.Module, shape: Shape) -> nn.Module | None:
    return Apply(lambda h, layer: h + layer(h), layer) if _shape(layer, shape) == shape else None


def _shared(stream: random.Random, layer: nn.Module, shape: Shape) -> nn.Module | None:
    return nn.Sequential(layer, nn.LeakyReLU(0.5), layer) if _shape(layer, shape) == shape else None


def _hooked(stream: random.Random, layer: nn.Module, shape: Shape) -> nn.Module:
    layer.register_forward_hook(lambda module, given, made: 3.0 * made)
    layer.register_forward_pre_hook(lambda module, given: (0.5 * given[0],))
    return layer


def _own_forward(stream: random.Random, layer: nn.Module, shape: Shape) -> nn.Module:
    return Apply(lambda h, layer: layer(h) - 2.0 * layer(0.5 * h), layer)


def _in_place(stream: random.Random, layer: nn.Module, shape: Shape) -> nn.Module:
    def forward(h: Tensor, layer: nn.Module) -> Tensor:
        made = 1.5 * layer(h)
        kept = made
        made += h.flatten(1)[:, :1].reshape(-1, *[1] * (made.ndim - 1))
        F.leaky_relu(made, 2.0, inplace=True)
        return made + kept

    return Apply(forward, layer)


WAYS: dict[str, Callable[[random.Random, nn.Module, Shape], nn.Module | None]] = {
    "residual": _residual,
    "shared": _shared,
    "hooked": _hooked,
    "called twice": _own_forward,
    "in place": _in_place,
}
"""How a layer is used, other than plainly."""
