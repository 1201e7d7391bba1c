"""What the tests of measures share: a check of error messages, a small CIFAR-10, the way to the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from wcheck.errors import WcheckError
from wcheck.measures import cifar10

Refuses = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def refuses() -> Refuses:
    """Return ``refuses(kind, *words)``: the block must raise that kind, in one line that holds the words."""

    @contextmanager
    def check(kind: type[WcheckError], *words: str) -> Iterator[None]:
        with pytest.raises(kind) as caught:
            yield
        assert type(caught.value) is kind
        message = caught.value.line
        assert "\n" not in message
        assert ": " in message or "; " in message, "an error says what was given and then what to do"
        for word in words:
            assert word in message

    return check


@pytest.fixture
def real_cifar10() -> Path:
    """Return the folder that contains the real CIFAR-10, for tests marked ``cifar10``."""
    return cifar10.locate().parent


@pytest.fixture
def small_files(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], np.ndarray]:
    """Return a writer of CIFAR-10's six files with 10 images each, which gives back the 60 records."""
    monkeypatch.setattr(cifar10, "PER_FILE", 10)

    def write(home: Path) -> np.ndarray:
        rng = np.random.default_rng(0)
        records = rng.integers(256, size=(60, 3073), dtype=np.uint8)
        records[:, 0] = rng.integers(10, size=60)
        folder = home / "cifar-10-batches-bin"
        folder.mkdir(parents=True)
        names = [f"data_batch_{i}.bin" for i in range(1, 6)] + ["test_batch.bin"]
        for index, name in enumerate(names):
            records[10 * index : 10 * index + 10].tofile(folder / name)
        (folder / "batches.meta.txt").write_text("airplane\n")
        return records

    return write
