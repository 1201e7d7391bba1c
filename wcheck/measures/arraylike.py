"""Numbers from Python: arrays, tensors and nested sequences, read as plain numpy arrays.

Nothing is guessed at: what has no one reading as numbers in rows is refused, by one line.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError


def as_points(points: Any, name: str) -> tuple[NDArray[Any], tuple[int, ...]]:
    """Return points as an array ``(n, d)`` of float32, float64 or uint8, and the shape of one of them.

    Trailing axes are flattened to d, and a vector is n points on the line. float16 becomes float32, and other integers
    float64; numbers in another byte order are brought into that of the machine.

    Raises
    ------
    ParameterError
        If they are not an array of real numbers, or hold integers that float64 cannot.
    """
    array = as_array(points, name)
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    elif array.dtype.kind in "iub" and array.dtype != np.uint8:
        array = _integers_as_floats(array, name)
    if array.dtype not in (np.dtype(np.float32), np.dtype(np.float64), np.dtype(np.uint8)):
        raise ParameterError(
            f"{name} {_held(array)}: points are real numbers; give an array of float32, float64 or integers."
        )
    if array.ndim == 0:
        raise ParameterError(
            f"{name} is a single number: points are an array (n, d); give one row per point."
        )
    if array.ndim == 1:
        array = array[:, None]
    shape = array.shape[1:]
    return array.reshape(len(array), math.prod(shape)), shape


def as_weights(weights: Any, name: str) -> NDArray[np.float64]:
    """Return the weights of the measure ``name`` as a new float64 array, of any shape and not yet checked.

    Raises
    ------
    ParameterError
        If they are not an array of real numbers.
    """
    given = as_array(weights, f"the weight array of {name}")
    if given.dtype.kind not in "fiub":
        raise ParameterError(
            f"the weight array of {name} {_held(given)}: weights are real numbers; give an array of float64."
        )
    return given.astype(np.float64)


def as_array(values: Any, name: str) -> NDArray[Any]:
    """Return an array, a tensor or a nested sequence as a numpy array in the machine's byte order.

    What has ``__array__`` or DLPack, such as JAX's and xarray's arrays, is an array too.

    Raises
    ------
    ParameterError
        If it is masked, sparse, without values, ragged, or cannot be read at all.
    """
    try:
        array = np.asarray(_plain(values, name))
    except ParameterError:
        raise
    except (TypeError, ValueError, RuntimeError, AttributeError, OverflowError, BufferError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise ParameterError(
            f"{name} cannot be read as an array ({reason}); give a dense array of numbers."
        ) from error
    if array.dtype.name == "bfloat16":  # JAX's, which numpy knows by name alone
        array = array.astype(np.float32)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _plain(values: Any, name: str) -> Any:
    """Return what numpy reads rightly; sequences of tensors may be nested."""
    if isinstance(values, (list, tuple)):
        if set(map(type, values)) <= {float, int}:
            return values
        return [_plain(value, name) for value in values]
    if isinstance(values, np.ma.MaskedArray):
        raise ParameterError(f"{name} is a masked array: a mask has no meaning here; remove the masked rows.")
    if type(values).__module__.startswith("scipy.sparse"):
        raise ParameterError(
            f"{name} is a sparse {type(values).__name__}, which does not say what an absent entry means: give a dense "
            "array, such as its toarray(), in which absent entries are 0, or put inf where a cost forbids a pair."
        )
    if hasattr(values, "__dlpack__") and not hasattr(values, "__array__"):
        return np.from_dlpack(values)
    if hasattr(values, "detach"):
        return _as_numpy(values, name)
    return values


def _as_numpy(tensor: Any, name: str) -> NDArray[Any]:
    """Return a torch tensor as an array, without importing torch."""
    if tensor.is_meta:
        raise ParameterError(
            f"{name} is a tensor on the device meta, which holds no numbers: give one on the CPU or a GPU."
        )
    if str(tensor.layout) != "torch.strided":
        raise ParameterError(f"{name} is a sparse tensor: only dense ones are read; give its to_dense().")
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    small = tensor.is_floating_point() and tensor.element_size() < 4  # some of these numpy does not know
    array: NDArray[Any] = (tensor.float() if small else tensor).numpy()
    return array


def _held(array: NDArray[Any]) -> str:
    """Say what an array holds that is not real numbers."""
    if array.dtype != object:
        return f"has dtype {array.dtype}"
    kinds = {type(value).__name__: None for value in array.flat}
    return f"holds Python objects ({', '.join(list(kinds)[:3]) or 'none'})"


def _integers_as_floats(array: NDArray[Any], name: str) -> NDArray[np.float64]:
    exact: NDArray[np.float64] = array.astype(np.float64)
    if array.dtype.itemsize == 8 and array.size and np.abs(exact).max() >= 2.0**53:
        raise ParameterError(
            f"{name} holds integers of 2^53 and more, which float64 cannot hold exactly; rescale them first."
        )
    return exact
