"""The check of error messages fails when it must."""

import pytest

from wcheck.errors import ParameterError, SourceError


def test_refuses_takes_a_good_message(refuses):
    with refuses(SourceError, "x.npy", "give"):
        raise SourceError("x.npy is bad: give another.")


@pytest.mark.parametrize(
    "message", ["two\nlines: give x.", "no repair at all x", "nothing of the word: repair it."]
)
def test_refuses_fails_on_a_bad_message(refuses, message):
    with pytest.raises(AssertionError), refuses(SourceError, "x"):
        raise SourceError(message)


def test_refuses_fails_on_another_kind(refuses):
    with pytest.raises(ParameterError), refuses(SourceError):
        raise ParameterError("x: y")


def test_refuses_fails_on_no_error(refuses):
    with pytest.raises(pytest.fail.Exception), refuses(SourceError):
        pass
