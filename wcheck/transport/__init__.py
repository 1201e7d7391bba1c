"""Exact transport, its certificates, and what they are made of.

Compiled kernels are cached in the user's cache folder. Beside the sources, where numba would put them, they would
outlive an uninstallation and hide the package that is installed next.
"""

import os

import pooch

os.environ.setdefault("NUMBA_CACHE_DIR", str(pooch.os_cache("wcheck") / "numba"))
