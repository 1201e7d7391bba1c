"""What makes a step faster on GPUs: mixed precision, and one compiled function in place of many small kernels."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from wcheck.errors import ParameterError
from wcheck.transport.arithmetic.rounding import full_float32

DTYPES: Mapping[str, torch.dtype] = MappingProxyType({"bf16": torch.bfloat16, "fp16": torch.float16})
"""Name on the command line -> what products are computed in; weights stay float32."""

Loss = Callable[[nn.Module, Tensor, Tensor, torch.Generator], Tensor]


class Precision:
    """How a loss is computed and descended on.

    Parameters
    ----------
    amp : {"bf16", "fp16"}, optional
        Mixed precision: torch's autocast, and for ``fp16`` a loss that is scaled so that small gradients survive.
        Float32 throughout if left out.
    device : torch.device
        Where the loss lives.

    Attributes
    ----------
    scale : Tensor or float
        What the last loss was multiplied by before its gradient was taken.

    Raises
    ------
    ParameterError
        If mixed precision is asked for on a processor.
    """

    def __init__(self, amp: str | None, device: torch.device) -> None:
        check_amp(amp, device.type)
        self._dtype, self._device = DTYPES[amp] if amp else None, device.type
        self._scaler = torch.amp.GradScaler(device.type) if self._dtype == torch.float16 else None
        self.scale: Tensor | float = 1.0

    def cast(self) -> AbstractContextManager[Any]:
        """Return the context in which the loss is computed."""
        return nullcontext() if self._dtype is None else torch.autocast(self._device, self._dtype)

    def descend(self, loss: Tensor, parameters: list[nn.Parameter], optimizer: torch.optim.Optimizer) -> None:
        """Take the optimiser's step down the loss."""
        if self._scaler is None:
            loss.backward(inputs=parameters)
            optimizer.step()
            return
        self.scale = self._scaler.scale(torch.ones_like(loss.detach()))
        self._scaler.scale(loss).backward(inputs=parameters)
        self._scaler.step(optimizer)
        self._scaler.update()

    def state_dict(self) -> dict[str, Any]:
        """Return all that further steps depend on."""
        return self._scaler.state_dict() if self._scaler else {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go back to where :meth:`state_dict` was called."""
        if self._scaler:
            self._scaler.load_state_dict(dict(state))


def check_amp(amp: str | None, device: str) -> None:
    """Refuse mixed precision on a processor, where it makes no step faster."""
    if amp is not None and torch.device(device).type == "cpu":
        raise ParameterError(
            f"amp is {amp}, but the device is the processor: mixed precision is for GPUs; give --device cuda, or "
            "leave --amp out."
        )


def compiled(
    loss: Loss, network: nn.Module, x: Tensor, y: Tensor, cast: Callable[[], AbstractContextManager[Any]]
) -> Loss:
    """Compile a loss, try it on batches x and y, and leave the network as it was.

    Raises
    ------
    ParameterError
        If torch cannot compile it here.
    """
    fast: Loss = torch.compile(loss)
    parameters = list(network.parameters())
    with _trial(network, cast):
        trial = fast(network, x, y, torch.Generator(x.device).manual_seed(0))
        torch.autograd.grad(trial, parameters, allow_unused=True)
    return fast


def compiled_network(
    network: nn.Module, inputs: Tensor, cast: Callable[[], AbstractContextManager[Any]]
) -> Callable[[Tensor], Tensor]:
    """Compile a network, try it on inputs, and leave it as it was.

    Raises
    ------
    ParameterError
        If torch cannot compile it here.
    """
    fast: Callable[[Tensor], Tensor] = torch.compile(network)
    with _trial(network, cast):
        torch.autograd.grad(fast(inputs).sum(), list(network.parameters()), allow_unused=True)
    return fast


@contextmanager
def _trial(network: nn.Module, cast: Callable[[], AbstractContextManager[Any]]) -> Iterator[None]:
    kept = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    try:
        # The compiler warns of its own inner life.
        with full_float32(), warnings.catch_warnings(action="ignore"), cast():
            yield
    except Exception as error:  # whatever the compiler raises; without one on this machine, that is the error
        text = " ".join(str(error).split())
        raise ParameterError(
            f"--compile failed ({type(error).__name__}: {text[:200]}): leave it out."
        ) from error
    network.load_state_dict(kept)
