"""A critic as it is in training, at one pair of batches: the gradient of its generator, and what its values depend on.

What normalises over the batch is a function of batches there and has no value at a point; everything else that is said
of critics is about the function of points that is evaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from wcheck.critics.critic import Critic
from wcheck.learning.samplers import FrozenPoints
from wcheck.rng import derived_seed, torch_generator
from wcheck.transport.arithmetic.rounding import full_float32

POINTS = 8
"""Points whose values are compared in two batches each."""


def generator_gradient(critic: Critic, x: FrozenPoints, y: FrozenPoints, *, seed: int) -> float | None:
    r"""Return ``|dL_G / dy|``, the norm of the gradient of the generator's loss in a batch of its points.

    Parameters
    ----------
    critic : Critic
        On the device of the points; it is as it was afterwards, buffers included.
    x, y : FrozenPoints
        The data, and what a generator made of it that does not move. A batch of each is as large as in training.
    seed : int
        The seed of the batches: the same ones at every look.

    Returns
    -------
    float or None
        For the difference of means it is ``sqrt(mean_i |grad D(y_i)|^2 / k)`` over a batch of k points. None where the
        loss has no gradient in the points.

    References
    ----------
    Arjovsky and Bottou (2017), Towards principled methods for training generative adversarial networks, Figure 2: there
    the gradient is that in the generator's weights.
    """
    objective = critic.recipe.objective
    device = x.points.device
    batch_x, batch_y = (_batch(critic, z, seed, side) for z, side in ((x, "x"), (y, "y")))
    batch_y.requires_grad_()
    with _training(critic), torch.enable_grad():
        stream = torch_generator(seed, "critic", "generator's loss", device=str(device))
        loss = objective.generator_loss(critic.network, batch_x, batch_y, stream)
        if not loss.requires_grad:
            return None
        (gradient,) = torch.autograd.grad(loss, batch_y, materialize_grads=True)
    return float(torch.linalg.vector_norm(gradient.double()))


@torch.no_grad()
def batch_dependence(critic: Critic, x: FrozenPoints, y: FrozenPoints, *, seed: int) -> float | None:
    r"""Return by how much a value in training depends on the rest of the batch, ``rms(D'(x_i) - D(x_i)) / std D``.

    D and D' are the values at the same point in two batches that have nothing else in common. Of a function of points
    it is 0, except for the rounding of float32.

    Parameters
    ----------
    critic, x, y, seed
        See :func:`generator_gradient`; a batch is one of x and one of y together.

    Returns
    -------
    float or None
        None where all values of the batch are equal.
    """
    first, second = (
        torch.cat([_batch(critic, z, seed, side, number) for z, side in ((x, "x"), (y, "y"))])
        for number in (0, 1)
    )
    points = first[:: max(1, len(first) // POINTS)][:POINTS]
    with _training(critic):
        spread = _values(critic, first, seed).std(correction=0)
        changes = []
        for point in points:
            alike = [_values(critic, torch.cat([point[None], rest[1:]]), seed)[0] for rest in (first, second)]
            changes.append(alike[1] - alike[0])
    if not float(spread) > 0:
        return None
    return float(torch.stack(changes).square().mean().sqrt() / spread)


def _values(critic: Critic, points: Tensor, seed: int) -> Tensor:
    """Return the values at a batch, in float64; what the network draws is always the same, and it stays as it is."""
    devices = [points.device] if points.is_cuda else []
    with torch.random.fork_rng(devices=devices), _kept(critic):
        torch.manual_seed(derived_seed(seed, "critic", "network's draws"))
        values: Tensor = critic.network(points.clone()).double()
    return values


def _batch(critic: Critic, z: FrozenPoints, seed: int, side: str, number: int = 0) -> Tensor:
    """Return a batch of the size of training: drawn as there, or the first time all points where there it is."""
    if critic.recipe.batch_size is None and number == 0:
        return z.points.clone()
    stream = torch_generator(seed, "critic", "look", side, number, device=str(z.points.device))
    return z.draw(critic.recipe.batch_size or len(z.points), stream)


@contextmanager
def _training(critic: Critic) -> Iterator[None]:
    """Hold a network in training mode, and return it to the mode it was in, with the buffers that it had."""
    training = critic.network.training
    critic.network.train()
    try:
        with _kept(critic), full_float32():
            yield
    finally:
        critic.network.train(training)


@contextmanager
def _kept(critic: Critic) -> Iterator[None]:
    """Give a network back the buffers that it changes when it is called."""
    kept = [(buffer, buffer.clone()) for buffer in critic.network.buffers()]
    try:
        yield
    finally:
        for buffer, value in kept:
            buffer.copy_(value)
