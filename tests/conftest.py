"""What all tests share: hypothesis without deadlines, and CIFAR-10 where it is."""

import pytest
from hypothesis import settings

from wcheck.parallel import cores

settings.register_profile("wcheck", deadline=None)  # the first use of torch is slow
settings.load_profile("wcheck")


def pytest_xdist_auto_num_workers():
    """``-n auto``: each process imports torch, so no more than four."""
    return min(4, cores())


def pytest_collection_modifyitems(items):
    needing = [item for item in items if item.get_closest_marker("cifar10")]
    missing = _why_cifar10_is_missing() if needing else ""
    for item in needing:
        if missing:
            item.add_marker(pytest.mark.skip(reason=missing))


def _why_cifar10_is_missing():
    from wcheck.errors import SourceError
    from wcheck.measures import cifar10

    try:
        cifar10.locate()
    except SourceError as error:
        return str(error)
    return ""
