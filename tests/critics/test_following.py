"""What breaks a bound of a slope if it is not seen: each construction has the right bound, or none and a reason."""

import json
import math
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from wcheck.critics.certified import lipschitz_bound
from wcheck.critics.operation_rules import RULES, SHAPES, WHY_NOT

from .zoo import ALL, Forward, seeded

RECORDED = json.loads((Path(__file__).parent / "slopes.json").read_text())
"""Bounds of version 0.1.0 before networks were followed, None where there was none."""
SLOW = ("dcgan", "resnet")
KEPT = {"dcgan gp", "dcgan clip", "dcgan spectral", "dcgan orthonormal", "resnet gp", "resnet spectral"}
"""Of the large architectures, which take up to a second each; most constraints leave the first weights as they are."""

torch.manual_seed(0)
FOUR = nn.Linear(6, 4)
SQUARE = nn.Linear(4, 4)
MATRIX = torch.linspace(-1, 1, 18).view(3, 6)


def bound(network, shape=(6,)):
    return lipschitz_bound(network, shape)


def norm(weight):
    return torch.linalg.matrix_norm(weight.detach().double(), 2).item()


def steepest(network, dim=6):
    """The largest gradient norm at random points: no bound may be below it."""
    z = (3 * torch.randn(4000, dim, generator=torch.Generator().manual_seed(1))).requires_grad_()
    (gradient,) = torch.autograd.grad(network.eval()(z.clone()).sum(), z)
    return gradient.norm(dim=1).max().item()


@pytest.mark.parametrize("name", [name for name in ALL if name in KEPT or not name.startswith(SLOW)])
@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
def test_no_bound_is_lost_or_larger_than_it_was(name):
    build, shape = ALL[name]
    found, was = bound(seeded(build), shape), RECORDED[name]
    assert (found.value is None) == (was is None)
    assert was is None or found.value <= was * (1 + 1e-6)  # weights are made in float32


def test_every_network_is_recorded():
    assert ALL.keys() == RECORDED.keys()


def resized(size, before, mode="nearest"):
    layer = nn.Upsample(size=size, mode=mode)
    return Forward(lambda z: layer(z.view(len(z), 1, *before)).flatten(1).sum(1))


@pytest.mark.parametrize(
    ("size", "before", "most"),
    [((1, 1), (8, 8), 1), ((3, 3), (2, 2), 4), ((4, 2), (2, 4), 2), ((5, 5), (2, 2), 9), ((4, 4), (8, 8), 1)],
)
def test_resizing_is_the_root_of_the_most_outputs_that_read_one_pixel(size, before, most):
    dim = math.prod(before)
    whole = bound(resized(size, before), (dim,)).value
    assert whole == pytest.approx(math.sqrt(most * math.prod(size)))
    assert steepest(resized(size, before), dim) <= whole


def test_scaling_down_does_not_shrink():
    half = nn.Upsample(scale_factor=0.5)
    found = bound(Forward(lambda z: half(z.view(-1, 1, 2, 2)).flatten(0)), (4,))
    assert found.value == pytest.approx(1.0)


def added_in_place(z, a, b):
    h = a(z)
    skip = h
    h += 10 * b(h)
    return skip.sum(1)


def hooked(kind):
    network = nn.Sequential(nn.Linear(6, 1), nn.Flatten(0))
    if kind == "hook":
        network.register_forward_hook(lambda module, given, result: 10 * result)
    elif kind == "pre-hook":
        network.register_forward_pre_hook(lambda module, given: (10 * given[0],))
    elif kind == "layer's hook":
        network[0].register_forward_hook(lambda module, given, result: 10 * result)
    else:
        forward = network.forward
        network.forward = lambda z: 10 * forward(z)
    return network


@pytest.mark.parametrize("kind", ["hook", "pre-hook", "layer's hook", "forward"])
def test_hooks_and_an_own_forward_count(kind):
    network = hooked(kind)
    assert bound(network).value == pytest.approx(10 * norm(network[0].weight), rel=1e-5)


class Tripled(nn.Conv2d):
    def _conv_forward(self, given, weight, bias):
        return super()._conv_forward(given, 3 * weight, bias)


def test_an_overridden_inner_method_counts():
    plain, tripled = nn.Conv2d(1, 2, 2), Tripled(1, 2, 2)
    tripled.load_state_dict(plain.state_dict())
    values = [
        bound(Forward(lambda z, a: a(z.view(-1, 1, 2, 3)).flatten(1).sum(1), layer)).value
        for layer in (plain, tripled)
    ]
    assert values[1] == pytest.approx(3 * values[0])


def drawn_by_python(z, a):
    return a(z).sum(1) * random.random()


def swallowed(z, a):
    h = a(z)
    try:
        h.numpy()
    except Exception:
        return h.sum(1)
    return h.sum(1)


def filled(z, a):
    h = torch.zeros(len(z), 4)
    h[:, :4] = 9 * a(z)
    return h.sum(1)


def written_out(z, a):
    h = torch.zeros(len(z), 4)
    torch.mul(a(z), 9, out=h)
    return h.sum(1)


def part_changed(z, a):
    h = a(z)
    h[:, :2].mul_(9)
    return h.sum(1)


def entry_changed(z, a):
    h = a(z)
    h[:, 0] = 9 * h[:, 1]
    return h.sum(1)


def unseen(z, a):
    with torch._C.DisableTorchFunction():
        return (5 * a(z)).sum(1)


def halved(z, a):
    with torch.autocast("cpu"):
        return a(z).float().sum(1)


def data_replaced(z, a):
    h = a(z)
    h.data = 9 * h.data
    return h.sum(1)


class Awake(nn.Dropout):
    def train(self, mode=True):
        return super().train(True)


AWAKE = Awake()


class Counting(nn.Module):
    def __init__(self, forward):
        super().__init__()
        self.layer, self.kept = nn.Linear(6, 1), None
        self.register_buffer("count", torch.ones(()))
        self.step = forward

    def forward(self, z):
        return self.step(self, z)[:, 0]


def grown(self, z):
    self.count *= 2
    return self.layer(z) * self.count


def replaced(self, z):
    self.count = self.count + 1
    return self.layer(z) * self.count


def drifting(self, z):
    self.count = self.count + z.detach().mean()
    return self.layer(z)


def remembering(self, z):
    h = self.layer(z)
    before, self.kept = self.kept, h.mean(dim=1, keepdim=True)[:1]
    return h if before is None else h + before


REFUSED = {
    "an alpha by place": (lambda z, a: torch.add(a(z), 10, a(z)).sum(1), "these arguments"),
    "an alpha by place, as a method": (lambda z, a: a(z).add(10, a(z)).sum(1), "these arguments"),
    "a bias of the points": (lambda z, a: functional.linear(z, MATRIX, z.sum(0)[:3]).sum(1), "mixes"),
    "a bias of values": (lambda z, a: functional.linear(z, MATRIX, z[:1, :3]).sum(1), "mixes"),
    "softplus that jumps": (lambda z, a: functional.softplus(a(z), 1, 0).sum(1), "softplus, which jumps"),
    "threshold that jumps": (lambda z, a: functional.threshold(a(z), 0.0, 3.0).sum(1), "jumps"),
    "bits": (lambda z, a: a(z).view(torch.int32).float().sum(1), "bits"),
    "bits of doubles": (lambda z, a: a(z).view(torch.float64).float().sum(1), "bits"),
    "all pairs": (lambda z, a: (a(z).unsqueeze(1) - a(z)).abs().sum(2).sum(1), "mixes"),
    "a factor of the batch": (lambda z, a: a(z).sum(1) * z.shape[0], "how many points"),
    "a mean of the batch": (lambda z, a: a(z).sum(1) / len(z), "how many points"),
    "a branch on the batch": (lambda z, a: a(z).sum(1) * (5 if len(z) > 9 else 1), "how many points"),
    "another function of many": (lambda z, a: a(z).sum(1) + (len(z) > 20), "other points of a batch"),
    "a constant for each point": (lambda z, a: a(z).sum(1) * torch.arange(len(z)), "differs from one point"),
    "the points in a triangle": (lambda z, a: torch.tril(z).sum(1), "differs from one point"),
    "points turned round": (lambda z, a: a(z).flip(0).sum(1), "mixes"),
    "points sorted": (lambda z, a: a(z).sort(0).values.sum(1), "mixes"),
    "points joined": (lambda z, a: torch.cat([a(z), a(z)])[: len(z)].sum(1), "mixes"),
    "points as channels": (
        lambda z, a: functional.conv2d(z.view(1, len(z), 2, 3), torch.ones(1, len(z), 1, 1)).sum().expand(len(z)),
        "mixes",
    ),
    "a product of points": (lambda z, a: (a(z) @ a(z).T).sum(1), "mixes"),
    "a product of values": (lambda z, a: torch.einsum("ni,ni->n", a(z), a(z)), "einsum"),
    "dropout by a function": (lambda z, a: functional.dropout(a(z)).sum(1), "draws at random"),
    "dropout left awake": (lambda z, a: AWAKE(a(z)).sum(1), "draws at random"),
    "noise": (lambda z, a: a(z).sum(1) + torch.rand(1), "draws at random"),
    "Python's noise": (drawn_by_python, "how many points"),
    "numpy": (lambda z, a: torch.from_numpy(10 * a(z).numpy()).sum(1), "takes values out of torch"),
    "an array": (lambda z, a: torch.from_numpy(np.asarray(a(z)) * 10).sum(1), "takes values out of torch"),
    "a list": (lambda z, a: torch.tensor(a(z).tolist()).sum(1), "takes values out of torch"),
    "a caught refusal": (swallowed, "takes values out of torch"),
    "a part changed": (part_changed, "in place under another name"),
    "an entry changed": (entry_changed, "in place that it does not return"),
    "a constant filled": (filled, "in place that it does not return"),
    "a place for the result": (written_out, "in place that it does not return"),
    "data replaced": (data_replaced, "data"),
    "its argument changed": (lambda z, a: a(z.mul_(3.0)).sum(1), "changes its input"),
    "its argument changed by a layer": (
        lambda z, a: a(functional.leaky_relu(z.view(-1, 6), 5.0, inplace=True)).sum(1),
        "changes its input",
    ),
    "weights changed": (lambda z, a: (a.weight.mul_(1.0), a(z).sum(1))[1], "changes its input"),
    "a way that is not seen": (unseen, "in a way that cannot be followed"),
    "a vectorised function": (lambda z, a: torch.vmap(lambda one: a(one).sum())(z), "in a way that cannot"),
    "an elementary operation": (lambda z, a: torch.ops.aten.mul(a(z), 5).sum(1), "no rule"),
    "the largest in no order": (lambda z, a: a(z).topk(2, sorted=False).values[:, 0], "order that may jump"),
    "rounding": (lambda z, a: a(z).round().sum(1), "no rule for the operation round"),
    "half precision": (lambda z, a: a(z).to(torch.float16).float().sum(1), "torch.float16: only float32"),
    "mixed precision": (halved, "torch.bfloat16: only float32"),
    "integers": (lambda z, a: a(z).to(torch.int64).float().sum(1), "torch.int64: only float32"),
    "a choice by the point": (lambda z, a: torch.where(a(z) > 0, a(z), 1.0).sum(1), "no rule for the operation gt"),
    "bicubic resizing": (
        lambda z, a: functional.interpolate(z.view(-1, 1, 2, 3), (4, 6), mode="bicubic").flatten(1).sum(1),
        "weights below 0",
    ),
    "attention": (
        lambda z, a: functional.scaled_dot_product_attention(*[a(z)[:, None]] * 3).flatten(1).sum(1),
        "no rule",
    ),
    "an error": (lambda z, a: z.nothing(), "AttributeError"),
    "no tensor": (lambda z, a: None, "does not return one value"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore:This overload of add is deprecated:UserWarning")
def test_what_cannot_be_bounded_is_left_blank_with_its_reason(name):
    forward, reason = REFUSED[name]
    found = bound(Forward(forward, FOUR))
    assert found.value is None
    assert reason in found.reason
    assert "\n" not in found.reason


@pytest.mark.parametrize("forward", [grown, replaced, drifting, remembering])
def test_a_network_that_changes_with_every_call_has_no_bound(forward):
    found = bound(Counting(forward))
    assert found.value is None
    assert any(word in found.reason for word in ("buffers", "how many points", "earlier call"))


A, B = norm(FOUR.weight), norm(SQUARE.weight)
RIGHT = {
    "an activation in place, read again": (
        lambda z, a, b: (lambda h: functional.leaky_relu(h, 5.0, inplace=True) + h)(a(z)).sum(1),
        2 * 5 * A * 2,
    ),
    "an activation in place, twice": (
        lambda z, a, b: functional.silu(functional.silu(a(z), inplace=True), inplace=True).sum(1),
        1.1**2 * A * 2,
    ),
    "added in place": (added_in_place, (1 + 10 * B) * A * 2),
    "an alpha": (lambda z, a, b: torch.add(a(z), a(z), alpha=10).sum(1), 11 * A * 2),
    "subtracted from a number": (lambda z, a, b: (3.0 - a(z)).sum(1), A * 2),
    "an alpha, reversed": (lambda z, a, b: torch.rsub(a(z), b(a(z)), alpha=4).sum(1), (4 + B) * A * 2),
    "linear by names": (lambda z, a, b: functional.linear(input=z, weight=MATRIX).sum(1), norm(MATRIX) * math.sqrt(3)),
    "cat by names": (lambda z, a, b: torch.cat(tensors=[a(z), a(z)], dim=1).sum(1), A * math.sqrt(2 * 8)),
    "mean by names": (lambda z, a, b: torch.mean(input=a(z), dim=1), A / 2),
    "a layer by names": (lambda z, a, b: a(input=z).sum(1), A * 2),
    "detached": (lambda z, a, b: a(z).detach().sum(1), A * 2),
    "repeated columns": (lambda z, a, b: a(z)[:, [0, 0, 0, 1]].sum(1), A * math.sqrt(3) * 2),
    "rows of each point": (
        lambda z, a, b: functional.linear(z.reshape(-1, 3), MATRIX[:, :3]).reshape(len(z), -1).sum(1),
        norm(MATRIX[:, :3]) * math.sqrt(6),
    ),
    "ignored": (lambda z, a, b: torch.zeros(len(z)), 0.0),
    "ignored, with weights": (lambda z, a, b: a.bias[:1].expand(len(z)), 0.0),
    "padding that reflects": (
        lambda z, a, b: functional.pad(z.view(-1, 1, 2, 3), (2, 0, 1, 0), mode="reflect").flatten(1).sum(1),
        math.sqrt(4 * 15),
    ),
    "padding that replicates": (
        lambda z, a, b: functional.pad(z.view(-1, 1, 2, 3), (1, 1, 1, 0), mode="replicate").flatten(1).sum(1),
        math.sqrt(4 * 15),
    ),
    "adaptive pooling of one axis": (
        lambda z, a, b: nn.AdaptiveAvgPool2d((None, 1))(z.view(-1, 1, 2, 3)).flatten(1).sum(1), math.sqrt(2 / 3),
    ),
    "pooling that overlaps, dilated": (
        lambda z, a, b: functional.max_pool1d(z[:, None], 2, stride=1, dilation=2).flatten(1).sum(1), math.sqrt(2 * 4),
    ),
    "pooling with the rest": (
        lambda z, a, b: functional.avg_pool1d(z[:, None], 4, 4, ceil_mode=True).flatten(1).sum(1), 1.0,
    ),
    "a steep PReLU": (lambda z, a, b: functional.prelu(a(z), torch.tensor([-7.0])).sum(1), 7 * A * 2),
    "SELU": (lambda z, a, b: functional.selu(a(z)).sum(1), 1.7580993408473766 * A * 2),
    "a function with its own gradient": (lambda z, a, b: Septuple.apply(a(z)).sum(1), 7 * A * 2),
    "clamped": (lambda z, a, b: a(z).clamp(max=b(a(z))).sum(1), math.hypot(1, B) * A * 2),
    "a constant choice": (
        lambda z, a, b: torch.where(torch.tensor([True, False, True, False]), a(z), 3 * a(z)).sum(1),
        math.sqrt(10) * A * 2,
    ),
}  # fmt: skip


class Septuple(torch.autograd.Function):
    @staticmethod
    def forward(context, h):
        return 7 * h

    @staticmethod
    def backward(context, gradient):
        return gradient


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_used_in_an_unusual_way_has_the_right_bound(name):
    forward, right = RIGHT[name]
    network = Forward(forward, FOUR, SQUARE)
    found = bound(network)
    assert found.reason is None
    assert found.value == pytest.approx(right, rel=1e-6)


def test_a_transposed_convolution_is_bounded_by_little_more_than_its_norm():
    layer = nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1, groups=1)
    basis = torch.eye(2 * 4 * 5).view(-1, 2, 4, 5)
    with torch.no_grad():
        matrix = (layer(basis) - layer(0 * basis)).flatten(1)
        last = torch.randn(matrix.shape[1])
    network = Forward(lambda z, a: a(z.view(-1, 2, 4, 5)).flatten(1) @ last, layer)
    found = bound(network, (40,)).value / last.norm().item()
    assert norm(matrix) <= found <= 1.2 * norm(matrix)


def test_a_lazy_layer_is_bounded_as_soon_as_it_has_weights():
    assert bound(nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 1), nn.Flatten(0))).value > 0


def test_a_bound_takes_a_second_look_at_nothing_that_it_may_change():
    points, network = (
        torch.randn(5, 6),
        nn.Sequential(FOUR, nn.ReLU(inplace=True), nn.Linear(4, 1), nn.Flatten(0)),
    )
    before = network(points)
    bound(network)
    assert torch.equal(network(points), before)
    assert not network[0]._forward_hooks
    assert not network[0]._forward_pre_hooks


@pytest.mark.parametrize("name", sorted({*RULES, *SHAPES, *WHY_NOT}))
def test_every_rule_is_about_a_function_that_torch_has(name):
    path, _, _ = name.removeprefix("torch.").partition(".__get__")
    spaces = (torch, torch.Tensor, functional) if "." not in path else (torch,)
    assert any(_reaches(space, path) for space in spaces)


def _reaches(space, path):
    for part in path.split("."):
        space = getattr(space, part, None)
    return space is not None
