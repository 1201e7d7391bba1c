"""However torch is set to compute with float32, what is certified is computed in full."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from wcheck import exact
from wcheck.transport.arithmetic.rounding import full_float32

KINDS = (
    *(torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv, torch.backends.mkldnn.rnn),
    *(torch.backends.cuda.matmul, torch.backends.cudnn.conv, torch.backends.cudnn.rnn),
)


@pytest.fixture
def precision():
    """Torch's settings, as they were before the test when it is over."""
    flag, kinds = torch.get_float32_matmul_precision(), [kind.fp32_precision for kind in KINDS]
    yield
    torch.backends.fp32_precision = "none"
    torch.set_float32_matmul_precision(flag)
    for kind, former in zip(KINDS, kinds, strict=True):
        kind.fp32_precision = former


def settings() -> list[object]:
    """What torch says of its precision, in every way in which it can be asked."""
    said: list[object] = [kind.fp32_precision for kind in (*KINDS, torch.backends)]
    for flag in (torch.get_float32_matmul_precision, lambda: torch.backends.cudnn.allow_tf32):
        try:
            said.append(flag())
        except RuntimeError:
            said.append("by kind")
    return said


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize(
    "reduce",
    [
        lambda: None,
        lambda: torch.set_float32_matmul_precision("high"),
        lambda: torch.set_float32_matmul_precision("medium"),
        lambda: setattr(torch.backends, "fp32_precision", "tf32"),
        lambda: setattr(torch.backends.cuda.matmul, "fp32_precision", "tf32"),
        lambda: setattr(torch.backends.mkldnn.matmul, "fp32_precision", "bf16"),
        lambda: setattr(torch.backends.mkldnn.conv, "fp32_precision", "bf16"),
        lambda: setattr(torch.backends.cudnn.rnn, "fp32_precision", "ieee"),
    ],
)
def test_full_float32_sets_and_restores_the_precision(reduce, there, precision, monkeypatch) -> None:
    monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: there)
    reduce()
    before = settings()
    with full_float32():
        inside = [kind.fp32_precision for kind in KINDS[: 6 if there else 3]]
    assert set(inside) <= {"none", "ieee"}
    assert settings() == before


def test_a_precision_that_was_set_changes_no_distance(precision) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 1500, 300)).astype(np.float32)
    plain = exact(x, y)
    torch.backends.fp32_precision = "bf16"
    assert exact(x, y).bracket == plain.bracket


def test_of_several_threads_the_last_to_leave_restores_the_precision(precision) -> None:
    torch.set_float32_matmul_precision("medium")
    first, second = full_float32(), full_float32()
    first.__enter__()
    second.__enter__()
    first.__exit__()
    assert torch.get_float32_matmul_precision() == "highest"
    second.__exit__()
    assert torch.get_float32_matmul_precision() == "medium"
