"""A time limit is for solving: what is compiled, or loaded, for the first time comes before it."""

import subprocess
import sys

import pytest

CODE = """
import gc, sys
import numpy as np
from numba.core.dispatcher import Dispatcher
from wcheck.transport.solve import exact as module

def signatures():
    kernels = [one for one in gc.get_objects() if isinstance(one, Dispatcher)]
    return {(kernel.py_func.__qualname__, str(signature)) for kernel in kernels for signature in kernel.signatures}

def solve(*given):
    before.append(signatures())
    return whole(*given)

before, whole = [], module._solve_columns
module._solve_columns = solve
dim, dtype, p = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
random = np.random.default_rng(0)
x, y = (random.normal(loc, 1.0, size=(n, dim)) for loc, n in ((100.0, 520), (101.0, 560)))
result = module.exact(x.astype(dtype), y.astype(dtype), p=p, time_limit=600.0)
assert result.status == "optimal", result.status
assert len(before) == 2
assert len(before[1]) > len(before[0])
print(sorted(signatures() - before[1]))
"""


@pytest.mark.parametrize("given", [("20", "float32", "1"), ("2", "float64", "2"), ("300", "uint8", "2")])
def test_nothing_is_compiled_while_the_clock_runs(given):
    ended = subprocess.run([sys.executable, "-c", CODE, *given], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
