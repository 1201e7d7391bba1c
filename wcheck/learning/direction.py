"""Where an optimiser's last step went, beside the gradient that it was given."""

from __future__ import annotations

import torch
from torch import Tensor


@torch.no_grad()
def cosine(optimizer: torch.optim.Optimizer) -> Tensor:
    """Return the cosine of the angle between the last step of an optimiser and the way straight down its gradient.

    It is 1 for plain gradient descent, and below 0 where averages of old gradients carry a step uphill. The step is
    computed from what the optimiser keeps, so that it costs nothing until it is asked for; it is valid until gradients
    are set to zero.

    Parameters
    ----------
    optimizer : Optimizer
        Adam, RMSProp or SGD without momentum, as :class:`wcheck.learning.descent.Descent` makes them.

    Returns
    -------
    Tensor, shape ()
        On the device of the weights; NaN before the first step, and where a gradient is 0.

    References
    ----------
    Arjovsky, Chintala, Bottou (2017), Wasserstein GAN, Section 4.2.
    """
    parameters = [
        parameter
        for group in optimizer.param_groups
        for parameter in group["params"]
        if parameter.grad is not None
    ]
    if not parameters:
        return torch.tensor(torch.nan)
    steps = [_step(optimizer, parameter).flatten() for parameter in parameters]
    gradients = [parameter.grad.flatten() for parameter in parameters if parameter.grad is not None]
    step, gradient = torch.cat(steps).double(), torch.cat(gradients).double()
    found: Tensor = (step @ gradient) / (torch.linalg.vector_norm(step) * torch.linalg.vector_norm(gradient))
    return found


def _step(optimizer: torch.optim.Optimizer, parameter: Tensor) -> Tensor:
    """Return minus what the last step added to a parameter, up to the step size."""
    state, group = optimizer.state[parameter], optimizer.param_groups[0]
    if "exp_avg" in state:
        first, second = (1 - beta ** state["step"] for beta in group["betas"])
        scale = (state["exp_avg_sq"] / second).sqrt() + group["eps"]
        return torch.as_tensor(state["exp_avg"] / first / scale)
    gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
    if "square_avg" in state:
        return torch.as_tensor(gradient / (state["square_avg"].sqrt() + group["eps"]))
    return gradient
