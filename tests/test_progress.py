"""How long-running code is stopped."""

from __future__ import annotations

import pytest

from wcheck.progress import interruptible


def fail(cause: BaseException | None) -> None:
    with interruptible():
        try:
            raise SystemError("returned a result with an exception set") from cause
        except SystemError as error:
            raise SystemError("so did its caller") from error


def test_a_signal_that_compiled_code_wraps_is_an_interruption() -> None:
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt())


def test_any_other_system_error_stays_one() -> None:
    with pytest.raises(SystemError, match="so did its caller"):
        fail(ValueError())
