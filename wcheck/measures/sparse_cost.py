"""A sparse matrix of costs, in which pairs without an entry are forbidden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wcheck.errors import ParameterError, counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from wcheck.measures.cost import CostMatrix


def sparse_cost(costs: Any, name: str) -> CostMatrix | None:
    """Return the costs of a sparse matrix of SciPy or PyTorch, of which only entries are held; None for a dense one.

    An entry of 0 is a cost; entries of one pair add up, as they do wherever such a matrix is used.
    """
    import numpy as np

    from wcheck.measures.cost import CostMatrix

    if hasattr(costs, "tocoo"):
        entries = costs.tocoo(copy=True)
        entries.sum_duplicates()
        rows, columns, data, shape = entries.row, entries.col, entries.data, entries.shape
    elif hasattr(costs, "layout") and str(costs.layout) != "torch.strided":
        entries = costs.detach().to_sparse_coo().coalesce().cpu()
        rows, columns = entries.indices().numpy()
        data, shape = entries.values().numpy(), tuple(entries.shape)
    else:
        return None
    if data.dtype.kind not in "fiub" or 0 in shape or len(data) == 0:
        raise ParameterError(
            f"{name} has shape {shape}, dtype {data.dtype} and {counted(len(data), 'entry', 'entries')}: give "
            "real costs of some pairs."
        )
    keys = rows.astype(np.int64) * shape[1] + columns
    order = np.argsort(keys, kind="stable")
    held: Any = Entries(keys[order], data[order].astype(np.float64), shape)
    return CostMatrix.of_held(held, name)


class Entries:
    """What :class:`CostMatrix` reads of an array, of a sparse matrix: rows and single pairs, ``inf`` without an entry.

    Parameters
    ----------
    keys : ndarray, shape (k,), int64
        ``i m + j`` of the entries, ascending.
    data : ndarray, shape (k,), float64
        Their costs.
    shape : tuple of int
        The numbers of rows and columns (n, m).
    """

    def __init__(self, keys: NDArray[np.int64], data: NDArray[np.float64], shape: tuple[int, int]) -> None:
        self._keys, self._data, self.shape = keys, data, shape
        self.dtype, self.flags = data.dtype, Scattered()

    def __getitem__(self, which: Any) -> NDArray[np.float64]:
        """Return some rows, whole, or the costs of the pairs ``(i, j)``."""
        import numpy as np

        m = self.shape[1]
        if isinstance(which, tuple):
            keys = np.asarray(which[0]) * m + which[1]
            at = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            return np.where(self._keys[at] == keys, self._data[at], np.inf)
        rows = np.arange(self.shape[0])[which]
        begin, end = np.searchsorted(self._keys, rows * m), np.searchsorted(self._keys, (rows + 1) * m)
        whole = np.full((len(rows), m), np.inf)
        own = np.repeat(np.arange(len(rows)), end - begin)
        at = np.arange(len(own)) + np.repeat(
            begin - np.concatenate([[0], np.cumsum(end - begin)[:-1]]), end - begin
        )
        whole[own, self._keys[at] - rows[own] * m] = self._data[at]
        return whole


class Scattered:
    """The flags of what does not lie in memory as an array."""

    c_contiguous = False
