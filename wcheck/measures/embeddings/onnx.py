"""Networks in ONNX files. A file is data here: what could read other files or run other code is refused.

Refused are tensors kept in external files, operators and functions that are not ONNX's own, and files beyond a size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError, counted
from wcheck.measures.embeddings.embedding import Embedding
from wcheck.measures.layout import times

LARGEST = 1 << 29
"""Bytes of a file."""
DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
"""Whose operators are ONNX's own."""
AT_A_TIME = 64


class Onnx(Embedding):
    """A network ``FILE.onnx`` with one input of float32 ``(k, ...)`` and one output ``(k, ...)``.

    Its input are points in the scale that was asked for, images as ``(k, channels, height, width)``. The first axis
    must be free, or 1, where points are mapped one by one.

    Parameters
    ----------
    text : str
        The path.
    folder : Path
        Where relative paths start.

    Raises
    ------
    SourceError
        If the file cannot be read, is too large, or holds what is refused.
    """

    def __init__(self, text: str, folder: Path = Path()) -> None:
        self.text = text
        path = folder / Path(text).expanduser()
        content = _content(path)
        _check(content, path)
        self._session = _session(content, path)
        self._digest = hashlib.sha256(content).hexdigest()
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != "tensor(float)":
            raise SourceError(
                f"{path} has {len(inputs)} inputs ({', '.join(each.type for each in inputs)}) and {len(outputs)} "
                "outputs: give a network with one input of float32 and one output."
            )
        self._input, axes = inputs[0].name, inputs[0].shape
        first = axes[0] if axes else None
        if isinstance(first, int) and first != 1:
            raise SourceError(
                f"{path} takes {counted(first, 'point')} at a time: export it with a free first axis, or with a "
                "first axis of 1."
            )
        self._at_a_time = 1 if first == 1 else AT_A_TIME
        self._shape = axes[1:]

    def vectors(self, points: NDArray[Any], scale: str) -> Any:
        """Run the network.

        Raises
        ------
        ParameterError
            If it takes points of another shape.
        SourceError
            If it fails.
        """
        shape = points.shape[1:]
        fits = len(shape) == len(self._shape) and all(
            not isinstance(wanted, int) or wanted == length
            for wanted, length in zip(self._shape, shape, strict=True)
        )
        if not fits:
            wanted = "x".join(str(length) if isinstance(length, int) else "any" for length in self._shape)
            raise ParameterError(
                f"{self.text} takes points of shape {wanted}, but these have {times(shape)}: convert them "
                "(--image-size, --channels, --layout), or give another network."
            )
        found = []
        for start in range(0, len(points), self._at_a_time):
            block = np.ascontiguousarray(points[start : start + self._at_a_time], np.float32)
            try:
                (vectors,) = self._session.run(None, {self._input: block})
            except Exception as error:  # onnxruntime has an exception for every kind of failure
                reason = " ".join(str(error).split())[:200]
                raise SourceError(
                    f"{self.text} failed on {counted(len(block), 'point')} of shape {times(shape)} ({reason}): "
                    "export it again, or leave the embedding out."
                ) from error
            if np.ndim(vectors) == 0 or len(vectors) != len(block):
                raise ParameterError(
                    f"{self.text} returned an array of shape {np.shape(vectors)} for "
                    f"{counted(len(block), 'point')}: return a vector for each."
                )
            found.append(vectors)
        return np.concatenate(found)

    def fingerprint(self) -> str:
        """Return the hash of the file."""
        return f"onnx {self._digest}"


def _content(path: Path) -> bytes:
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise SourceError(
                f"{path} has {size:,} bytes: an embedding has at most {LARGEST:,}; give a smaller one."
            )
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error}): give another file.") from error


def _check(content: bytes, path: Path) -> None:
    """Refuse what is more than a network of ONNX's own operators in one file."""
    try:
        import onnx
    except ImportError as error:
        raise SourceError(
            f"The embedding {path} needs more packages: run pip install 'wcheck[onnx]'."
        ) from error
    try:
        model = onnx.ModelProto.FromString(content)
    except Exception as error:  # protobuf's own exception is not the same in all its releases
        raise SourceError(f"{path} is not an ONNX file: give another file.") from error
    domains = {each.domain for each in model.opset_import}
    for graph in _graphs(model.graph):
        domains |= {node.domain for node in graph.node}
        tensors = [*graph.initializer, *_tensors(graph)]
        tensors += [part for sparse in graph.sparse_initializer for part in (sparse.values, sparse.indices)]
        if any(
            tensor.data_location == onnx.TensorProto.EXTERNAL or tensor.external_data for tensor in tensors
        ):
            raise SourceError(f"{path} keeps tensors in other files: export it as one file.")
    if foreign := sorted(domains - set(DOMAINS)):
        raise SourceError(
            f"{path} has operators of {', '.join(foreign)}: export it with ONNX's own operators alone."
        )
    if model.functions:
        raise SourceError(f"{path} has functions of its own: export it with ONNX's own operators alone.")


def _graphs(graph: Any) -> Iterator[Any]:
    """Yield a graph and all graphs within its nodes."""
    waiting = [graph]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                waiting += [*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs]


def _tensors(graph: Any) -> Iterator[Any]:
    """Yield the tensors that are attributes of a graph's nodes."""
    for node in graph.node:
        for attribute in node.attribute:
            yield from (attribute.t, *attribute.tensors)
            for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                yield from (sparse.values, sparse.indices)


def _session(content: bytes, path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise SourceError(
            f"The embedding {path} needs more packages: run pip install 'wcheck[onnx]'."
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # errors come as exceptions
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has an exception for every kind of failure
        reason = " ".join(str(error).split())[:200]
        raise SourceError(f"{path} cannot be loaded ({reason}): export it again.") from error
